"""The tables of the record's index, once for every database: made of the entries, and to be made anew at any time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, PrimaryKeyConstraint, String, Table

from hub.store.tables import metadata

index_branches = Table(
    "index_branches",
    metadata,
    Column("recipient", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("agency", String(64), nullable=False),
    Column("at", Float, nullable=False),
    Column("place", BigInteger, nullable=False),
    PrimaryKeyConstraint("recipient", "number"),
    sqlite_with_rowid=False,
)
Index("index_branches_of_agency", index_branches.c.agency, index_branches.c.at)

index_grounds = Table(
    "index_grounds",
    metadata,
    Column("ground", String(300), nullable=False),
    Column("block", BigInteger, nullable=False),
    PrimaryKeyConstraint("ground", "block"),
    sqlite_with_rowid=False,
)

index_references = Table(
    "index_references",
    metadata,
    Column("key", BigInteger, nullable=False),
    Column("place", BigInteger, nullable=False),
    PrimaryKeyConstraint("key", "place"),
    sqlite_with_rowid=False,
)

index_heads = Table(
    "index_heads",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)
