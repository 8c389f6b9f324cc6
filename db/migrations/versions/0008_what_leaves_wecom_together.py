"""what leaves wecom together"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("wecom_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bundle", sa.String(length=40), nullable=True))
        batch_op.create_index(batch_op.f("ix_wecom_messages_bundle"), ["bundle"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("wecom_messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wecom_messages_bundle"))
        batch_op.drop_column("bundle")
