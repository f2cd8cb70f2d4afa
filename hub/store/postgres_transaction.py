"""A transaction on PostgreSQL: it locks what it decides on as it asks for it, and the record last of all.

READ COMMITTED: each statement sees what was committed when it began, so whatever is asked for under a lock is up to
date. What is not there yet cannot be locked as a row: its key is, by a lock of the transaction's own. Events and
assertions need none: where two workers take the same one at once, the second's row is refused and it begins anew. Who
is suspended is asked early, when it would cost too much to hold it, and once more under the record's lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import BigInteger, Boolean, Executable, Float, Integer, LargeBinary, Select, String, Table, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.dialects.postgresql.psycopg import dialect

from hub.errors import LeaseLost, StoreUnavailable
from hub.store import statements as q
from hub.store.locks import OURS, RECORD
from hub.store.port import DoorRow
from hub.store.rows import Rows
from hub.store.transaction import SqlTransaction
from hub.store.writing import ADDED, changed

LOCK_KEYS = "SELECT pg_advisory_xact_lock(key) FROM unnest(%(keys)b::int8[]) AS key"
LOCK_RECORD = f"SELECT pg_advisory_xact_lock({OURS}, {RECORD})"
LEASE = """
SELECT id FROM workers WHERE id = %(worker)s AND until > extract(epoch FROM clock_timestamp()) FOR KEY SHARE
"""
"""Hold this worker's lease until the transaction ends: nobody takes over from it before."""
SUSPENDED = "SELECT agency FROM suspensions"
CLOSE = f"{LEASE}; {LOCK_RECORD}; {SUSPENDED}"
"""All of it in one message. A suspension is written under this lock, so whichever committed before us is seen here.

Not by the driver's pipeline: what it may send last lets a session that stands still afterwards stand for ever.
"""
_DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_WRITES: Mapping[str, Executable] = {**{name: insert(table) for name, table in ADDED.items()}, **changed(upsert)}
FEW = 40
"""Rows that are written each by a statement of its own, all sent at once; more of one kind are copied in bulk."""
_TYPES = {String: "text", LargeBinary: "bytea", Float: "float8", Integer: "int4", BigInteger: "int8", Boolean: "bool"}


class Overtaken(Exception):
    """Somebody was suspended, or taken back, by another worker while this transaction was decided: it begins anew."""


class PostgresTransaction(SqlTransaction):
    """One transaction on a connection of the driver."""

    asked = q.among(q.in_array)

    def __init__(self, driver: psycopg.Connection[Any], lease: Callable[[], str] | None) -> None:
        """Begin under the lease that is held now, where there is to be one."""
        super().__init__(lease() if lease else "")
        self._leased = lease is not None
        self._driver = driver
        self.failure: psycopg.Error | None = None
        """What the database refused first."""
        self.committing = False
        """Whether the commit was asked for: from then on it cannot be known what a lost connection did."""
        self._decided_by: frozenset[str] | None = None
        """Who was suspended when it was asked."""

    def find(self, keys: Collection[bytes]) -> Mapping[str, frozenset[bytes]]:
        self._lock(keys)
        return super().find(keys)

    def door(self, recipient: str) -> DoorRow | None:
        self._lock([hashlib.sha256(recipient.encode()).digest()])
        return super().door(recipient)

    def suspended(self) -> frozenset[str]:
        self._decided_by = super().suspended()
        return self._decided_by

    def close_record(self) -> str:
        with self._asking() as driver, psycopg.ClientCursor(driver) as cursor:
            cursor.execute(CLOSE, {"worker": self._worker})
            lost = cursor.fetchone() is None
            cursor.nextset()
            cursor.nextset()
            suspended = frozenset(agency for (agency,) in cursor.fetchall())
        if self._leased and lost:
            raise LeaseLost
        if self._decided_by not in {None, suspended}:
            raise Overtaken
        return self._worker

    def commit(self) -> None:
        """Make everything durable.

        Raises:
            psycopg.Error: a statement was refused, or this is.
        """
        if self._broken:
            # The database would take COMMIT for ROLLBACK, and say nothing.
            raise self.failure or psycopg.InternalError
        self.committing = True
        with self._asking() as driver:
            driver.commit()

    @property
    def _broken(self) -> bool:
        return self._driver.info.transaction_status in {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}

    def _lock(self, keys: Collection[bytes]) -> None:
        """Hold some keys until the transaction ends, in one order for everybody."""
        numbers = sorted({int.from_bytes(key[:8], signed=True) for key in keys})
        if numbers:
            with self._asking() as driver:
                driver.execute(LOCK_KEYS, {"keys": numbers})

    def _among(self, statement: Select[Any], these: Collection[Any]) -> Sequence[tuple[Any, ...]]:
        with self._asking() as driver:
            return driver.cursor(binary=True).execute(_written(statement), {"these": list(these)}).fetchall()

    def _rows(self, statement: Executable, **parameters: object) -> Sequence[Any]:
        with self._asking() as driver:
            cursor = driver.cursor(binary=True, row_factory=namedtuple_row)
            return cursor.execute(_written(statement), parameters).fetchall()

    def _change_all(self, kinds: Mapping[str, Rows]) -> None:
        if sum(map(len, kinds.values())) > FEW or len(kinds) < 2:
            super()._change_all(kinds)
            return
        *first, last = kinds.items()
        with self._asking() as driver, driver.pipeline():
            for name, rows in first:
                self._put(driver, name, rows)
        # The driver's pipeline asks for an answer more than there is, and after that the database does not notice a
        # session that stands still in its transaction: so the last statement goes by itself.
        self._change(*last)

    def _change(self, name: str, rows: Rows) -> None:
        with self._asking() as driver:
            if len(rows) > FEW and (table := ADDED.get(name)) is not None:
                _copy(driver, table, rows)
            else:
                self._put(driver, name, rows)

    def _put(self, driver: psycopg.Connection[Any], name: str, rows: Rows) -> None:
        statement = _written(_WRITES[name], *rows[0])
        with driver.cursor() as cursor:
            if len(rows) == 1:
                cursor.execute(statement, rows[0])
            else:
                cursor.executemany(statement, rows)

    @contextmanager
    def _asking(self) -> Iterator[psycopg.Connection[Any]]:
        """Let a refusal of the database be StoreUnavailable to whoever works on the transaction, and remember it."""
        try:
            yield self._driver
        except psycopg.Error as error:
            if isinstance(error, psycopg.DataError) and not self._broken:
                # A text with NUL, which the driver did not send: the fault of who asks for it, and of nobody else.
                raise ValueError("not to be written in this database") from None
            self.failure = self.failure or error
            raise StoreUnavailable from None


def _copy(driver: psycopg.Connection[Any], table: Table, rows: Rows) -> None:
    """Add rows to a table in bulk, in the driver's binary form."""
    columns = [table.c[name] for name in rows[0]]
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table.name), names)
    with driver.cursor() as cursor, cursor.copy(into) as copy:
        copy.set_types([_TYPES[type(column.type)] for column in columns])
        for row in rows:
            copy.write_row(tuple(row.values()))


@lru_cache(maxsize=256)
def _written(statement: Executable, *columns: str) -> str:
    """Return a statement in the driver's words; an INSERT names its columns."""
    return str(statement.compile(dialect=_DIALECT, column_keys=list(columns) or None))  # type: ignore[attr-defined]  # every statement of ours can be
