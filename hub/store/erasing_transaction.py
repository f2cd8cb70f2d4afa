"""A transaction's part in erasing, alike on every database."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import Executable

from hub.store import erasing as e
from hub.store import statements as q
from hub.store.erasure_port import GivenCopy, HoldRow, OldCopy
from hub.store.log_port import Recorded
from hub.store.rows import Rows, entry_row, moment, stamp

_words = msgspec.json.Decoder(tuple[str, ...]).decode


class ErasingSql(ABC):
    """What is erased, in the transaction that says so."""

    of_people: e.Erasing
    """The statements that ask what there is of some people."""

    @abstractmethod
    def _rows(self, statement: Executable, **parameters: object) -> Sequence[Any]:
        """Run a statement; its rows have their columns as attributes."""

    @abstractmethod
    def _change(self, name: str, rows: Rows) -> None:
        """Write the rows of one kind."""

    def formerly(self, person: str) -> frozenset[str]:
        return frozenset(r.id for r in self._rows(q.FORMERLY, person=person))

    def under_hold(self) -> frozenset[str]:
        return frozenset(r.id for r in self._rows(e.UNDER_HOLD))

    def holds(self) -> Sequence[HoldRow]:
        return [hold_row(r) for r in self._rows(e.HOLDS)]

    def hold(self, row: HoldRow) -> None:
        self._change("holds", [msgspec.structs.asdict(row) | {"at": stamp(row.at)}])

    def lift(self, person: str) -> None:
        self._change("holds_lifted", [{"person_id": person}])

    def erased_by(self, person: str) -> str | None:
        rows = self._rows(e.ERASED_BY, person_id=person)
        return rows[0].entry if rows else None

    def entries_of(self, people: Collection[str], *, after: int, limit: int) -> Sequence[Recorded]:
        rows = self._rows(self.of_people.entries_of, these=list(people), after=after, most=limit)
        return [Recorded(r.index, entry_row(r)) for r in rows]

    def reduce_entries(
        self, remainders: Sequence[tuple[str, bytes]], references: Sequence[tuple[int, int]] = ()
    ) -> None:
        if remainders:
            self._change("reduced", [{"entry_id": i, "remainder": left, "nothing": b""} for i, left in remainders])
        if references:
            self._change("unindexed", [{"hashed": key, "at_place": place} for key, place in references])

    def given(self, people: Collection[str]) -> Sequence[GivenCopy]:
        rows = self._rows(self.of_people.given, these=list(people))
        return [GivenCopy(r.recipient, r.copy, r.lane) for r in rows]

    def erase_people(self, people: Collection[str], entry: str) -> None:
        gone = frozenset(people)
        self.empty_copies([r.id for r in self._rows(self.of_people.copies_of, these=sorted(gone))])
        held = [r.id for r in self._rows(e.HELD_OF) if r.person in gone]
        held += [r.id for r in self._rows(e.QUESTIONS) if gone.intersection(_words(r.candidates))]
        if held:
            self._change("held_dropped", [{"held_id": i} for i in held])
        for name in ("data_keys_dropped", "keys_dropped", "due_dropped", "departures_unsent", "dropped_gone"):
            self._change(name, [{"person_id": person} for person in sorted(gone)])
        self._change("people_dropped", [{"person_id": person} for person in sorted(gone)])
        self._change("erased", [{"person": person, "entry": entry} for person in sorted(gone)])

    def expired(self, now: dt.datetime, *, limit: int) -> Sequence[str]:
        return [r.id for r in self._rows(e.EXPIRED, now=stamp(now), most=limit)]

    def copies_over(
        self, now: dt.datetime, *, kept_since: dt.datetime, after: tuple[float, str], limit: int
    ) -> Sequence[OldCopy]:
        asked = {"now": stamp(now), "kept_since": stamp(kept_since), "last_by": after[0], "last_copy": after[1]}
        return [
            OldCopy(id=r.id, entry=r.entry, person=r.person, delete_by=r.delete_by)
            for r in self._rows(e.COPIES_OVER, **asked, most=limit)
        ]

    def empty_copies(self, copies: Collection[str]) -> None:
        if copies:
            self._change("copies_emptied", [{"copy_id": copy, "nothing": b""} for copy in copies])
            self._change("mail_unreceived", [{"copy_id": copy} for copy in copies])

    def forget_held(self, before: dt.datetime, *, limit: int) -> int:
        gone = [{"held_id": r.id} for r in self._rows(e.HELD_OVER, before=stamp(before), most=limit)]
        if gone:
            self._change("held_dropped", gone)
        return len(gone)

    def forget_assertions(self, now: dt.datetime) -> None:
        self._change("assertions_dropped", [{"now": stamp(now)}])


def hold_row(row: Any) -> HoldRow:  # noqa: ANN401 - a row of any driver
    """Return the legal hold of a stored row."""
    return HoldRow(person=row.person, entry=row.entry, at=moment(row.at), by=row.by)
