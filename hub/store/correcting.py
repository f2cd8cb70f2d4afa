"""What is put right, row by row: where former copies are, who was told to correct what, and whose word is overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Literal, Protocol

import msgspec

What = Literal["correction", "withdrawal"]
Cause = Literal["event", "agreement", "rule", "consent", "restriction", "unmerge"]
"""Why something is put right: an event corrects or withdraws another, a version withholds it, a rule was mistaken, a
consent was withdrawn, a record was restricted, or two people were taken for one.
"""


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that is in a mailbox, and that its recipient was not told to erase."""

    recipient: str
    copy: str
    lane: str
    telling: str
    """With which entry's departure it goes."""
    left: bool
    """Whether it has left the hub."""


class CorrectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """That a recipient was told to put one copy right."""

    recipient: str
    copy: str
    """The copy that tells it."""
    former: str
    """The copy that was wrong."""
    person: str
    what: What
    matter: str
    """Equal for everything that was put right for one reason at one time."""
    cause: Cause
    at: dt.datetime


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """One correction, and how far it has come."""

    row: CorrectionRow
    left_at: dt.datetime | None
    received_at: dt.datetime | None
    escalated_at: dt.datetime | None


class Silent(msgspec.Struct, frozen=True, kw_only=True):
    """A copy without a receipt, sealed, of which the coordinator was not told."""

    recipient: str
    number: int
    copy: str
    person: str
    committed_at: dt.datetime
    body: bytes


class ReceiptRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a recipient's system signed of copies in its hands."""

    id: str
    client: str
    at: dt.datetime
    signed: str


class Escalated(msgspec.Struct, frozen=True, kw_only=True):
    """A copy without a receipt of which a coordinator was told."""

    recipient: str
    number: int
    copy: str
    committed_at: dt.datetime
    escalated_at: dt.datetime


class CorrectingReads(Protocol):
    """What a transaction is asked to put something right."""

    def of_event(self, reference: int) -> Sequence[tuple[bytes, bytes]]:
        """Return content and sealed secrets of each entry of an event, in their order, by the event's number."""

    def told_about(self, person: str) -> Sequence[tuple[bytes, bytes]]:
        """Return the same of each collection, combination and disclosure about a person, under whatever id."""

    def placed(self, copies: Collection[str]) -> Sequence[Placed]:
        """Return where some copies are that nobody was told to erase, and that no other took the place of."""

    def bodies(self, copies: Collection[str]) -> Sequence[tuple[str, bytes, str | None]]:
        """Return the bytes of some copies, sealed; those that are not kept are left out."""

    def silent(self, before: dt.datetime, *, after: tuple[str, int], limit: int) -> Sequence[Silent]:
        """Return copies without a receipt made before a moment, behind a recipient's number."""


class FollowingReads(Protocol):
    """What a store is asked beside its transactions of what was put right, and of whose word is missing."""

    def followed(self, *, matter: str | None, closed: bool, limit: int) -> Sequence[Followed]:
        """Return how far corrections have come, oldest first: of one matter or all, the closed ones too or not."""

    def escalated(self, *, limit: int) -> Sequence[Escalated]:
        """Return the copies without a receipt of which a coordinator was told."""

    def receipt(self, recipient: str, copy: str) -> ReceiptRow | None:
        """Return what was signed of a copy; None where it has no receipt, or one that nobody signed."""


def number_of(reference: str) -> int | None:
    """Return the number by which an event is found, from its keyed hash in hex; None where it is no such hash."""
    return int(reference[:16], 16) >> 1 if len(reference) == 64 else None
