"""The desk: a dated promise, one answer, and all that the staff need to see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Body, Chat, Enterprise, Gap, Incoming, Need, Outgoing, Person
from errors import Refused
from pipeline import words
from services import desk, gaps
from services import ticket_states as states
from services.desk import FirmCard

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def hua(session: AsyncSession, now: datetime) -> Person:
    """Somebody of a firm, with a chat."""
    firm = Enterprise(name="某某公司", city="长沙", tags=[], created_at=now)
    session.add(firm)
    await session.flush()
    hua = Person(enterprise_id=firm.id, name="联系人甲", phone="+8613800000000", created_at=now)
    session.add(hua)
    await session.flush()
    session.add(Chat(id=7, channel="telegram", address="7", person_id=hua.id))
    await session.flush()
    return hua


@pytest.fixture
async def staff(session: AsyncSession, now: datetime) -> list[Person]:
    people = [Person(role="staff", name=name, created_at=now) for name in ("工作人员甲", "乙")]
    session.add_all(people)
    await session.flush()
    return people


async def test_a_question_gets_a_ticket_with_a_date(
    session: AsyncSession, hua: Person, now: datetime
) -> None:
    """One working day: asked on Monday at nine, answered by the end of Monday's hours."""
    ticket = await desk.ask(session, hua.id, " 能补多少钱？ ", "asked", now, department="财政厅")
    assert (ticket.question, ticket.state, ticket.department) == ("能补多少钱？", "open", "财政厅")
    assert ticket.promised_at == datetime(2026, 11, 23, 17, 30, tzinfo=SHANGHAI)
    friday_night = datetime(2026, 11, 27, 21, 0, tzinfo=SHANGHAI)
    later = await desk.ask(session, hua.id, "别的问题", "asked", friday_night)
    assert later.promised_at == datetime(2026, 11, 30, 17, 30, tzinfo=SHANGHAI)


async def test_the_same_open_question_keeps_its_ticket(
    session: AsyncSession, hua: Person, staff: list[Person], now: datetime
) -> None:
    """Asking again does not queue twice; once it is answered, asking again is a new ticket."""
    first = await desk.ask(session, hua.id, "在哪办？", "asked", now)
    assert await desk.ask(session, hua.id, "在哪办？", "asked", now + timedelta(hours=1)) is first
    assert (await desk.ask(session, staff[0].id, "在哪办？", "asked", now)).id != first.id
    await desk.answer(session, staff[0].id, first.id, "在窗口办。", now)
    assert (await desk.ask(session, hua.id, "在哪办？", "asked", now)).id != first.id


async def test_the_first_answer_wins(
    session: AsyncSession, hua: Person, staff: list[Person], now: datetime
) -> None:
    """The second colleague is told who was faster and when; a double tap is no second answer."""
    ticket = await desk.ask(session, hua.id, "在哪办？", "asked", now)
    first, second = staff
    for _ in range(2):
        answered = await desk.answer(session, first.id, ticket.id, "在窗口办。", now)
        assert (answered.state, answered.answer) == ("answered", "在窗口办。")
    with pytest.raises(states.AlreadyAnswered) as refusal:
        await desk.answer(session, second.id, ticket.id, "网上办。", now + timedelta(minutes=1))
    assert refusal.value.facts == {"ticket_id": ticket.id, "by": "工作人员甲", "at": now}
    assert (await states.get(session, ticket.id)).answer == "在窗口办。"
    with pytest.raises(states.TicketUnknown):
        await desk.answer(session, first.id, 404, "在窗口办。", now)


async def test_the_list_begins_with_the_most_urgent_promise(
    session: AsyncSession, hua: Person, staff: list[Person], now: datetime
) -> None:
    """Answered tickets are not on it."""
    late = await desk.ask(session, hua.id, "一", "asked", now + timedelta(days=1))
    soon = await desk.ask(session, hua.id, "二", "asked", now)
    done = await desk.ask(session, hua.id, "三", "asked", now)
    await desk.answer(session, staff[0].id, done.id, "好。", now)
    assert [t.id for t in await desk.waiting(session)] == [soon.id, late.id]
    assert [t.id for t in await desk.waiting(session, limit=1)] == [soon.id]
    assert await desk.staff_ids(session) == [person.id for person in staff]


async def test_the_firm_card_says_who_asks_without_giving_the_phone_away(
    session: AsyncSession, hua: Person, now: datetime
) -> None:
    """Open needs of the firm are counted; a stranger's card is empty."""
    for state in ("review", "closed"):
        session.add(
            Need(enterprise_id=hua.enterprise_id, problem="磨损", modes=[], state=state,
                 created_at=now)
        )  # fmt: skip
    stranger = Person(created_at=now)
    session.add(stranger)
    await session.flush()
    card = await desk.firm_card(session, hua.id)
    assert card == FirmCard("某某公司", "长沙", "联系人甲", "138****0000", 1)
    for person_id in (stranger.id, 404):
        assert await desk.firm_card(session, person_id) == FirmCard(None, None, None, None, 0)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13800000000", "138****0000"),
        ("+86 138 0000 0000", "138****0000"),
        ("0731-88880000", "073****0000"),
        ("12345", "****"),
    ],
)
def test_a_phone_is_masked_however_it_is_written(phone: str, shown: str) -> None:
    assert desk.masked(phone) == shown


async def test_the_transcript_is_what_both_sides_have_seen(
    session: AsyncSession, hua: Person, now: datetime
) -> None:
    """Words and pressed buttons, in order, without markup; nothing that has not been sent."""
    button = {"text": "报名", "callback_data": "event.sign_up:3"}
    press = {
        "data": "event.sign_up:3",
        "message": {"reply_markup": {"inline_keyboard": [[button]]}},
    }
    body = Body(params={"text": "群发的通知"})
    session.add(body)
    await session.flush()
    said: list[tuple[int, dict[str, Any]]] = [
        (0, {"message": {"text": "你好"}}),
        (2, {"callback_query": press}),
        (4, {"message": {"sticker": {}}}),
        (5, {"message": {"caption": "看这张图"}}),
    ]
    for minute, raw in said:
        at = now + timedelta(minutes=minute)
        session.add(
            Incoming(source="telegram", key=str(minute), chat_id=7, raw=raw, received_at=at)
        )
    answered: list[tuple[datetime | None, dict[str, Any], int | None]] = [
        (now + timedelta(minutes=1), {"text": "您好，<b>A&amp;B</b>"}, None),
        (now + timedelta(minutes=3), {}, body.id),
        (None, {"text": "还没发出"}, None),
    ]
    for sent, params, shared in answered:
        session.add(
            Outgoing(chat_id=7, method="send_message", params=params, body_id=shared, due_at=now,
                     sent_at=sent)
        )  # fmt: skip
    await session.flush()
    lines = await desk.transcript(session, hua.id)
    assert [(line.who, line.text) for line in lines] == [
        ("person", "你好"),
        ("bot", "您好，A&B"),
        ("person", "[报名]"),
        ("bot", "群发的通知"),
        ("person", "看这张图"),
    ]
    assert [line.text for line in await desk.transcript(session, hua.id, limit=2)] == [
        "群发的通知",
        "看这张图",
    ]


async def test_a_gap_is_kept_word_for_word(
    session: AsyncSession, hua: Person, now: datetime
) -> None:
    """Also of somebody who has no name with us."""
    await gaps.count(session, hua.id, "subsidy", " 能补多少钱 ", now)
    await gaps.count(session, None, "subsidy", "补贴多少", now)
    kept = (await session.scalars(select(Gap).order_by(Gap.id))).all()
    assert [(gap.person_id, gap.text) for gap in kept] == [
        (hua.id, "能补多少钱"),
        (None, "补贴多少"),
    ]


@pytest.mark.parametrize(
    "refusal",
    [
        states.TicketUnknown(),
        states.AlreadyAnswered(ticket_id=1, by=None, at=datetime(2026, 11, 23, tzinfo=SHANGHAI)),
    ],
    ids=lambda refusal: refusal.code,
)
def test_every_refusal_has_words_for_its_facts(refusal: Refused) -> None:
    """What a service refuses a person can read."""
    assert words.render(f"desk/refused/{refusal.code}", **refusal.facts).text
