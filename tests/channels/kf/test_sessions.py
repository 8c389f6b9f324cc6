"""Who talks with the customer: the welcome, the hand-over to a human, and the way back."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from channels.kf.sessions import BOT, ENDED, HUMAN, POOL
from db.models import Outgoing, Ticket
from tests.channels.kf.conftest import (
    Talk,
    chat_of,
    inbox,
    is_lost,
    notify,
    rows,
    serving,
    session,
    settled,
    until,
    until_there,
)
from tests.channels.kf.phone import OnKf
from tests.channels.kf.test_sending import greeted
from tests.channels.wecom.phone import OnWeCom
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.wecom import WeComEmulator
from tests.networks import code

ON_EVENT, TRANS = "kf/send_msg_on_event", "kf/service_state/trans"


async def has_state(chat: Chat, wecom: WeComEmulator, state: int) -> None:
    async def there() -> bool:
        return bool((await session(chat, wecom.customer("小王"))).state == state)

    await until_there(there)


async def test_a_customer_is_welcomed_within_20_seconds(talk: Talk) -> None:
    """By the code, which is good once; its menu can be pressed."""
    wecom, chat = talk
    wang = OnKf(wecom.customer("小王"))
    await wang.customer.enters_kf()
    await wang.sees("知桥")
    assert [call.path for call in wecom.accepted] == [ON_EVENT]
    assert (await session(chat, wang.customer)).sent == 0
    await wang.taps("看专利")
    await until(lambda: len(wang.customer.messages) == 2)
    assert wecom.refused == []


async def test_a_welcome_whose_answer_is_lost_is_not_repeated(talk: Talk) -> None:
    """The code is used; nobody is on the call list for a greeting, and no letter waits for ever."""
    wecom, chat = talk
    wang = wecom.customer("小王")
    wecom.lose_answers(path=ON_EVENT)
    await wang.enters_kf()
    await wang.waits_for("知桥", 10)
    chat.clock.forward(timedelta(minutes=5))
    await until_there(lambda: _all_sent(chat))
    assert len(wang.messages) == 1
    assert wecom.refused == []
    assert not await is_lost(chat, wang)


async def _all_sent(chat: Chat) -> bool:
    letters = await rows(chat, Outgoing)
    return bool(letters) and all(letter.state == "sent" for letter in letters)


async def test_a_late_welcome_is_none(talk: Talk) -> None:
    """After 20 seconds nothing is tried, and nobody stands on the call list for it."""
    wecom, chat = talk
    wang = wecom.customer("小王")
    wecom.delay(0.6, path="kf/sync_msg")
    opened = asyncio.create_task(wang.enters_kf())
    await asyncio.sleep(0.2)
    chat.clock.forward(timedelta(seconds=21))
    await opened
    await asyncio.sleep(1)
    assert wang.messages == []
    assert wecom.count(ON_EVENT) == 0
    assert wecom.refused == []
    await wang.writes_kf("菜单")
    await wang.waits_for("知桥", 10)


async def test_opening_the_chat_again_is_no_reason_to_speak(talk: Talk) -> None:
    """There is no code, and the five messages are too few."""
    wecom, chat = talk
    wang, _ = await greeted(wecom, chat)
    await wang.enters_kf()
    await asyncio.sleep(0.4)
    assert len(wang.messages) == 1


async def test_a_link_opens_what_it_is_for(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """scene_param is the payload of /start: at once for who is welcomed, and for who has room."""
    url = await sqlite_engine.town(tmp_path)
    async with serving(url, tmp_path, now) as (wecom, _):
        new = wecom.customer("新来的")
        await new.enters_kf("expo", "ev1")
        shown = await new.waits_for("名额", 10)
        assert [call.path for call in wecom.accepted] == [ON_EVENT]
        wang = wecom.customer("小王")
        await wang.writes_kf("菜单")
        await wang.waits_for("知桥", 10)
        await wang.enters_kf("expo", "ev1")
        assert (await wang.waits_for("名额", 10)).text == shown.text
        assert wecom.refused == []


async def test_a_link_waits_for_the_first_word(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """Where nothing may be said yet, it is opened when they write."""
    url = await sqlite_engine.town(tmp_path)
    async with serving(url, tmp_path, now) as (wecom, chat):
        wecom.world.kf.accounts["wkDemo1"].native_welcome = True
        wang = wecom.customer("小王")
        await wang.enters_kf("expo", "ev1")
        await until_there(lambda: _kept(chat, wecom))
        assert wang.messages == []
        await wang.writes_kf("你好")
        await wang.waits_for("名额", 10)
        await until_there(lambda: _heard(chat, 2))
        said = [row.raw["message"]["text"] for row in await inbox(chat)]
        assert said == ["/start ev1", "你好"]
        assert (await session(chat, wang)).payload is None


async def _kept(chat: Chat, wecom: WeComEmulator) -> bool:
    return bool((await session(chat, wecom.customer("小王"))).payload == "ev1")


async def _heard(chat: Chat, count: int) -> bool:
    return len(await inbox(chat)) == count


@pytest.mark.parametrize("param", ["开会 /menu", "a b", "x" * 65, "", "ev1;drop"])
async def test_what_is_no_payload_is_left_out(talk: Talk, param: str) -> None:
    wecom, chat = talk
    await wecom.customer("小王").enters_kf("expo", param)
    await until_there(lambda: _heard(chat, 1))
    assert [row.raw["message"]["text"] for row in await inbox(chat)] == ["/start"]


async def test_the_first_word_makes_the_session_the_bots(talk: Talk) -> None:
    """0 → 1, once."""
    wecom, chat = talk
    wang, _ = await greeted(wecom, chat)
    assert wang.session.state == BOT
    await wang.writes_kf("你好")
    await until(lambda: len(wang.messages) == 2)
    assert wecom.count(TRANS) == 1


async def test_human_first_leaves_the_bot_silent(talk: Talk) -> None:
    """A servicer got the session by WeCom's own rule: the bot does nothing that cannot be seen."""
    wecom, chat = talk
    wecom.kf_servicer("LiuYang")
    wecom.kf_human_first()
    wang = wecom.customer("小王")
    await wang.writes_kf("注册")
    await has_state(chat, wecom, HUMAN)
    await wang.servicer_says("LiuYang", "我来")
    await wang.writes_kf("好的")
    await asyncio.sleep(0.3)
    assert await inbox(chat) == []
    assert [message.text for message in wang.messages] == ["我来"]


async def test_a_human_who_came_meanwhile_is_noticed(talk: Talk) -> None:
    """95018: the notice is not said into their talk, and nobody is asked twice."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    wang.session.state, wang.session.servicer = HUMAN, "LiuYang"
    await settled(chat, await notify(chat, chat_id, "通知"), "missed")
    assert len(wang.messages) == 1
    await wang.writes_kf("你好")
    await asyncio.sleep(0.3)
    assert len(await inbox(chat)) == 1


async def test_a_session_that_ended_unseen_is_taken_again(talk: Talk) -> None:
    """95018 where nobody has it: it is made the bot's, and the same message goes out."""
    wecom, chat = talk
    wang, chat_id = await greeted(wecom, chat)
    wecom.next_errors([95018], "kf/send_msg")
    wang.session.state = 0
    await settled(chat, await notify(chat, chat_id, "通知"), "sent")
    assert wang.session.state == BOT


async def test_who_asks_for_a_human_gets_one_and_comes_back(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """The ticket is there as ever; then the session is the servicer's, the bot is silent, and when
    they end it the bot thanks and answers the next word."""
    url = await engine.town(tmp_path, demo=False)
    async with serving(
        url, tmp_path, now, wecom_kf_servicers="ChenMin, LiuYang, pool", demo=False
    ) as (wecom, chat):
        wecom.kf_servicer("ChenMin", receiving=False)
        wecom.kf_servicer("LiuYang")
        staff = OnWeCom(wecom.user("ZhaoQi"))
        await staff.says(f"/start {await code(chat, 'staff')}")
        await staff.sees("已为您开通")
        wang = OnKf(wecom.customer("小王"))
        await wang.says("转人工")
        await wang.sees("把问题发给我")
        await wang.says("备案要带哪些材料")
        await wang.sees("已转给人工")
        await staff.sees("备案要带哪些材料")
        await until(lambda: wang.customer.session.state == HUMAN)
        assert wang.customer.session.servicer == "LiuYang"
        await has_state(chat, wecom, HUMAN)
        heard = len(await inbox(chat))
        await wang.says("在吗")
        await wang.customer.servicer_says("LiuYang", "在的")
        await asyncio.sleep(0.3)
        assert len(await inbox(chat)) == heard
        await wang.customer.servicer_ends()
        await wang.sees("人工服务已结束")
        await has_state(chat, wecom, ENDED)
        await wang.says("菜单")
        await wang.sees("知桥")
        assert wang.customer.session.state == BOT
        assert len(await rows(chat, Ticket)) == 1
        assert not await is_lost(chat, wang.customer)


@pytest.mark.parametrize(
    ("servicers", "state"), [("", BOT), ("LiuYang", BOT), ("LiuYang,pool", POOL)]
)
async def test_nobody_free_leaves_the_ticket_alone_or_the_pool(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, servicers: str, state: int
) -> None:
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with serving(url, tmp_path, now, wecom_kf_servicers=servicers, demo=False) as (
        wecom,
        chat,
    ):
        wang = OnKf(wecom.customer("小王"))
        await wang.says("转人工")
        await wang.sees("把问题发给我")
        await wang.says("备案要带哪些材料")
        await wang.sees("已转给人工")
        assert ("先不插话" in wang.new) == bool(servicers)
        await until_there(lambda: _left(chat, bool(servicers)))
        assert wang.customer.session.state == state
        assert len(await rows(chat, Ticket)) == 1


async def _left(chat: Chat, expected: bool) -> bool:
    """Whether what was to leave has left, in the order of the outbox."""
    left = await rows(chat, Outgoing, method="leave_chat")
    return bool(left) == expected and all(row.state == "sent" for row in left)


async def test_out_of_the_pool_into_a_humans_hands(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with serving(url, tmp_path, now, wecom_kf_servicers="pool", demo=False) as (wecom, chat):
        wang = OnKf(wecom.customer("小王"))
        await wang.says("转人工")
        await wang.sees("把问题发给我")
        await wang.says("备案要带哪些材料")
        await has_state(chat, wecom, POOL)
        await wang.customer.servicer_takes("LiuYang")
        await has_state(chat, wecom, HUMAN)
        heard = len(await inbox(chat))
        await wang.says("菜单")
        await asyncio.sleep(0.3)
        assert len(await inbox(chat)) == heard


async def test_what_a_human_answers_at_the_desk_arrives(talk: Talk) -> None:
    """Without servicers all stays as it is elsewhere: a ticket, and its answer here."""
    wecom, chat = talk
    staff = OnWeCom(wecom.user("ZhaoQi"))
    await staff.says(f"/start {await code(chat, 'staff')}")
    await staff.sees("已为您开通")
    wang = OnKf(wecom.customer("小王"))
    await wang.says("转人工")
    await wang.sees("把问题发给我")
    await wang.says("备案要带哪些材料")
    await wang.sees("已转给人工")
    await staff.taps("答复")
    await staff.sees("答复内容")
    await staff.says("带营业执照。")
    await wang.sees("带营业执照。")
    assert await chat_of(chat, wang.customer)
