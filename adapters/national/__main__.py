"""``python -m adapters.national``: national domain events to the hub."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import click
import msgspec

from adapters.national.folder import Folder, watch
from adapters.national.lines import read_lines
from adapters.national.look_ups import FileLookUp, HttpLookUp, LookUp, Subject
from adapters.national.telling import Door, Telling
from adapters.national.verdict import Feed
from adapters.sdk.client import connect
from adapters.sdk.credentials import AgencyKey
from adapters.sdk.event_ids import EventIds
from adapters.sdk.publisher import Publisher
from adapters.sdk.running import run

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line; its options say what each is."""

    hub: str
    scheme: str
    folder: Path
    state: Path | None
    prison_client: str | None
    prison_key: Path | None
    prison_source: str | None
    probation_client: str | None
    probation_key: Path | None
    probation_source: str | None
    release_dates: str | None
    breach_notices: str | None
    movements: str | None
    look_up_token: Path | None
    lines: bool
    once: bool
    plain_http: bool


@click.command(context_settings={"auto_envvar_prefix": "NATIONAL", "max_content_width": 110})
@click.option(
    "--hub",
    required=True,
    metavar="URL",
    help="The hub's address: https://…, or amqp+https://… for the door at its broker.",
)
@click.option(
    "--scheme",
    required=True,
    metavar="CODE",
    help="The scheme whose area this adapter serves: registrations do not say it.",
)
@click.option(
    "--folder", required=True, type=FOLDER, help="Messages, a file each; they end in done/ or aside/ inside it."
)
@click.option(
    "--state",
    type=FOLDER,
    help="What must not be lost: the outboxes and the key of the event ids. [default: FOLDER/.state]",
)
@click.option(
    "--prison-client",
    metavar="ID",
    help="The prison system's client identifier; without it prison facts are kept aside.",
)
@click.option("--prison-key", type=FILE, help="Its private key, PEM, readable by its owner alone.")
@click.option("--prison-source", metavar="URI", help="The source that it publishes under.")
@click.option("--probation-client", metavar="ID", help="The probation system's client identifier; likewise.")
@click.option("--probation-key", type=FILE, help="Its private key.")
@click.option("--probation-source", metavar="URI", help="The source that it publishes under.")
@click.option(
    "--release-dates",
    metavar="FILE|URL",
    help="Where release dates are looked up: a JSON file by prison number, or https://…/{key}.",
)
@click.option("--breach-notices", metavar="FILE|URL", help="Where breach notices are looked up, by the notice's id.")
@click.option("--movements", metavar="FILE|URL", help="Where legacy movements are looked up, by booking-sequence.")
@click.option("--look-up-token", type=FILE, help="A file with the bearer token of the look-up services.")
@click.option(
    "--lines",
    is_flag=True,
    help="Read messages from standard input, one a line; FOLDER then only takes what is kept aside.",
)
@click.option("--once", is_flag=True, help="End when the folder is empty, instead of watching it.")
@click.option("--plain-http", is_flag=True, help="Allow http:// and amqp:// to another machine.")
def main(**given: Any) -> None:  # noqa: ANN401 - the options above
    """Tell the hub what the national domain events of prisons and probation say.

    Every message ends as one of three: published, not for the hub, or kept aside with a .reason
    file that names the field and the rule. Nothing is dropped and nothing is guessed. The counts
    are printed at the end. Each option can also be set as NATIONAL_<OPTION> in the environment.
    """
    options = Options(**given)
    if options.prison_client is None and options.probation_client is None:
        raise click.UsageError("Give a client for at least one feed: --prison-client or --probation-client.")
    run(lambda stop: _serve(options, stop))


async def _serve(options: Options, stop: asyncio.Event) -> None:
    state = options.state or options.folder / ".state"
    folder = Folder(options.folder)
    async with AsyncExitStack() as stack:
        doors = {feed: door for feed in _FEEDS if (door := await _door(options, feed, state, stack)) is not None}
        look_ups = await _look_ups(options, stack)
        telling = Telling(doors, look_ups, options.scheme, EventIds.open(state / "ids.key"))
        try:
            if options.lines:
                await read_lines(folder, telling, stop)
            else:
                await watch(folder, telling, stop, once=options.once)
        finally:
            for word, count in sorted(telling.counts.items()):
                click.echo(f"{count:6} {word}")


_FEEDS: tuple[Feed, ...] = ("prison", "probation")


async def _door(options: Options, feed: Feed, state: Path, stack: AsyncExitStack) -> Door | None:
    client_id, key, source = (getattr(options, f"{feed}_{what}") for what in ("client", "key", "source"))
    if client_id is None:
        return None
    if key is None or source is None:
        raise click.UsageError(f"--{feed}-client needs --{feed}-key and --{feed}-source.")
    client = connect(options.hub, client_id, AgencyKey.load(key), plain_allowed=options.plain_http)
    await stack.enter_async_context(client)
    publisher = await stack.enter_async_context(Publisher(client, state / f"outbox-{feed}.db"))
    return Door(publisher, source)


async def _look_ups(options: Options, stack: AsyncExitStack) -> dict[Subject, LookUp]:
    where: dict[Subject, str | None] = {
        "release-dates": options.release_dates,
        "breach-notices": options.breach_notices,
        "movements": options.movements,
    }
    session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
    token = options.look_up_token.read_text(encoding="ascii").strip() if options.look_up_token else None
    return {what: _look_up(place, session, token) for what, place in where.items() if place is not None}


def _look_up(place: str, session: aiohttp.ClientSession, token: str | None) -> LookUp:
    if not place.startswith(("https://", "http://")):
        return FileLookUp(Path(place))
    try:
        return HttpLookUp(place, session, token)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


if __name__ == "__main__":
    main()
