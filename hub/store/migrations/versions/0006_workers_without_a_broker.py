"""Whether a worker can do its share: one that is cut off from the broker cannot."""

from alembic import op
import sqlalchemy as sa

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("workers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("able", sa.Boolean(), server_default=sa.true(), nullable=False))
