"""The rungs of the matching ladder, strongest first, and what speaks against a match."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

import msgspec

from hub.identity.evidence import Candidate, Evidence
from hub.identity.likeness import abbreviates, alike, near, near_date, same_birth, same_name
from hub.register.state import KnownName
from schemas.record.person import OF_A_PERSON

Holds = Callable[[Evidence, Candidate], bool]
Pair = Callable[[KnownName, KnownName], bool]


class Weight(Enum):
    """What a rung may do."""

    NUMBER = "joins by a number"
    DETAILS = "joins by details, unless numbers differ or another fits exactly"
    EXACT = "possible, even where numbers differ; forbids another to join by details"
    NEAR = "possible, unless numbers differ"


class Rung(msgspec.Struct, frozen=True):
    """One rung: its name for an officer, what it may do, and when it holds."""

    name: str
    weight: Weight
    holds: Holds


def numbers_differ(evidence: Evidence, candidate: Candidate) -> bool:
    """Tell whether both have numbers of one kind of a person, and share none of that kind in any reading."""
    shared = _kinds(_common(evidence, candidate) | _reread(evidence, candidate))
    return bool((_kinds(evidence.identifiers) & _kinds(candidate.identifiers) & OF_A_PERSON) - shared)


def ruled_out(evidence: Evidence, candidate: Candidate) -> bool:
    """Tell whether a coordinator said that a number of the event is not this person's."""
    return bool(evidence.identifiers & (candidate.ruled_out - candidate.identifiers))


def details_disagree(evidence: Evidence, candidate: Candidate) -> bool:
    """Tell whether the date of birth differs, and the surname or the forename too; what is unknown agrees."""

    def clash(part: str, agree: Callable[[str, str], bool]) -> bool:
        ours = {value for name in evidence.names if (value := getattr(name, part))}
        theirs = {value for name in candidate.names if (value := getattr(name, part))}
        return bool(ours and theirs) and not any(agree(a, b) for a in ours for b in theirs)

    return clash("date_of_birth", lambda a, b: a == b) and (
        clash("surname", lambda a, b: a == b) or clash("forename", lambda a, b: near(a, b) or abbreviates(a, b))
    )


def _kinds(tokens: frozenset[tuple[str, bytes]]) -> frozenset[str]:
    return frozenset(kind for kind, _ in tokens)


def _common(evidence: Evidence, candidate: Candidate) -> frozenset[tuple[str, bytes]]:
    return evidence.identifiers & candidate.identifiers


def _reread(evidence: Evidence, candidate: Candidate) -> frozenset[tuple[str, bytes]]:
    return evidence.other_readings & candidate.identifiers | evidence.identifiers & candidate.other_readings


def _number(kind: str) -> Holds:
    return lambda evidence, candidate: kind in _kinds(_common(evidence, candidate))


def _some(agree: Pair) -> Holds:
    """Return whether any name of the one agrees with any of the other."""
    return lambda evidence, candidate: any(agree(a, b) for a in evidence.names for b in candidate.names)


def _name_and_birth(one: KnownName, other: KnownName) -> bool:
    return same_name(one, other) and same_birth(one, other)


def _main_name_and_birth(evidence: Evidence, candidate: Candidate) -> bool:
    mains = evidence.names[:1] + candidate.names[:1]
    return len(mains) == 2 and _name_and_birth(mains[0], mains[-1])


def _all_details(evidence: Evidence, candidate: Candidate) -> bool:
    number = bool(_kinds(_common(evidence, candidate)) & OF_A_PERSON) and not numbers_differ(evidence, candidate)
    moved = evidence.postcodes and candidate.postcodes and not evidence.postcodes & candidate.postcodes
    return number and not moved and _main_name_and_birth(evidence, candidate)


def _name_birth_and_postcode(evidence: Evidence, candidate: Candidate) -> bool:
    if not _main_name_and_birth(evidence, candidate):
        return False
    born = evidence.names[0].date_of_birth
    # 1 January is what is written when only the year is known: shared by too many to join anybody.
    guessed = born is not None and (born.month, born.day) == (1, 1)
    return not guessed and bool(evidence.postcodes & candidate.postcodes)


def _other_reading_and_name(evidence: Evidence, candidate: Candidate) -> bool:
    return bool(_kinds(_reread(evidence, candidate)) & OF_A_PERSON) and _some(alike)(evidence, candidate)


def _other_reading(evidence: Evidence, candidate: Candidate) -> bool:
    unnamed = bool(candidate.names) and not evidence.names
    return unnamed and bool(_kinds(_reread(evidence, candidate)) & OF_A_PERSON)


def _abbreviated(one: KnownName, other: KnownName) -> bool:
    return same_birth(one, other) and near(one.surname, other.surname) and abbreviates(one.forename, other.forename)


def _near(one: KnownName, other: KnownName) -> bool:
    return same_birth(one, other) and near(one.surname, other.surname) and near(one.forename, other.forename)


def _near_birth(one: KnownName, other: KnownName) -> bool:
    born, other_born = one.date_of_birth, other.date_of_birth
    return same_name(one, other) and born is not None and other_born is not None and near_date(born, other_born)


def _swapped(one: KnownName, other: KnownName) -> bool:
    return same_birth(one, other) and same_name(one, KnownName(surname=other.forename, forename=other.surname))


def _arrest_or_case_and_name(evidence: Evidence, candidate: Candidate) -> bool:
    return bool(_kinds(_common(evidence, candidate)) - OF_A_PERSON) and _some(alike)(evidence, candidate)


RUNGS: Final = (
    Rung("all details", Weight.NUMBER, _all_details),
    Rung("prison number", Weight.NUMBER, _number("prison-number")),
    Rung("PNC ID", Weight.NUMBER, _number("pnc")),
    Rung("CRO number", Weight.NUMBER, _number("cro")),
    Rung("CRN", Weight.NUMBER, _number("crn")),
    Rung("other reading of a number, and name", Weight.NUMBER, _other_reading_and_name),
    Rung("name, date of birth and postcode", Weight.DETAILS, _name_birth_and_postcode),
    Rung("name and date of birth", Weight.EXACT, _main_name_and_birth),
    Rung("alias and date of birth", Weight.EXACT, _some(_name_and_birth)),
    Rung("surname and date of birth, forename missing or an initial", Weight.NEAR, _some(_abbreviated)),
    Rung("near name and date of birth", Weight.NEAR, _some(_near)),
    Rung("name and near date of birth", Weight.NEAR, _some(_near_birth)),
    Rung("forename and surname swapped, and date of birth", Weight.NEAR, _some(_swapped)),
    Rung("other reading of a number", Weight.NEAR, _other_reading),
    Rung("arrest or case, and name", Weight.NEAR, _arrest_or_case_and_name),
)
"""From the strongest to the weakest. An outcome names the first that holds."""
