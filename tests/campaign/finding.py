"""One number of the campaign."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """What was counted: its name, the number, its unit, and what it says."""

    name: str
    value: float
    unit: str
    what: str
