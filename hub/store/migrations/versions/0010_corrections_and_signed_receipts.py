"""What an event was told as is found by the event, corrections are followed to their receipts, receipts are signed."""

import json

from alembic import op
import sqlalchemy as sa

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
PORTION = 1000


def upgrade() -> None:
    op.add_column("entries", sa.Column("reference", sa.BigInteger()))
    _fill()
    op.create_index(
        "entries_of_reference",
        "entries",
        ["reference"],
        sqlite_where=sa.text("reference IS NOT NULL"),
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.add_column("mail", sa.Column("receipt", sa.String(length=32)))
    op.create_table(
        "corrections",
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("copy", sa.String(length=43), nullable=False),
        sa.Column("former", sa.String(length=43), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("matter", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "copy"),
    )
    op.create_index("corrections_of_matter", "corrections", ["matter"])
    op.create_index("corrections_of_former", "corrections", ["former"])
    op.create_table(
        "escalations",
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("copy", sa.String(length=43), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "copy"),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _fill() -> None:
    """Note of what was recorded before which event it is of, by the first 63 bits of the event's keyed hash."""
    entries = sa.table("entries", sa.column("index"), sa.column("kind"), sa.column("content"), sa.column("reference"))
    wanted = sa.select(entries.c.index, entries.c.content).where(entries.c.kind.in_(["collection", "disclosure"]))
    db, after = op.get_bind(), 0
    while rows := db.execute(wanted.where(entries.c.index > after).order_by(entries.c.index).limit(PORTION)).all():
        for index, content in rows:
            reference = json.loads(bytes(content))["reference"]
            if len(reference) == 64:
                number = int(reference[:16], 16) >> 1
                db.execute(entries.update().where(entries.c.index == index).values(reference=number))
        after = rows[-1][0]
