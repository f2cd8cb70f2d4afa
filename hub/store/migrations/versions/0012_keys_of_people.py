"""A data key for each person, how long copies are kept, legal holds, and who was erased by which entry."""

from alembic import op
import sqlalchemy as sa

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEPT_SECONDS = 90 * 86_400
"""For how long the copies that there are already are kept from when they were made: what the setting is by default."""


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "legal_holds",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("entry", sa.String(length=32), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "erased",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("entry", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.add_column("copies", sa.Column("person", sa.String(length=32), nullable=True))
    op.add_column("copies", sa.Column("delete_by", sa.Float(), nullable=True))
    op.execute(
        f"UPDATE copies SET delete_by = committed_at + {KEPT_SECONDS},"  # noqa: S608 - a number of our own
        " person = (SELECT person FROM entries WHERE entries.id = copies.entry)"
    )
    op.create_index(
        "copies_to_delete",
        "copies",
        ["delete_by", "id"],
        sqlite_where=sa.text("delete_by IS NOT NULL"),
        postgresql_where=sa.text("delete_by IS NOT NULL"),
    )
