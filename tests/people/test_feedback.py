"""The evening after an event, by chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from db.models import Ticket
from services.door_staff import ZONE
from tests.chat import Chat, Somebody
from tests.people.acts import number, signs_up


async def test_two_taps_the_same_evening(chat: Chat, organizer: Somebody, wang: Somebody) -> None:
    """Asked at seven, reminded once at nine next morning, counted for the organizer; 有戏 leads to
    somebody who helps."""
    await signs_up(wang)
    await chat.move_to(datetime(2026, 12, 1, 13, 0, tzinfo=ZONE))
    await wang.says("我的报名")
    code = wang.seen.split("签到码 ")[1][:6]
    await organizer.says("签到台")
    await organizer.says(code)
    await chat.move_to(datetime(2026, 12, 1, 18, 59, tzinfo=ZONE))
    assert "谈得怎么样" not in wang.screen
    await chat.move_to(datetime(2026, 12, 1, 19, 0, tzinfo=ZONE))
    await wang.sees("谈得怎么样")
    await chat.move_to(datetime(2026, 12, 2, 9, 0, tzinfo=ZONE))
    await wang.sees("只提醒这一次")
    await wang.taps("有戏")
    await wang.sees("下一步是")
    await wang.taps("需要人牵线")
    await wang.sees("谢谢", "有戏，需要人牵线")
    await wang.taps("请人跟进")
    await wang.sees("已转给人工")
    assert await number(
        chat, select(func.count(Ticket.id)).where(Ticket.question.contains("谈得有戏"))
    )
    await chat.move_to(datetime(2026, 12, 2, 18, 0, tzinfo=ZONE))
    await organizer.sees("到场 1 人，说了的 1 人", "有戏·需要人牵线 1")
