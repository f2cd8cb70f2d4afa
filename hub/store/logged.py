"""The log's part of a store, alike on every database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, func, insert, literal_column, select, true, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hub.errors import LogBroken
from hub.store.erasure_tables import data_keys
from hub.store.log_port import Behind, Held, LogHead, Recorded, TileRow
from hub.store.log_tables import log_keys, log_shards, log_tiles
from hub.store.records import Head, LogKeyRow
from hub.store.rows import entry_row, moment, stamp
from hub.store.statements import ENTRY_SEALED
from hub.store.tables import copies, entries, heads, mail

HEADS = select(log_shards).order_by(log_shards.c.shard)
LAST = select(log_shards).order_by(log_shards.c.shard.desc()).limit(literal_column("1"))
"""How far each shard goes, and the last one."""
_the_open = (
    log_shards.c.shard == bindparam("of_shard"),
    log_shards.c.size == bindparam("was"),
    log_shards.c.closed.is_(False),
)
MOVE = (
    update(log_shards)
    .where(*_the_open)
    .values({name: bindparam(f"new_{name}") for name in ("size", "last", "checkpoint", "at")})
)
CLOSE = update(log_shards).where(*_the_open).values(closed=true())
"""Move the head of a shard, or close it, unless another did meanwhile."""
KEYS = select(log_keys).order_by(log_keys.c.number)
BEHIND = (
    select(entries.c.index, entries.c.commitment, entries.c.at)
    .where(entries.c.index > bindparam("place"))
    .order_by(entries.c.index)
    .limit(bindparam("most"))
)
"""What is behind a place of the record."""
_of_level = log_tiles.c.shard == bindparam("of_shard"), log_tiles.c.level == bindparam("of_level")
TILE = select(log_tiles).where(*_of_level, log_tiles.c.number == bindparam("nth"))
TILES = (
    select(log_tiles)
    .where(*_of_level, log_tiles.c.number > bindparam("after"))
    .order_by(log_tiles.c.number)
    .limit(bindparam("most"))
)
TILED = select(log_tiles.c.shard).distinct()
"""One tile, those of a level behind a number, and the shards that have any."""
_place = select(entries.c.index).where(entries.c.id == bindparam("entry_id")).scalar_subquery()
UNDER = (
    select(log_tiles.c.shard, log_tiles.c.number, log_tiles.c.first, _place.label("place"))
    .where(log_tiles.c.first <= _place)
    .order_by(log_tiles.c.first.desc())
    .limit(literal_column("1"))
)
"""The tile that an entry is under, if it is under any, and its place in the record."""
BETWEEN = select(func.count()).where(entries.c.index >= bindparam("begin"), entries.c.index < bindparam("end"))
"""How many entries are between two places."""
END = select(func.coalesce(func.max(entries.c.index), literal_column("0")))
RECORDED = (
    ENTRY_SEALED.add_columns(entries.c.index.label("place"))
    .where(entries.c.index > bindparam("after"), entries.c.index <= bindparam("upto"))
    .order_by(entries.c.index)
    .limit(bindparam("most"))
)
"""The entries between two places."""
_HELD = (
    select(copies.c.entry, copies.c.id, copies.c.body, mail.c.recipient, mail.c.number, data_keys.c.wrapped)
    .join(mail, mail.c.copy == copies.c.id, isouter=True)
    .join(data_keys, data_keys.c.person == copies.c.person, isouter=True)
)
"""Copies, with the mailboxes that they are in."""
COPIES = _HELD.where(copies.c.entry.in_(bindparam("these", expanding=True)))
NAMED = _HELD.where(copies.c.id.in_(bindparam("these", expanding=True)))
UNRECORDED = (
    select(copies.c.id)
    .where(~select(entries.c.id).where(entries.c.id == copies.c.entry).exists())
    .order_by(copies.c.id)
    .limit(bindparam("most"))
)
"""Copies of which there is no entry."""
_INSERT: Mapping[str, Callable[..., Any]] = {"sqlite": sqlite_insert, "postgresql": postgres_insert}


class SqlLog:
    """The log over the record of one store."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        writing: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        """Take what opens a connection to read by, and what runs a transaction."""
        self._reading, self._writing = reading, writing

    def head(self) -> LogHead:
        with self._reading() as db:
            row = db.execute(LAST).one_or_none()
        if row is None:
            raise LogBroken
        return _head(row)

    def heads(self) -> Sequence[LogHead]:
        with self._reading() as db:
            return [_head(row) for row in db.execute(HEADS)]

    def keys(self) -> Sequence[LogKeyRow]:
        with self._reading() as db:
            rows = db.execute(KEYS).all()
        return [
            LogKeyRow(number=r.number, sealed=bytes(r.sealed), since=moment(r.since), beside=moment(r.beside))
            for r in rows
        ]

    def behind(self, place: int, *, limit: int) -> Sequence[Behind]:
        with self._reading() as db:
            rows = db.execute(BEHIND, {"place": place, "most": limit}).all()
        return [Behind(found, bytes(commitment), moment(at)) for found, commitment, at in rows]

    def tile(self, shard: str, level: int, number: int) -> TileRow | None:
        with self._reading() as db:
            row = db.execute(TILE, {"of_shard": shard, "of_level": level, "nth": number}).one_or_none()
        return _tile(row) if row else None

    def tiles(self, shard: str, level: int, *, after: int, limit: int) -> Sequence[TileRow]:
        asked = {"of_shard": shard, "of_level": level, "after": after, "most": limit}
        with self._reading() as db:
            return [_tile(r) for r in db.execute(TILES, asked)]

    def tiled(self) -> frozenset[str]:
        with self._reading() as db:
            return frozenset(db.execute(TILED).scalars())

    @contextmanager
    def together(self) -> Iterator[SqlLog]:
        with self._reading() as db:
            yield SqlLog(lambda: nullcontext(db), self._writing)

    def grow(self, was: LogHead, now: LogHead, tiles: Collection[TileRow]) -> bool:
        the_open, at = {"of_shard": was.shard, "was": was.size}, now.at and stamp(now.at)
        moved = {"new_size": now.size, "new_last": now.last, "new_checkpoint": now.checkpoint, "new_at": at}
        with self._writing() as db:
            if now.shard == was.shard:
                stood = db.execute(MOVE, the_open | moved).rowcount
            elif stood := db.execute(CLOSE, the_open).rowcount:
                db.execute(insert(log_shards), msgspec.structs.asdict(now) | {"at": at})
            if not stood:
                return False
            put = _INSERT[db.dialect.name](log_tiles)
            put = put.on_conflict_do_update(
                index_elements=["shard", "level", "number"],
                set_={"hashes": put.excluded.hashes, "first": put.excluded.first},
            )
            db.execute(put, [msgspec.structs.asdict(tile) for tile in tiles])
        return True

    def number_of(self, entry: str) -> tuple[str, int] | None:
        with self._reading() as db:
            row = db.execute(UNDER, {"entry_id": entry}).one_or_none()
            if row is None:
                return None
            before: int = db.execute(BETWEEN, {"begin": row.first, "end": row.place}).scalar_one()
        return row.shard, int(row.number) * 256 + before

    def chains(self) -> Mapping[str, Head]:
        with self._reading() as db:
            return {r.recipient: Head(r.number, bytes(r.branch)) for r in db.execute(select(heads))}

    def end(self) -> int:
        with self._reading() as db:
            found: int = db.execute(END).scalar_one()
        return found

    def recorded(self, after: int, upto: int, *, limit: int) -> Sequence[Recorded]:
        with self._reading() as db:
            rows = db.execute(RECORDED, {"after": after, "upto": upto, "most": limit}).all()
        return [Recorded(r.place, entry_row(r)) for r in rows]

    def copies(self, entries: Collection[str]) -> Sequence[Held]:
        return self._held(COPIES, entries)

    def copies_named(self, copies: Collection[str]) -> Sequence[Held]:
        return self._held(NAMED, copies) if copies else []

    def _held(self, question: Select[Any], these: Collection[str]) -> Sequence[Held]:
        found: dict[str, tuple[str, bytes, bytes | None, set[tuple[str, int]]]] = {}
        with self._reading() as db:
            for entry, copy, body, recipient, number, wrapped in db.execute(question, {"these": list(these)}):
                boxes = found.setdefault(copy, (entry, bytes(body), wrapped, set()))[3]
                if recipient is not None:
                    boxes.add((recipient, number))
        return [
            Held(entry, copy, body, frozenset(boxes), wrapped) for copy, (entry, body, wrapped, boxes) in found.items()
        ]

    def unrecorded(self, *, limit: int) -> Sequence[str]:
        with self._reading() as db:
            return list(db.execute(UNRECORDED, {"most": limit}).scalars())


def _head(row: Row[Any]) -> LogHead:
    return LogHead(
        shard=row.shard,
        size=row.size,
        first=row.first,
        last=row.last,
        checkpoint=row.checkpoint,
        at=None if row.at is None else moment(row.at),
        former=row.former,
        closed=row.closed,
    )


def _tile(row: Row[Any]) -> TileRow:
    return TileRow(shard=row.shard, level=row.level, number=row.number, hashes=bytes(row.hashes), first=row.first)
