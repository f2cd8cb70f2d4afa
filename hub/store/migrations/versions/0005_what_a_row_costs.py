"""A mailbox's rows are no longer looked up among the copies, and an entry's content is compressed in a quicker way."""

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NAMED = {"fk": "%(table_name)s_%(column_0_name)s_fkey"}
"""As PostgreSQL names what was made without a name; SQLite does not name it at all."""
COMPILED_IN = "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"


def upgrade() -> None:
    with op.batch_alter_table("mail", naming_convention=NAMED) as batch_op:
        batch_op.drop_constraint("mail_copy_fkey", type_="foreignkey")
    if op.get_bind().dialect.name == "postgresql" and op.get_bind().scalar(sa.text(COMPILED_IN)):
        op.execute("ALTER TABLE entries ALTER COLUMN content SET COMPRESSION lz4")
