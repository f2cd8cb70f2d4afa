"""``hub held``: what was refused, could not be told apart, failed, or waits; and what to do with it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec
from msgspec import UNSET

from hub.cli.session import operator, with_hub
from hub.pipeline.quarantine import DONE_ALREADY, Shown
from hub.service import Hub
from hub.store.port import HeldItem

STATES = ["held", "retrying", "settled", "retried"]
GONE_ON = frozenset({"accepted", "repeated", DONE_ALREADY})
"""The outcomes after which nothing is held any more."""
F = TypeVar("F", bound=Callable[..., Any])


def _stated(_: click.Context, __: click.Parameter, reason: str) -> str:
    if len(reason.strip()) < 3:
        raise click.BadParameter("say why, in a few words: it stands in the record")
    return reason


def stated_reason(command: F) -> F:
    """Let a command ask for a reason."""
    return click.option(
        "--reason", required=True, callback=_stated, help="Why; it is recorded, sealed, with who you are."
    )(command)


@click.group()
def held() -> None:
    """See and settle what the hub holds: refused input, people who could not be told apart, what failed or waits."""


@held.command("list")
@click.option("--state", default="held", show_default=True, type=click.Choice(STATES))
@click.option("--reason", "--why", "why", help="Held for this reason alone.")
@click.option("--agency", help="Of this agency alone; 'hub' for the hub's own.")
@click.option("--limit", default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_held(state: str, why: str | None, agency: str | None, limit: int, *, as_json: bool) -> None:
    """List what is held, newest first: the reason and the fields, never a value."""
    items = with_hub(lambda hub: hub.quarantine.items(operator(), state=state, why=why, agency=agency, limit=limit))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(items)).decode())
        return
    for item in items:
        _line(item)
    if not items:
        click.echo("Nothing is held." if state == "held" else f"Nothing is {state}.")


@held.command()
@click.argument("held_id")
@stated_reason
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show(held_id: str, reason: str, *, as_json: bool) -> None:
    """Show what is in something held: personal data. That you asked is recorded before you see it."""
    shown = with_hub(lambda hub: hub.quarantine.show(operator(), held_id, reason))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(shown)).decode())
        return
    _line(shown.held)
    click.echo()
    click.echo(_readable(shown))


@held.command()
@click.argument("held_id")
@click.option("--person", help="It is this one of the candidates.")
@click.option("--new", is_flag=True, help="It is none of them: somebody new.")
@stated_reason
def settle(held_id: str, person: str | None, reason: str, *, new: bool) -> None:
    """Answer whom a held event is about; it then goes its way."""
    outcome = with_hub(lambda hub: hub.quarantine.settle(operator(), held_id, person=person, new=new, reason=reason))
    click.echo(outcome.state)


@held.command()
@click.argument("held_id")
@stated_reason
def retry(held_id: str, reason: str) -> None:
    """Try again what is held: an event, or every copy that waits in the same line, in order."""
    click.echo(with_hub(lambda hub: hub.quarantine.retry(operator(), held_id, reason)).state)


@held.command("retry-all")
@stated_reason
@click.option("--why", help="Only what is held for this reason, as the list names it.")
@click.option("--agency", help="Only what is held of this agency; 'hub' for the hub's own.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def retry_all(reason: str, why: str | None, agency: str | None, *, as_json: bool) -> None:
    """Try again everything held, oldest first; questions of identity only with --why ambiguous.

    Ends with 1 while something that was tried is still held.
    """

    async def run(hub: Hub) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        held_ids = await hub.quarantine.to_retry(operator(), why=why, agency=agency)
        with click.progressbar(length=len(held_ids), label="Trying again", file=sys.stderr) as bar:
            async for words in hub.quarantine.retry_each(operator(), held_ids, reason):
                outcomes.update(words)
                bar.update(len(words))
        return outcomes

    outcomes = with_hub(run)
    if as_json:
        click.echo(msgspec.json.encode(dict(outcomes)).decode())
    else:
        for outcome, count in sorted(outcomes.items()):
            click.echo(f"{count:8}  {outcome}")
        if not outcomes:
            click.echo("Nothing is held.")
    if outcomes.keys() - GONE_ON:
        sys.exit(1)


def _line(item: HeldItem) -> None:
    """Print one thing held: when, why, whose; and how often the hub has tried it by itself."""
    whom = f"for {item.recipient}" if item.recipient else f"from {item.agency}"
    tries = f"tried {item.attempts} times" if item.attempts else ""
    again = f"again at {item.next_at:%H:%M:%S}" if item.next_at else ""
    words = (item.id, f"{item.at:%d %b %Y %H:%M:%S}", item.reason, whom, item.kind, tries, again)
    click.echo("  ".join(word for word in words if word))
    for line in (*item.fields, *(f"may be {person}" for person in item.candidates)):
        click.echo(f"    {line}")


def _readable(shown: Shown) -> str:
    """Return the text so that it cannot command the terminal; what is no text in base64."""
    if shown.text is UNSET:
        return f"(no text; in base64)\n{shown.base64}"
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in shown.text)
