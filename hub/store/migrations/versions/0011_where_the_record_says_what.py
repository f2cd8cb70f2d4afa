"""Where in the record a recipient's branches, an event's tellings and the grounds of disclosures stand."""

from alembic import op
import sqlalchemy as sa

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "index_branches",
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("index_branches_of_agency", "index_branches", ["agency", "at"])
    op.create_table(
        "index_grounds",
        sa.Column("ground", sa.String(length=300), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ground", "block"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "index_references",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "place"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "index_heads",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("INSERT INTO index_heads (id, last) VALUES (1, 0)")
