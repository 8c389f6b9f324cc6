"""Who changed what of a person or a firm: rows are only ever added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Audit


def note(
    session: AsyncSession,
    who: int | None,
    what: str,
    about: str,
    before: str | None,
    after: str | None,
    now: datetime,
) -> None:
    """`what` is "topic.verb", `about` the thing: "enterprise:5"."""
    session.add(Audit(at=now, who=who, what=what, about=about, before=before, after=after))
