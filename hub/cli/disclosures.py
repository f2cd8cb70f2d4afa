"""``hub disclosures``: for one person, what went to whom, under which rule, and what was withheld."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hub.cli.session import operator, with_hub
from hub.cli.whom import described, whom
from hub.errors import DocumentInvalid, Problem
from hub.intake.read import problem_of
from hub.ledger.questions.pages import html, markdown
from hub.ledger.questions.restrictions import Restriction
from hub.ledger.questions.statement import SubjectStatement
from schemas.record.person import Person


@click.command()
@whom
@click.option("--reason", required=True, help="Why you ask; the question is recorded with it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option(
    "--document",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the answer for the person themselves: a page (.html), Markdown (.md), or data (.json).",
)
@click.option(
    "--restrictions",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What is left out of the document, and on what ground in law: docs/formats/subject-statement.md.",
)
def disclosures(
    reason: str,
    *,
    as_json: bool,
    document: Path | None,
    restrictions: Path | None,
    **about: Any,  # noqa: ANN401 - the options of whom
) -> None:
    """Show what was told about one person: to whom, when, under which rule, and what was withheld and why."""
    person = described(**about)
    if document is not None:
        _write_document(document, person, reason, _restrictions(restrictions))
        return
    if restrictions is not None:
        raise click.UsageError("--restrictions is of a --document")
    found = with_hub(lambda hub: hub.disclosures(operator(), person, reason))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif not found:
        click.echo("Nothing is recorded about such a person.")
    else:
        _show(found)


def _write_document(file: Path, person: Person | str, reason: str, restrictions: list[Restriction]) -> None:
    if file.suffix not in FORMS:
        raise click.BadParameter(f"{file} does not end with {', '.join(FORMS)}", param_hint="--document")
    found = with_hub(lambda hub: hub.ledger.questions.subject(operator(), person, reason, restrictions))
    file.write_text(FORMS[file.suffix](found), encoding="utf-8")
    click.echo(
        f"{file}: written; {len(found.told)} disclosures are named, complete up to checkpoint {found.as_of.size}"
    )


def _restrictions(file: Path | None) -> list[Restriction]:
    if file is None:
        return []
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=list[Restriction])
    except msgspec.ValidationError as error:
        raise DocumentInvalid(problem_of(error)) from None
    except msgspec.DecodeError:
        raise DocumentInvalid(Problem(str(file), "is not well-formed YAML")) from None


def _data(found: SubjectStatement) -> str:
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


FORMS: Mapping[str, Callable[[SubjectStatement], str]] = {".html": html, ".md": markdown, ".json": _data}
"""How the answer for a person is written, by the ending of the file."""


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
