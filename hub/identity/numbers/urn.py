"""Case URNs: the unique reference number of one prosecution, shared by police, prosecution and courts."""

from __future__ import annotations

from datetime import date

from hub.identity.numbers.form import SEPARATOR, Form
from hub.identity.numbers.parsed import Parsed

_FORM = Form(
    "case-urn",
    "a case URN",
    rf"([A-Z\d]{{2}}){SEPARATOR}?([A-Z\d]{{2}}){SEPARATOR}?(\d{{1,6}}){SEPARATOR}?(\d\d)",
)


def parse(value: str, today: date) -> Parsed:
    """Read a case URN: four letters or digits, then three to eight digits, ``01ZD1234523``.

    The canonical form has no separators. They are taken where forms print them: between force and
    unit, before the serial number, and before the last two digits. It has no check letter, and
    no year that the hub reads, so ``today`` plays no part.

    Raises:
        InvalidIdentifier: not the form of a case URN.

    """
    del today
    return Parsed("".join(_FORM.parts(value)))
