"""``python -m adapters.scheme_list``: a scheme's own list to the hub."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from adapters.scheme_list.reading import Listed, SchemeList
from adapters.scheme_list.table import Unreadable, unread_headings
from adapters.sdk.client import connect
from adapters.sdk.credentials import AgencyKey
from adapters.sdk.event_ids import EventIds
from adapters.sdk.publisher import Publisher
from adapters.sdk.running import run
from schemas.record.scheme import SchemeKind

SOME_REFUSED = 65
"""The exit code (sysexits.h) when rows were refused, or the file is no list."""
FILE = click.Path(path_type=Path, dir_okay=False)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line; its options say what each is."""

    lists: tuple[Path, ...]
    hub: str
    client_id: str
    key: Path
    source: str
    scheme: str
    kind: SchemeKind
    state: Path
    plain_http: bool


@click.command(context_settings={"auto_envvar_prefix": "SCHEME_LIST", "max_content_width": 110})
@click.argument("lists", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--hub",
    required=True,
    metavar="URL",
    help="The hub's address: https://…, or amqp+https://… for the door at its broker.",
)
@click.option("--client", "client_id", required=True, metavar="ID", help="The scheme system's client identifier.")
@click.option("--key", required=True, type=FILE, help="Its private key, PEM, readable by its owner alone.")
@click.option("--source", required=True, metavar="URI", help="The source that it publishes under.")
@click.option("--scheme", required=True, metavar="CODE", help="The scheme whose list this is.")
@click.option(
    "--kind", type=click.Choice(["PPO", "IOM"]), default="PPO", show_default=True, help="For rows without a kind."
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".scheme-list"),
    show_default=True,
    help="What must not be lost: outbox, key of the event ids, memory of the last list.",
)
@click.option("--plain-http", is_flag=True, help="Allow http:// and amqp:// to another machine.")
def main(**given: Any) -> None:  # noqa: ANN401 - the options above
    """Tell the hub whom a scheme has adopted, from its own LISTS (CSV, as a spreadsheet saves them).

    Good rows go in. Refused ones stand in <name>.refused.csv beside the list: row, column and
    rule. A list can be given again: rows that have not changed are known. A person who is not on
    the list any more is NOT de-selected by that: say so to the hub as a de-selection.
    """
    options = Options(**given)
    run(lambda _: _serve(options))


async def _serve(options: Options) -> int:
    ids = EventIds.open(options.state / "ids.key")
    memory = options.state / f"{options.scheme}.last.json"
    listing = SchemeList(options.scheme, options.kind, options.source, ids, memory)
    key = AgencyKey.load(options.key)
    async with (
        connect(options.hub, options.client_id, key, plain_allowed=options.plain_http) as client,
        Publisher(client, options.state / "outbox.db") as publisher,
    ):
        return max([await _take(listing, path, publisher) for path in options.lists])


async def _take(listing: SchemeList, path: Path, publisher: Publisher) -> int:
    content = await asyncio.to_thread(path.read_bytes)
    try:
        listed = await listing.take(content, path, publisher)
    except Unreadable as error:
        click.echo(f"{path.name}: not taken: {error}", err=True)
        return SOME_REFUSED
    for line in _lines(listed, unread_headings(content)):
        click.echo(f"{path.name}: {line}")
    return SOME_REFUSED if listed.refused else 0


def _lines(listed: Listed, unread: int) -> list[str]:
    lines = [f"{listed.accepted} accepted, {listed.repeated} known already, {listed.refused} refused"]
    if unread:
        lines.append(f"columns with a heading that means nothing here, not read: {unread}")
    if listed.vanished:
        lines.append(
            f"people of the last list who are not on this one: {listed.vanished}; nobody is de-selected by that"
        )
    return lines


if __name__ == "__main__":
    main()
