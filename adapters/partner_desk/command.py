"""The command line that every desk has."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import click
import msgspec

from adapters.partner_desk.desk import Desk, DeskKind
from adapters.partner_desk.markers import Markers
from adapters.partner_desk.reads import READS
from adapters.sdk.client import connect
from adapters.sdk.credentials import AgencyKey
from adapters.sdk.inbox import Inbox
from adapters.sdk.publisher import Publisher
from adapters.sdk.running import run
from adapters.sdk.subscriber import Subscriber

FILE = click.Path(path_type=Path, dir_okay=False)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line; its options say what each is."""

    hub: str
    client_id: str
    key: Path
    recipient: str
    inbox: Path
    name: str
    as_json: bool
    confirm_markers: bool
    source: str | None
    keep_days: int | None
    once: bool
    plain_http: bool


def desk_command(kind: DeskKind) -> click.Command:
    """Return the command of a sort of desk."""

    def main(**given: Any) -> None:  # noqa: ANN401 - the options below
        options = Options(**given)
        if options.confirm_markers and options.source is None:
            raise click.UsageError("--confirm-markers needs --source: the answer is an event of this system.")
        run(lambda stop: _serve(kind, options, stop))

    main.__doc__ = (
        f"{kind.title}: receive copies and show each as a card of plain lines.\n\n"
        "The inbox is the desk's store: after a restart every card that still stands is shown again. "
        "What was not given to this recipient is not on the card."
    )
    command: Callable[..., Any] = main
    for option in reversed(_OPTIONS):
        command = option(command)
    return click.command(context_settings={"auto_envvar_prefix": "DESK", "max_content_width": 110})(command)


def _declare(ctx: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - as click calls it
    if asked:
        for path in sorted(READS):
            click.echo(f"- {path}")
        ctx.exit()


_OPTIONS = (
    click.option(
        "--declare",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_declare,
        help="Print the leaves that this desk uses, for the hub's directory, and end.",
    ),
    click.option(
        "--hub",
        required=True,
        metavar="URL",
        help="The hub's address: https://…, or amqp+https://… for the door at its broker.",
    ),
    click.option("--client", "client_id", required=True, metavar="ID", help="The desk system's client identifier."),
    click.option("--key", required=True, type=FILE, help="Its private key, PEM, readable by its owner alone."),
    click.option("--recipient", required=True, metavar="ID", help="Whose copies to receive."),
    click.option("--inbox", required=True, type=FILE, help="The desk's store; made when missing."),
    click.option("--name", default="", help="A label for each card, where several desks share a screen."),
    click.option("--json", "as_json", is_flag=True, help="One line of JSON for each card."),
    click.option("--confirm-markers", is_flag=True, help="Answer that the marker is set, or removed, as asked."),
    click.option("--source", metavar="URI", help="The source that this system publishes under."),
    click.option("--keep-days", type=click.IntRange(min=1), help="Erase cards older than so many days, at the start."),
    click.option("--once", is_flag=True, help="Show what waits now, and end."),
    click.option("--plain-http", is_flag=True, help="Allow http:// and amqp:// to another machine."),
)


async def _serve(kind: DeskKind, options: Options, stop: asyncio.Event) -> None:
    key = AgencyKey.load(options.key)
    client = connect(options.hub, options.client_id, key, plain_allowed=options.plain_http)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(client)
        subscriber = await stack.enter_async_context(Subscriber(client, options.recipient, options.inbox, _unready))
        inbox = subscriber.inbox
        _erase(inbox, options.keep_days)
        desk = Desk(kind, _write, name=options.name, as_json=options.as_json)
        # Before anything waits for the hub, so that the screen is whole while the hub is away.
        desk.show_standing(inbox, answered=options.confirm_markers)
        if options.confirm_markers and options.source is not None:
            outbox = options.inbox.with_name(f"{options.inbox.name}.outbox")
            publisher = await stack.enter_async_context(Publisher(client, outbox))
            desk.markers = Markers(options.recipient, options.source, publisher, inbox.history())
        subscriber.handler = desk.handle
        await (_once(subscriber) if options.once else subscriber.run(stop))


async def _once(subscriber: Subscriber) -> None:
    while await subscriber.take():
        pass
    await subscriber.handle_waiting()


async def _unready(_: object) -> None:
    raise RuntimeError("a copy was handled before the desk was ready")


def _erase(inbox: Inbox, days: int | None) -> None:
    if days is not None:
        inbox.forget(dt.datetime.now(dt.UTC) - dt.timedelta(days=days))


def _write(text: str) -> None:
    click.echo(text)
