"""``hub disclosures``: for one person, what went to whom, under which rule, and what was withheld."""

from __future__ import annotations

from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hub.cli.session import operator, with_hub
from hub.cli.whom import described, whom


@click.command()
@whom
@click.option("--reason", required=True, help="Why you ask; the question is recorded with it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def disclosures(reason: str, *, as_json: bool, **about: Any) -> None:  # noqa: ANN401 - the options of whom
    """Show what was told about one person: to whom, when, under which rule, and what was withheld and why."""
    person = described(**about)
    found = with_hub(lambda hub: hub.disclosures(operator(), person, reason))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif not found:
        click.echo("Nothing is recorded about such a person.")
    else:
        _show(found)


def _show(found: list[dict[str, Any]]) -> None:
    console = Console()
    for entry in found:
        if entry["erased"]:
            console.print(f"[dim]{_remains(entry)}[/dim]")
        elif entry["kind"] == "disclosure":
            console.print(_table(entry))
        else:
            by = f" by {entry['by']}" if entry["by"] else ""
            console.print(f"[dim]{entry['at']:%d %b %Y %H:%M:%S}  {entry['kind']}: {entry['event']}{by}[/dim]")


def _remains(entry: dict[str, Any]) -> str:
    """Return what is left to say of something about somebody who was erased."""
    told = ", ".join(sorted({copy["recipient"] for copy in entry["to"]}))
    under = entry["erased"] if isinstance(entry["erased"], dict) else {}
    erased = f"erased on {under['at']:%d %b %Y} under {under['under']}" if under else "erased"
    return f"{entry['at']:%d %b %Y %H:%M:%S}  {entry['kind']}{f' to {told}' if told else ''}: {erased}"


def _table(entry: dict[str, Any]) -> Table:
    table = Table(
        title=f"{entry['at']:%d %b %Y %H:%M:%S}  {entry['event']}",
        title_justify="left",
        title_style="bold",
        expand=True,
    )
    table.add_column("told to", ratio=2)
    table.add_column("given, because of rule", ratio=4)
    table.add_column("withheld, because", ratio=3)
    for copy in entry["to"]:
        given = "\n".join(
            f"{leaf} ({', '.join(why['rules'])}{', as ' + why['transform'] if why['transform'] else ''})"
            for leaf, why in copy["given"].items()
        )
        table.add_row(f"{copy['recipient']}\n[dim]{copy['role']}[/dim]", given, _withheld(copy["withheld"]))
    for refused in entry["told_nothing"]:
        table.add_row(
            refused["recipient"], "[dim]nothing: not told that it happened[/dim]", _withheld(refused["withheld"])
        )
    return table


def _withheld(reasons: dict[str, str]) -> str:
    """Return the withheld categories by reason: a rule that forbids first, then what no rule gives."""
    by: dict[str, list[str]] = {}
    for category, reason in reasons.items():
        by.setdefault(reason, []).append(category)
    ordered = sorted(by.items(), key=lambda item: (item[0] == "no rule gives it", item[0]))
    return "\n".join(f"{reason}: {', '.join(categories)}" for reason, categories in ordered)
