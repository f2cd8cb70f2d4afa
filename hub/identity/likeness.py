"""How alike two names and two dates of birth are; symmetric throughout."""

from __future__ import annotations

import datetime as dt

from rapidfuzz.distance import JaroWinkler

from hub.register.state import KnownName

NEAR = 0.85
"""Jaro-Winkler similarity from which two spellings may be one name (docs/adr/0003-matching-ladder.md)."""


def near(one: str, other: str) -> bool:
    """Tell whether two names, both known, are equal or may be spellings of one."""
    return bool(one and other) and (one == other or JaroWinkler.similarity(one, other) >= NEAR)


def abbreviates(one: str, other: str) -> bool:
    """Tell whether one of two forenames is missing, or is the initial of the other."""
    shorter, longer = sorted((one, other), key=len)
    return not shorter or (len(shorter) == 1 and longer.startswith(shorter))


def near_date(one: dt.date, other: dt.date) -> bool:
    """Tell whether two different dates are one digit apart, or one with day and month swapped."""
    if one == other:
        return False
    digits = zip(one.isoformat(), other.isoformat(), strict=True)
    return sum(a != b for a, b in digits) == 1 or (one.year, one.month, one.day) == (other.year, other.day, other.month)


def same_birth(one: KnownName, other: KnownName) -> bool:
    """Tell whether both dates of birth are known and equal."""
    return one.date_of_birth is not None and one.date_of_birth == other.date_of_birth


def same_name(one: KnownName, other: KnownName) -> bool:
    """Tell whether surname and forename are all known and equal."""
    return bool(one.surname and one.forename) and (one.surname, one.forename) == (other.surname, other.forename)


def alike(one: KnownName, other: KnownName) -> bool:
    """Tell whether two names agree as far as known: near surname and forename, no other date of birth."""
    forenames = near(one.forename, other.forename) or abbreviates(one.forename, other.forename)
    births = one.date_of_birth is None or other.date_of_birth is None or same_birth(one, other)
    return near(one.surname, other.surname) and forenames and births
