"""The check letter that PNC IDs, CRO numbers and arrest summons numbers share."""

from __future__ import annotations

from typing import Final

LETTERS: Final = "ZABCDEFGHJKLMNPQRTUVWXY"
"""The 23 letters by remainder. I, O and S are left out: they read as digits."""

DOES_NOT_FIT: Final = "check letter does not fit"
SERIAL_IS_NOUGHT: Final = "serial number is nought"
"""Refused though its letter can fit: it is what systems fill in for "none", and would join strangers."""


def check_letter(digits: str) -> str:
    """Return the check letter of ``digits``: the number that they write, modulo 23.

    Which digits of an identifier are summed, and how they are padded, is the scheme's own rule.
    """
    return LETTERS[int(digits) % 23]
