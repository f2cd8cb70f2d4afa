"""``hub disclosures``: for one person, what went to whom, under which rule, and what was withheld."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click
import msgspec
from msgspec import UNSET
from rich.console import Console
from rich.table import Table

from hub.cli.session import operator, with_hub
from schemas.record.person import Identifier, IdentifierKind, Person

KINDS: tuple[IdentifierKind, ...] = ("prison-number", "pnc", "cro", "crn")


@click.command()
@click.option("--prison-number", help="Prison (NOMS) number.")
@click.option("--pnc", help="PNC ID, in any form.")
@click.option("--cro", help="CRO number.")
@click.option("--crn", help="Probation case reference number.")
@click.option("--surname", help="With --born, where no number is known.")
@click.option("--forename")
@click.option("--born", type=click.DateTime(["%Y-%m-%d"]), help="Date of birth, year-month-day.")
@click.option("--reason", required=True, help="Why you ask; the question is recorded with it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def disclosures(
    reason: str,
    *,
    as_json: bool,
    born: dt.datetime | None,
    surname: str | None,
    forename: str | None,
    **numbers: str | None,
) -> None:
    """Show what was told about one person: to whom, when, under which rule, and what was withheld and why."""
    person = Person(
        surname=surname or UNSET,
        forename=forename or UNSET,
        date_of_birth=born.date() if born else UNSET,
        identifiers=[
            Identifier(kind=kind, value=value) for kind in KINDS if (value := numbers.get(kind.replace("-", "_")))
        ]
        or UNSET,
    )
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
        if entry["kind"] == "disclosure":
            console.print(_table(entry))
        else:
            by = f" by {entry['by']}" if entry["by"] else ""
            console.print(f"[dim]{entry['at']:%d %b %Y %H:%M:%S}  {entry['kind']}: {entry['event']}{by}[/dim]")


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
