"""What the pipeline asks of a store, and what it promises.

A store makes one transaction at a time out of a whole batch. When ``write`` has returned and the
transaction has ended, everything in it is on disk; when it has not, nothing of it is. Sealed
values go in and come out sealed: a store never sees personal data in the clear.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from hub.store.correcting import CorrectingReads, FollowingReads
from hub.store.dropping import DroppedRow, Unsent
from hub.store.erasure_port import ErasingReads, ErasingTransaction, KeysOfPeople
from hub.store.index_port import RecordIndex
from hub.store.log_port import LogStore
from hub.store.mailbox_rows import Delivery, Outstanding, Waiting
from hub.store.records import (
    Changes,
    CopyRow,
    Departing,
    Departure,
    DepartureRow,
    DoorRow,
    DueRow,
    Ends,
    EntryRow,
    Head,
    HeldItem,
    HeldRow,
    MailRow,
    PersonRow,
    Sealed,
    StepKind,
    StepRow,
    VersionRow,
)

__all__ = [
    "Beat",
    "Changes",
    "CopyRow",
    "Delivery",
    "Departing",
    "Departure",
    "DepartureRow",
    "DoorRow",
    "DueRow",
    "Ends",
    "EntryRow",
    "Head",
    "HeldItem",
    "HeldRow",
    "Leases",
    "MailRow",
    "Outstanding",
    "Overtaken",
    "PersonRow",
    "Published",
    "Sealed",
    "StepKind",
    "StepRow",
    "Store",
    "Transaction",
    "VersionRow",
    "Waiting",
]
T = TypeVar("T")


class Overtaken(Exception):
    """What a transaction rested on changed before its end: the store runs its work anew."""

    def __init__(self, at: dt.datetime | None = None) -> None:
        """Keep the store's time at that end, where the store has a clock of its own."""
        super().__init__()
        self.at = at


class Published(Protocol):
    """The versions of agreements that a store has."""

    def steps(self) -> Sequence[StepRow]:
        """Return every step of every version, in their order."""

    def document(self, version: str) -> bytes | None:
        """Return the document of the version of a hash, as it is stored; None where there is none."""


class Transaction(Published, CorrectingReads, KeysOfPeople, ErasingTransaction, Protocol):
    """Reads within the transaction, and the one write at its end."""

    def seen(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Return the digests of those events that were accepted before."""

    def find(self, keys: Collection[bytes]) -> Mapping[str, frozenset[bytes]]:
        """Return the people found by any of some keys, with the keys that found them."""

    def people(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Return sealed states; a person merged into another is found under the kept id."""

    def keys_of(self, people: Collection[str]) -> Mapping[str, frozenset[bytes]]:
        """Return all keys of each of some people; somebody without any is left out."""

    def recognise(
        self, events: Collection[bytes], keys: Collection[bytes]
    ) -> tuple[Mapping[bytes, bytes], Mapping[str, frozenset[bytes]]]:
        """Return what ``seen`` says of some events, and ``find`` of some keys."""

    def know(self, people: Collection[str]) -> tuple[Mapping[str, bytes], Mapping[str, frozenset[bytes]]]:
        """Return what ``people`` and ``keys_of`` say of some people."""

    def close_record(self, recipients: Collection[str] = (), people: Collection[str] = ()) -> Ends:
        """Begin the last part: from here to the end no other transaction adds to the record.

        What was answered about suspensions still stands here; where it does not, the work is begun anew. Return where
        the chains of some recipients end, and what of some people is on its way.

        Raises:
            LeaseLost: this worker was given up for dead meanwhile; nothing of it may be written.
            Overtaken: what the work rests on does not stand any more; for the store itself, which begins anew.
        """

    def stands(self, generation: int, since: dt.datetime | None, until: dt.datetime | None) -> None:
        """Say what the work rests on: which step is the last one (0: there is none), and two moments.

        Where another step was added, or where a store that has a clock closes the record before the one moment, or at
        or after the other, ``close_record`` raises ``Overtaken`` and the work is begun anew.
        """

    def suspended(self) -> frozenset[str]:
        """Return the agencies that are suspended; nobody is suspended or taken back unseen before this is written."""

    def door(self, recipient: str) -> DoorRow | None:
        """Return the broker's door of a recipient, or None where it has the HTTP door."""

    def retries_due(self, before: dt.datetime) -> Sequence[HeldRow]:
        """Return what the hub is to try again by itself by now, oldest first."""

    def held(self, held_id: str) -> HeldRow | None:
        """Return one thing held."""

    def waiting_for(self, recipient: str, person: str) -> Sequence[HeldRow]:
        """Return the copies of one person, under whatever id, that wait for one recipient, oldest first."""

    def due(self, before: dt.datetime) -> Sequence[DueRow]:
        """Return what is to be told by now, oldest first."""

    def assertion_used(self, client: str, token_id: str) -> bool:
        """Tell whether a signed assertion was used before."""

    def unreceipted_entries(self, recipient: str, entries: Collection[str]) -> Sequence[tuple[str, str | None, str]]:
        """Return entry, person and lane of each copy of some entries in a mailbox without a receipt, by number."""

    def backlog(self, recipient: str, lane: str, *, after: int, limit: int) -> Sequence[tuple[int, str, str | None]]:
        """Return number, entry and person of the first copies of one lane behind a number that have no receipt.

        Asked only after ``close_record``: where these are fewer than the limit, nothing is left over.
        """

    def unreceipted(self, recipient: str, copies: Collection[str]) -> frozenset[str]:
        """Return which of some copies this recipient has in its mailbox without a receipt."""

    def unsent_before(self, moment_of: dt.datetime, *, after: tuple[str, int], limit: int) -> Sequence[Unsent]:
        """Return copies without a receipt made before a moment, behind a number; asked after ``close_record``."""

    def entries(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the content of some entries of the record."""

    def dropped(self, recipient: str, copies: Collection[str]) -> Sequence[DroppedRow]:
        """Return which of some copies were dropped from a mailbox and are not withdrawn."""

    def forget_departures(self, *, after: int, before: dt.datetime, limit: int) -> int | None:
        """Look at so many departures behind a place that were sent before a moment; delete those not needed any more.

        One is needed while somebody behind the broker's door has no receipt for its copy. Return the place where the
        next look begins, or None where this was the last one.
        """

    def write_ahead(self, changes: Changes) -> None:
        """Write, before the record is closed, what is complete by then and nobody else waits for."""

    def write(self, changes: Changes) -> None:
        """Write everything else, or everything where nothing was written ahead."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker learns at each beat: the store's time, how many workers live, and which partitions are its own."""

    now: dt.datetime
    live: int
    partitions: frozenset[int]
    surplus: frozenset[int] = frozenset()
    """Those of them that are more than its fair share: to be released."""


class Leases(Protocol):
    """How several workers share the work: each is alive while it says so, and holds a share of the partitions."""

    def join(self, name: str, seconds: float) -> str:
        """Return the id of a new worker that lives for so many seconds unless it beats."""

    def beat(self, worker: str, seconds: float, partitions: int, *, able: bool = True) -> Beat:
        """Live on; bury the dead, and take up partitions that nobody holds, to a fair share of all.

        What the dead, and those who left, had still to send goes to whoever finds it. A worker that is not ``able``
        lives, and takes nothing; what it has goes to those who are.

        Raises:
            LeaseLost: this worker was given up for dead; it must join anew.
            StoreUnavailable: nothing is known; the lease runs on.
        """

    def release(self, worker: str, partitions: Collection[int]) -> None:
        """Give partitions back, after everything taken from them is committed."""

    def leave(self, worker: str) -> None:
        """End: give everything back at once."""


class Store(Published, FollowingReads, ErasingReads, Protocol):
    """A store: transactions one at a time, and reads beside them."""

    log: LogStore
    index: RecordIndex

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run work in one transaction, durable when this returns.

        Raises:
            StoreUnavailable: nothing was written; where the connection broke in the commit itself, perhaps everything
                was, and whoever tries again finds it.
        """

    def waiting(
        self, recipient: str, *, urgent_after: int, routine_after: int, limit: int, now: dt.datetime | None = None
    ) -> Sequence[Waiting]:
        """Return copies without a receipt, urgent first, then by number; none that a change by ``now`` may forbid."""

    def reviewed(self) -> dt.datetime | None:
        """Return the moment of the last change of what is in force that was applied to what waits."""

    def deliveries(self, recipient: str, *, after: int, limit: int) -> Sequence[Delivery]:
        """Return where copies stand, by number."""

    def outstanding(self) -> Sequence[Outstanding]:
        """Return, by recipient and lane, how many copies have no receipt, and how many of those have not left."""

    def entries_about(self, people: Collection[str]) -> Iterable[EntryRow]:
        """Return every entry about some people, oldest first."""

    def disclosures(self, *, before: int | None, limit: int) -> Sequence[tuple[int, EntryRow]]:
        """Return disclosures, newest first, each with its place in the record: those before a place, or all."""

    def entry(self, entry_id: str) -> EntryRow | None:
        """Return one entry of the record."""

    def body(self, copy: str) -> Sealed | None:
        """Return one copy's bytes, sealed and empty where they were deleted; None where there never were any."""

    def formerly(self, person: str) -> frozenset[str]:
        """Return the person's id and those merged into it."""

    def list_held(self, *, agency: str | None, reason: str | None = None, state: str, limit: int) -> Sequence[HeldItem]:
        """Return what is held, newest first; of one agency or of all, for one reason or for every one."""

    def doors(self) -> Sequence[DoorRow]:
        """Return every door to the broker."""

    def departures(self, worker: str, *, before: dt.datetime, limit: int) -> Sequence[Departure]:
        """Return what this worker committed before a moment and the broker has not confirmed.

        What is urgent comes first, and of each lane the oldest.

        Only what may go now: nothing of a person and lane of whom something earlier is unconfirmed elsewhere.
        """

    def gaps(self, *, before: dt.datetime, limit: int) -> Mapping[str, Sequence[str]]:
        """Return, for recipients with an open broker door, entries of copies sent before a moment without receipt.

        ``limit`` is of each recipient and lane, the earliest first.
        """

    def admitted(self) -> Mapping[str, dt.datetime]:
        """Return until when each system's newest token is good."""

    def suspensions(self) -> Mapping[str, dt.datetime]:
        """Return the agencies that are suspended, and since when."""

    def counts(self) -> Mapping[str, object]:
        """Return how many rows of each kind stand open, of things held also by reason: for health and metrics."""

    def close(self) -> None:
        """End; further calls raise StoreUnavailable."""
