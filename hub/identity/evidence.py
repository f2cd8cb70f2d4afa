"""What an event says of who it is about, and what the register knows of one person: made comparable.

Numbers are canonical and sealed (keyed hashes), so that people on no scheme are matched from
hashes alone; names and dates are normalised and in the clear, and known of people on a scheme only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

import msgspec
from msgspec import UNSET

from hub.errors import Invalid, Problem
from hub.identity.names import names_of
from hub.identity.numbers import PARSERS, InvalidIdentifier
from hub.register.state import KnownName
from schemas.record.person import OF_A_PERSON, Identifier, Person

Seal = Callable[[str, str], bytes]
"""The keyed hash of a kind and a canonical value."""
Token = tuple[str, bytes]
"""The kind of an identifier, and its sealed canonical value."""

_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", re.ASCII)
_NO_FIXED_ABODE = "ZZ99"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What an event tells about the person, for matching."""

    identifiers: frozenset[Token] = frozenset()
    other_readings: frozenset[Token] = frozenset()
    """What the same writing of a number may also mean: possibilities, never a second identity."""
    names: tuple[KnownName, ...] = ()
    """Normalised; the main name first, then the aliases."""
    postcodes: frozenset[str] = frozenset()


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What the register knows of a person whom an event may be about."""

    person_id: str
    identifiers: frozenset[Token] = frozenset()
    other_readings: frozenset[Token] = frozenset()
    names: tuple[KnownName, ...] = ()
    """Normalised, the main name first; empty for people on no scheme."""
    postcodes: frozenset[str] = frozenset()
    ruled_out: frozenset[Token] = frozenset()
    """Numbers that a coordinator said are another person's: so a settled case is not asked again."""


def evidence_of(subject: Person, today: date, seal: Seal, postcodes: Iterable[str] = ()) -> Evidence:
    """Return what an event tells about its person.

    ``postcodes`` are those that the event's other blocks give as the person's own address; what
    is no full postcode is left out, and so is the one that stands for "no fixed abode".

    Raises:
        Invalid: an identifier is not one of its kind (all such are named at once), or there is
            neither an identifier of a person nor surname and date of birth.
    """
    given = [] if subject.identifiers is UNSET else subject.identifiers
    identifiers, others = tokens_of(given, today, seal)
    names = names_of(subject)
    kinds = {kind for kind, _ in identifiers}
    if not kinds & OF_A_PERSON and not any(name.surname and name.date_of_birth for name in names):
        raise Invalid(Problem("data.subject", _needed(kinds)))
    return Evidence(identifiers=identifiers, other_readings=others, names=names, postcodes=_full(postcodes))


def candidate_of(person_id: str, known: Evidence) -> Candidate:
    """Return somebody of whom exactly ``known`` is known, as a candidate."""
    return Candidate(
        person_id=person_id,
        identifiers=known.identifiers,
        other_readings=known.other_readings,
        names=known.names,
        postcodes=known.postcodes,
    )


def tokens_of(given: Iterable[Identifier], today: date, seal: Seal) -> tuple[frozenset[Token], frozenset[Token]]:
    """Return the sealed identifiers, and the sealed other readings of their writing.

    Raises:
        Invalid: an identifier is not one of its kind; all such are named at once, by their places.
    """
    problems: list[Problem] = []
    tokens: set[Token] = set()
    others: set[Token] = set()
    for i, identifier in enumerate(given):
        kind = identifier.kind
        try:
            parsed = PARSERS[kind](identifier.value, today)
        except InvalidIdentifier as error:
            problems.append(Problem(f"data.subject.identifiers[{i}].value", error.rule))
            continue
        tokens.add((kind, seal(kind, parsed.canonical)))
        others |= {(kind, seal(kind, other)) for other in parsed.also}
    if problems:
        raise Invalid(*problems)
    return frozenset(tokens), frozenset(others - tokens)


def _needed(kinds: set[str]) -> str:
    if kinds:
        return "needs an identifier of the person, not of an arrest or case alone, or surname and date of birth"
    return "needs an identifier, or surname and date of birth"


def _full(postcodes: Iterable[str]) -> frozenset[str]:
    squeezed = {"".join(postcode.split()).upper() for postcode in postcodes}
    return frozenset(p for p in squeezed if _POSTCODE.fullmatch(p) and not p.startswith(_NO_FIXED_ABODE))
