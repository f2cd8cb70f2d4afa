"""Arrest summons numbers: the police's number for one arrest or summons of a person.

The canonical form has no separators: the year in two digits, in some a letter, two characters each
for force, unit and system, a serial number of eleven digits, and a check letter.
"""

from __future__ import annotations

from datetime import date

from hub.identity.numbers.check_letter import DOES_NOT_FIT, SERIAL_IS_NOUGHT, check_letter
from hub.identity.numbers.form import SEPARATOR, Form
from hub.identity.numbers.parsed import Parsed

_PAIR = rf"{SEPARATOR}?([A-Z\d]{{2}})"
_FORM = Form(
    "asn",
    "an ASN",
    rf"(\d\d)(?:{SEPARATOR}?([A-Z]))?{_PAIR}{_PAIR}{_PAIR}{SEPARATOR}?(\d{{11}})([A-Z])",
)


def parse(value: str, today: date) -> Parsed:
    """Read an arrest summons number: ``1101ZD0100000448754K``, or parted, ``11/01ZD/01/00000448754K``.

    Every part has a fixed width, so single separators between parts are dropped without doubt.
    The check letter sums force and system where they are digits, the year and the serial number;
    never the unit. ``today`` plays no part: the year keeps its two digits.

    Raises:
        InvalidIdentifier: not the form of an ASN, serial number nought, or wrong check letter.

    """
    del today
    parts = _FORM.parts(value)
    year, _, force, _, system, serial, letter = parts
    if not serial.strip("0"):
        raise _FORM.refusal(SERIAL_IS_NOUGHT)
    if check_letter(_if_digits(force) + _if_digits(system) + year + serial) != letter:
        raise _FORM.refusal(DOES_NOT_FIT)
    return Parsed("".join(parts))


def _if_digits(code: str) -> str:
    return code if code.isdigit() else ""
