"""A transaction's reads and its write, alike on every database; how a statement is run is each database's own."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Select

from hub.store import correction_statements, departing, reviewing
from hub.store import statements as q
from hub.store.correcting import Placed, Silent
from hub.store.dropping import DroppedRow, Unsent
from hub.store.erasing_transaction import ErasingSql
from hub.store.port import Changes, DoorRow, DueRow, Ends, Head, HeldRow, Overtaken, StepRow
from hub.store.rows import AHEAD, ROWS, Rows, door_row, held_row, moment, stamp, step_row

Row = tuple[Any, ...]


class SqlTransaction(ErasingSql):
    """One transaction of a worker; without a worker's id it stands under no lease."""

    asked: q.Among
    """The statements that ask for some of many."""

    def __init__(self, worker: str = "") -> None:
        """Take the id of the worker that writes."""
        self._worker = worker
        self._written: frozenset[str] = frozenset()
        self._wrapped: dict[str, bytes | None] = {}
        """The data keys that were read, beside their people or by themselves."""
        self._merged: dict[str, str] = {}
        self._stands: list[tuple[int, dt.datetime | None, dt.datetime | None]] = []

    @abstractmethod
    def _among(self, statement: Select[Any], these: Collection[Any]) -> Sequence[Row]:
        """Run a statement of ``asked`` that has no further parameter; these are asked for every event."""

    @abstractmethod
    def _rows(self, statement: Executable, **parameters: object) -> Sequence[Any]:
        """Run a statement; its rows have their columns as attributes."""

    @abstractmethod
    def _change(self, name: str, rows: Rows) -> None:
        """Write the rows of one kind."""

    def close_record(self, recipients: Collection[str] = (), people: Collection[str] = ()) -> Ends:
        among = ((self.asked.heads, recipients), (self.asked.queues, recipients), (self.asked.unsent, people))
        return ends(self._worker, *(self._among(statement, these) if these else () for statement, these in among))

    def seen(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        return dict(self._among(self.asked.seen, keys))

    def find(self, keys: Collection[bytes]) -> Mapping[str, frozenset[bytes]]:
        return grouped(self._among(self.asked.find, keys))

    def people(self, ids: Collection[str]) -> Mapping[str, bytes]:
        return self._kept(self._among(self.asked.people, ids))

    def _kept(self, rows: Iterable[Row]) -> Mapping[str, bytes]:
        """Return the states of people by their rows; a person merged into another has the other's."""
        rows = list(rows)
        self._wrapped |= {person: wrapped for person, _, _, wrapped in rows}
        merged = {person: into for person, _, into, _ in rows if into}
        self._merged |= merged
        kept = {person: state for person, state, into, _ in rows if not into}
        if not merged:
            return kept
        further = self.people(set(merged.values()))
        return kept | {old: further[new] for old, new in merged.items() if new in further}

    def kept_as(self, person: str) -> str:
        while into := self._merged.get(person):
            person = into
        return person

    def data_keys(self, people: Collection[str]) -> Mapping[str, bytes]:
        if missing := [person for person in people if person not in self._wrapped]:
            self._wrapped |= dict.fromkeys(missing) | dict(self._among(self.asked.data_keys, missing))
        return {person: wrapped for person in people if (wrapped := self._wrapped[person]) is not None}

    def keys_of(self, people: Collection[str]) -> Mapping[str, frozenset[bytes]]:
        return grouped(self._among(self.asked.keys_of, people))

    def recognise(
        self, events: Collection[bytes], keys: Collection[bytes]
    ) -> tuple[Mapping[bytes, bytes], Mapping[str, frozenset[bytes]]]:
        return self.seen(events), self.find(keys)

    def know(self, people: Collection[str]) -> tuple[Mapping[str, bytes], Mapping[str, frozenset[bytes]]]:
        return self.people(people), self.keys_of(people)

    def suspended(self) -> frozenset[str]:
        return frozenset(r.agency for r in self._rows(q.SUSPENDED))

    def steps(self) -> Sequence[StepRow]:
        return [step_row(r) for r in self._rows(q.STEPS)]

    def document(self, version: str) -> bytes | None:
        rows = self._rows(q.DOCUMENT, version_hash=version)
        return rows[0].document if rows else None

    def stands(self, generation: int, since: dt.datetime | None, until: dt.datetime | None) -> None:
        self._stands.append((generation, since, until))

    def _check_stands(self, generation: int, now: dt.datetime | None) -> None:
        """Let the work be begun anew where what it rests on does not stand at its end; no clock is asked without one.

        Raises:
            Overtaken: it does not.
        """
        for known, since, until in self._stands:
            early = now is not None and since is not None and now < since
            late = now is not None and until is not None and now >= until
            if known != generation or early or late:
                raise Overtaken(now)

    def door(self, recipient: str) -> DoorRow | None:
        rows = self._rows(q.DOOR, recipient_id=recipient)
        return door_row(rows[0]) if rows else None

    def retries_due(self, before: dt.datetime) -> Sequence[HeldRow]:
        return [held_row(r) for r in self._rows(q.RETRIES_DUE, before=stamp(before))]

    def unreceipted_entries(self, recipient: str, entries: Collection[str]) -> Sequence[tuple[str, str | None, str]]:
        rows = self._rows(self.asked.unreceipted_entries, recipient_id=recipient, these=list(entries))
        return [(r.entry, r.person, r.lane) for r in rows]

    def backlog(self, recipient: str, lane: str, *, after: int, limit: int) -> Sequence[tuple[int, str, str | None]]:
        asked = {"recipient_id": recipient, "of_lane": lane, "after": after, "most": limit}
        return [(r.number, r.entry, r.person) for r in self._rows(q.BACKLOG, **asked)]

    def held(self, held_id: str) -> HeldRow | None:
        rows = self._rows(q.HELD, held_id=held_id)
        return held_row(rows[0]) if rows else None

    def waiting_for(self, recipient: str, person: str) -> Sequence[HeldRow]:
        return [held_row(r) for r in self._rows(q.WAITING_FOR, recipient=recipient, person=person)]

    def due(self, before: dt.datetime) -> Sequence[DueRow]:
        rows = self._rows(q.DUE, before=stamp(before))
        return [DueRow(id=r.id, at=moment(r.at), person=r.person, body=r.body, wrapped=r.wrapped) for r in rows]

    def assertion_used(self, client: str, token_id: str) -> bool:
        return bool(self._rows(q.ASSERTION, client_id=client, token=token_id))

    def unreceipted(self, recipient: str, copies: Collection[str]) -> frozenset[str]:
        rows = self._rows(self.asked.unreceipted, recipient_id=recipient, these=list(copies))
        return frozenset(r.copy for r in rows)

    def unsent_before(self, moment_of: dt.datetime, *, after: tuple[str, int], limit: int) -> Sequence[Unsent]:
        asked = {"before": stamp(moment_of), "last_recipient": after[0], "last_number": after[1], "most": limit}
        return [
            Unsent(
                recipient=r.recipient,
                number=r.number,
                copy=r.copy,
                lane=r.lane,
                telling=r.telling,
                body=r.body,
                left=r.left_at is not None,
                wrapped=r.wrapped,
            )
            for r in self._rows(reviewing.UNSENT_BEFORE, **asked)
        ]

    def entries(self, ids: Collection[str]) -> Mapping[str, bytes]:
        return dict(self._among(self.asked.entries, ids)) if ids else {}

    def dropped(self, recipient: str, copies: Collection[str]) -> Sequence[DroppedRow]:
        rows = self._rows(self.asked.dropped, recipient_id=recipient, these=list(copies))
        return [
            DroppedRow(recipient=recipient, copy=r.copy, person=r.person, lane=r.lane, entry=r.entry, at=moment(r.at))
            for r in rows
        ]

    def of_event(self, reference: int) -> Sequence[tuple[bytes, bytes]]:
        rows = self._rows(correction_statements.OF_EVENT, event_number=reference)
        return [(bytes(r.content), bytes(r.sealed)) for r in rows]

    def told_about(self, person: str) -> Sequence[tuple[bytes, bytes]]:
        return [(bytes(r.content), bytes(r.sealed)) for r in self._rows(q.TOLD_ABOUT, person=person)]

    def placed(self, copies: Collection[str]) -> Sequence[Placed]:
        rows = self._among(self.asked.placed, copies) if copies else ()
        return [
            Placed(recipient=recipient, copy=copy, lane=lane, telling=telling, left=left_at is not None)
            for recipient, copy, lane, telling, left_at in rows
        ]

    def bodies(self, copies: Collection[str]) -> Sequence[tuple[str, bytes, str | None]]:
        rows = self._among(self.asked.bodies, copies) if copies else ()
        return [(copy, bytes(body), person) for copy, body, person in rows]

    def silent(self, before: dt.datetime, *, after: tuple[str, int], limit: int) -> Sequence[Silent]:
        asked = {"before": stamp(before), "last_recipient": after[0], "last_number": after[1], "most": limit}
        return [
            Silent(
                recipient=r.recipient,
                number=r.number,
                copy=r.copy,
                person=r.person,
                committed_at=moment(r.committed_at),
                body=bytes(r.body),
            )
            for r in self._rows(correction_statements.SILENT, **asked)
        ]

    def forget_departures(self, *, after: int, before: dt.datetime, limit: int) -> int | None:
        rows = self._rows(departing.SENT_LONG_AGO, after=after, before=stamp(before), most=limit)
        if dropped := [{"place": row.place} for row in rows if not row.needed]:
            self._change("departures_dropped", dropped)
        return rows[-1].place if len(rows) == limit else None

    def write_ahead(self, changes: Changes) -> None:
        """Write what nobody else waits for, each table once."""
        self._written = AHEAD
        self._write(changes, AHEAD)

    def write(self, changes: Changes) -> None:
        """Write everything that is not written yet, each table once."""
        self._write(changes, ROWS.keys() - self._written)

    def _write(self, changes: Changes, names: Collection[str]) -> None:
        for name, of in ROWS.items():
            if name in names and (rows := of(changes)):
                self._change(name, rows)


def ends(worker: str, heads: Iterable[Row], queues: Iterable[Row], unsent: Iterable[Row]) -> Ends:
    """Return where the record stands, of the rows that say so."""
    before: dict[tuple[str, str], set[str]] = {}
    for departure, person, lane in unsent:
        before.setdefault((person, lane), set()).add(departure)
    return Ends(
        worker=worker,
        heads={recipient: Head(number, branch) for recipient, number, branch in heads},
        queues=dict(queues),
        unsent={key: frozenset(departing) for key, departing in before.items()},
    )


def grouped(rows: Iterable[Row]) -> dict[str, frozenset[bytes]]:
    """Return for each person the keys that stand beside it."""
    found: dict[str, set[bytes]] = {}
    for person, key in rows:
        found.setdefault(person, set()).add(key)
    return {person: frozenset(keys) for person, keys in found.items()}
