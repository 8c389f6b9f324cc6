"""how often patents are seen, and which patent a wish to talk is about"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TICKETS = sa.table("tickets", sa.column("id"), sa.column("reason"), sa.column("question"))
INTERESTS = sa.table("interests", sa.column("ticket_id"), sa.column("patent_id"))
PATENTS = sa.table("patents", sa.column("id"), sa.column("number"))


def upgrade() -> None:
    op.create_table(
        "patent_views",
        sa.Column("patent_id", ID, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patent_id"],
            ["patents.id"],
            name=op.f("fk_patent_views_patent_id_patents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("patent_id", "month", name=op.f("pk_patent_views")),
    )
    op.create_table(
        "interests",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("patent_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["patent_id"],
            ["patents.id"],
            name=op.f("fk_interests_patent_id_patents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_interests_ticket_id_tickets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_interests")),
    )
    op.create_index(op.f("ix_interests_patent_id"), "interests", ["patent_id"])
    _name_patents()


def _name_patents() -> None:
    """A wish to talk had its patent in its words only: 标题（号）."""
    bind = op.get_bind()
    wishes = sa.select(TICKETS.c.id, TICKETS.c.question).where(TICKETS.c.reason == "interest")
    for id, question in bind.execute(wishes).all():
        number = question.rpartition("（")[2].removesuffix("）")
        meant = sa.select(sa.literal(id), PATENTS.c.id).where(PATENTS.c.number == number)
        bind.execute(sa.insert(INTERESTS).from_select(["ticket_id", "patent_id"], meant))


def downgrade() -> None:
    op.drop_table("interests")
    op.drop_table("patent_views")
