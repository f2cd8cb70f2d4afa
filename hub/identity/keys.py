"""Blocking keys: sealed values under which a store finds everybody whom a rung of the ladder could hit.

Two people are candidates for one another when they share a key. Each rung beyond the exact ones
has keys that survive the difference which it forgives; the ladder then looks at the details.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from hub.identity.evidence import Candidate, Evidence, Seal
from hub.identity.names import sound
from hub.register.state import KnownName


def keys_of(evidence: Evidence, seal: Seal) -> frozenset[bytes]:
    """Return the keys under which to look for the person of an event."""
    return _keys(evidence, seal)


def keys_of_candidate(candidate: Candidate, seal: Seal) -> frozenset[bytes]:
    """Return the keys under which to store a person: of names only where the person is on a scheme."""
    return _keys(candidate, seal)


def _keys(known: Evidence | Candidate, seal: Seal) -> frozenset[bytes]:
    tokens = {token for _, token in known.identifiers | known.other_readings}
    return frozenset(tokens | {seal(label, _joined(parts)) for label, *parts in _of_names(known.names)})


def _joined(parts: Iterable[str]) -> str:
    return "\x1f".join(parts)  # stands in no normalised name, so that parts cannot run together


def _of_names(names: Iterable[KnownName]) -> Iterator[tuple[str, ...]]:
    for name in names:
        if name.date_of_birth and name.surname:
            yield from _of_surname(name.surname, name.date_of_birth)
        if name.date_of_birth and name.surname and name.forename:
            yield from _of_both(name.surname, name.forename, name.date_of_birth)


def _of_surname(surname: str, born: date) -> Iterator[tuple[str, ...]]:
    yield "surname, birth", surname, f"{born}"
    yield "sound, birth", sound(surname), f"{born}"


def _of_both(surname: str, forename: str, born: date) -> Iterator[tuple[str, ...]]:
    year, month, day = f"{born}".split("-")
    yield "forename, birth", forename, f"{born}"
    yield "name, birth", surname, forename, f"{born}"
    yield "name, birth", forename, surname, f"{born}"
    if born.day <= 12:
        yield "name, birth", surname, forename, f"{year}-{day}-{month}"
    # One wrong digit spoils the year, the month or the day: two of three still agree.
    yield "name, year, month", surname, forename, year, month
    yield "name, year, day", surname, forename, year, day
    yield "name, month, day", surname, forename, month, day
