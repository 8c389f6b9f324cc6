"""What enterprises think of patents, along the three axes of the plan."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId, partly


class Assessment(Base):
    """One view of a firm on a patent. Rows are added, so that all of them are the history.

    States: valid (the firm's own word: one a patent), proposed (a colleague sees it differently,
    and the firm's admin has not decided), replaced, declined, withdrawn. `before_id` is the valid
    row that this one took the place of. `prospect` goes from 1 to 5. `person_id` is who said it,
    or who took it over. `exported_at`: it went into a file for the national platform; from then on
    it stands. `registered_at`: that file came back, and the platform has it.
    """

    __tablename__ = "assessments"
    __table_args__ = (
        partly(
            "uq_assessments_valid",
            "enterprise_id",
            "patent_id",
            unique=True,
            where="state = 'valid'",
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprises.id", ondelete="CASCADE"), index=True
    )
    patent_id: Mapped[int] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    prospect: Mapped[int]
    improvement: Mapped[str] = mapped_column(String(300))
    intent: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(20))
    comment: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(10), default="valid")
    before_id: Mapped[int | None] = mapped_column(ForeignKey("assessments.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    exported_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
