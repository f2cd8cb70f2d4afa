"""Erasing, in one transaction: all that is kept of somebody, or copies whose time is over.

The key goes, and with it whatever was sealed under it, here and in every backup without the key; so do the record, the
hashes by which they were found, what is held or due, and the bytes of their copies. Of each entry about them remains
what section 62 of the Data Protection Act 2018 asks for, and its commitments (hub/ledger/remainder.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec
import structlog

from hub.errors import Erased, NotFound, OnHold, Problem
from hub.ledger.entry import Commitments, Entry, Secrets, ViewEntry, decode_entry, new_id
from hub.ledger.erased import COPIES_DELETED, PERSON_ERASED, Basis, Erasure
from hub.ledger.indexing import reference_key
from hub.ledger.recorded import Part
from hub.ledger.remainder import remainder_of
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.withdrawing import withdraw
from hub.sealing import Sealer, Unsealable
from hub.store.erasure_port import GivenCopy
from hub.store.log_port import Recorded
from hub.store.port import EntryRow
from schemas.canonical import canonical_bytes
from schemas.labels import Role

log = structlog.get_logger("erasing")
PORTION = 200
_secrets = msgspec.msgpack.Decoder(Secrets).decode


class InHand(Exception):
    """Something of these people is being decided in this very transaction: they are erased in the next one."""


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Under what is erased, and whose word it is."""

    basis: Basis
    by: str
    reason: str = ""
    """Sealed in the record, and kept there: it is not to name the person."""

    @property
    def tells(self) -> bool:
        """Whether those who have copies are told to erase them too: where time is over, their own terms say when."""
        return self.basis != "retention"


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased, in numbers."""

    entry: str
    """The entry of the record that says so."""
    people: int = 0
    entries: int = 0
    copies: int = 0
    told: int = 0
    """How many copies their holders were told to erase."""


def erase(batch: Batch, people: Collection[str], why: Why) -> Gone:
    """Erase all that is kept of some people, under every id that they have or had.

    Raises:
        NotFound: there is nobody of such an id.
        Erased: they were erased before.
        OnHold: a legal hold stops it.
        InHand: to be tried again.
    """
    tx = batch.tx
    kept = _held_fast(batch, people)
    ids = frozenset().union(*(tx.formerly(person) for person in kept))
    if ids & tx.under_hold():
        raise OnHold
    _check_not_in_hand(batch, ids)
    tx.people(ids)
    entry_id, given = new_id(), tx.given(ids) if why.tells else ()
    shown: dict[str, Entry] = {}
    last = _reduce(batch, ids, 0, {copy.copy for copy in given}, shown)
    tx.close_record()
    # Whatever asked about them meanwhile is in the record now, and nothing more comes before this transaction's end.
    _reduce(batch, ids, last[0], set(), {})
    tx.erase_people(ids, entry_id)
    batch.erased |= ids
    batch.keyring.forget(ids)
    draft = Draft(batch)
    draft.record(
        Entry(
            id=entry_id,
            at=batch.now,
            kind="erasure",
            event=PERSON_ERASED,
            reference="",
            person=kept[0] if len(kept) == 1 else None,
            by=why.by,
            erased=Erasure(basis=why.basis, people=tuple(sorted(ids))),
        ),
        Commitments(),
        why.reason,
    )
    told = _tell(draft, given, shown)
    draft.absorb()
    log.info("people-erased", count=len(kept))
    return Gone(entry=entry_id, people=len(kept), entries=last[1], told=told)


def delete_copies(batch: Batch, copies: Mapping[str, str]) -> Gone:
    """Delete the bytes of copies, given with the entry with which each goes; the entries say still what they gave."""
    batch.tx.empty_copies(sorted(copies))
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="erasure",
        event=COPIES_DELETED,
        reference="",
        by="hub",
        erased=Erasure(basis="retention", tellings=tuple(sorted(set(copies.values())))),
    )
    draft = Draft(batch)
    draft.record(entry, Commitments())
    draft.absorb()
    log.info("copies-deleted", count=len(copies))
    return Gone(entry=entry.id, copies=len(copies))


def _held_fast(batch: Batch, people: Collection[str]) -> list[str]:
    """Return the ids under which people are kept, and let nobody else change their records."""
    found = batch.tx.people(people)
    for person in people:
        if person not in found:
            if batch.tx.erased_by(person) is not None:
                raise Erased(Problem(person[:32], "was erased before"))
            raise NotFound(Problem(person[:32], "is nobody of the register"))
    return sorted({batch.tx.kept_as(person) for person in people})


def _check_not_in_hand(batch: Batch, ids: frozenset[str]) -> None:
    """Refuse while this transaction is about to write something of these people.

    Raises:
        InHand: it is.
    """
    touched = batch.people.keys() | batch.keys.keys() | batch.merged.keys() | {p.entry.person for p in batch.pending}
    if ids & touched or any(row.person in ids for row in batch.changes.held):
        raise InHand


def _reduce(
    batch: Batch, ids: frozenset[str], after: int, wanted: Collection[str], shown: dict[str, Entry]
) -> tuple[int, int]:
    """Reduce the entries behind a place to what remains; return the last place, and how many they were.

    Of the copies that are wanted the entry of each is shown, as it was.
    """
    count = 0
    while found := batch.tx.entries_of(ids, after=after, limit=PORTION):
        remainders, references = [], []
        for each in found:
            entry = decode_entry(each.row.content)
            remainders.append((entry.id, canonical_bytes(_remainder(entry, each, batch.tools.sealer))))
            references += [(reference_key(entry.reference), each.place)] if entry.reference else []
            shown |= {view.copy: entry for view in entry.views if view.copy in wanted and entry.kind != "erasure"}
        batch.tx.reduce_entries(remainders, references)
        after, count = found[-1].place, count + len(found)
        if len(found) < PORTION:
            break
    return after, count


def _remainder(entry: Entry, recorded: Recorded, sealer: Sealer) -> Entry:
    if entry.remains is not msgspec.UNSET:
        return entry
    try:
        return remainder_of(entry, Commitments(_secret(recorded.row, sealer)))
    except (Unsealable, msgspec.DecodeError):
        return remainder_of(entry, None)


def _secret(row: EntryRow, sealer: Sealer) -> bytes:
    return _secrets(sealer.open_for(row.wrapped, "entry", row.sealed)).secret


def _tell(draft: Draft, given: Iterable[GivenCopy], shown: Mapping[str, Entry]) -> int:
    """Tell whoever has a copy, and still takes part, to erase it (UK GDPR, article 19; the Act, section 48(9))."""
    by_copy: dict[str, list[GivenCopy]] = {}
    for each in given:
        if each.copy in shown and each.recipient in draft.tools.directory.recipients:
            by_copy.setdefault(each.copy, []).append(each)
    for copy, holders in by_copy.items():
        entry = msgspec.structs.replace(shown[copy], category="unknown")
        view = next(view for view in entry.views if view.copy == copy)
        withdraw(draft, copy, holders[0].lane, [_part(entry, view, holder.recipient) for holder in holders])
    return sum(map(len, by_copy.values()))


def _part(entry: Entry, view: ViewEntry, recipient: str) -> Part:
    branch = next(branch for branch in entry.branches if branch.recipient == recipient)
    auditor = next(part for part in entry.auditor if part.recipient == recipient)
    return Part(entry=entry, recipient=recipient, role=Role(branch.role), auditor=auditor, view=view)
