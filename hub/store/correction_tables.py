"""The tables of what is put right, and of the word of those who received it."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, PrimaryKeyConstraint, String, Table, Text

from hub.store.tables import entries, metadata

Index(
    "entries_of_reference",
    entries.c.reference,
    sqlite_where=entries.c.reference.is_not(None),
    postgresql_where=entries.c.reference.is_not(None),
)

corrections = Table(
    "corrections",
    metadata,
    Column("recipient", String(64), nullable=False),
    Column("copy", String(43), nullable=False),
    Column("former", String(43), nullable=False),
    Column("person", String(32), nullable=False),
    Column("what", String(10), nullable=False),
    Column("matter", String(32), nullable=False),
    Column("cause", String(20), nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("recipient", "copy"),
)
Index("corrections_of_matter", corrections.c.matter)
Index("corrections_of_former", corrections.c.former)

escalations = Table(
    "escalations",
    metadata,
    Column("recipient", String(64), nullable=False),
    Column("copy", String(43), nullable=False),
    Column("at", Float, nullable=False),
    PrimaryKeyConstraint("recipient", "copy"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("client", String(64), nullable=False),
    Column("at", Float, nullable=False),
    Column("signed", Text, nullable=False),
)
