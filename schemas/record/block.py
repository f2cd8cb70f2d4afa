"""The base of all blocks, and how each leaf's provenance is said."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, UnsetType

__all__ = ["AreaCode", "Block", "CourtCode", "EstablishmentCode", "RecipientId", "SchemeCode", "UnsetType"]


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of facts that belong together. Absent is ``UNSET``, and never null."""


Code = Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
EstablishmentCode = Annotated[str, Meta(pattern=r"^[A-Z]{2,3}$")]
"""Prison or other establishment, as the national prison system codes it: ``BMI`` is HMP Birmingham."""
AreaCode = Annotated[str, Code]
"""A neighbourhood policing area, as the police force codes it."""
SchemeCode = Annotated[str, Code]
"""A local scheme (PPO or IOM), as the hub's directory names it."""
CourtCode = Annotated[str, Code]
"""A court, as the directory names it."""
RecipientId = Annotated[str, Code]
"""A recipient (role at an agency and place), as the directory names it."""
