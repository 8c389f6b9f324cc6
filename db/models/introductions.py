"""A university that can help with a need, and whether the firm wants to talk to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


class Introduction(Base):
    """`person_id` asked for a university, and agreed by asking that the firm learns who they are.

    States: asked, agreed (each has the other's name and number), declined. `decided_by` is who
    said so for the firm, and whose number the university has.
    """

    __tablename__ = "introductions"
    __table_args__ = (UniqueConstraint("need_id", "university"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("needs.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    university: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    created_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
