"""The ways of giving less than a whole value, each with the leaves that it makes."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from schemas.labels import Category as C
from schemas.transformed import TRANSFORMED


class Transform(msgspec.Struct, frozen=True):
    """One transform: the leaf names that it reads, each with the one that it writes, and how."""

    name: str
    category: C
    leaves: Mapping[str, str]
    apply: Callable[[Any], Any]
    """Returns UNSET for a value of which there is nothing less to give."""
    meaning: str


def _year(value: dt.date) -> int:
    return value.year


def _five_years(value: dt.date) -> str:
    first = value.year - value.year % 5
    return f"{first} to {first + 4}"


_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)(?:[0-9][A-Z]{2})?")


def _district(value: str) -> str | UnsetType:
    """Return the outward half of a postcode, and nothing of what is no postcode: it could be a part of the address."""
    match = _POSTCODE.fullmatch("".join(value.split()).upper())
    return match[1] if match else UNSET


def _initial(value: str) -> str:
    return value[:1].upper()


def _initials(value: str) -> str:
    """Return the first letter of each name, those behind hyphens among them."""
    return "".join(name[0] for name in value.replace("-", " ").upper().split())


def _high(value: str) -> bool:
    return value in {"high", "very-high"}


def _banded(*begins: int) -> Callable[[int], str]:
    """Return what names the band of a number: the first begins at nought, each of the others where it says."""
    bounds = (0, *begins)

    def band(value: int) -> str:
        place = sum(value >= begin for begin in begins)
        first = bounds[place]
        if place == len(begins):
            return f"{first} or more"
        last = bounds[place + 1] - 1
        return str(first) if first == last else f"{first} to {last}"

    return band


def _same(value: str) -> str:
    """Return a reference without what is written in several ways: a pseudonym is made of this."""
    return "".join(value.split()).upper()


PSEUDONYM = "pseudonym"
"""Gives of a reference a keyed pseudonym: the same for one purpose and one agency, another for any other."""

TRANSFORMS: Mapping[str, Transform] = {
    t.name: t
    for t in (
        Transform("year", C.DATE_OF_BIRTH, TRANSFORMED["year"], _year, "the year of birth in place of the date"),
        Transform(
            "five-years",
            C.DATE_OF_BIRTH,
            TRANSFORMED["five-years"],
            _five_years,
            "the five years in which the birth was, in place of the date",
        ),
        Transform(
            "district",
            C.ADDRESS,
            TRANSFORMED["district"],
            _district,
            "the postcode's district in place of the address",
        ),
        Transform("initials", C.NAME, TRANSFORMED["initials"], _initials, "the initials of the whole name"),
        Transform("initial", C.NAME, TRANSFORMED["initial"], _initial, "the first letter of the forename"),
        Transform(
            "high-or-not",
            C.RISK_LEVEL,
            TRANSFORMED["high-or-not"],
            _high,
            "whether the level is high or above, and no more",
        ),
        Transform(
            "band",
            C.OFFENCE,
            TRANSFORMED["band"],
            _banded(6, 12, 48),
            "of the offence only the band of the sentence's length: below 6, 6 to 11, 12 to 47, or 48 months and more",
        ),
        Transform(
            "counts-in-bands",
            C.ORDER_PROGRESS,
            TRANSFORMED["counts-in-bands"],
            _banded(1, 3, 6, 11),
            "of the order's progress only the bands of appointments (0, 1 or 2, 3 to 5, 6 to 10, or more)",
        ),
        Transform(
            PSEUDONYM,
            C.REFERENCES,
            TRANSFORMED[PSEUDONYM],
            _same,
            "a pseudonym in place of each reference, the same for one purpose and one agency and useless beside others",
        ),
    )
}
"""Transforms of a value; of one category that which says more first.

``naming-you`` is the one other word: it chooses list members (see project).
"""


class Keying(msgspec.Struct, frozen=True):
    """For which agency pseudonyms are made, and with what keyed hash."""

    agency: str
    hash: Callable[..., bytes]
    """Of some parts, under a key that only the hub has."""

    def pseudonym(self, purpose: str) -> Callable[[str], str]:
        """Return what makes the pseudonym of a value for one purpose: 130 bits, so that no two meet."""

        def keyed(value: str) -> str:
            return base64.b32encode(self.hash(purpose, self.agency, _same(value)))[:26].decode().lower()

        return keyed


def read_by(transform: str, path: str) -> bool:
    """Tell whether a transform reads the leaf of a path."""
    return path.rpartition(".")[2] in TRANSFORMS[transform].leaves


def written_by(transform: str, name: str) -> str:
    """Return the name of the leaf that a transform makes of one that it reads."""
    return TRANSFORMS[transform].leaves[name]


NAMING_YOU = "naming-you"
"""Gives of licence conditions only those that name the recipient's role."""

NAMING_OTHERS = frozenset({"names_roles"})
"""Fields of a condition that a role which it names does not get: they say whom else it names."""

_WAYS = ("", *TRANSFORMS, NAMING_YOU)


def fullest(transform: str) -> int:
    """Return the place of a way of giving among all, of which the one that says most comes first: as it is."""
    return _WAYS.index(transform)
