"""Official documents by clause, and the questions that they do not answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, BigId


class Document(Base):
    """`official` is False for our own digest, True for an imported text that answers quote.
    `version` rises with every change; `successor_id` is what took its place."""

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
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    successor_id: Mapped[int | None] = mapped_column(BigId)
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


class ClauseVersion(Base):
    """What a clause said `until` it was imported with other words, or was gone."""

    __tablename__ = "clause_versions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    ref: Mapped[str] = mapped_column(String(40))
    text: Mapped[str]
    until: Mapped[datetime]


class Asker(Base):
    """Who was answered from a clause: whoever asked is told when it changes."""

    __tablename__ = "askers"
    __table_args__ = (UniqueConstraint("clause_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    clause_id: Mapped[int] = mapped_column(ForeignKey("clauses.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    question: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]


class AnswerReport(Base):
    """That a clause was a wrong answer to a question, or (`right`) a useful one. What the staff
    say counts at once; a report that was `lifted_at` counts no more."""

    __tablename__ = "answer_reports"
    __table_args__ = (UniqueConstraint("clause_id", "question", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    clause_id: Mapped[int] = mapped_column(ForeignKey("clauses.id", ondelete="CASCADE"), index=True)
    question: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    by_staff: Mapped[bool]
    right: Mapped[bool]
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class StaffAnswer(Base):
    """What the staff answered and approved for everybody, until it expires; a draft is not
    approved yet. `aliases` are other questions that it answers; `owner_id` answers for it."""

    __tablename__ = "staff_answers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    question: Mapped[str]
    aliases: Mapped[list[str]]
    text: Mapped[str]
    clause_id: Mapped[int | None] = mapped_column(ForeignKey("clauses.id", ondelete="SET NULL"))
    department: Mapped[str | None] = mapped_column(String(40))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id", ondelete="SET NULL"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None]
    expires_on: Mapped[date]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Gap(Base):
    """What nobody could answer, or was not understood, counted by topic."""

    __tablename__ = "gaps"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    topic: Mapped[str] = mapped_column(String(40), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]
