"""Answers about the same matter are linked with each other."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import StaffAnswer
from pipeline import words
from services import policy, policy_import
from tests.chat import Chat
from tests.conftest import EVERYWHERE
from tests.databases import any_database

ONLINE = "质押能线上办吗"


@pytest.fixture(params=EVERYWHERE)
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def asked(session: AsyncSession, text: str, now: datetime) -> policy.Answer:
    return await policy.with_related(session, await policy.ask(session, text, now), now)


def approved(question: str, text: str, clause_id: int, now: datetime) -> StaffAnswer:
    return StaffAnswer(
        question=question, aliases=[], text=text, clause_id=clause_id, approved_at=now,
        created_at=now, expires_on=(now + timedelta(days=30)).date(),
    )  # fmt: skip


@any_database
async def test_answers_of_one_clause_lead_to_each_other(
    session: AsyncSession, now: datetime
) -> None:
    """What the staff approved on a clause comes first, on the clause's own answer and on each
    other's; what expired is not offered; one matter put in two ways has the same neighbours."""
    await policy_import.load_digest(session, now)
    clause = (await policy.ask(session, ONLINE, now)).citations[0].clause_id
    session.add(approved("质押合同要不要公证", "不要求公证。", clause, now))
    session.add(approved("押出去的专利还能许可吗", "经质权人同意可以。", clause, now))
    await session.flush()
    here = await asked(session, ONLINE, now)
    assert [r.question for r in here.related] == ["质押合同要不要公证", "押出去的专利还能许可吗"]
    same = await asked(session, "质押可以在线上办理吗", now)
    assert (same.citations, same.related) == (here.citations, here.related)
    there = await asked(session, "质押合同要不要公证", now)
    assert there.citations[0].quote == "不要求公证。"
    assert there.related[0].question == "押出去的专利还能许可吗" and len(there.related) == 2
    later = await asked(session, ONLINE, now + timedelta(days=40))
    assert later.related and all(r.source > 0 for r in later.related)


@any_database
async def test_what_is_offered_is_answered_and_new(session: AsyncSession, now: datetime) -> None:
    """By the clause that the offer names, and not with what was just read."""
    await policy_import.load_digest(session, now)
    offers = 0
    for text in (
        "存量专利什么时候盘点完", "一月一链是什么意思", "税收优惠有吗", "专家库怎么选人",
        "质押融资谁牵头", "高价值专利怎么培育", "开放许可怎么做", "产业规划里专利要做什么",
    ):  # fmt: skip
        answer = await asked(session, text, now)
        for other in answer.related:
            found = await policy.ask(session, other.question, now)
            assert found.status == "answered" and found.citations[0].clause_id == other.source
            assert other.question != text
            offers += 1
        choices = str(words.render(policy.template(answer), answer=answer).rows)
        assert all(f"相关：{other.question}"[:20] in choices for other in answer.related)
    assert offers >= 5


async def test_a_related_question_is_one_tap(chat: Chat) -> None:
    """Whoever taps it gets what whoever types it gets; to a human it is the question asked."""
    hua, rui = await chat.somebody("甲"), await chat.somebody("乙")
    await hua.says("一月一链是什么意思")
    await hua.taps("相关：样板企业培育库是什么")
    await rui.says("样板企业培育库是什么")
    assert hua.last.text == rui.last.text and "样板企业培育库" in hua.last.text
    await hua.taps("转人工")
    assert "您问的是：样板企业培育库是什么" in hua.seen
