"""What WeCom must be told again later: which message a card was, the token of an app, an upload."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


class WeComMessage(Base):
    """One message as WeCom knows it. A letter of the outbox may need several (`part`); an edit
    that had to be sent anew keeps the `message_id` of what it replaces.

    `digest` tells what was said, `salt` how often it had been said just before: two messages that
    are really the same must differ, or WeCom takes the second for a repetition. A letter whose
    member is gone may begin anew in another chat. Messages of one `bundle` leave in one request,
    in the order of their ids; its name is the task id of their card. Only a card has a task id.
    """

    __tablename__ = "wecom_messages"
    __table_args__ = (
        UniqueConstraint("letter", "chat_id", "part"),
        Index("ix_wecom_messages_chat", "chat_id", "message_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(BigInteger)
    letter: Mapped[int | None] = mapped_column(BigInteger)
    part: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    salt: Mapped[int]
    msgid: Mapped[str | None] = mapped_column(String(255))
    task_id: Mapped[str | None] = mapped_column(String(128), unique=True)
    bundle: Mapped[str | None] = mapped_column(String(40), index=True)
    response_code: Mapped[str | None] = mapped_column(String(255))
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime]


class WeComToken(Base):
    """The access token that all processes share, of one app of one corp; who fetches a new one
    says so until `fetching_until`, so that nobody else does."""

    __tablename__ = "wecom_tokens"

    app: Mapped[str] = mapped_column(String(120), primary_key=True)
    token: Mapped[str | None] = mapped_column(String(512))
    expires_at: Mapped[datetime | None]
    fetching_until: Mapped[datetime | None]


class WeComUpload(Base):
    """What WeCom calls a file that we uploaded, as long as it keeps it: a repeated send names the
    same, or it would be another message. `digest` is of the app, the file's name and content."""

    __tablename__ = "wecom_uploads"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_id: Mapped[str] = mapped_column(String(512))
    expires_at: Mapped[datetime] = mapped_column(index=True)
