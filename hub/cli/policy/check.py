"""``hub policy check``: what is wrong with agreements, and what they say and hardly mean."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from hub.cli.policy.paper import wrapped
from hub.directory.load import load_directory
from hub.errors import DocumentInvalid
from hub.policy.analysis.review import Remark, remarks
from hub.policy.load import Written, load_all_written


class Said(msgspec.Struct, frozen=True):
    """One thing that is wrong or to be looked at, and where."""

    where: str
    says: str


class Checked(msgspec.Struct, frozen=True):
    """What was found: what keeps the hub from starting, what most likely is a mistake, what is worth knowing."""

    errors: tuple[Said, ...] = ()
    warnings: tuple[Said, ...] = ()
    notes: tuple[Said, ...] = ()


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--directory",
    envvar="HUB_DIRECTORY",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The directory: says too whom rules give to that nobody is, and what nobody listens to.",
)
@click.option("--strict", is_flag=True, help="End with 1 for a warning too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def check(files: tuple[Path, ...], directory: Path | None, *, strict: bool, as_json: bool) -> None:
    """Check agreements that are in force together: FILES, or folders of them; without any, those of HUB_POLICIES.

    Errors are what the hub refuses. Warnings are what most likely is a mistake, worked out over every case: rules that
    can never hold or that change nobody's view, and by which rules they are covered; what nobody is ever given. Notes
    are worth knowing: withholdings that take nothing yet. Ends with 1 where there is an error.
    """
    found = _checked(files or _usual(), directory)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        _show(found)
    sys.exit(1 if found.errors or (strict and found.warnings) else 0)


def _usual() -> tuple[Path, ...]:
    """Return the agreements of the hub's settings, or else the folder of those that come with it."""
    return tuple(Path(part) for part in os.environ.get("HUB_POLICIES", "policies").split(os.pathsep) if part)


def _checked(files: Sequence[Path], directory: Path | None) -> Checked:
    try:
        written = load_all_written(files)
        people = load_directory(directory) if directory else None
    except DocumentInvalid as error:
        return Checked(errors=tuple(Said(p.field, p.rule) for p in error.problems))
    found = remarks([w.agreement for w in written], people)
    warnings, notes = (tuple(_placed(written, r) for r in found if r.likely is likely) for likely in (True, False))
    return Checked(warnings=warnings, notes=notes)


def _placed(written: Sequence[Written], remark: Remark) -> Said:
    """Return a remark with the file and line of its rule."""
    for each in written:
        if remark.rule is not None and remark.rule in each.lines:
            return Said(f"{each.path}:{each.lines[remark.rule]}", f"'{remark.rule}' {remark.sentence}")
    return Said(", ".join(str(each.path) for each in written), remark.sentence)


def _show(found: Checked) -> None:
    for title, some in (("Errors", found.errors), ("Warnings", found.warnings), ("Notes", found.notes)):
        if some:
            click.echo(f"{title}:")
        for said in some:
            for line in wrapped(f"  {said.where}: {said.says}", " " * 6):
                click.echo(line)
    if not found.errors:
        click.echo("No errors." if found.warnings or found.notes else "Nothing to remark.")
