"""The embedded store: SQLite, one writer, readers beside it.

Write-ahead logging with full synchronisation: a transaction that has ended survives a crash of
the process and of the machine.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, Executable, Select, create_engine, event
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import StoreUnavailable
from hub.store import statements as q
from hub.store.migrate import migrate
from hub.store.port import (
    Changes,
    Delivery,
    Departing,
    Departure,
    DoorRow,
    DueRow,
    EntryRow,
    Head,
    HeldItem,
    HeldRow,
    Transaction,
    Waiting,
)
from hub.store.rows import ROWS, held_item, held_row, moment, stamp
from hub.store.tables import admitted, heads, people, suspensions

T = TypeVar("T")


class SqliteStore:
    """A store in one file."""

    def __init__(self, path: Path) -> None:
        """Open the file, and bring its tables to this version.

        Raises:
            StoreUnavailable: the file cannot be used, or is of a newer version.
        """
        self._engine = _engine(path)
        migrate(self._engine)
        self._writer = threading.Lock()
        self._closed = False
        self._write = self._engine.connect().execution_options(writing=True)

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run work in one transaction; see the port."""
        with self._writer:
            if self._closed:
                raise StoreUnavailable
            try:
                with self._write.begin():
                    result = work(_SqliteTransaction(self._write))
                # Here everything is on disk. A crash before this line leaves nothing of the batch.
            except (SQLAlchemyError, sqlite3.Error) as error:
                raise StoreUnavailable from error
            return result

    def waiting(self, recipient: str, *, urgent_after: int, routine_after: int, limit: int) -> Sequence[Waiting]:
        """Return copies without a receipt; see the port."""
        with self._reading() as db:
            found = [
                Waiting(number=r.number, copy=r.copy, lane=r.lane, body=r.body)
                for r in db.execute(
                    q.WAITING, {"recipient": recipient, "lane": "urgent", "after": urgent_after, "most": limit}
                )
            ]
            rest = limit - len(found)
            if rest > 0:
                found += [
                    Waiting(number=r.number, copy=r.copy, lane=r.lane, body=r.body)
                    for r in db.execute(
                        q.WAITING, {"recipient": recipient, "lane": "routine", "after": routine_after, "most": rest}
                    )
                ]
            return found

    def deliveries(self, recipient: str, *, after: int, limit: int) -> Sequence[Delivery]:
        """Return where copies stand; see the port."""
        with self._reading() as db:
            rows = db.execute(q.DELIVERIES, {"recipient": recipient, "after": after, "most": limit}).all()
        return [
            Delivery(
                number=r.number,
                copy=r.copy,
                committed_at=moment(r.committed_at),
                left_at=r.left_at and moment(r.left_at),
                received_at=r.received_at and moment(r.received_at),
            )
            for r in rows
        ]

    def entries_about(self, people: Collection[str]) -> Iterable[EntryRow]:
        """Return every entry about some people; see the port."""
        with self._reading() as db:
            rows = db.execute(q.ENTRIES_ABOUT, {"people": list(people)}).all()
        return [
            EntryRow(
                id=r.id,
                at=moment(r.at),
                kind=r.kind,
                person=r.person,
                content=r.content,
                commitment=r.commitment,
                sealed=r.sealed,
            )
            for r in rows
        ]

    def formerly(self, person: str) -> frozenset[str]:
        """Return the person's id and those merged into it."""
        with self._reading() as db:
            return frozenset(db.execute(q.FORMERLY, {"person": person}).scalars())

    def list_held(self, *, agency: str | None, reason: str | None = None, state: str, limit: int) -> Sequence[HeldItem]:
        """Return what is held; see the port."""
        asked = {"of_agency": agency, "because": reason, "wanted": state, "most": limit}
        with self._reading() as db:
            return [held_item(r) for r in db.execute(q.LIST_HELD, asked)]

    def doors(self) -> Sequence[DoorRow]:
        """Return every door to the broker."""
        with self._reading() as db:
            return [DoorRow(recipient=r.recipient, queue=r.queue, state=r.state) for r in db.execute(q.DOORS)]

    def departures(self, worker: str, *, before: dt.datetime, limit: int) -> Sequence[Departure]:
        """Return what the broker has not confirmed; see the port."""
        with self._reading() as db:
            asked = {"of_worker": worker, "before": stamp(before), "most": limit}
            rows = db.execute(q.DEPARTURES, asked).all()
            copies: dict[str, list[Departing]] = {r.id: [] for r in rows}
            for of, copy, body, queues in db.execute(q.PARCELS, {"departures": list(copies)}):
                copies[of].append(Departing(copy=copy, body=body, queues=tuple(queues.split())))
        return [
            Departure(id=r.id, entry=r.entry, person=r.person, lane=r.lane, copies=tuple(copies[r.id])) for r in rows
        ]

    def gaps(self, *, before: dt.datetime, limit: int) -> Mapping[str, Sequence[str]]:
        """Return what was sent long ago and has no receipt; see the port."""
        found: dict[str, list[str]] = {}
        with self._reading() as db:
            for recipient, entry in db.execute(q.GAPS, {"before": stamp(before), "most": limit}):
                found.setdefault(recipient, []).append(entry)
        return found

    def admitted(self) -> Mapping[str, dt.datetime]:
        """Return until when each system's newest token is good."""
        with self._reading() as db:
            return {client: moment(until) for client, until in db.execute(q.ADMITTED)}

    def suspensions(self) -> Mapping[str, dt.datetime]:
        """Return the agencies that are suspended, and since when."""
        with self._reading() as db:
            return {r.agency: moment(r.at) for r in db.execute(q.SUSPENSIONS)}

    def counts(self) -> Mapping[str, int]:
        """Return how much stands open; see the port."""
        with self._reading() as db:
            found = dict(db.execute(q.COUNTS).mappings().one())
            found |= {f"unreceipted_{lane}": n for lane, n in db.execute(q.UNRECEIVED)}
            return found | {f"held_{reason}": n for reason, n in db.execute(q.HELD_BECAUSE)}

    def close(self) -> None:
        """End."""
        with self._writer:
            self._closed = True
            self._write.close()
            self._engine.dispose()

    def _reading(self) -> Connection:
        if self._closed:
            raise StoreUnavailable
        try:
            return self._engine.connect()
        except SQLAlchemyError as error:
            raise StoreUnavailable from error


class _SqliteTransaction:
    """One transaction on the writer's connection."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def seen(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        return dict(self._among(q.SEEN, "keys", keys))

    def find(self, keys: Collection[bytes]) -> Mapping[str, frozenset[bytes]]:
        return _grouped(self._among(q.FIND, "keys", keys))

    def people(self, ids: Collection[str]) -> Mapping[str, bytes]:
        rows = self._among(q.PEOPLE, "ids", ids)
        merged = {person: into for person, _, into in rows if into}
        kept = {person: state for person, state, into in rows if not into}
        if not merged:
            return kept
        further = self.people(set(merged.values()))
        return kept | {old: further[new] for old, new in merged.items() if new in further}

    def keys_of(self, people: Collection[str]) -> Mapping[str, frozenset[bytes]]:
        return _grouped(self._among(q.KEYS_OF, "people", people))

    def heads(self, recipients: Collection[str]) -> Mapping[str, Head]:
        return {
            recipient: Head(number, branch)
            for recipient, number, branch in self._among(q.HEADS, "recipients", recipients)
        }

    def close_record(self) -> str:
        return ""  # one writer: nobody else adds to the record

    def queues(self, recipients: Collection[str]) -> Mapping[str, str]:
        return dict(self._among(q.QUEUES, "recipients", recipients))

    def unsent_elsewhere(self, people: Collection[str]) -> frozenset[str]:
        rows = self._db.execute(q.UNSENT_ELSEWHERE, {"people": list(people), "of_worker": ""})
        return frozenset(rows.scalars())

    def suspended(self) -> frozenset[str]:
        return frozenset(self._db.execute(q.SUSPENDED).scalars())

    def door(self, recipient: str) -> DoorRow | None:
        row = self._db.execute(q.DOOR, {"recipient_id": recipient}).one_or_none()
        return DoorRow(recipient=row.recipient, queue=row.queue, state=row.state) if row else None

    def retries_due(self, before: dt.datetime) -> Sequence[HeldRow]:
        return [held_row(r) for r in self._db.execute(q.RETRIES_DUE, {"before": stamp(before)})]

    def unreceipted_entries(self, recipient: str) -> Sequence[tuple[str, str | None, str]]:
        return [
            (r.entry, r.person, r.lane) for r in self._db.execute(q.UNRECEIPTED_ENTRIES, {"recipient_id": recipient})
        ]

    def held(self, held_id: str) -> HeldRow | None:
        row = self._db.execute(q.HELD, {"held_id": held_id}).one_or_none()
        return held_row(row) if row else None

    def waiting_for(self, recipient: str, person: str) -> Sequence[HeldRow]:
        return [held_row(r) for r in self._db.execute(q.WAITING_FOR, {"recipient": recipient, "person": person})]

    def due(self, before: dt.datetime) -> Sequence[DueRow]:
        return [
            DueRow(id=r.id, at=moment(r.at), person=r.person, body=r.body)
            for r in self._db.execute(q.DUE, {"before": stamp(before)})
        ]

    def assertion_used(self, client: str, token_id: str) -> bool:
        return self._db.execute(q.ASSERTION, {"client_id": client, "token": token_id}).first() is not None

    def unreceipted(self, recipient: str, copies: Collection[str]) -> frozenset[str]:
        return frozenset(self._db.execute(q.UNRECEIPTED, {"recipient_id": recipient, "copies": list(copies)}).scalars())

    def expire(self, now: dt.datetime) -> int:
        at = {"now": stamp(now)}
        self._db.execute(q.FORGET_ASSERTIONS, at)
        self._db.execute(q.FORGET_SIGHTING_KEYS, at)
        return self._db.execute(q.FORGET_SIGHTINGS, at).rowcount

    def write(self, changes: Changes) -> None:
        """Write everything, each table once."""
        for name, rows_of in ROWS.items():
            if rows := rows_of(changes):
                self._db.execute(_WRITES[name], rows)

    def _among(self, statement: Select[Any], name: str, values: Collection[Any]) -> list[tuple[Any, ...]]:
        """Run a statement that asks for some of many; asked for every event, it goes straight to the driver."""
        driver = self._db.connection.driver_connection
        rows: list[tuple[Any, ...]] = driver.execute(_written(statement, name, len(values)), [*values]).fetchall()  # type: ignore[union-attr]
        return rows


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[str, frozenset[bytes]]:
    """Return for each person the keys that stand beside it."""
    found: dict[str, set[bytes]] = {}
    for person, key in rows:
        found.setdefault(person, set()).add(key)
    return {person: frozenset(keys) for person, keys in found.items()}


@lru_cache(maxsize=1024)
def _written(statement: Select[Any], name: str, values: int) -> str:
    """Return a statement's SQL for so many values."""
    return str(
        statement.params({name: [b""] * values}).compile(dialect=dialect(), compile_kwargs={"render_postcompile": True})
    )


_person = upsert(people)
_PUT_PERSON = _person.on_conflict_do_update(
    index_elements=["id"], set_={c: _person.excluded[c] for c in ("state", "on_scheme", "expires", "merged_into")}
)
_head = upsert(heads)
_PUT_HEAD = _head.on_conflict_do_update(
    index_elements=["recipient"], set_={c: _head.excluded[c] for c in ("number", "branch")}
)
_suspension = upsert(suspensions)
_PUT_SUSPENSION = _suspension.on_conflict_do_nothing(index_elements=["agency"])
_admitted = upsert(admitted)
_PUT_ADMITTED = _admitted.on_conflict_do_update(index_elements=["client"], set_={"until": _admitted.excluded.until})

_WRITES: Mapping[str, Executable] = {
    "seen": q.ADD_SEEN,
    "people": _PUT_PERSON,
    "keys_dropped": q.DROP_KEYS,
    "keys": q.ADD_KEY,
    "entries": q.ADD_ENTRY,
    "copies": q.ADD_COPY,
    "mail": q.ADD_MAIL,
    "heads": _PUT_HEAD,
    "held": q.ADD_HELD,
    "settled": q.SETTLE,
    "retries": q.RETRIED,
    "due": q.ADD_DUE,
    "done": q.DONE,
    "assertions": q.ADD_ASSERTION,
    "left": q.LEFT,
    "received": q.RECEIVED,
    "doors_closed": q.DROP_DOOR,
    "doors": q.ADD_DOOR,
    "departures": q.ADD_DEPARTURE,
    "departed": q.DEPARTED,
    "suspended": _PUT_SUSPENSION,
    "resumed": q.RESUME,
    "admitted": _PUT_ADMITTED,
}
"""The statement that writes each kind of row."""


def _engine(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 30, "isolation_level": None}
    )

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

    @event.listens_for(engine, "handle_error", retval=True)
    def told_alike(_: ExceptionContext) -> StoreUnavailable:
        # Whatever statement fails, readers' too: the caller is told alike, and no statement with its values is quoted.
        return StoreUnavailable()

    return engine
