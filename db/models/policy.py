"""Official documents by clause, and the questions that they do not answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, BigId


class Document(Base):
    """`official` is False for our own digest, True for an imported text that answers quote."""

    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(200), index=True)
    number: Mapped[str | None] = mapped_column(String(60))
    issuer: Mapped[str | None] = mapped_column(String(100))
    issued_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(20))
    official: Mapped[bool]
    imported_at: Mapped[datetime]
    clauses: Mapped[list[Clause]] = relationship(
        back_populates="document", order_by="Clause.position", cascade="all, delete-orphan"
    )


class Clause(Base):
    """One clause or article. `ref` as people cite it: 二、（一）1 or 第四十二条.

    `departments` in the document's own order: the first leads. `dates` are
    {"quote", "date", "what"}, `targets` {"metric", "value", "unit", "quote", "open_point"}.
    """

    __tablename__ = "clauses"
    __table_args__ = (UniqueConstraint("document_id", "ref"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    ref: Mapped[str] = mapped_column(String(40))
    heading: Mapped[str] = mapped_column(String(200))
    text: Mapped[str]
    departments: Mapped[list[str]]
    dates: Mapped[list[dict[str, str]]]
    targets: Mapped[list[dict[str, str]]]
    document: Mapped[Document] = relationship(back_populates="clauses")


class Gap(Base):
    """What nobody could answer, or was not understood, counted by topic."""

    __tablename__ = "gaps"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    topic: Mapped[str] = mapped_column(String(40), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]
