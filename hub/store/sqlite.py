"""The embedded store: SQLite, one writer, readers beside it.

Write-ahead logging with full synchronisation: a transaction that has ended survives a crash of
the process and of the machine.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    Executable,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
)
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from hub.errors import StoreUnavailable
from hub.store import statements as q
from hub.store.erasing import erasing
from hub.store.migrate import migrate
from hub.store.port import Ends, Overtaken, Transaction
from hub.store.rows import Rows
from hub.store.sql import SqlReads, tell_alike
from hub.store.transaction import SqlTransaction
from hub.store.writing import ADDED, changed

T = TypeVar("T")
ATTEMPTS = 5
WRITER_KIB = 65_536
"""Most keys are random, so each row that is written touches pages of its own: they stay in memory."""


def _given(**types: type[TypeEngine[Any]]) -> list[BindParameter[Any]]:
    return [bindparam(name) for name in types]


def _put(table: Table, key: str, *, keep: bool = False) -> Executable:
    new = upsert(table)
    if keep:
        return new.on_conflict_do_nothing(index_elements=[key])
    return new.on_conflict_do_update(
        index_elements=[key], set_={c.name: new.excluded[c.name] for c in table.c if c.name != key}
    )


_WRITES: Mapping[str, Executable] = {
    **{name: insert(table) for name, table in ADDED.items()},
    **changed(_given, _put),
}


class SqliteStore(SqlReads):
    """A store in one file."""

    def __init__(self, path: Path) -> None:
        """Open the file, and bring its tables to this version.

        Raises:
            StoreUnavailable: the file cannot be used.
            Misconfigured: it is of a newer version.
        """
        engine = _engine(path)
        super().__init__(engine)
        migrate(engine)
        self._writer = threading.Lock()
        self._write = engine.connect().execution_options(writing=True)
        self._write.connection.driver_connection.execute(f"PRAGMA cache_size=-{WRITER_KIB}").close()  # type: ignore[union-attr]

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run work in one transaction; see the port."""
        with self._writer:
            if self._closed:
                raise StoreUnavailable
            for _ in range(ATTEMPTS):
                try:
                    with self._write.begin():
                        result = work(_SqliteTransaction(self._write))
                    # Here everything is on disk. A crash before this line leaves nothing of the batch.
                except Overtaken:
                    continue
                except (SQLAlchemyError, sqlite3.Error) as error:
                    raise StoreUnavailable from error
                return result
            raise StoreUnavailable

    @contextmanager
    def _apart(self) -> Iterator[Connection]:
        with self._writer:
            if self._closed:
                raise StoreUnavailable
            with self._write.begin():
                yield self._write

    def close(self) -> None:
        """End."""
        with self._writer:
            self._closed = True
            self._write.close()
            self._reader.dispose()


class _SqliteTransaction(SqlTransaction):
    """One transaction on the writer's connection."""

    asked = q.among(q.listed)
    of_people = erasing(q.listed)

    def __init__(self, db: Connection) -> None:
        super().__init__()
        self._db = db

    def close_record(self, recipients: Collection[str] = (), people: Collection[str] = ()) -> Ends:
        # One writer: nobody else adds to the record. But what is known of versions may be of an earlier transaction.
        if self._stands:
            ((generation,),) = self._db.connection.driver_connection.execute(_LAST_STEP).fetchall()  # type: ignore[union-attr]
            self._check_stands(generation, None)
        return super().close_record(recipients, people)

    def _among(self, statement: Select[Any], these: Collection[Any]) -> Sequence[tuple[Any, ...]]:
        # Asked for every event, it goes straight to the driver.
        driver = self._db.connection.driver_connection
        rows: list[tuple[Any, ...]] = driver.execute(_written(statement, len(these)), [*these]).fetchall()  # type: ignore[union-attr]
        return rows

    def _rows(self, statement: Executable, **parameters: object) -> Sequence[Any]:
        return self._db.execute(statement, parameters).all()

    def _change(self, name: str, rows: Rows) -> None:
        self._db.execute(_WRITES[name], rows)


_LAST_STEP = str(q.LAST_STEP.compile(dialect=dialect()))


@lru_cache(maxsize=1024)
def _written(statement: Select[Any], values: int) -> str:
    """Return a statement's SQL for so many values."""
    return str(
        statement.params(these=[b""] * values).compile(dialect=dialect(), compile_kwargs={"render_postcompile": True})
    )


def _engine(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 30, "isolation_level": None}
    )
    tell_alike(engine)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's connection
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "secure_delete=ON",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")

    return engine
