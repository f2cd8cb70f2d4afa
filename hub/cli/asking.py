"""What the commands that ask the record have in common: the period, the reason, and how answers are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
import msgspec

from hub.ledger.questions.given import AsOf, Given
from hub.pipeline.answers import Period

F = TypeVar("F", bound=Callable[..., Any])
LONDON = ZoneInfo("Europe/London")
MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])


def asked_period(command: F) -> F:
    """Let a command ask for a period."""
    until = click.option(
        "--until", required=True, type=MOMENT, help="Until before this moment; a day begins at midnight in London."
    )
    since = click.option("--from", "since", required=True, type=MOMENT, help="From this moment on.")
    return since(until(command))


def period_of(since: dt.datetime, until: dt.datetime) -> Period:
    """Return the period between two moments, which are in London's time where they do not say otherwise."""
    return Period(*(moment if moment.tzinfo else moment.replace(tzinfo=LONDON) for moment in (since, until)))


def echo_json(value: object) -> None:
    """Write one JSON document."""
    click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def echo_given(given: Given) -> None:
    """Write what one recipient was given, in a few lines."""
    what = f"copy {given.number}" if given.delivery else f"an answer, number {given.number}"
    click.echo(f"{given.at:%d %b %Y %H:%M:%S}  {given.event} to {given.recipient} ({given.role}): {what}")
    for path, how in given.given.items():
        because = ", ".join(how.rules) or "no rule, since it tells nothing of anybody"
        click.echo(f"    {path}: {because}{f', as {how.transform}' if how.transform else ''}")
    click.echo(f"    under {', '.join(given.agreements) or 'no agreement'}; {given.regime}; entry {given.entry}")


def echo_complete(as_of: AsOf) -> None:
    """Say up to where an answer is complete."""
    click.echo(f"Complete up to checkpoint {as_of.size} of {as_of.log}, root {as_of.root}; asked as {as_of.question}.")
