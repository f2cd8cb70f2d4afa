"""The log over the record: the tiles of its tree, and its last checkpoint."""

from alembic import op
import sqlalchemy as sa

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("level", "number"),
    )
    op.create_index("log_tiles_by_first", "log_tiles", ["first"], unique=True)
    op.create_table(
        "log_heads",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        "INSERT INTO log_heads (id, size, first, last, checkpoint)"
        ' SELECT 1, 0, coalesce(max("index"), 0), coalesce(max("index"), 0), \'\' FROM entries'
    )
