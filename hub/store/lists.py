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

from hub.store.exchange import Statement
from hub.store.packed import (
    pack_booleans,
    pack_bytes,
    pack_float8,
    pack_int4,
    pack_int8,
    pack_text,
    written,
)
from hub.store.statements import unbounded
from hub.store.writing import ADDED, changed

_DIALECT = dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_PACKING: Mapping[type[TypeEngine[Any]], Callable[[Collection[Any]], bytes]] = {
    LargeBinary: pack_bytes,
    Text: pack_text,
    Boolean: pack_booleans,
    Integer: pack_int4,
    BigInteger: pack_int8,
    Float: pack_float8,
}


class Worded(NamedTuple):
    """A statement in the server's words, and how each thing that it is given is packed, in their order."""

    words: str
    packing: Sequence[tuple[str, Callable[[Any], bytes | None]]] = ()

    def of(self, given: Mapping[str, Any]) -> Statement:
        """Return the statement with what it is given."""
        return Statement(self.words, [pack(given[name]) for name, pack in self.packing])


@lru_cache(maxsize=256)
def worded(statement: Executable) -> Worded:
    """Return a statement in the server's words."""
    compiled: Any = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # every statement of ours can be
    kinds = {name: bind.type for name, bind in compiled.binds.items()}
    return Worded(str(compiled), [(name, _packing(kinds[name])) for name in compiled.positiontup])


def _packing(kind: TypeEngine[Any]) -> Callable[[Any], bytes | None]:
    return _PACKING[type(kind.item_type)] if isinstance(kind, ARRAY) else written


@lru_cache(maxsize=64)
def writing(name: str, columns: tuple[str, ...]) -> Worded:
    """Return the statement that writes rows of one kind that have these columns."""
    if name in _CHANGED:
        return worded(_CHANGED[name])
    table = ADDED[name]
    return worded(insert(table).from_select(list(columns), rows_of(table, columns)))


def _given(**types: type[TypeEngine[Any]]) -> Sequence[ColumnElement[Any]]:
    return _unnested({name: kind() for name, kind in types.items()})[:-1]


def _put(table: Table, key: str, *, keep: bool = False) -> Executable:
    names = table.c.keys()
    new: Insert = upsert(table).from_select(names, rows_of(table, names))
    if keep:
        return new.on_conflict_do_nothing(index_elements=[key])
    return new.on_conflict_do_update(
        index_elements=[key], set_={name: new.excluded[name] for name in names if name != key}
    )


def rows_of(table: Table, columns: Sequence[str]) -> Any:  # noqa: ANN401 - SQLAlchemy's type of it names each column
    """Return rows of a table that are given as one list for each column, in their order."""
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
