"""what WeCom calls the files that we uploaded"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wecom_uploads",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_id", sa.String(length=512), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_wecom_uploads")),
    )
    op.create_index(op.f("ix_wecom_uploads_expires_at"), "wecom_uploads", ["expires_at"])


def downgrade() -> None:
    op.drop_table("wecom_uploads")
