"""``hub policy propose``, ``approve``, ``withdraw`` and ``end``: the steps by which what is in force changes."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TextIO, TypeVar, cast

import click
import msgspec

from hub.cli.policy.signing import Hand
from hub.cli.session import operator, with_hub
from hub.pipeline.publishing import Stood
from hub.policy.load import load_written
from hub.service import Hub

F = TypeVar("F", bound=Callable[..., Any])
KEY = click.Path(exists=True, dir_okay=False, path_type=Path)


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
    """Let a command ask whose step it is and how they sign it, and how to tell what came of it."""

    @wraps(command)
    def run(*, by: str, key: Path | None, signed: TextIO | None, **given: Any) -> None:  # noqa: ANN401 - of the command
        command(hand=Hand(by, key, signed), **given)

    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON document."),
        click.option("--signed", type=click.File(), metavar="FILE", help="What 'hub policy sign' made elsewhere."),
        click.option("--key", type=KEY, metavar="FILE", help="Their private key, to sign here."),
        click.option("--by", default="", metavar="ID", help="Whose step it is: a signatory of the directory."),
    ):
        run = option(run)
    return cast("F", run)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@step
def propose(file: Path, hand: Hand, *, as_json: bool) -> None:
    """Propose the agreement of FILE: it is kept as it is, under the hash of its content, and checked.

    Nothing is in force by that: a second person approves it. Ends with 1 where it could not be in force beside what is
    in force now; it then stays a draft, and is checked again when it is proposed again.
    """
    document = file.read_bytes()
    agreement = load_written(file, document).agreement
    named = (f"{agreement.name}@{agreement.version}",)

    async def take(hub: Hub) -> Stood:
        return await hub.agreements.propose(operator(), document, await hand.sign(hub, "propose", named))

    stood = with_hub(take)
    _show([stood], as_json=as_json)
    sys.exit(1 if stood.problems else 0)


@click.command()
@click.argument("versions", nargs=-1, required=True, metavar="NAME@HASH...")
@click.option(
    "--from", "since", type=Moment(), metavar="MOMENT", help="In force from then on; at once, unless it is said."
)
@step
def approve(versions: tuple[str, ...], since: dt.datetime | None, hand: Hand, *, as_json: bool) -> None:
    """Approve checked versions, by somebody else than who proposed them: they come into force together.

    Each takes the place of whatever version of its agreement is in force then, for all workers at that moment and
    between two events. From the first time on that any version is in force, no file of HUB_POLICIES is.
    """

    async def take(hub: Hub) -> list[Stood]:
        signed = await hand.sign(hub, "approve", versions, since)
        return await hub.agreements.approve(operator(), versions, signed, since)

    _show(with_hub(take), as_json=as_json)


@click.command()
@click.argument("version", metavar="NAME@HASH")
@step
def withdraw(version: str, hand: Hand, *, as_json: bool) -> None:
    """Take back a version that is not in force yet."""

    async def take(hub: Hub) -> Stood:
        return await hub.agreements.withdraw(operator(), version, await hand.sign(hub, "withdraw", (version,)))

    _show([with_hub(take)], as_json=as_json)


@click.command()
@click.argument("version", metavar="NAME@HASH")
@click.option("--at", "since", type=Moment(), metavar="MOMENT", help="When; at once, unless it is said.")
@click.option("--and", "second", default="", metavar="ID", help="The second person, where withholdings end with it.")
@click.option("--and-key", type=KEY, metavar="FILE", help="The second person's private key, to sign here.")
@click.option("--and-signed", type=click.File(), metavar="FILE", help="What the second person signed elsewhere.")
@step
def end(  # noqa: PLR0913 - one parameter for each option
    *,
    version: str,
    since: dt.datetime | None,
    hand: Hand,
    second: str,
    and_key: Path | None,
    and_signed: TextIO | None,
    as_json: bool,
) -> None:
    """End a version that is in force, without another in its place: what it gave nobody gets any more.

    What it withholds ends as well; where other agreements go on giving, a second person must sign that too.
    """
    other = Hand(second, and_key, and_signed)

    async def take(hub: Hub) -> Stood:
        also = await other.sign(hub, "end", (version,), since) if other.by or other.text else ""
        signed = await hand.sign(hub, "end", (version,), since)
        return await hub.agreements.end(operator(), version, signed, since=since, second=also)

    _show([with_hub(take)], as_json=as_json)


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
