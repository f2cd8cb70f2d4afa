"""``hub held``: what was refused, could not be told apart, or waits; and what to do with it."""

from __future__ import annotations

import click
import msgspec

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
    for item in items:
        whom = f"for {item.recipient}" if item.recipient else f"from {item.agency}"
        click.echo(f"{item.id}  {item.at:%d %b %Y %H:%M:%S}  {item.reason}  {whom}  {item.kind}".rstrip())
        for line in (*item.fields, *(f"may be {person}" for person in item.candidates)):
            click.echo(f"    {line}")
    if not items:
        click.echo("Nothing is held.")


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
