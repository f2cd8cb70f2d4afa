"""``hub held``: what was refused, could not be told apart, or waits; and what to do with it."""

from __future__ import annotations

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hub.cli.session import operator, with_hub


@click.group()
def held() -> None:
    """See and settle what the hub holds: refused input, people who could not be told apart, copies that wait."""


@held.command("list")
@click.option("--state", default="held", show_default=True, type=click.Choice(["held", "settled", "retried"]))
@click.option("--limit", default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def list_held(state: str, limit: int, *, as_json: bool) -> None:
    """List what is held, newest first: the reason and the fields, never a value."""
    items = with_hub(lambda hub: hub.held(operator(), state=state, limit=limit))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(items)).decode())
        return
    table = Table("held", "since", "why", "from or for", "event", "fields", "may be")
    for item in items:
        table.add_row(
            item.id,
            f"{item.at:%d %b %H:%M:%S}",
            item.reason,
            item.recipient or item.agency,
            item.kind,
            "\n".join(item.fields),
            "\n".join(item.candidates),
        )
    Console().print(table if items else "Nothing is held.")


@held.command()
@click.argument("held_id")
@click.option("--person", help="It is this one of the candidates.")
@click.option("--new", is_flag=True, help="It is none of them: somebody new.")
@click.option("--reason", required=True)
def settle(held_id: str, person: str | None, reason: str, *, new: bool) -> None:
    """Answer whom a held event is about; it then goes its way."""
    outcome = with_hub(lambda hub: hub.settle(operator(), held_id, person=person, new=new, reason=reason))
    click.echo(outcome.state)


@held.command()
@click.argument("held_id")
@click.option("--reason", required=True)
def retry(held_id: str, reason: str) -> None:
    """Try again what is held: an event, or every copy that waits in the same place, in order."""
    click.echo(with_hub(lambda hub: hub.retry(operator(), held_id, reason)).state)
