"""Who the person is: details by the strength of their source, references and names."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from hub.register.happening import Happening
from hub.register.state import KnownName, PersonState
from schemas.record.person import Identifier, Person

RECORD, TOLD, SELF_REPORT = 2, 1, 0
STRENGTH = {"court": RECORD, "police": RECORD, "prosecution": RECORD, "self-report": SELF_REPORT}
"""A court, police or prosecution record is not overwritten by anything weaker; an agency's word not by self-report."""

DETAILS = tuple(f for f in Person.__struct_fields__ if f not in {"identifiers", "details_source"})


def particulars(state: PersonState, happened: Happening) -> PersonState:
    """Return the state with what the event's subject block says; every event may add to it."""
    subject = happened.data.subject
    strength = TOLD if subject.details_source is UNSET else STRENGTH.get(subject.details_source, TOLD)
    details, marks = overlaid(state, subject, dict.fromkeys(DETAILS, (strength, happened.time)))
    return msgspec.structs.replace(
        state,
        details=details,
        details_marks=marks,
        identifiers=joined(state.identifiers, () if subject.identifiers is UNSET else tuple(subject.identifiers)),
        names=tuple(sorted({*state.names, *names_in(subject)}, key=name_order)),
    )


Mark = tuple[int, dt.datetime]


def overlaid(state: PersonState, said: Person, marks: dict[str, Mark]) -> tuple[Person, dict[str, Mark]]:
    """Return the details with each one that is said by a source at least as strong and as late."""
    changed: dict[str, Any] = {}
    kept = dict(state.details_marks)
    for field in DETAILS:
        value = getattr(said, field)
        if value is UNSET or field not in marks or (field in kept and marks[field] < kept[field]):
            continue
        changed[field], kept[field] = value, marks[field]
    return msgspec.structs.replace(state.details or Person(), **changed), kept


def joined(ours: tuple[Identifier, ...], theirs: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """Return all references once, in a fixed order."""
    return tuple(sorted({*ours, *theirs}, key=lambda i: (i.kind, i.value)))


def names_in(subject: Person) -> set[KnownName]:
    """Return every name and date of birth that a subject block says, aliases included."""
    aliases = [] if subject.aliases is UNSET else subject.aliases
    names = {known_name(a.surname, a.forename, a.date_of_birth) for a in aliases}
    names.add(known_name(subject.surname, subject.forename, subject.date_of_birth))
    return names - {KnownName()}


def known_name(surname: str | UnsetType, forename: str | UnsetType, born: dt.date | UnsetType) -> KnownName:
    """Return a name with what is absent left blank."""
    return KnownName(
        "" if surname is UNSET else surname, "" if forename is UNSET else forename, None if born is UNSET else born
    )


def name_order(name: KnownName) -> tuple[str, str, str]:
    """Return a key that puts names into a fixed order."""
    return name.surname, name.forename, str(name.date_of_birth or "")
