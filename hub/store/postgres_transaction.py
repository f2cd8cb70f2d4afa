"""A transaction on PostgreSQL: it locks what it decides on as it asks for it, and the record last of all.

READ COMMITTED: each statement sees what was committed when it began, so whatever is asked for under a lock is up to
date. What is not there yet cannot be locked as a row: its key is, by a lock of the transaction's own. Events and
assertions need none: where two workers take the same one at once, the second's row is refused and it begins anew.

Few messages go to the database: whatever has no answer waits for the next question, and what is written last goes with
the commit.
"""

from __future__ import annotations

import hashlib
from collections import namedtuple
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import msgspec
import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Executable, Select

from hub.errors import LeaseLost, StoreUnavailable
from hub.store import statements as q
from hub.store.erasing import erasing
from hub.store.exchange import Exchange, Statement
from hub.store.lists import worded, writing
from hub.store.locks import OURS, RECORD
from hub.store.packed import pack_int8, written
from hub.store.port import DoorRow, Ends, Overtaken
from hub.store.rows import Rows, moment
from hub.store.transaction import SqlTransaction, ends, grouped

BEGIN = Statement("BEGIN")
COMMIT = Statement("COMMIT")
LOCK_KEYS = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::int8[]) AS key"
LOCK_RECORD = Statement(f"SELECT pg_advisory_xact_lock({OURS}, {RECORD})")
LEASE = """
SELECT id FROM workers WHERE id = $1 AND until > extract(epoch FROM clock_timestamp()) FOR KEY SHARE
"""
"""Hold this worker's lease until the transaction ends: nobody takes over from it before."""
LAST_STEP = Statement(
    'SELECT coalesce(max("index"), 0), extract(epoch FROM clock_timestamp())::float8 FROM agreement_steps'
)
"""The last step of any version, and the moment at which a transaction takes its place in the record."""


class Known(msgspec.Struct):
    """What a store remembers from one transaction to the next."""

    suspended: frozenset[str] | None = None
    """Who was suspended when the record was closed last. Decided by, and asked again under the record's lock."""


class PostgresTransaction(SqlTransaction):
    """One transaction on a connection that begins and ends none by itself."""

    asked = q.among(q.in_array)
    of_people = erasing(q.in_array)

    def __init__(
        self,
        driver: psycopg.Connection[Any],
        prepared: MutableMapping[str, bytes],
        lease: Callable[[], str] | None,
        known: Known,
    ) -> None:
        """Begin under the lease that is held now, where there is to be one."""
        super().__init__(lease() if lease else "")
        self._leased = lease is not None
        self._driver, self._known = driver, known
        self._exchange = Exchange(driver, prepared)
        self._told = [BEGIN]
        """Statements without an answer, which go along with the next question."""
        self.failure: psycopg.Error | None = None
        """What the database refused first."""
        self.committing = False
        """Whether the commit was asked for: from then on it cannot be known what a lost connection did."""
        self._decided_by: frozenset[str] | None = None
        """Who was suspended when it was asked."""

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Let statements be sent together; within this everything happens."""
        with self._exchange.under_way():
            yield

    def find(self, keys: Collection[bytes]) -> Mapping[str, frozenset[bytes]]:
        self._lock(keys)
        return super().find(keys)

    def recognise(
        self, events: Collection[bytes], keys: Collection[bytes]
    ) -> tuple[Mapping[bytes, bytes], Mapping[str, frozenset[bytes]]]:
        self._lock(keys)
        seen, found = self._ask(
            worded(self.asked.seen).of({"these": events}), worded(self.asked.find).of({"these": keys})
        )
        return dict(seen), grouped(found)

    def know(self, people: Collection[str]) -> tuple[Mapping[str, bytes], Mapping[str, frozenset[bytes]]]:
        states, keys = (
            worded(statement).of({"these": people}) for statement in (self.asked.people, self.asked.keys_of)
        )
        rows, found = self._ask(states, keys)
        return self._kept(rows), grouped(found)

    def door(self, recipient: str) -> DoorRow | None:
        self._lock([hashlib.sha256(recipient.encode()).digest()])
        return super().door(recipient)

    def suspended(self) -> frozenset[str]:
        if self._known.suspended is None:
            self._known.suspended = super().suspended()
        self._decided_by = self._known.suspended
        return self._decided_by

    def close_record(self, recipients: Collection[str] = (), people: Collection[str] = ()) -> Ends:
        # A suspension, or a step, is written under this lock: whichever was committed before us is seen behind it.
        among = ((self.asked.heads, recipients), (self.asked.queues, recipients), (self.asked.unsent, people))
        lease, _, *stand, suspended, steps = self._ask(
            Statement(LEASE, [written(self._worker)]),
            LOCK_RECORD,
            *(worded(statement).of({"these": these}) for statement, these in among if these),
            worded(q.SUSPENDED).of({}),
            LAST_STEP,
        )
        if self._leased and not lease:
            raise LeaseLost
        ((generation, stamped),) = steps
        now = moment(stamped)
        self._known.suspended = frozenset(agency for (agency,) in suspended)
        if self._decided_by not in {None, self._known.suspended}:
            raise Overtaken(now)
        self._check_stands(generation, now)
        found = iter(stand)
        return ends(self._worker, *(next(found) if these else () for _, these in among))

    def commit(self) -> None:
        """Write what waits, and make everything durable.

        Raises:
            psycopg.Error: a statement was refused, or this is.
        """
        if self._broken:
            # The database would take COMMIT for ROLLBACK, and say nothing.
            raise self.failure or psycopg.InternalError
        self.committing = True
        with self._asking():
            self._exchange.ask([*self._told, COMMIT])

    @property
    def _broken(self) -> bool:
        return self._driver.info.transaction_status in {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}

    def _lock(self, keys: Collection[bytes]) -> None:
        """Hold some keys until the transaction ends, in one order for everybody."""
        if numbers := sorted({int.from_bytes(key[:8], signed=True) for key in keys}):
            self._told.append(Statement(LOCK_KEYS, [pack_int8(numbers)]))

    def _among(self, statement: Select[Any], these: Collection[Any]) -> Sequence[tuple[Any, ...]]:
        return self._ask(worded(statement).of({"these": these}))[-1]

    def _rows(self, statement: Executable, **parameters: Any) -> Sequence[Any]:  # noqa: ANN401 - of any column's type
        asked = worded(statement)
        named = _row_of(tuple(column.key for column in statement.selected_columns))  # type: ignore[attr-defined]  # all that read are SELECT
        return [named._make(row) for row in self._ask(asked.of(parameters))[-1]]

    def _change(self, name: str, rows: Rows) -> None:
        columns = {column: [row[column] for row in rows] for column in rows[0]}
        self._told.append(writing(name, tuple(columns)).of(columns))

    def _ask(self, *questions: Statement) -> list[list[tuple[Any, ...]]]:
        """Return the rows of each answer; what has no answer goes before."""
        told, self._told = self._told, []
        with self._asking():
            answers = self._exchange.ask([*told, *questions])
            return [self._exchange.rows(answer) for answer in answers[len(told) :]]

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Let a refusal of the database be StoreUnavailable to whoever works on the transaction, and remember it."""
        try:
            yield
        except psycopg.Error as error:
            self.failure = self.failure or error
            raise StoreUnavailable from None


@lru_cache(maxsize=64)
def _row_of(columns: tuple[str, ...]) -> Any:  # noqa: ANN401 - a type that is made here
    return namedtuple("Row", columns)  # noqa: PYI024 - its fields are not known before
