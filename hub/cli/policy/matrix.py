"""``hub policy matrix``: who may see what."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hub.cli.policy.agreements import about_policies
from hub.policy.load import load_agreements
from hub.policy.matrix import Cell, Matrix, matrix
from hub.policy.printed.grid import as_csv, as_page, condition
from schemas.catalogue import CATALOGUE
from schemas.labels import Role

ROLES = [str(role) for role in Role]


@click.command("matrix")
@click.option("--type", "kind", default="", metavar="TYPE", help="In events of one type; in all, unless it is named.")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="For this role; may be repeated.")
@about_policies
@click.option("--html", "form", flag_value="html", help="A page that can be printed.")
@click.option("--csv", "form", flag_value="csv", help="A line for each role and category.")
@click.option("--json", "form", flag_value="json", help="One JSON document.")
def show_matrix(kind: str, roles: tuple[str, ...], policies: tuple[Path, ...], form: str | None) -> None:
    """Show who may see what: each role and category, worked out over every case that there can be."""
    if kind and kind not in CATALOGUE:
        raise click.BadParameter("is not in the catalogue", param_hint="--type")
    agreements = load_agreements(policies)
    chosen = [Role(role) for role in roles] or list(Role)
    with click.progressbar(chosen, label="Working it out", file=sys.stderr) as bar:
        found = matrix(agreements, kind, bar)
    if form == "html":
        click.echo(as_page(found))
    elif form == "csv":
        click.echo(as_csv(found), nl=False)
    elif form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        _show(found)


def _show(found: Matrix) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    table = Table("category", "yes", "depends, or less", show_lines=True)
    for category in found.categories:
        cells = [cell for cell in found.cells if cell.category == category and cell.answer != "no"]
        if cells:
            sure = ", ".join(cell.role for cell in cells if cell.answer == "yes")
            table.add_row(category, sure, "\n".join(_conditional(cells)))
    console.print(table)
    for proviso in found.provisos:
        console.print(f"Whatever it says above: {proviso}")
    console.print("Who is not named never gets it.")


def _conditional(cells: Iterable[Cell]) -> Iterable[str]:
    """Yield each condition with the roles for which it is the same."""
    same: dict[str, list[str]] = {}
    for cell in cells:
        if cell.answer != "yes":
            same.setdefault(f"{cell.answer}: {condition(cell)}", []).append(cell.role)
    return (f"{', '.join(roles)}: [dim]{text}[/dim]" for text, roles in same.items())
