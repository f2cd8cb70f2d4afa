"""What somebody was told of an event in the store, for a person to read."""

from __future__ import annotations

import sys

import click
import msgspec
from rich.console import Console

from hub.cli.policy.leaves import leaf_table, listed
from hub.cli.policy.trouble import Trouble
from hub.cli.session import operator, with_hub
from hub.errors import HubError
from hub.pipeline.disclosed import Asked, Disclosed


def show_disclosed(asked: Asked, *, as_json: bool) -> None:
    """Print what a recipient was told, in each telling; end with 2 where that cannot be shown."""
    try:
        found = with_hub(lambda hub: hub.told.explain(operator(), asked))
    except HubError as error:
        raise Trouble(error) from error
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=True)
    for each in found:
        _show(console, each)
    if not found:
        click.echo("Nothing of it was decided for them: they were not concerned, or did not listen.")


def _show(console: Console, found: Disclosed) -> None:
    told = "told" if found.told else "told nothing"
    console.print(f"[bold]{found.recipient}[/bold] ({found.role}), of {found.kind}: {told}, {found.at}")
    console.print(f"  entry {found.entry}, under {', '.join(found.versions)}")
    for reason in found.why_nothing:
        console.print(f"  because {reason}")
    if found.as_for_anybody:
        console.print("  decided as if the person were on no scheme, for this role may not know the status here")
    for what in found.otherwise:
        console.print(f"  [bold]made again it comes out otherwise:[/bold] {what}")
    if found.leaves:
        console.print(leaf_table(found.leaves))
    if found.perhaps:
        console.print("Not given, if the event had it:")
        console.print(leaf_table(found.perhaps))
    listed(console, "Stood to the person", found.relation)
    listed(console, "Facts read", (f"{fact}: {', '.join(words) or 'none'}" for fact, words in found.facts_read.items()))
    listed(console, "For the purposes", found.purposes.values())
    listed(console, "By the powers", found.gateways.values())
    listed(console, "Obliged to", found.obligations.values())
    listed(console, "Not kept", found.not_kept)
    if found.copy is not None:
        console.print("[bold]The copy[/bold]")
        click.echo(msgspec.json.format(bytes(found.copy)).decode())
