"""PNC IDs: the Police National Computer's number for a person.

The canonical form is ``YYYY/NNNNNNNL``: the year, a serial number of seven digits, a check
letter. Four dialects are in use, and the systems that write one refuse another: all are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from hub.identity.numbers.check_letter import DOES_NOT_FIT, SERIAL_IS_NOUGHT, check_letter
from hub.identity.numbers.form import SEPARATOR, Form
from hub.identity.numbers.parsed import Parsed

_YEAR = r"(?:19|20)\d\d"
_FORM = Form(
    "pnc",
    "a PNC ID",
    rf"(?:({_YEAR}|\d\d){SEPARATOR}(\d{{1,7}})|({_YEAR}\d{{1,7}}|\d{{3,9}}))([A-Z])",
)


class _Reading(NamedTuple):
    year: str
    serial: str


def parse(value: str, today: date) -> Parsed:
    """Read a PNC ID in any dialect: ``2002/0073319Z``, ``02/73319Z``, ``2002/73319Z``, ``0273319Z``.

    Year and serial number may be parted by a slash, a dot, a hyphen, a blank or nothing. A year of
    two digits lies in the last hundred years up to ``today``; ``also`` holds the other century,
    since the check letter, which sums two digits of the year, fits both. It does so too for a full
    year yet to come, which only a system with a later turn of century writes. Where nothing parts
    year from serial and the check letter fits two readings, ``also`` holds the second.

    Raises:
        InvalidIdentifier: not the form of a PNC ID, serial number nought, or wrong check letter.

    """
    year, serial, run, letter = _FORM.parts(value)
    readings = list(_split(run)) if run else [_Reading(year, serial)]
    numbered = [r for r in readings if r.serial.strip("0")]
    if not numbered:
        raise _FORM.refusal(SERIAL_IS_NOUGHT)
    fitting = [r for r in numbered if check_letter(r.year[-2:] + r.serial.zfill(7)) == letter]
    if not fitting:
        raise _FORM.refusal(DOES_NOT_FIT)
    canonical, *also = (
        f"{full_year}/{reading.serial.zfill(7)}{letter}"
        for reading in fitting
        for full_year in _full_years(reading.year, today)
    )
    return Parsed(canonical, tuple(also))


def _split(run: str) -> list[_Reading]:
    """Return the ways to part ``run`` into year and serial number, the likeliest first."""
    readings = []
    if len(run) <= 9:
        readings.append(_Reading(run[:2], run[2:]))
    if len(run) >= 5 and run.startswith(("19", "20")):
        readings.append(_Reading(run[:4], run[4:]))
    # A dialect that writes no separator seldom pads: a leading nought hints at the wrong split.
    return sorted(readings, key=lambda reading: reading.serial.startswith("0"))


def _full_years(year: str, today: date) -> Iterator[str]:
    """Yield the years of four digits that ``year`` may mean, the canonical one first."""
    if len(year) == 4:
        yield year
        if int(year) > today.year:
            yield f"19{year[2:]}"
        return
    past = int(year) > today.year % 100
    yield from (f"19{year}", f"20{year}") if past else (f"20{year}", f"19{year}")
