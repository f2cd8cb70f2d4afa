"""Which changes of what is in force were applied to the copies that waited, and which copies went by that."""

from alembic import op
import sqlalchemy as sa

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("moment", sa.Float(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("moment"),
    )
    op.create_table(
        "dropped",
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("copy", sa.String(length=43), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=8), nullable=False),
        sa.Column("entry", sa.String(length=32), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "copy"),
    )
