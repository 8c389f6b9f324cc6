"""What leaves for customers: 48 hours, five messages, and where the rest goes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from telegram.error import BadRequest

from channels.kf import limits
from channels.kf.sessions import Sessions
from db.models import Body
from db.models import Chat as ChatRow
from db.session import Database
from pipeline.clock import Clock
from pipeline.work import BROADCAST, REMINDER
from tests import scenario
from tests.channels.kf.conftest import (
    Talk,
    chat_of,
    is_lost,
    notify,
    serving,
    session,
    settled,
    until,
    until_there,
)
from tests.channels.kf.phone import OnKf
from tests.chat import Chat, Somebody
from tests.conftest import Engine
from tests.emulators.wecom import Customer, WeComEmulator

SEND = "kf/send_msg"
CHOICES = [[{"text": "报名", "callback_data": "events.sign_up:1"}]]


async def greeted(wecom: WeComEmulator, chat: Chat, name: str = "小王") -> tuple[Customer, int]:
    """A customer who has written, and has been answered once."""
    wang = wecom.customer(name)
    await wang.writes_kf("菜单")
    await wang.waits_for("知桥", 10)
    await until_there(lambda: _sent(chat, wang, 1))
    return wang, await chat_of(chat, wang)


async def _sent(chat: Chat, who: Customer, count: int) -> bool:
    return bool((await session(chat, who)).sent == count)


async def test_what_a_turn_says_is_one_message(talk: Talk) -> None:
    """An answer in the middle of a form, and the form's question again: one message, one menu."""
    wecom, _ = talk
    wang = OnKf(wecom.customer("小王"))
    await wang.says("注册")
    await wang.taps("同意")
    await wang.sees("统一社会信用代码")
    before = len(wang.customer.messages)
    await wang.says("质押融资谁牵头")
    await wang.sees("统一社会信用代码")
    await asyncio.sleep(0.2)
    assert len(wang.customer.messages) == before + 1
    assert wang.customer.last.kind == "msgmenu"


async def test_the_fifth_message_is_kept_for_a_human(talk: Talk) -> None:
    """Four go out; then a notice is missed, and what the staff answer still arrives. Nothing is
    refused by WeCom, because it is not tried."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    for number in range(3):
        await settled(chat, await notify(chat, chat_id, f"通知 {number}"), "sent")
    await settled(chat, await notify(chat, chat_id, "答复", about="ticket:1"), "sent")
    row = await settled(chat, await notify(chat, chat_id, "第六条"), "missed")
    assert "five messages" in row.error
    assert (len(wang.messages), wang.session.sent_since) == (5, 5)
    assert wecom.refused == []
    await settled(chat, await notify(chat, chat_id, "又一答复", about="ticket:2"), "missed")
    assert wecom.refused == []


async def test_notices_stop_at_four(talk: Talk) -> None:
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    for number in range(3):
        await settled(chat, await notify(chat, chat_id, f"通知 {number}"), "sent")
    await settled(chat, await notify(chat, chat_id, "第五条"), "missed")
    assert wang.session.sent_since == 4
    assert await is_lost(chat, wang)


async def test_writing_opens_the_window_again(talk: Talk) -> None:
    """And what was missed is said then, once; the rest of the count is new."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    chat.clock.forward(limits.WINDOW + timedelta(minutes=1))
    key = await notify(chat, chat_id, "对接会改到周五")
    row = await settled(chat, key, "missed")
    assert "48 hours" in row.error
    assert wecom.refused == []
    await wang.writes_kf("菜单")
    await wang.waits_for("欢迎回来", 10)
    await wang.waits_for("对接会改到周五", 10)
    await settled(chat, key, "sent")
    assert not await is_lost(chat, wang)
    assert (await session(chat, wang)).sent == wang.session.sent_since == 3


@pytest.mark.parametrize("priority", [REMINDER, BROADCAST])
async def test_another_channel_takes_a_notice_over(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, priority: int
) -> None:
    """The linked page shows it, and nobody needs to call."""
    url = await sqlite_engine.town(tmp_path)
    async with serving(url, tmp_path, now) as (wecom, chat):
        wang, chat_id = await greeted(wecom, chat)
        page = await linked(chat, wang)
        chat.clock.forward(limits.WINDOW + timedelta(minutes=1))
        key = await notify(chat, chat_id, "一月对接会", priority=priority)
        row = await settled(chat, key, "sent")
        assert row.chat_id == page.chat_id
        await page.read()
        assert "一月对接会" in page.last
        assert wecom.refused == []
        assert "联系不上" not in "".join(message.text for message in wang.messages)


async def linked(chat: Chat, who: Customer) -> Somebody:
    """A page of the same person."""
    page = await chat.somebody("小王的网页")
    person = select(ChatRow.person_id).where(ChatRow.id == await chat_of(chat, who))
    async with chat.programme.database.writing() as connection:
        await connection.execute(
            update(ChatRow)
            .where(ChatRow.id == page.chat_id)
            .values(person_id=person.scalar_subquery())
        )
    return page


async def test_a_broadcast_that_cannot_arrive_stands_on_the_call_list(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """With its body stored once; the list is empty when they have written again."""
    url = await sqlite_engine.town(tmp_path)
    async with serving(url, tmp_path, now) as (wecom, chat):
        phone = OnKf(wecom.customer("王工"))
        await scenario.register(phone)
        organizer = await chat.somebody("组织者", "org")
        chat.clock.forward(limits.WINDOW + timedelta(hours=1))
        chat_id = await chat_of(chat, phone.customer)
        async with chat.programme.database.writing() as connection:
            body = {"id": 77, "params": {"text": "一月对接会开始报名"}}
            await connection.execute(insert(Body).values(body))
        key = await notify(chat, chat_id, "", body_id=77, params={}, priority=BROADCAST, key="b:1")
        await settled(chat, key, "missed")
        await shows(organizer, "联系不上的人", "王工", "138****5678")
        await phone.says("菜单")
        await phone.sees("欢迎回来", "一月对接会开始报名")
        await shows(organizer, "联系不上的人", "没有联系不上的人")


async def shows(person: Somebody, said: str, *texts: str) -> None:
    await person.says(said)

    async def there() -> bool:
        await person.read()
        return all(text in person.messages[-1] for text in texts)

    await until_there(there)


@pytest.mark.parametrize("code", [95001, 95002])
async def test_wecom_knows_better_how_many_there_were(talk: Talk, code: int) -> None:
    """Ours is not the only count: what it refuses is kept, and nothing more is tried."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    wecom.next_errors([code], SEND)
    row = await settled(chat, await notify(chat, chat_id, "通知"), "missed")
    assert str(code) in row.error
    await settled(chat, await notify(chat, chat_id, "再一条"), "missed")
    assert [call.errcode for call in wecom.refused] == [code]
    await wang.writes_kf("菜单")
    await wang.waits_for("再一条", 10)


async def test_a_lost_answer_is_repeated_under_the_same_id(talk: Talk) -> None:
    """WeCom sends nothing twice under one msgid, and it is counted once."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    wecom.lose_answers(path=SEND)
    key = await notify(chat, chat_id, "通知")
    await until(lambda: wang.session.sent_since == 2)
    chat.clock.forward(timedelta(minutes=5))
    await settled(chat, key, "sent")
    assert [message.text for message in wang.messages].count("通知") == 1
    assert (await session(chat, wang)).sent == wang.session.sent_since == 2


async def test_a_refusal_counts_for_nothing(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.wecom.limits.FREQUENCY_PAUSE", 0.2)
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    wecom.next_errors([40058, 45009], SEND)
    await settled(chat, await notify(chat, chat_id, "一"), "failed")
    key = await notify(chat, chat_id, "二")

    async def taken_back() -> bool:
        return len(wecom.refused) == 2 and (await session(chat, wang)).sent == 1

    await until_there(taken_back)
    chat.clock.forward(timedelta(minutes=5))
    await settled(chat, key, "sent")


@pytest.mark.parametrize(
    ("fail_type", "state", "lost"),
    [(4, "missed", True), (6, "missed", True), (10, "missed", True), (12, "failed", False)],
)
async def test_what_was_taken_and_did_not_arrive_is_marked(
    talk: Talk, fail_type: int, state: str, lost: bool
) -> None:
    """msg_send_fail comes later, with its reason."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    wecom.kf_fail_sends(fail_type)
    row = await settled(chat, await notify(chat, chat_id, "通知"), state)
    assert row.error.startswith(f"msg_send_fail {fail_type}")
    assert await is_lost(chat, wang) == lost
    if lost:  # it is a new message then, and not a repetition of the old one
        await wang.writes_kf("菜单")
        await wang.waits_for("通知", 10)


async def test_what_did_not_arrive_goes_to_another_channel(talk: Talk) -> None:
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    page = await linked(chat, wang)
    wecom.kf_fail_sends(10)
    key = await notify(chat, chat_id, "通知")

    async def there() -> bool:
        await page.read()
        return any("通知" in bubble for bubble in page.messages)

    await until_there(there)
    assert (await settled(chat, key, "sent")).chat_id == page.chat_id


async def test_a_message_changes_by_being_said_anew(talk: Talk) -> None:
    """And keeps its id; none can be taken back."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    bot = chat.programme.application.bot
    sent = await bot.send_message(chat_id, "第一稿", reply_markup={"inline_keyboard": CHOICES})
    edited = await bot.edit_message_text("第二稿", chat_id, sent.message_id)
    assert edited.message_id == sent.message_id
    with pytest.raises(BadRequest, match="can't be deleted"):
        await bot.delete_message(chat_id, sent.message_id)
    assert [message.text for message in wang.messages][-2:] == ["第一稿", "第二稿"]
    assert not any(message.recalled for message in wang.messages)


async def test_a_long_letter_is_cut_and_says_so(talk: Talk) -> None:
    """Four messages at most, none longer than WeCom takes, the buttons under the last."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    await wang.writes_kf("在吗")
    await until(lambda: len(wang.messages) == 2)
    line = "专利转化对接会将在长沙举行，请携带需求清单。" * 8
    text = "\n".join(f"{number} {line}" for number in range(20))
    markup = {"inline_keyboard": CHOICES}
    await notify(
        chat, chat_id, text[:4000], key="long", params={"text": text[:4000], "reply_markup": markup}
    )
    row = await settled(chat, "long", "missed")
    assert "five messages" in row.error  # one was used: of four, three are left
    await wang.writes_kf("菜单")
    await until(lambda: any("没有发出" in message.text for message in wang.messages))
    assert not any(message.truncated for message in wang.messages)
    assert wecom.refused == []


async def test_files_go_as_files(talk: Talk) -> None:
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    bot = chat.programme.application.bot
    await bot.send_document(chat_id, b"BEGIN:VCALENDAR", filename="活动.ics", caption="日历")
    await bot.send_photo(chat_id, b"\x89PNG\r\n\x1a\n a picture", filename="海报.png")
    assert [message.kind for message in wang.messages][-3:] == ["file", "text", "image"]
    assert wang.messages[-3].file == b"BEGIN:VCALENDAR"


async def test_the_count_holds_when_many_send_at_once(database: Database, now: datetime) -> None:
    """Ten try at the same time, five get through; on both engines."""
    sessions = Sessions(database, Clock(now))
    await sessions.heard(7, now)
    claimed = await asyncio.gather(*(sessions.claim(7, 5) for _ in range(10)))
    assert sum(claimed) == 5
    await sessions.give_back(7)
    assert sum(await asyncio.gather(*(sessions.claim(7, 5) for _ in range(3)))) == 1


async def test_a_code_is_one_letters(database: Database, now: datetime) -> None:
    clock = Clock(now)
    sessions = Sessions(database, clock)
    await sessions.offer(7, "WC-1", now + limits.CODE_LIFE)
    taken = await asyncio.gather(*(sessions.take_code(7, letter) for letter in range(1, 6)))
    assert taken.count("WC-1") == 1
    assert taken.count(None) == 4
    await sessions.offer(7, "WC-2", now + limits.CODE_LIFE)
    clock.forward(limits.CODE_LIFE)
    assert await sessions.take_code(7, 9) is None


async def test_hearing_an_old_message_frees_nothing(database: Database, now: datetime) -> None:
    """A page that is read again must not give back what has left since."""
    sessions = Sessions(database, Clock(now))
    await sessions.heard(7, now)
    assert all([await sessions.claim(7, 2) for _ in range(2)])
    await sessions.heard(7, now - timedelta(minutes=1))
    assert not await sessions.claim(7, 2)
    await sessions.heard(7, now + timedelta(minutes=1))
    assert await sessions.claim(7, 2)
