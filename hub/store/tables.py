"""The tables, once for every database. Times are UTC seconds since 1970 with fractions."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    true,
)

metadata = MetaData()

seen = Table(
    "seen",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("on_scheme", Boolean, nullable=False),
    Column("expires", Float),
    Column("merged_into", String(32)),
)
Index(
    "people_expiring",
    people.c.expires,
    sqlite_where=people.c.expires.is_not(None),
    postgresql_where=people.c.expires.is_not(None),
)
Index(
    "people_merged",
    people.c.merged_into,
    sqlite_where=people.c.merged_into.is_not(None),
    postgresql_where=people.c.merged_into.is_not(None),
)

person_keys = Table(
    "person_keys",
    metadata,
    Column("key", LargeBinary(32), nullable=False),
    Column("person", String(32), ForeignKey("people.id"), nullable=False),
    PrimaryKeyConstraint("key", "person"),
)
Index("keys_of_person", person_keys.c.person)

entries = Table(
    "entries",
    metadata,
    Column("index", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("person", String(32)),
    Column("content", LargeBinary, nullable=False),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("reference", BigInteger),
)
Index("entries_about", entries.c.person, entries.c.index)

copies = Table(
    "copies",
    metadata,
    Column("id", String(43), primary_key=True),
    Column("entry", String(32), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("committed_at", Float, nullable=False),
    Column("person", String(32)),
    Column("delete_by", Float),
)
Index("copies_of_entry", copies.c.entry)

mail = Table(
    "mail",
    metadata,
    Column("recipient", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("copy", String(43), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("left_at", Float),
    Column("received_at", Float),
    Column("receipt", String(32)),
    PrimaryKeyConstraint("recipient", "number"),
)
Index(
    "mail_waiting",
    mail.c.recipient,
    mail.c.lane,
    mail.c.number,
    sqlite_where=mail.c.received_at.is_(None),
    postgresql_where=mail.c.received_at.is_(None),
)
Index("mail_by_copy", mail.c.copy, mail.c.recipient)

heads = Table(
    "heads",
    metadata,
    Column("recipient", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("branch", LargeBinary(32), nullable=False),
)

held = Table(
    "held",
    metadata,
    Column("index", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("agency", String(64), nullable=False),
    Column("client", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("candidates", LargeBinary, nullable=False),
    Column("recipient", String(64)),
    Column("person", String(32)),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Float),
)
Index("held_open", held.c.state, held.c.agency, held.c.at)
Index(
    "held_waiting",
    held.c.recipient,
    held.c.person,
    sqlite_where=held.c.recipient.is_not(None),
    postgresql_where=held.c.recipient.is_not(None),
)
Index(
    "held_next", held.c.next_at, sqlite_where=held.c.next_at.is_not(None), postgresql_where=held.c.next_at.is_not(None)
)

due = Table(
    "due",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", Float, nullable=False),
    Column("person", String(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("due_at", due.c.at)

assertions = Table(
    "assertions",
    metadata,
    Column("client", String(64), nullable=False),
    Column("token_id", String(128), nullable=False),
    Column("expires", Float, nullable=False),
    PrimaryKeyConstraint("client", "token_id"),
)

doors = Table(
    "doors",
    metadata,
    Column("recipient", String(64), primary_key=True),
    Column("queue", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("urgent", Integer, nullable=False, server_default="0"),
    Column("routine", Integer, nullable=False, server_default="0"),
)

departures = Table(
    "departures",
    metadata,
    Column("index", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("entry", String(32), nullable=False),
    Column("person", String(32), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("recipient", String(64)),
    Column("worker", String(32), nullable=False),
    Column("committed_at", Float, nullable=False),
    Column("sent_at", Float),
)
Index("departures_of_entry", departures.c.entry)
Index(
    "departures_waiting",
    departures.c.person,
    departures.c.index,
    sqlite_where=departures.c.sent_at.is_(None),
    postgresql_where=departures.c.sent_at.is_(None),
)
Index(
    "departures_of_worker",
    departures.c.worker,
    departures.c.lane,
    departures.c.index,
    sqlite_where=departures.c.sent_at.is_(None),
    postgresql_where=departures.c.sent_at.is_(None),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("until", Float, nullable=False),
    Column("able", Boolean, nullable=False, server_default=true()),
)

partitions = Table(
    "partitions",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("worker", String(32), nullable=False),
)

suspensions = Table(
    "suspensions",
    metadata,
    Column("agency", String(64), primary_key=True),
    Column("at", Float, nullable=False),
    Column("by", String(64), nullable=False),
)

agreement_versions = Table(
    "agreement_versions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("document", LargeBinary, nullable=False),
)

agreement_steps = Table(
    "agreement_steps",
    metadata,
    Column("index", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("version", String(64), ForeignKey("agreement_versions.hash"), nullable=False),
    Column("step", String(12), nullable=False),
    Column("at", Float, nullable=False),
    Column("by", String(200), nullable=False),
    Column("moment", Float),
)

admitted = Table(
    "admitted",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("until", Float, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("moment", Float, primary_key=True),
    Column("at", Float, nullable=False),
)

dropped = Table(
    "dropped",
    metadata,
    Column("recipient", String(64), nullable=False),
    Column("copy", String(43), nullable=False),
    Column("person", String(32), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("entry", String(32), nullable=False),
    Column("at", Float, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    PrimaryKeyConstraint("recipient", "copy"),
)
