"""The index of the record in one store, alike on every database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    Executable,
    Float,
    Row,
    Select,
    String,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hub.store.index_port import BranchAt, Indexed
from hub.store.index_tables import index_branches, index_grounds, index_heads, index_references
from hub.store.lists import rows_of
from hub.store.log_port import Recorded
from hub.store.rows import Rows, entry_row, moment, stamp
from hub.store.statements import ENTRY_SEALED
from hub.store.tables import entries

AT_ONCE = 500
"""How many places one statement asks for."""
_the_only = index_heads.c.id == literal_column("1")
LAST = select(index_heads.c.last).where(_the_only)
"""How far the index goes."""
MOVE = (
    update(index_heads)
    .where(_the_only, index_heads.c.last == bindparam("was", type_=BigInteger))
    .values(last=bindparam("now", type_=BigInteger))
)
"""Move it, unless another did meanwhile."""
_whole = ENTRY_SEALED.add_columns(entries.c.index.label("place"))
ABOUT = _whole.where(
    entries.c.person.in_(bindparam("people", expanding=True)), entries.c.index <= bindparam("upto", type_=BigInteger)
).order_by(entries.c.index)
"""Everything recorded about some people, up to a place."""
AT_PLACES = _whole.where(entries.c.index.in_(bindparam("places", expanding=True))).order_by(entries.c.index)
"""The entries at some places."""
CHAIN = (
    select(index_branches)
    .where(index_branches.c.recipient == bindparam("of"), index_branches.c.number >= bindparam("first"))
    .order_by(index_branches.c.number)
    .limit(bindparam("most"))
)
"""A recipient's branches from a number on."""
_of = index_branches.c.recipient == bindparam("of")
NUMBERS = select(func.coalesce(func.max(index_branches.c.number), literal_column("0"))).where(_of)
"""How many branches a recipient's chain has."""
DATED = select(index_branches.c.at).where(_of, index_branches.c.number == bindparam("nth"))
"""When one of them was recorded."""
BEHIND = (
    select(entries.c.index, entries.c.content)
    .where(entries.c.index > bindparam("place", type_=BigInteger))
    .order_by(entries.c.index)
    .limit(bindparam("most"))
)
"""The content of the entries behind a place."""
OF_AGENCY = (
    select(index_branches)
    .where(
        index_branches.c.agency == bindparam("of"),
        index_branches.c.at >= bindparam("since"),
        index_branches.c.at < bindparam("until"),
        tuple_(index_branches.c.at, index_branches.c.place, index_branches.c.recipient)
        > tuple_(
            bindparam("after_at", type_=Float),
            bindparam("after_place", type_=BigInteger),
            bindparam("after_recipient", type_=String),
        ),
    )
    .order_by(index_branches.c.at, index_branches.c.place, index_branches.c.recipient)
    .limit(bindparam("most"))
)
"""What an agency's recipients got in a period."""
BLOCKS = (
    select(index_grounds.c.block)
    .where(
        index_grounds.c.ground == bindparam("on"),
        index_grounds.c.block >= bindparam("first", type_=BigInteger),
        index_grounds.c.block <= bindparam("last", type_=BigInteger),
    )
    .order_by(index_grounds.c.block)
)
"""Where something rests on a rule or an agreement."""
REFERRING = (
    select(index_references.c.place)
    .where(index_references.c.key == bindparam("hashed", type_=BigInteger))
    .order_by(index_references.c.place)
)
"""Where a reference may stand."""
ENDS = select(func.min(entries.c.index), func.max(entries.c.index))
NEXT = (
    select(entries.c.index, entries.c.at)
    .where(entries.c.index >= bindparam("place", type_=BigInteger))
    .order_by(entries.c.index)
    .limit(literal_column("1"))
)
"""The first entry at a place or behind it."""


def _row_by_row(table: Table, rows: Rows) -> tuple[Executable, Any]:
    return sqlite_insert(table).on_conflict_do_nothing(), rows


def _in_lists(table: Table, rows: Rows) -> tuple[Executable, Any]:
    names = list(rows[0])
    put = postgres_insert(table).from_select(names, rows_of(table, names)).on_conflict_do_nothing()
    return put, {name: [row[name] for row in rows] for name in names}


_PUT: Mapping[str, Callable[[Table, Rows], tuple[Executable, Any]]] = {
    "sqlite": _row_by_row,
    "postgresql": _in_lists,
}
"""How rows that may be there already are added, with what the statement is given."""


class SqlIndex:
    """The index over the record of one store."""

    def __init__(
        self,
        reading: Callable[[], Connection],
        writing: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        """Take what opens a connection to read by, and what runs a transaction."""
        self._reading, self._writing = reading, writing

    def indexed_upto(self) -> int:
        with self._reading() as db:
            found: int = db.execute(LAST).scalar_one()
        return found

    def grow(self, was: int, now: int, found: Indexed) -> bool:
        rows = {
            index_branches: [msgspec.structs.asdict(each) | {"at": stamp(each.at)} for each in found.branches],
            index_grounds: [{"ground": ground, "block": block} for ground, block in sorted(found.grounds)],
            index_references: [{"key": key, "place": place} for key, place in sorted(found.references)],
        }
        with self._writing() as db:
            if not db.execute(MOVE, {"was": was, "now": now}).rowcount:
                return False
            for table, new in rows.items():
                if new:
                    db.execute(*_PUT[db.dialect.name](table, new))
        return True

    def behind(self, place: int, *, limit: int) -> Sequence[tuple[int, bytes]]:
        with self._reading() as db:
            return [(at, content) for at, content in db.execute(BEHIND, {"place": place, "most": limit})]

    def about(self, people: Collection[str], *, upto: int) -> Sequence[Recorded]:
        return self._entries(ABOUT, {"people": list(people), "upto": upto})

    def at_places(self, places: Collection[int]) -> Sequence[Recorded]:
        wanted, found = sorted(places), list[Recorded]()
        for begin in range(0, len(wanted), AT_ONCE):
            found += self._entries(AT_PLACES, {"places": wanted[begin : begin + AT_ONCE]})
        return found

    def chain(self, recipient: str, *, first: int, limit: int) -> Sequence[BranchAt]:
        with self._reading() as db:
            return [_branch(r) for r in db.execute(CHAIN, {"of": recipient, "first": first, "most": limit})]

    def chain_before(self, recipient: str, moment: dt.datetime) -> int:
        with self._reading() as db:
            low, high = 0, db.execute(NUMBERS, {"of": recipient}).scalar_one()
            while low < high:
                middle = (low + high + 1) // 2
                if db.execute(DATED, {"of": recipient, "nth": middle}).scalar_one() < stamp(moment):
                    low = middle
                else:
                    high = middle - 1
        return int(low)

    def of_agency(
        self, agency: str, since: dt.datetime, until: dt.datetime, *, after: tuple[float, int, str], limit: int
    ) -> Sequence[BranchAt]:
        asked = {"of": agency, "since": stamp(since), "until": stamp(until), "most": limit}
        with self._reading() as db:
            behind = {"after_at": after[0], "after_place": after[1], "after_recipient": after[2]}
            rows = db.execute(OF_AGENCY, asked | behind)
            return [_branch(r) for r in rows]

    def blocks(self, ground: str, *, first: int, last: int) -> Sequence[int]:
        with self._reading() as db:
            return list(db.execute(BLOCKS, {"on": ground, "first": first, "last": last}).scalars())

    def referring(self, key: int) -> Sequence[int]:
        with self._reading() as db:
            return list(db.execute(REFERRING, {"hashed": key}).scalars())

    def place_since(self, moment: dt.datetime) -> int:
        with self._reading() as db:
            first, last = db.execute(ENDS).one()
            if first is None:
                return 0
            low, high = first, last + 1
            while low < high:
                middle = (low + high) // 2
                found = db.execute(NEXT, {"place": middle}).one_or_none()
                if found is None or found[1] >= stamp(moment):
                    high = middle
                else:
                    low = found[0] + 1
        return int(low) - 1

    def _entries(self, question: Select[Any], asked: Mapping[str, object]) -> Sequence[Recorded]:
        with self._reading() as db:
            return [Recorded(r.place, entry_row(r)) for r in db.execute(question, asked)]


def _branch(row: Row[Any]) -> BranchAt:
    return BranchAt(recipient=row.recipient, number=row.number, agency=row.agency, at=moment(row.at), place=row.place)
