"""How far what waits for a recipient has gone to a door that opens."""

from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("doors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("urgent", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("routine", sa.Integer(), server_default="0", nullable=False))
