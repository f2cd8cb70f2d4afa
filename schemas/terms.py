"""What the holder of a copy must keep to, in a form that a system can act on; the sentences stand beside it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Marking = Literal["OFFICIAL", "OFFICIAL-SENSITIVE"]
"""Government security classifications that a copy may carry."""
Whole = Annotated[int, Meta(ge=1)]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The strictest of everything that is owed for a copy; what is absent is not owed."""

    delete_days_after_receipt: Whole | UnsetType = UNSET
    """Delete when so many days have passed since the copy was received."""
    delete_days_after_concern: Whole | UnsetType = UNSET
    """Delete when so many days have passed since the holder stopped being concerned. Where both stand, whichever
    comes first."""
    acknowledge_within_minutes: Whole | UnsetType = UNSET
    """Somebody has to have read it by then."""
    marking: Marking | UnsetType = UNSET
    """How the copy, and whatever is made of it, is to be marked."""
    do_not_pass_on: Literal[True] | UnsetType = UNSET
    """Not to be given to anybody else."""
    not_in_reports: Literal[True] | UnsetType = UNSET
    """Not to stand in anything written for a court or a board."""
