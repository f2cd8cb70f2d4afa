"""The tables of data keys, of legal holds and of who was erased, and what finds copies whose time is over."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, LargeBinary, String, Table

from hub.store.tables import copies, metadata

data_keys = Table(
    "data_keys",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

Index(
    "copies_to_delete",
    copies.c.delete_by,
    copies.c.id,
    sqlite_where=copies.c.delete_by.is_not(None),
    postgresql_where=copies.c.delete_by.is_not(None),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("entry", String(32), nullable=False),
    Column("at", Float, nullable=False),
    Column("by", String(200), nullable=False),
)

erased = Table(
    "erased",
    metadata,
    Column("person", String(32), primary_key=True),
    Column("entry", String(32), nullable=False),
)
