"""The log over the record is cut into months, each with tiles and a checkpoint of its own; its signing keys."""

from alembic import op
import sqlalchemy as sa

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_shards",
        sa.Column("shard", sa.String(length=7), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=True),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("shard"),
    )
    # What was under one tree is taken in again, month by month, from where the log began.
    op.execute(
        "INSERT INTO log_shards (shard, size, first, last, checkpoint, former, closed)"
        " SELECT '', 0, first, first, '', '', false FROM log_heads"
    )
    op.drop_table("log_heads")
    op.drop_table("log_tiles")
    op.create_table(
        "log_tiles",
        sa.Column("shard", sa.String(length=7), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shard", "level", "number"),
    )
    op.create_index("log_tiles_by_first", "log_tiles", ["first"], unique=True)
    op.create_table(
        "log_keys",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("beside", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
