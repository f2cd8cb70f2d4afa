"""What PostgreSQL is given: one list for each column, so that a statement is the same for one row and for many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Executable,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.types import TypeEngine

from hub.store.packed import Packed, pack_booleans, pack_bytes, pack_float8, pack_int4, pack_int8, pack_text
from hub.store.statements import unbounded
from hub.store.writing import ADDED, changed

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_PACKING: Mapping[type[TypeEngine[Any]], Callable[[Collection[Any]], Packed]] = {
    LargeBinary: pack_bytes,
    Text: pack_text,
    Boolean: pack_booleans,
    Integer: pack_int4,
    BigInteger: pack_int8,
    Float: pack_float8,
}


class Worded(NamedTuple):
    """A statement in the driver's words, and how each list that it is given is packed."""

    words: str
    packing: Mapping[str, Callable[[Collection[Any]], Packed]]

    def of(self, lists: Mapping[str, Collection[Any]]) -> tuple[str, Mapping[str, Packed]]:
        """Return the statement with its lists."""
        return self.words, {name: pack(lists[name]) for name, pack in self.packing.items()}


@lru_cache(maxsize=256)
def worded(statement: Executable) -> Worded:
    """Return a statement in the driver's words."""
    compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # every statement of ours can be
    types = {name: bind.type for name, bind in compiled.binds.items()}
    return Worded(
        str(compiled),
        {name: _PACKING[type(kind.item_type)] for name, kind in types.items() if isinstance(kind, ARRAY)},
    )


@lru_cache(maxsize=64)
def writing(name: str, columns: tuple[str, ...]) -> Worded:
    """Return the statement that writes rows of one kind that have these columns."""
    if name in _CHANGED:
        return worded(_CHANGED[name])
    table = ADDED[name]
    return worded(insert(table).from_select(list(columns), _rows_of(table, columns)))


def _given(**types: type[TypeEngine[Any]]) -> Sequence[ColumnElement[Any]]:
    return _unnested({name: kind() for name, kind in types.items()})[:-1]


def _put(table: Table, key: str, *, keep: bool = False) -> Executable:
    names = table.c.keys()
    new: Insert = upsert(table).from_select(names, _rows_of(table, names))
    if keep:
        return new.on_conflict_do_nothing(index_elements=[key])
    return new.on_conflict_do_update(
        index_elements=[key], set_={name: new.excluded[name] for name in names if name != key}
    )


def _rows_of(table: Table, columns: Sequence[str]) -> Any:  # noqa: ANN401 - SQLAlchemy's type of it names each column
    *new, place = _unnested({name: table.c[name].type for name in columns})
    # The record is in the order of its numbers, which are given as rows are added.
    return select(*new).order_by(place)


def _unnested(types: Mapping[str, TypeEngine[Any]]) -> Sequence[ColumnElement[Any]]:
    """Return what stands for each column, and for a row's place among those given."""
    free = {name: unbounded(kind) for name, kind in types.items()}
    lists = [bindparam(name, type_=ARRAY(kind)) for name, kind in free.items()]
    columns = [column(name, kind) for name, kind in free.items()]
    return list(func.unnest(*lists).table_valued(*columns, with_ordinality="nth").render_derived(name="new").c)


_CHANGED = changed(_given, _put)
