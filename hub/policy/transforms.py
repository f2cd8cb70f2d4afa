"""The ways of giving less than a whole value, each with the leaf that it makes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from schemas.labels import Category as C


class Transform(msgspec.Struct, frozen=True):
    """One transform: the leaf name that it reads, the one that it writes, and how."""

    name: str
    category: C
    reads: str
    writes: str
    apply: Callable[[Any], Any]
    meaning: str


def _year(value: dt.date) -> int:
    return value.year


def _district(value: str) -> str:
    """Return the outward half of a postcode; the inward half is always its last three characters."""
    squeezed = value.replace(" ", "").upper()
    return squeezed[:-3] if len(squeezed) > 4 else ""


def _initial(value: str) -> str:
    return value[:1].upper()


def _high(value: str) -> bool:
    return value in {"high", "very-high"}


TRANSFORMS: Mapping[str, Transform] = {
    t.name: t
    for t in (
        Transform(
            "year", C.DATE_OF_BIRTH, "date_of_birth", "year_of_birth", _year, "the year of birth in place of the date"
        ),
        Transform(
            "district",
            C.ADDRESS,
            "postcode",
            "postcode_district",
            _district,
            "the postcode's district in place of the address",
        ),
        Transform("initial", C.NAME, "forename", "forename_initial", _initial, "the first letter of the forename"),
        Transform(
            "high-or-not", C.RISK_LEVEL, "level", "high", _high, "whether the level is high or above, and no more"
        ),
    )
}
"""Transforms of a value. ``naming-you`` is the one other word: it chooses list members (see project)."""

NAMING_YOU = "naming-you"
"""Gives of licence conditions only those that name the recipient's role."""

NAMING_OTHERS = frozenset({"names_roles"})
"""Fields of a condition that a role which it names does not get: they say whom else it names."""
