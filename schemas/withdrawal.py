"""That a copy is to be taken back, alike for every cause: what it said is withheld now, was wrong, or did not happen.

It is no event of the catalogue: nobody publishes it, no rule gives it, and nothing in it is about a person.
"""

from __future__ import annotations

from typing import Final

import msgspec

WITHDRAWN: Final = "copy.withdrawn"
WITHDRAWN_SCHEMA: Final = "https://schemas.offender-hub.example/copy.withdrawn/1"


class Withdrawal(msgspec.Struct, frozen=True):
    """Which copy of this recipient is not to be used any more, and to be erased."""

    delivery: str


class Withdrawn(msgspec.Struct, frozen=True):
    """What such a message gives."""

    withdrawn: Withdrawal
