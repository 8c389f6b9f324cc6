"""what the weekly push told, and who wants a pause of it"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "weekly_packs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "enterprise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("round", sa.Date(), nullable=False),
        sa.Column("patents", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_weekly_packs_enterprise_id_enterprises"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_packs")),
        sa.UniqueConstraint(
            "enterprise_id", "round", name=op.f("uq_weekly_packs_enterprise_id_round")
        ),
    )
    with op.batch_alter_table("weekly_packs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_weekly_packs_round"), ["round"], unique=False)
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("pushes_paused_until", sa.DateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("pushes_paused_until")
    with op.batch_alter_table("weekly_packs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_weekly_packs_round"))
    op.drop_table("weekly_packs")
