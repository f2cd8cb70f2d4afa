"""Whom a command is about: by numbers, by name and date of birth, or by the register's own id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import click
from msgspec import UNSET

from schemas.record.person import Identifier, IdentifierKind, Person

C = TypeVar("C", bound=Callable[..., Any])
KINDS: tuple[IdentifierKind, ...] = ("prison-number", "pnc", "cro", "crn")
_OPTIONS = (
    click.option("--prison-number", help="Prison (NOMS) number."),
    click.option("--pnc", help="PNC ID, in any form."),
    click.option("--cro", help="CRO number."),
    click.option("--crn", help="Probation case reference number."),
    click.option("--surname", help="With --born, where no number is known."),
    click.option("--forename"),
    click.option("--born", type=click.DateTime(["%Y-%m-%d"]), help="Date of birth, year-month-day."),
    click.option("--id", "person_id", help="The register's id of the person, as other commands show it."),
)


def whom(command: C) -> C:
    """Give a command the options that say whom it is about; it takes them as keywords for ``described``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def described(
    *,
    person_id: str | None,
    surname: str | None,
    forename: str | None,
    born: dt.datetime | None,
    **numbers: str | None,
) -> Person | str:
    """Return whom the options describe: somebody to be found, or an id of the register."""
    if person_id:
        return person_id
    return Person(
        surname=surname or UNSET,
        forename=forename or UNSET,
        date_of_birth=born.date() if born else UNSET,
        identifiers=[
            Identifier(kind=kind, value=value) for kind in KINDS if (value := numbers.get(kind.replace("-", "_")))
        ]
        or UNSET,
    )
