"""What is to be erased, read beside the transactions, alike on every database."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence

from sqlalchemy import Connection

from hub.store import erasing
from hub.store.erasing_transaction import hold_row
from hub.store.erasure_port import HoldRow, KeptPerson
from hub.store.rows import moment, stamp


class ErasingSqlReads(ABC):
    """The reads of what is kept of people; see the port."""

    @abstractmethod
    def _reading(self) -> Connection:
        """Open a connection to read by."""

    def kept_people(self, *, after: str, limit: int) -> Sequence[KeptPerson]:
        """Return everybody of the register behind an id; see the port."""
        with self._reading() as db:
            rows = db.execute(erasing.PEOPLE, {"after": after, "most": limit}).all()
        return [
            KeptPerson(id=r.id, state=r.state, wrapped=r.wrapped, expires=r.expires and moment(r.expires)) for r in rows
        ]

    def erased_by(self, person: str) -> str | None:
        """Return the entry by which a person was erased; see the port."""
        with self._reading() as db:
            found: str | None = db.execute(erasing.ERASED_BY, {"person_id": person}).scalar_one_or_none()
        return found

    def erased_people(self) -> Sequence[tuple[str, dt.datetime]]:
        """Return everybody who was erased, and when; see the port."""
        with self._reading() as db:
            return [(r.person, moment(r.at)) for r in db.execute(erasing.ERASED)]

    def holds(self) -> Sequence[HoldRow]:
        """Return the legal holds, oldest first."""
        with self._reading() as db:
            return [hold_row(r) for r in db.execute(erasing.HOLDS)]

    def under_hold(self) -> frozenset[str]:
        """Return everybody whom a legal hold covers."""
        with self._reading() as db:
            return frozenset(db.execute(erasing.UNDER_HOLD).scalars())

    def to_delete(self, by: dt.datetime) -> tuple[int, dt.datetime | None]:
        """Return how many copies are to be deleted by a moment, and when the first is."""
        with self._reading() as db:
            count, first = db.execute(erasing.TO_DELETE, {"by": stamp(by)}).one()
        return count, first and moment(first)
