"""The last part of a transaction: entries take their place in each recipient's chain, copies their number in a mailbox.

Numbers and chains are common to all workers, so they are given under the record's lock, when everything else is done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from hub.delivery.outgoing import Outgoing, Parcel
from hub.ledger.entry import Branch, Commitments, Entry, Secrets, new_id
from hub.pipeline.keyring import Keyring
from hub.store.correcting import number_of
from hub.store.port import Changes, DepartureRow, DoorRow, EntryRow, Head, MailRow, Transaction
from schemas.broker import queue_of
from schemas.canonical import canonical_bytes
from schemas.never_file import end_reference

_encode = msgspec.msgpack.Encoder().encode
_EMPTY = Head(0, bytes(32))
PORTION = 1000
"""How many copies without a receipt one transaction sends to a door that is being filled."""


class Pending(msgspec.Struct, frozen=True):
    """An entry whose branches have no numbers yet, with what its commitments are made from."""

    entry: Entry
    commitments: Commitments
    reason: str
    in_place: bool = False
    """Whether its copies take the place of others in the mailboxes: under their numbers, and with their departures."""
    named: tuple[bytes, ...] = ()
    """By which references an event named its person, hashed."""
    end_of: str = ""
    """A recipient of whom the entry's reference is to say where its chain ends when the entry is recorded."""


class Made(msgspec.Struct, frozen=True):
    """A copy that the batch made, in plain."""

    lane: str
    body: bytes
    entry: str
    """With which entry's departure it goes."""
    days: int = 0
    """After how many days its holder is to delete it, where something is owed; else nought."""


def close_record(
    tx: Transaction, pending: list[Pending], made: dict[str, Made], changes: Changes, keyring: Keyring, now: dt.datetime
) -> list[Outgoing]:
    """Number and commit to everything that is to be recorded; return what goes to the broker.

    Each knows what of the same person and lane goes before it.
    A door is filled here, where nothing else can be added to its mailbox meanwhile: whatever has no receipt goes there,
    a portion in each transaction, and after the last one what is added from then on.

    Raises:
        LeaseLost: this worker was given up for dead meanwhile.
    """
    recipients = sorted({branch.recipient for p in pending for branch in p.entry.branches})
    asked = {p.end_of for p in pending if p.end_of}
    people = {p.entry.person or "" for p in pending if p.entry.branches}
    ends = tx.close_record(sorted({*recipients, *asked}), people)
    for door in [door for door in changes.doors.values() if door and door.state == "filling"]:
        changes.doors[door.recipient] = _fill(tx, door, changes, now)
    again = [replace(each, worker=ends.worker) for each in changes.departures]
    changes.departures = list(again)
    heads = dict(ends.heads)
    queues = {r: q for r, q in ends.queues.items() if r not in changes.doors}
    queues |= {door.recipient: door.queue for door in changes.doors.values() if door and door.state == "open"}
    outgoing: list[Outgoing] = []
    for each in pending:
        entry = _numbered(each, heads, changes, keyring)
        if each.in_place:
            continue
        changes.mail += [
            MailRow(b.recipient, b.number, copy) for b in entry.branches if (copy := entry.views[b.view].copy)
        ]
        if parcels := _parcels(entry, queues, made):
            left = Outgoing(new_id(), entry.id, entry.person or "", made[parcels[0].copy].lane, parcels, at=entry.at)
            outgoing.append(left)
            changes.departures.append(
                DepartureRow(
                    id=left.id,
                    entry=entry.id,
                    person=left.person,
                    lane=left.lane,
                    committed_at=entry.at,
                    worker=ends.worker,
                )
            )
    changes.heads = {name: heads[name] for name in recipients}
    return _in_line(ends.unsent, outgoing, again)


def _in_line(
    unsent: Mapping[tuple[str, str], frozenset[str]], outgoing: list[Outgoing], again: Iterable[DepartureRow]
) -> list[Outgoing]:
    """Say of each departure what goes before it: whatever is not confirmed, and what this batch sends again."""
    before = {key: set(ids) for key, ids in unsent.items()}
    for row in again:
        before.setdefault((row.person, row.lane), set()).add(row.id)
    return [
        replace(each, after=frozenset(before[each.person, each.lane])) if (each.person, each.lane) in before else each
        for each in outgoing
    ]


def _fill(tx: Transaction, door: DoorRow, changes: Changes, now: dt.datetime) -> DoorRow:
    """Send one portion of what has no receipt, urgent first; return the door, open where nothing is left over."""
    upto, room = {"urgent": door.urgent, "routine": door.routine}, PORTION
    for lane, after in upto.items():
        found = tx.backlog(door.recipient, lane, after=after, limit=room)
        send_again(changes, door.recipient, [(entry, person, lane) for _, entry, person in found], now)
        room -= len(found)
        upto[lane] = found[-1][0] if found else after
    if room:
        return DoorRow(recipient=door.recipient, queue=door.queue, state="open")
    return replace(door, **upto)


def send_again(
    changes: Changes, recipient: str, entries: Iterable[tuple[str, str | None, str]], at: dt.datetime
) -> None:
    """Let the copies of some entries (each with its person and lane) go to one recipient once more, by the broker."""
    changes.departures += [
        DepartureRow(id=new_id(), entry=entry, person=person or "", lane=lane, committed_at=at, recipient=recipient)
        for entry, person, lane in entries
    ]


def _numbered(pending: Pending, heads: dict[str, Head], changes: Changes, keyring: Keyring) -> Entry:
    """Give an entry its place in each chain, commit to it, and move the chains' ends."""
    branches = tuple(_chained(branch, heads.get(branch.recipient, _EMPTY)) for branch in pending.entry.branches)
    entry = replace(pending.entry, branches=branches) if branches else pending.entry
    if pending.end_of:
        end = heads.get(pending.end_of, _EMPTY)
        entry = replace(entry, reference=end_reference(pending.end_of, end.number, end.branch))
    commitment, hashes = pending.commitments.entry(entry)
    for branch, hashed in zip(branches, hashes, strict=True):
        heads[branch.recipient] = Head(branch.number, hashed)
    secret = _encode(Secrets(secret=pending.commitments.secret, reason=pending.reason, named=pending.named))
    changes.entries.append(
        EntryRow(
            id=entry.id,
            at=entry.at,
            kind=entry.kind,
            person=entry.person,
            content=canonical_bytes(entry),
            commitment=commitment,
            sealed=keyring.seal(entry.person, "entry", secret),
            reference=_found_by(entry),
        )
    )
    return entry


def _found_by(entry: Entry) -> int | None:
    """Return by which event's number an entry is found: that of the event which is put right, or its own."""
    if entry.kind not in {"collection", "disclosure"}:
        return None
    return number_of(entry.reference if entry.corrects is UNSET else entry.corrects)


def _chained(branch: Branch, head: Head) -> Branch:
    return replace(branch, number=head.number + 1, previous=head.branch.hex())


def _parcels(entry: Entry, queues: Mapping[str, str], made: Mapping[str, Made]) -> tuple[Parcel, ...]:
    """Return each copy of an entry that goes to somebody behind the broker, with the queues that it goes to."""
    of: dict[str, list[str]] = {}
    for branch in entry.branches:
        copy = entry.views[branch.view].copy
        if copy and branch.recipient in queues:
            of.setdefault(copy, []).append(queue_of(queues[branch.recipient], made[copy].lane))
    return tuple(Parcel(copy, made[copy].body, tuple(to)) for copy, to in of.items())
