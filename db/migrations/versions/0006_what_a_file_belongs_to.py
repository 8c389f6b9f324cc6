"""what a file belongs to"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEPT = """
    UPDATE files SET about = (
        SELECT 'need:' || MIN(need_id) FROM attachments WHERE attachments.unique_id = files.token
    )
"""


def upgrade() -> None:
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(length=60), nullable=True))
        batch_op.create_index(batch_op.f("ix_files_about"), ["about"], unique=False)
    op.execute(_KEPT)
    op.drop_table("attachments")


def downgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("need_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_id", sa.String(length=250), nullable=False),
        sa.Column("unique_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["need_id"], ["needs.id"], name=op.f("fk_attachments_need_id_needs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("need_id", "unique_id", name=op.f("uq_attachments_need_id_unique_id")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_files_about"))
        batch_op.drop_column("about")
