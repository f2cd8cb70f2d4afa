"""The tables of the log over the record, a shard for each month."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from hub.store.tables import metadata

log_tiles = Table(
    "log_tiles",
    metadata,
    Column("shard", String(7), nullable=False),
    Column("level", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("first", BigInteger),
    PrimaryKeyConstraint("shard", "level", "number"),
)
Index("log_tiles_by_first", log_tiles.c.first, unique=True)

log_shards = Table(
    "log_shards",
    metadata,
    Column("shard", String(7), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("at", Float),
    Column("former", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
)

log_keys = Table(
    "log_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("since", Float, nullable=False),
    Column("beside", Float, nullable=False),
)
