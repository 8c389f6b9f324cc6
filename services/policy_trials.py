"""Questions whose answers are known, asked again whenever the knowledge changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AnswerReport
from services import policy
from services.policy_knowledge import Knowledge

OF_EACH = 4  # questions that are asked again of each clause
USEFUL = 200  # the same of answers that people called useful


@dataclass(frozen=True)
class Worse:
    """A question that was answered by a clause, named by `before`, and what answers it `after`:
    another one, or nothing."""

    question: str
    before: str
    after: str | None


async def questions(session: AsyncSession, known: Knowledge) -> list[str]:
    """Some that are asked of each clause, and those whose answers people found useful."""
    asked = [q for source in known.sources.values() for q in source.aliases[:OF_EACH]]
    useful = select(AnswerReport.question).where(AnswerReport.right)
    liked = await session.scalars(useful.order_by(AnswerReport.id.desc()).limit(USEFUL))
    return list(dict.fromkeys([*asked, *liked]))


def answered(known: Knowledge, asked: Iterable[str], now: datetime) -> dict[str, str]:
    """The clause that answers each question; without those that nothing answers. Takes seconds."""
    answers = {question: policy.given(known, question, now) for question in asked}
    return {
        question: answer.citations[0].clause
        for question, answer in answers.items()
        if answer.status == "answered" and answer.citations
    }


def worse(before: Mapping[str, str], after: Mapping[str, str]) -> list[Worse]:
    return [
        Worse(question, clause, after.get(question))
        for question, clause in before.items()
        if after.get(question) != clause
    ]
