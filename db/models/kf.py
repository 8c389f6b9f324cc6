"""WeCom's customer service (微信客服): how far its log was read, and what each customer may get."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class KfAccount(Base):
    """One account's log: `cursor` is how far it was read. `signals` grows with each signal that
    there is more, `read` is how many of them had come when it was read last; `token` of the
    newest signal lets it be read as often as need be, until `token_until`."""

    __tablename__ = "kf_accounts"

    open_kfid: Mapped[str] = mapped_column(String(64), primary_key=True)
    cursor: Mapped[str | None] = mapped_column(String(64))
    token: Mapped[str | None] = mapped_column(String(512))
    token_until: Mapped[datetime | None]
    signals: Mapped[int] = mapped_column(default=0, server_default="0")
    read: Mapped[int] = mapped_column(default=0, server_default="0")
    read_at: Mapped[datetime | None]


class KfSession(Base):
    """What a customer may get: `sent` messages went out since they wrote last, at `heard_at`.

    `state` is WeCom's, as far as we know it. A `code` is good for one message until `code_until`,
    and belongs to the letter that took it. `payload` is what the link that they came by carried,
    while it waits for their first word.
    """

    __tablename__ = "kf_sessions"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    heard_at: Mapped[datetime | None]
    sent: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[int | None]
    code: Mapped[str | None] = mapped_column(String(255))
    code_until: Mapped[datetime | None]
    code_letter: Mapped[int | None] = mapped_column(BigInteger)
    payload: Mapped[str | None] = mapped_column(String(64))
