"""What nobody could answer: kept word for word, so that the knowledge grows where people ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Gap
from search.tokens import normalise
from services.ticket_likeness import NEAR, SAME, likeness

LATELY = timedelta(days=90)
MOST = 1000  # gaps that are looked through


@dataclass
class Asked:
    """What was asked in these words and others, the newest `text` first; `people` asked it."""

    topic: str
    texts: list[str] = field(default_factory=list)
    people: set[int | None] = field(default_factory=set)

    @property
    def count(self) -> int:
        return len(self.texts)


async def count(
    session: AsyncSession, person_id: int | None, topic: str, text: str, now: datetime
) -> None:
    session.add(Gap(person_id=person_id, topic=topic, text=text.strip(), created_at=now))
    await session.flush()


async def by_frequency(session: AsyncSession, now: datetime, most: int = 10) -> list[Asked]:
    """What was asked most within three months; the same in other words counts together."""
    gaps = await session.scalars(
        select(Gap)
        .where(Gap.created_at > now - LATELY, Gap.text != "")
        .order_by(Gap.id.desc())
        .limit(MOST)
    )
    groups: list[tuple[str, Asked]] = []
    for gap in gaps:
        said = normalise(gap.text)
        asked = next((asked for first, asked in groups if likeness(said, first) >= NEAR), None)
        if asked is None:
            groups.append((said, asked := Asked(gap.topic)))
        asked.texts.append(gap.text)
        asked.people.add(gap.person_id)
    found = [asked for _, asked in groups]
    return sorted(found, key=lambda asked: (-len(asked.people), -asked.count))[:most]


async def like(session: AsyncSession, question: str, now: datetime, most: int = 5) -> list[str]:
    """What was asked in vain and means the same as this question."""
    texts = await session.scalars(
        select(Gap.text)
        .where(Gap.created_at > now - LATELY, Gap.text != "")
        .order_by(Gap.id.desc())
        .limit(MOST)
    )
    said = normalise(question)
    return [text for text in texts if likeness(said, normalise(text)) >= SAME][:most]
