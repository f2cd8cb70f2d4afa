"""Whom a message is about: from the reference, or from the information where there is none."""

from __future__ import annotations

import re
from typing import Final

from adapters.national.message import DomainEvent, NotUnderstood
from schemas.record.person import Identifier, IdentifierKind, Person

FORMS: Final[dict[IdentifierKind, re.Pattern[str]]] = {
    "prison-number": re.compile(r"[A-Z]\d{4}[A-Z]{2}", re.ASCII),
    # Six digits in life; five in some systems' trial records.
    "crn": re.compile(r"[A-Z]{1,2}\d{5,6}", re.ASCII),
}
REFERENCE_TYPES: Final[dict[str, IdentifierKind]] = {"NOMS": "prison-number", "CRN": "crn"}
MEMBERS: Final[dict[IdentifierKind, tuple[str, ...]]] = {
    "prison-number": ("nomsNumber", "prisonNumber", "prisonerNumber", "prisonerId", "offenderNo", "offenderIdDisplay"),
    "crn": ("crn",),
}
"""The members of ``additionalInformation`` that producers put each number in."""


def number(kind: IdentifierKind, value: str, field: str) -> Identifier:
    """Return a number as an identifier; raises ``NotUnderstood`` for another form."""
    tidy = value.strip().upper()
    if not FORMS[kind].fullmatch(tidy):
        raise NotUnderstood(field, f"not the form of a {kind}")
    return Identifier(kind=kind, value=tidy)


def subject_of(event: DomainEvent) -> Person:
    """Return the person by every number that the message gives; names never stand in these messages.

    Raises:
        NotUnderstood: there is no number, one of another form, or two of a kind that disagree. To
            send both would tell the hub that two people are one.
    """
    found: dict[IdentifierKind, Identifier] = {}
    for kind, value, field in _given(event):
        one = number(kind, value, field)
        if found.setdefault(kind, one) != one:
            raise NotUnderstood(field, "disagrees with another number of its kind in the message")
    if not found:
        raise NotUnderstood("personReference", "no number of a known kind, nor in additionalInformation")
    return Person(identifiers=list(found.values()))


def _given(event: DomainEvent) -> list[tuple[IdentifierKind, str, str]]:
    referred = [
        (REFERENCE_TYPES[kind], value, f"personReference.{kind}")
        for kind, value in event.references()
        if kind in REFERENCE_TYPES
    ]
    informed = [
        (kind, value, f"additionalInformation.{name}")
        for kind, names in MEMBERS.items()
        for name in names
        if (value := event.text(name)) is not None
    ]
    return [*referred, *informed]
