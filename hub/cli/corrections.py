"""``hub corrections``: who was told to put something right, how far that has come, and taking back a rule's mistake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click
import msgspec
from msgspec import UNSET
from rich.console import Console
from rich.table import Column, Table

from hub.cli.held import stated_reason
from hub.cli.session import operator, with_hub
from hub.errors import NotFound, Problem
from hub.pipeline.calling_back import Called, Mistaken
from schemas.exchange import Correction
from schemas.labels import Role

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def corrections() -> None:
    """Follow what was put right until everybody has it, and take back what a mistaken rule gave."""


@corrections.command("list")
@click.option("--all", "closed", is_flag=True, help="What everybody has, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def listed(*, closed: bool, as_json: bool) -> None:
    """List the matters that are open: of each, why, and how many recipients have not said yet that they have it."""
    found = with_hub(lambda hub: hub.corrections.states(closed=True))
    matters: dict[str, list[Correction]] = {}
    for each in found:
        matters.setdefault(each.matter, []).append(each)
    shown = {m: rows for m, rows in matters.items() if closed or any(r.state != "closed" for r in rows)}
    if as_json:
        _json([row for rows in shown.values() for row in rows])
        return
    table = Table(Column("matter", no_wrap=True), "cause", "since", "told", "open", "escalated")
    for matter, rows in shown.items():
        states = [row.state for row in rows]
        counts = (len(rows), len(rows) - states.count("closed"), states.count("escalated"))
        table.add_row(matter, rows[0].cause, _at(rows[0].at), *map(str, counts))
    _print(table, "Everybody who was told to put something right has it.")


@corrections.command()
@click.argument("matter")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show(matter: str, *, as_json: bool) -> None:
    """Show of one MATTER who was told what, and who has it."""
    found = with_hub(lambda hub: hub.corrections.states(matter=matter, closed=True))
    if not found:
        raise NotFound(Problem("matter", "is none that was put right"))
    if as_json:
        _json(found)
        return
    table = Table(Column("recipient", no_wrap=True), "what", "state", "told", "received", "escalated")
    for each in found:
        table.add_row(
            each.recipient, each.what, each.state, _at(each.at), _at(each.received_at), _at(each.escalated_at)
        )
    _print(table, "")


@corrections.command("call-back")
@click.option("--rule", required=True, help="The rule that was a mistake, by its id.")
@click.option("--role", required=True, type=click.Choice([str(role) for role in Role]), help="To whom it gave.")
@click.option("--since", required=True, type=MOMENT, help="From when, in UTC.")
@click.option("--until", required=True, type=MOMENT, help="Up to when, in UTC.")
@click.option("--send", is_flag=True, help="Do it. Without this nothing is changed, and it is told what would be.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@stated_reason
def call_back(reason: str, *, send: bool, as_json: bool, **which: Any) -> None:  # noqa: ANN401 - options of several types
    """Take back everything that one rule alone gave to a role between two moments; mend the rule first.

    What another rule gave as well stays. Whoever has something of it gets what is left of the copy in its place, or is
    told to erase it; what did not leave the hub goes out without it.
    """
    mistake = Mistaken(
        rule=which["rule"],
        role=Role(which["role"]),
        since=which["since"].replace(tzinfo=dt.UTC),
        until=which["until"].replace(tzinfo=dt.UTC),
        reason=reason,
    )
    found = with_hub(lambda hub: hub.calling_back.mistaken(operator(), mistake, send=send))
    if as_json:
        _json(found)
        return
    table = Table(Column("recipient", no_wrap=True), "event", "leaves", "whole", "left the hub")
    for each in found:
        words = (each.recipient, each.event, ", ".join(each.leaves))
        table.add_row(*words, "yes" if each.whole else "no", "yes" if each.left else "no")
    _print(table, "The rule alone gave nothing to that role in that time.")
    if found:
        click.echo(f"{len(found)} copies, {'taken back' if send else 'would be taken back: say --send to do it'}.")


def _json(found: Sequence[Correction] | Sequence[Called]) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())


def _print(table: Table, otherwise: str) -> None:
    if table.row_count:
        Console().print(table)
    else:
        click.echo(otherwise)


def _at(moment: dt.datetime | msgspec.UnsetType) -> str:
    return "not" if moment is UNSET else f"{moment:%d %b %Y %H:%M:%S}"
