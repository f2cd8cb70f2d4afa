"""Case reference numbers: probation's number for a person."""

from __future__ import annotations

from datetime import date

from hub.identity.numbers.form import Form
from hub.identity.numbers.parsed import Parsed

_FORM = Form("crn", "a CRN", r"([A-Z]{1,2}\d{5,6})")


def parse(value: str, today: date) -> Parsed:
    """Read a probation CRN: one or two letters and six digits, ``X123456``; upper case is canonical.

    Five digits are taken and kept as five, since test systems issue them: padding would make the
    number of another person. It has no check letter and no year, so ``today`` plays no part.

    Raises:
        InvalidIdentifier: not the form of a CRN.

    """
    del today
    (number,) = _FORM.parts(value)
    return Parsed(number)
