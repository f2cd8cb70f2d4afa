"""What the index of the record asks of a store.

The index follows the record, as the log does, in transactions of its own: no event waits for it. It is made of the
entries alone, so it can be made anew at any time, and whoever asks by it lets it catch up first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

from hub.store.log_port import Recorded

BLOCK = 256
"""How many places of the record one mark of a ground is over: rules are few, and most stand in many entries."""


class BranchAt(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the record a recipient's branch stands."""

    recipient: str
    number: int
    agency: str
    at: dt.datetime
    place: int


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """What some entries add to the index."""

    branches: Collection[BranchAt]
    grounds: Collection[tuple[str, int]]
    """A rule or an agreement, and a block of places in which something rests on it."""
    references: Collection[tuple[int, int]]
    """A short hash of a reference, and a place that may have it."""


class RecordIndex(Protocol):
    """The index's part of a store."""

    def indexed_upto(self) -> int:
        """Return the place of the last entry that the index knows."""

    def grow(self, was: int, now: int, found: Indexed) -> bool:
        """Add to the index, durable when this returns; False where another was quicker, and nothing is written."""

    def behind(self, place: int, *, limit: int) -> Sequence[tuple[int, bytes]]:
        """Return place and content of the entries behind a place in the record, in their order."""

    def about(self, people: Collection[str], *, upto: int) -> Sequence[Recorded]:
        """Return every entry about some people up to a place, in the order of the record."""

    def chain(self, recipient: str, *, first: int, limit: int) -> Sequence[BranchAt]:
        """Return a recipient's branches from a number on, in their order."""

    def chain_before(self, recipient: str, moment: dt.datetime) -> int:
        """Return the number of a recipient's last branch of before a moment, as far as branches are in order; or 0."""

    def of_agency(
        self, agency: str, since: dt.datetime, until: dt.datetime, *, after: tuple[float, int, str], limit: int
    ) -> Sequence[BranchAt]:
        """Return the branches of an agency's recipients in a period, by time, place and recipient, behind one."""

    def blocks(self, ground: str, *, first: int, last: int) -> Sequence[int]:
        """Return in which blocks between two something rests on a rule or an agreement."""

    def referring(self, key: int) -> Sequence[int]:
        """Return the places that may have a reference of this hash."""

    def at_places(self, places: Collection[int]) -> Sequence[Recorded]:
        """Return the entries at some places, in the order of the record."""

    def place_since(self, moment: dt.datetime) -> int:
        """Return the place of an entry behind which all are of this moment or later, as far as entries are in order."""
