"""Prison numbers: the number that a person keeps through every stay in prison (the NOMS number)."""

from __future__ import annotations

from datetime import date

from hub.identity.numbers.form import Form
from hub.identity.numbers.parsed import Parsed

_FORM = Form("prison-number", "a prison number", r"([A-Z]\d{4}[A-Z]{2})")


def parse(value: str, today: date) -> Parsed:
    """Read a prison number: a letter, four digits and two letters, ``A1234BC``; upper case is canonical.

    It has no check letter and no year, so ``today`` plays no part.

    Raises:
        InvalidIdentifier: not the form of a prison number.

    """
    del today
    (number,) = _FORM.parts(value)
    return Parsed(number)
