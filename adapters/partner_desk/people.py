"""Whether two copies speak of one person, as far as a desk can tell from what it was given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from schemas.record.person import Identifier, Person

KINDS = ("pnc", "cro", "prison-number", "crn", "asn", "case-urn")


def marks_of(given: Mapping[str, Any]) -> frozenset[str]:
    """Return what the person can be known by: each number, and the name with the date of birth."""
    subject = _subject(given)
    numbers = {f"{each['kind']} {each['value']}" for each in _identifiers(subject)}
    named = [str(subject.get(part, "")).casefold() for part in ("surname", "forename", "date_of_birth")]
    return frozenset(numbers | ({"|".join(named)} if named[0] and named[2] else set()))


def person_of(given: Mapping[str, Any]) -> Person | None:
    """Return the person to name in an event of our own, or None where too little was given to find them."""
    subject = _subject(given)
    born = _day(subject.get("date_of_birth"))
    identifiers = [Identifier(kind=e["kind"], value=e["value"]) for e in _identifiers(subject) if e["kind"] in KINDS]
    surname = subject.get("surname") or None
    if not identifiers and not (surname and born):
        return None
    return Person(
        surname=UNSET if surname is None else str(surname),
        forename=str(subject["forename"]) if subject.get("forename") else UNSET,
        date_of_birth=UNSET if born is None else born,
        identifiers=identifiers or UNSET,
    )


def _subject(given: Mapping[str, Any]) -> Mapping[str, Any]:
    subject = given.get("subject")
    return subject if isinstance(subject, Mapping) else {}


def _identifiers(subject: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = subject.get("identifiers")
    members = listed if isinstance(listed, list) else []
    return [each for each in members if isinstance(each, Mapping) and {"kind", "value"} <= each.keys()]


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None
