"""What a batch, and each event in it, is about to change; nothing is written until the batch ends.

An event works on a ``Draft`` over the ``Batch`` over the transaction. A refused event's draft is dropped,
so it harms nothing else in its batch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import msgspec
from msgspec import UNSET

from hub.delivery.outgoing import Outgoing
from hub.ledger.entry import Commitments, Entry
from hub.pipeline.keyring import Keyring
from hub.pipeline.reads import Reads
from hub.pipeline.record import Made, Pending, close_record
from hub.pipeline.tools import InForce, Tools
from hub.register.retention import released_by_law
from hub.register.state import PersonState, minimal
from hub.store.port import Changes, CopyRow, HeldRow, PersonRow, Transaction
from schemas.terms import Terms

DISCLOSING = frozenset({"disclosure", "consultation"})
"""The kinds of entries by which somebody is told something."""
_STATE = msgspec.msgpack.Decoder(PersonState)
_encode = msgspec.msgpack.Encoder().encode
NOTHING_OWED = Terms()


class Batch:
    """Everything that one transaction is about to write."""

    def __init__(self, tx: Transaction, tools: Tools, now: dt.datetime) -> None:
        """Start with nothing changed; ``now`` is the moment at which the whole batch happens."""
        self.tx, self.tools, self.now = tx, tools, now
        self.reads = Reads(tx)
        self.keyring = Keyring(tx, tools.sealer)
        """The data keys of the people of this batch."""
        self.erased: set[str] = set()
        """Who was erased in this batch: nothing that was read of them counts any more."""
        self.people: dict[str, PersonState] = {}
        self.keys: dict[str, frozenset[bytes]] = {}
        self.found_by: dict[bytes, set[str]] = {}
        """The people of ``keys`` by each key, so that a look-up costs the same however many the batch holds."""
        self.merged: dict[str, str] = {}
        self.pending: list[Pending] = []
        self.made: dict[str, Made] = {}
        self.outgoing: list[Outgoing] = []
        """What goes to the broker once all is written."""
        self.changes = Changes()

    @cached_property
    def suspended(self) -> frozenset[str]:
        """The agencies that take no part while this batch happens."""
        return self.tx.suspended()

    @cached_property
    def in_force(self) -> InForce:
        """The agreements under which this whole batch is decided; it is begun anew where others are at its end.

        Raises:
            StoreUnavailable: they are not known, or one does not fit its name: nothing can be decided.
        """
        current = self.tools.shelf.at(self.now, self.tx)
        published = current.generation > 0
        self.tx.stands(current.generation, *((current.since, current.until) if published else (None, None)))
        return current.in_force

    def take_keys(self, person: str, keys: frozenset[bytes]) -> None:
        """Let a person be found by these keys and no others."""
        for key in self.keys.get(person, frozenset()) - keys:
            self.found_by[key].discard(person)
        for key in keys:
            self.found_by.setdefault(key, set()).add(person)
        self.keys[person] = keys

    def finish(self) -> None:
        """Seal what is to be kept of each person, and write everything.

        Raises:
            LogBroken, LogStale: something of it would be disclosed, and the log over the record is not kept.
        """
        for state in self.people.values():
            keep = dt.timedelta(days=self.in_force.unscheme_days)
            kept = state if state.known else minimal(state)
            needed = state.known or state.open_relations or state.waiting or state.id in self.merged
            self.changes.people[state.id] = PersonRow(
                id=state.id,
                state=self.keyring.own(state.id).seal("state", _encode(kept)),
                on_scheme=state.on_scheme,
                expires=None if needed else self.now + keep,
                merged_into=self.merged.get(state.id),
            )
        self.changes.copies = self._copies()
        self.changes.data_keys = self.keyring.new(self.changes.people)
        self.changes.keys = {person: tuple(sorted(keys)) for person, keys in self.keys.items()}
        if any(pending.entry.kind in DISCLOSING for pending in self.pending):
            self.tools.upkeep.check()
        self.tx.write_ahead(self.changes)
        self.outgoing = close_record(self.tx, self.pending, self.made, self.changes, self.keyring, self.now)
        self.tx.write(self.changes)

    def _copies(self) -> list[CopyRow]:
        """Return the copies that the batch made, each sealed under the key of whom its entry is about."""
        whose = {view.copy: each.entry.person for each in self.pending for view in each.entry.views}
        kept_days = self.tools.retention.copies_days
        return [
            CopyRow(
                id=copy,
                entry=made.entry,
                lane=made.lane,
                body=self.keyring.seal(whose[copy], "copy", made.body),
                committed_at=self.now,
                person=whose[copy],
                delete_by=self.now + dt.timedelta(days=min(kept_days, made.days or kept_days)),
            )
            for copy, made in self.made.items()
        ]


class Draft:
    """What one event is about to change."""

    def __init__(self, batch: Batch) -> None:
        """Start with nothing changed."""
        self.batch, self.tools, self.now = batch, batch.tools, batch.now
        self.people: dict[str, PersonState] = {}
        self.keys: dict[str, frozenset[bytes]] = {}
        self.merged: dict[str, str] = {}
        self.pending: list[Pending] = []
        self.made: dict[str, Made] = {}
        self.changes = Changes()

    def absorb(self) -> None:
        """Make the draft a part of its batch."""
        self.batch.people |= self.people
        for person, keys in self.keys.items():
            self.batch.take_keys(person, keys)
        self.batch.merged |= self.merged
        self.batch.pending += self.pending
        self.batch.made |= self.made
        for name in Changes.__struct_fields__:
            mine, whole = getattr(self.changes, name), getattr(self.batch.changes, name)
            if not mine:
                continue
            if isinstance(whole, dict):
                whole.update(mine)
            else:
                whole.extend(mine)

    def digest_of(self, key: bytes) -> bytes | None:
        """Return the digest of an event accepted before, or None."""
        return self.batch.changes.seen.get(key) or self.batch.reads.seen(key)

    def find(self, keys: Collection[bytes]) -> dict[str, frozenset[bytes]]:
        """Return the people found by any of some keys, with the keys that found them."""
        wanted = frozenset(keys)
        stored = self.batch.reads.find(keys)
        gone = self.keys.keys() | self.batch.keys.keys() | self.batch.erased
        found = {p: by for p, by in stored.items() if p not in gone}
        fresh = self.keys.keys() | {p for key in wanted for p in self.batch.found_by.get(key, ())}
        return found | {p: hit for p in sorted(fresh) if (hit := self.keys_of(p) & wanted)}

    def keys_of(self, person: str) -> frozenset[bytes]:
        """Return all keys of one person."""
        if (found := self.keys.get(person, self.batch.keys.get(person))) is not None:
            return found
        return self.batch.reads.keys_of(person)

    def load(self, ids: Iterable[str]) -> dict[str, PersonState]:
        """Return the states of some people, by the id asked for."""
        wanted = {i: self._kept(i) for i in ids}
        known = {i: state for i in wanted.values() if (state := self.people.get(i) or self.batch.people.get(i))}
        missing = {i for i in wanted.values() if i not in known}
        stored = self.batch.reads.people(missing - self.batch.erased)
        known |= {i: self._opened(i, sealed) for i, sealed in stored.items()}
        return {asked: known[i] for asked, i in wanted.items() if i in known}

    def _opened(self, person: str, sealed: bytes) -> PersonState:
        state = read_state(self.batch.keyring.open(self.batch.tx.kept_as(person), "state", sealed))
        return released_by_law(state, self.now, self.tools.retention)

    def _kept(self, person: str) -> str:
        """Return the id under which somebody is kept, after every merge of this batch."""
        while into := self.merged.get(person) or self.batch.merged.get(person):
            person = into
        return person

    def record(
        self,
        entry: Entry,
        commitments: Commitments,
        reason: str = "",
        *,
        in_place: bool = False,
        named: tuple[bytes, ...] = (),
    ) -> None:
        """Add an entry to the record; its branches are numbered as the transaction ends.

        ``in_place`` says that its copies take the place of others in the mailboxes; ``named`` by which references,
        hashed, an event named its person.
        """
        self.pending.append(Pending(entry, commitments, reason, in_place, named))

    def copy(self, copy: str, entry: str, lane: str, body: bytes, terms: Terms = NOTHING_OWED) -> None:
        """Add a view's bytes; who gets them is in the branches of the entry that names the copy.

        ``entry`` is that with which it goes; by the ``terms`` that its holder owes, the hub does not keep it longer.
        """
        days = [d for d in (terms.delete_days_after_receipt, terms.delete_days_after_concern) if d is not UNSET]
        self.made[copy] = Made(lane, body, entry, min(days, default=0))

    def hold(self, row: HeldRow, body: bytes) -> None:
        """Keep something for an operator or a coordinator, sealed under the key of whom it is known to be of."""
        sealed = self.batch.keyring.seal(row.person, "held", body)
        self.changes.held.append(msgspec.structs.replace(row, body=sealed))


def read_state(plain: bytes) -> PersonState:
    """Return the register's record of somebody, as it was opened."""
    return _STATE.decode(plain)


def states_by_id(states: Mapping[str, PersonState]) -> dict[str, PersonState]:
    """Return states by their own ids: two ids that were merged give one state."""
    return {state.id: state for state in states.values()}
