"""``hub policy propose``, ``approve``, ``withdraw`` and ``end``: the steps by which what is in force changes."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from hub.cli.session import operator, with_hub
from hub.pipeline.publishing import Stood

F = TypeVar("F", bound=Callable[..., Any])


class Moment(click.ParamType[dt.datetime]):
    """A moment: a day, which begins at midnight UTC, or a day and time with its offset."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:  # noqa: ANN401 - whatever the shell gives
        """Return the moment in UTC."""
        try:
            return dt.datetime.combine(dt.date.fromisoformat(value), dt.time(), dt.UTC)
        except ValueError:
            pass
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail("write it as 2027-01-01, or as 2027-01-01T09:00+00:00", param, ctx)
        if moment.tzinfo is None:
            self.fail("say by which clock: add +00:00, or +01:00 in summer", param, ctx)
        return moment.astimezone(dt.UTC)


def step(command: F) -> F:
    """Let a command ask whose step it is, and how to tell what came of it."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON document."),
        click.option("--by", required=True, metavar="NAME", help="Whose step it is; it is kept with the version."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@step
def propose(file: Path, by: str, *, as_json: bool) -> None:
    """Propose the agreement of FILE: it is kept as it is, under the hash of its content, and checked.

    Nothing is in force by that: a second person approves it. Ends with 1 where it could not be in force beside what is
    in force now; it then stays a draft, and is checked again when it is proposed again.
    """
    stood = with_hub(lambda hub: hub.agreements.propose(operator(), file.read_bytes(), by))
    _show([stood], as_json=as_json)
    sys.exit(1 if stood.problems else 0)


@click.command()
@click.argument("versions", nargs=-1, required=True, metavar="NAME@HASH...")
@click.option(
    "--from", "since", type=Moment(), metavar="MOMENT", help="In force from then on; at once, unless it is said."
)
@step
def approve(versions: tuple[str, ...], since: dt.datetime | None, by: str, *, as_json: bool) -> None:
    """Approve checked versions, by somebody else than who proposed them: they come into force together.

    Each takes the place of whatever version of its agreement is in force then, for all workers at that moment and
    between two events. From the first time on that any version is in force, no file of HUB_POLICIES is.
    """
    _show(with_hub(lambda hub: hub.agreements.approve(operator(), versions, by, since)), as_json=as_json)


@click.command()
@click.argument("version", metavar="NAME@HASH")
@step
def withdraw(version: str, by: str, *, as_json: bool) -> None:
    """Take back a version that is not in force yet."""
    _show([with_hub(lambda hub: hub.agreements.withdraw(operator(), version, by))], as_json=as_json)


@click.command()
@click.argument("version", metavar="NAME@HASH")
@click.option("--at", "since", type=Moment(), metavar="MOMENT", help="When; at once, unless it is said.")
@click.option("--and", "second", default="", metavar="NAME", help="The second person, where withholdings end with it.")
@step
def end(version: str, since: dt.datetime | None, second: str, by: str, *, as_json: bool) -> None:
    """End a version that is in force, without another in its place: what it gave nobody gets any more.

    What it withholds ends as well; where other agreements go on giving, a second person must say so.
    """
    stood = with_hub(lambda hub: hub.agreements.end(operator(), version, by, since=since, second=second))
    _show([stood], as_json=as_json)


def _show(stood: list[Stood], *, as_json: bool) -> None:
    if as_json:
        document = [{"reference": each.reference, **msgspec.to_builtins(each)} for each in stood]
        click.echo(msgspec.json.format(msgspec.json.encode(document)).decode())
        return
    for each in stood:
        since = f" from {each.since:%d %b %Y %H:%M:%S} UTC" if each.since else ""
        click.echo(f"{each.reference}  {each.state}{since}")
        for problem in each.problems:
            click.echo(f"    {problem.field}: {problem.rule}")
