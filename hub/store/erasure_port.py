"""What erasing asks of a store, within a transaction and beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from hub.store.log_port import Recorded


class HoldRow(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold on one person: nothing of them is erased while it stands."""

    person: str
    entry: str
    """The entry of the record that has, sealed, why."""
    at: dt.datetime
    by: str


class GivenCopy(msgspec.Struct, frozen=True):
    """A copy that left the hub, or was received."""

    recipient: str
    copy: str
    lane: str


class OldCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy whose time is over."""

    id: str
    entry: str
    person: str | None
    delete_by: float
    """As it is stored; with the id it says where the next portion begins."""


class KeptPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the register, sealed."""

    id: str
    state: bytes
    wrapped: bytes | None
    expires: dt.datetime | None


class KeysOfPeople(Protocol):
    """The data keys of people, in a transaction."""

    def kept_as(self, person: str) -> str:
        """Return under which id somebody asked for with ``people`` is kept: their own, or by a merge another."""

    def data_keys(self, people: Collection[str]) -> Mapping[str, bytes]:
        """Return the wrapped data keys of those of some people who have one; asked again, it costs nothing."""


class ErasingTransaction(Protocol):
    """What is erased, in the transaction that says so. Each of these happens at once."""

    def formerly(self, person: str) -> frozenset[str]:
        """Return a person's id and those merged into it."""

    def under_hold(self) -> frozenset[str]:
        """Return everybody whom a legal hold covers, under every id that they have or had."""

    def holds(self) -> Sequence[HoldRow]:
        """Return the legal holds, oldest first."""

    def hold(self, row: HoldRow) -> None:
        """Set a legal hold."""

    def lift(self, person: str) -> None:
        """Lift a legal hold."""

    def erased_by(self, person: str) -> str | None:
        """Return the entry by which a person was erased; None where they were not."""

    def entries_of(self, people: Collection[str], *, after: int, limit: int) -> Sequence[Recorded]:
        """Return entries about some people behind a place of the record, in its order."""

    def reduce_entries(
        self, remainders: Sequence[tuple[str, bytes]], references: Sequence[tuple[int, int]] = ()
    ) -> None:
        """Put what remains in the place of entries, by id: their content and sealed secrets are gone.

        So is what the index has of their references: a short hash of each, and the place.
        """

    def given(self, people: Collection[str]) -> Sequence[GivenCopy]:
        """Return which copies about some people left the hub or were received."""

    def erase_people(self, people: Collection[str], entry: str) -> None:
        """Delete the data keys, records, keys, copies' bytes and all that is held or due of some people, for good."""

    def expired(self, now: dt.datetime, *, limit: int) -> Sequence[str]:
        """Return sightings of people on no scheme whose time is over, except whom another transaction has in hand."""

    def copies_over(
        self, now: dt.datetime, *, kept_since: dt.datetime, after: tuple[float, str], limit: int
    ) -> Sequence[OldCopy]:
        """Return copies whose time is over, behind one: received by all, or made before ``kept_since``."""

    def empty_copies(self, copies: Collection[str]) -> None:
        """Delete the bytes of copies, and take them out of the mailboxes of whoever has not received them."""

    def forget_held(self, before: dt.datetime, *, limit: int) -> int:
        """Delete what was held before a moment and is done with; return how many."""

    def forget_assertions(self, now: dt.datetime) -> None:
        """Delete used assertions that are over."""


class ErasingReads(Protocol):
    """What is to be erased, read beside the transactions."""

    def kept_people(self, *, after: str, limit: int) -> Sequence[KeptPerson]:
        """Return everybody of the register behind an id, in the order of ids; nobody who was merged into another."""

    def erased_by(self, person: str) -> str | None:
        """Return the entry by which a person was erased; None where they were not."""

    def erased_people(self) -> Sequence[tuple[str, dt.datetime]]:
        """Return everybody who was erased, under every id, and when; in the order of the record."""

    def holds(self) -> Sequence[HoldRow]:
        """Return the legal holds, oldest first."""

    def under_hold(self) -> frozenset[str]:
        """Return everybody whom a legal hold covers."""

    def to_delete(self, by: dt.datetime) -> tuple[int, dt.datetime | None]:
        """Return how many copies are to be deleted by a moment, and when the first is."""
