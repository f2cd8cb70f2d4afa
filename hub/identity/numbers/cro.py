"""CRO numbers: the Criminal Records Office's number for a person's fingerprints or file.

The canonical forms are ``NNNNNN/YYL`` for a standard number, its serial padded to six digits, and
``SFYY/NL`` for a record held on file only, its serial never padded.
"""

from __future__ import annotations

from datetime import date

from hub.identity.numbers.check_letter import DOES_NOT_FIT, SERIAL_IS_NOUGHT, check_letter
from hub.identity.numbers.form import SEPARATOR, Form
from hub.identity.numbers.parsed import Parsed

_FORM = Form(
    "cro",
    "a CRO number",
    rf"(?:(\d{{1,6}}){SEPARATOR}(\d\d)|SF(\d\d){SEPARATOR}(\d{{1,6}}))([A-Z])",
)


def parse(value: str, today: date) -> Parsed:
    """Read a CRO number: ``65656/91H`` (canonical ``065656/91H``) or file only, ``SF05/482703J``.

    A slash, a dot, a hyphen or a blank parts year and serial number; noughts that pad the serial
    of a file-only number are dropped. ``today`` plays no part: the year keeps its two digits.

    Raises:
        InvalidIdentifier: not the form of a CRO number, serial number nought (``000000/00Z`` is what
            systems write for "none"), or wrong check letter.

    """
    del today
    serial, year, file_year, file_serial, letter = _FORM.parts(value)
    if file_year:
        year, serial = file_year, file_serial.lstrip("0")
        canonical = f"SF{year}/{serial}{letter}"
    else:
        serial = serial.zfill(6)
        canonical = f"{serial}/{year}{letter}"
    if not serial.strip("0"):
        raise _FORM.refusal(SERIAL_IS_NOUGHT)
    if check_letter(year + serial) != letter:
        raise _FORM.refusal(DOES_NOT_FIT)
    return Parsed(canonical)
