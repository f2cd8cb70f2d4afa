"""One number of the campaign."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """What was counted: its name, the number (of a version, all of it), its unit, and what it says."""

    name: str
    value: float | str
    unit: str
    what: str
