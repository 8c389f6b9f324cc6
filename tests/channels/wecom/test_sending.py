"""What leaves for WeCom: once, in order, within its limits, and what its errors lead to."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from telegram.error import BadRequest, Forbidden, RetryAfter

from channels.wecom.errors import Unanswered
from channels.wecom.tokens import Tokens
from db.models import Chat as ChatRow
from db.models import Outgoing
from pipeline.receipt import RECEIPT, Receipt
from pipeline.work import BROADCAST, NOTICE, REPLY, Letter, Work
from tests.channels.wecom.conftest import talking
from tests.channels.wecom.letters import (
    CARD,
    LONG,
    Still,
    bot,
    document,
    member,
    notice,
    reachable,
    sends,
    states,
)
from tests.chat import Chat, chatting
from tests.conftest import Engine
from tests.emulators.wecom import WeComEmulator
from tests.networks import account, the_app
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("patient")


# The token


async def test_twenty_sends_fetch_one_token(still: Still) -> None:
    """FACTS 9, test 6. Also when it dies under them: one refresh, and everything arrives."""
    wecom, chat, chat_id, liu = still
    before = wecom.count("gettoken")
    wecom.kill_token()
    await asyncio.gather(*(bot(chat).send_message(chat_id, f"第{n}条") for n in range(20)))
    assert wecom.count("gettoken") == before + 1
    assert len(liu.messages) == 21


async def test_two_processes_share_a_token(engine: Engine, tmp_path: Path, now: datetime) -> None:
    """Whoever finds it missing fetches; the other waits for it."""
    url, fetched = await engine.town(tmp_path, demo=False), list[str]()

    async def fetch() -> tuple[str, float]:
        fetched.append("x")
        await asyncio.sleep(0.2)
        return f"token-{len(fetched)}", 7200.0

    async with (
        chatting(tmp_path / "1", now, url=url, demo=False) as one,
        chatting(tmp_path / "2", now, url=url, demo=False) as two,
    ):
        stores = [Tokens(c.programme.database, c.clock) for c in (one, two) for _ in range(3)]
        assert {*await asyncio.gather(*(s.get("ww1/7", fetch) for s in stores))} == {"token-1"}
        again = await asyncio.gather(*(s.get("ww1/7", fetch, "token-1") for s in stores))
        assert {*again} == {"token-2"}
        assert await stores[0].get("ww1/8", fetch) == "token-3"
        one.clock.forward(timedelta(hours=2))
        assert await stores[0].get("ww1/7", fetch) == "token-4"


async def test_a_fetch_that_died_does_not_lock_the_others_out(still: Still) -> None:
    """The next one may try, at once after an error, else when its time is over."""
    _, chat, _, _ = still
    tokens = Tokens(chat.programme.database, chat.clock)

    async def broken() -> tuple[str, float]:
        raise Unanswered("gettoken")

    async def fetch() -> tuple[str, float]:
        return "token", 7200.0

    with pytest.raises(Unanswered):
        await tokens.get("ww1/9", broken)
    assert await tokens.get("ww1/9", fetch) == "token"


async def test_a_token_that_stays_refused_stops_the_sending(still: Still) -> None:
    """Fetched once more, not again and again; people are told."""
    wecom, chat, chat_id, _ = still
    before = wecom.count("gettoken")
    wecom.next_errors([42001, 42001])
    with pytest.raises(RetryAfter):
        await bot(chat).send_message(chat_id, "通知")
    assert wecom.count("gettoken") == before + 1
    with pytest.raises(RetryAfter):  # without asking WeCom
        await bot(chat).send_message(chat_id, "通知")
    assert sends(wecom) == 3


# What errors lead to


async def test_a_busy_wecom_is_asked_again(still: Still) -> None:
    """FACTS 9, test 7."""
    wecom, chat, chat_id, liu = still
    wecom.next_errors([-1, 6000, 45033])
    await bot(chat).send_message(chat_id, "通知")
    assert [m.text for m in liu.messages] == ["您好", "通知"]


async def test_too_often_pauses_everything_for_a_minute(still: Still) -> None:
    """FACTS 9, test 7: no call is made meanwhile; then the rest goes out in its order."""
    wecom, chat, chat_id, liu = still
    wecom.next_errors([45009])
    await notice(chat, chat_id, "一", "二", "三")
    await chat.programme.settle()
    assert await states(chat) == ["waiting"] * 3
    with pytest.raises(RetryAfter):
        await bot(chat).send_message(chat_id, "别的")
    calls = sends(wecom)
    chat.clock.forward(timedelta(seconds=55))
    await chat.programme.settle()
    assert sends(wecom) == calls
    the_app(chat).pace._chat_next.clear()  # the loop's minute
    chat.clock.forward(timedelta(seconds=10))
    await chat.programme.settle()
    assert [m.text for m in liu.messages] == ["您好", "一", "二", "三"]


async def test_nothing_overtakes_what_waits(still: Still, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a reply nor what falls due meanwhile, though WeCom would take it."""
    monkeypatch.setattr("pipeline.delivery.RETRY", timedelta(seconds=30))
    wecom, chat, chat_id, liu = still
    wecom.next_errors([-1] * 4, "message/send")
    await notice(chat, chat_id, "一")
    await chat.programme.settle()
    await notice(chat, chat_id, "二")
    await chat.programme.settle()
    assert await states(chat) == ["waiting", "waiting"] and len(liu.messages) == 1
    chat.clock.forward(timedelta(seconds=60))
    await chat.programme.settle()
    assert [message.text for message in liu.messages] == ["您好", "一", "二"]


@pytest.mark.parametrize("lost", [1, 3])
async def test_a_lost_answer_doubles_nothing(still: Still, lost: int) -> None:
    """FACTS 9, test 7: it is sent again with the identical body, which WeCom knows; nothing is
    marked."""
    wecom, chat, chat_id, liu = still
    wecom.lose_answers(lost, "message/send")
    text = "".join(f"第{n}条：{LONG}" for n in range(60))
    await notice(chat, chat_id, "活动改期", text, priority=BROADCAST)
    for _ in range(8):
        await chat.programme.settle()
        await asyncio.sleep(0.25)
    assert await states(chat) == ["sent", "sent"]
    texts = [m.text for m in liu.messages]
    assert texts[:2] == ["您好", "活动改期"]
    assert "".join(texts[2:]) == text and len(texts) == len(set(texts))


async def test_a_lost_answer_doubles_no_card(still: Still) -> None:
    wecom, chat, chat_id, liu = still
    wecom.lose_answers(1, "message/send")
    params = {"text": "<b>对接会</b>\n周三", "reply_markup": {"inline_keyboard": CARD}}
    async with chat.programme.database.writing() as connection:
        await connection.execute(
            insert(Outgoing).values(
                chat_id=chat_id, method="send_message", params=params | {"parse_mode": "HTML"},
                priority=NOTICE, due_at=chat.clock.now(), state="waiting",
            )
        )  # fmt: skip
    for _ in range(3):
        await chat.programme.settle()
        await asyncio.sleep(0.25)
    assert await states(chat) == ["sent"]
    assert [m.kind for m in liu.messages] == ["text", "text", "template_card"]


@pytest.mark.parametrize("written", [notice, document], ids=["words", "file"])
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "lost"])
async def test_a_crash_between_call_and_mark_doubles_nothing(
    engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, answered: bool,
    written: Any,
) -> None:  # fmt: skip
    """The next process sends it again, without a mark, and the member sees it once."""
    url = await engine.town(tmp_path, demo=False)

    async def dies(outcomes: object) -> None:
        raise ConnectionError("the process is gone")

    async with WeComEmulator() as wecom:
        async with chatting(tmp_path, now, url=url, demo=False, **account(wecom)) as chat:
            wecom.world.clock = lambda: chat.clock.now().timestamp()
            chat_id, liu = await member(chat, wecom, "LiuYang")
            if not answered:
                wecom.lose_answers(1, "message/send")
            await written(chat, chat_id, "活动改期")
            monkeypatch.setattr(chat.programme.delivery._outcomes, "_write", dies)
            await chat.programme.settle()
            assert await states(chat) == ["claimed"] and len(liu.messages) == 1
        later = now + timedelta(minutes=2)
        async with chatting(tmp_path, later, url=url, demo=False, **account(wecom)) as chat:
            await chat.programme.settle()
            assert await states(chat) == ["sent"]
        assert [m.text for m in liu.messages] == ["活动改期"]


async def test_the_same_words_twice_are_two_messages(still: Still) -> None:
    """WeCom takes the identical for a repetition; what is really said again must not be."""
    _, chat, chat_id, liu = still
    for _ in range(3):
        await bot(chat).send_message(chat_id, "菜单")
    assert [m.text.replace("\u200b", "") for m in liu.messages] == ["您好"] + ["菜单"] * 3


@pytest.mark.parametrize("code", [40003, 46004, 60111, 50002, 60021, 81013])
async def test_who_is_gone_is_unreachable(still: Still, code: int) -> None:
    """Until they write again."""
    wecom, chat, chat_id, liu = still
    wecom.next_errors([code])
    await notice(chat, chat_id, "通知")
    await chat.programme.settle()
    assert await states(chat) == ["missed"]
    assert not await reachable(chat, chat_id)
    await liu.says("菜单")
    await chat.programme.settle()
    assert await reachable(chat, chat_id)


async def test_a_letter_begins_anew_in_another_chat(still: Still) -> None:
    """What arrived of it before its member was gone is said again where they are."""
    wecom, chat, chat_id, liu = still
    other, zhao = await member(chat, wecom, "zhaoqi")
    RECEIPT.set(Receipt(letter=77))
    for to in (chat_id, other, other):
        await bot(chat).send_message(to, LONG)
    assert [message.text for message in liu.messages] == ["您好", LONG]
    assert [message.text for message in zhao.messages] == [LONG]


async def test_who_is_gone_is_written_to_elsewhere(still: Still) -> None:
    """In their other chat, here of the same network."""
    wecom, chat, chat_id, liu = still
    other, zhao = await member(chat, wecom, "zhaoqi")
    mine = select(ChatRow.person_id).where(ChatRow.id == chat_id).scalar_subquery()
    async with chat.programme.database.writing() as connection:
        await connection.execute(update(ChatRow).where(ChatRow.id == other).values(person_id=mine))
    wecom.home.outside.add(liu.member.key)
    await notice(chat, chat_id, LONG)
    for _ in range(2):
        await chat.programme.settle()
    assert not await reachable(chat, chat_id) and await states(chat) == ["sent"]
    assert [message.text for message in zhao.messages] == [LONG]


async def test_an_invalid_user_is_known_whatever_its_letters(still: Still) -> None:
    """FACTS 9, test 8: WeCom answers ok and names them in small letters."""
    wecom, chat, chat_id, liu = still
    wecom.home.outside.add(liu.member.key)
    with pytest.raises(Forbidden):
        await bot(chat).send_message(chat_id, "通知")


@pytest.mark.parametrize("code", [60020, 50003, 48002, 40001])
async def test_what_people_must_mend_is_told_to_organizers(still: Still, code: int) -> None:
    """Once, in words, where they can be reached; then WeCom is left alone for a while."""
    wecom, chat, chat_id, _ = still
    organizer = await chat.somebody("组织者", "org")
    wecom.next_errors([code, code])
    await notice(chat, chat_id, "一", "二")
    await chat.settle()  # refused; and the news of it is due
    await chat.settle()
    assert "企业微信发不出消息" in organizer.seen and str(code) in organizer.seen
    assert len(organizer.messages) == 1
    assert await states(chat) == ["waiting", "waiting", "sent"]
    calls = len(wecom.calls)
    await chat.later(timedelta(seconds=100))
    assert len(wecom.calls) == calls


async def test_a_refused_card_becomes_text(still: Still) -> None:
    """Also where there is no callback address; its choices are numbered then."""
    wecom, chat, chat_id, liu = still
    markup = {"inline_keyboard": CARD}
    await bot(chat).send_message(chat_id, "对接会", reply_markup=markup)
    for code in (40058, 43012):
        wecom.next_errors([code])
        await bot(chat).send_message(chat_id, f"对接会{code}", reply_markup=markup)
        assert liu.last.kind == "text" and liu.last.text == f"对接会{code}\n [1] 报名"


async def test_refused_words_fail_with_their_reason(still: Still) -> None:
    wecom, chat, chat_id, _ = still
    wecom.next_errors([40058])
    with pytest.raises(BadRequest, match="40058"):
        await bot(chat).send_message(chat_id, "通知")


# Lengths, pace


@pytest.mark.parametrize("length", [700, 1400, 3000])
async def test_long_texts_arrive_whole_and_in_order(still: Still, length: int) -> None:
    """FACTS 9, test 9: in characters; WeCom counts 2048 bytes."""
    _, chat, chat_id, liu = still
    text = "".join(f"第{n}条：专利转化。" for n in range(1000))[:length]
    await bot(chat).send_message(chat_id, text)
    parts = liu.messages[1:]
    assert "".join(part.text for part in parts) == text
    assert len(parts) == -(-len(text.encode()) // 1984) or len(parts) > 1
    assert not any(part.truncated for part in parts)


@pytest.mark.parametrize(("most", "dropped"), [(25, 0), (1000, 10)], ids=["paced", "control"])
async def test_forty_messages_in_a_minute_are_none_dropped(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch,
    most: int, dropped: int,
) -> None:  # fmt: skip
    """FACTS 9, test 10: the 26th waits, because WeCom drops the 31st without a word. (A minute is
    2 s here.)"""
    monkeypatch.setattr("channels.wecom.limits.PER_MEMBER", ((most, 2.0),))
    monkeypatch.setattr("pipeline.delivery.LONG_WAIT", 0.2)
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with talking(url, tmp_path, now, demo=False) as (wecom, chat):
        wecom.pace(30, 10000)
        if not dropped:  # the control takes WeCom's minute as it is, however slow the machine
            monkeypatch.setattr(wecom.world, "recent", _of_two_seconds(wecom))
        chat_id, liu = await member(chat, wecom, "LiuYang")
        texts = [f"第{n}条" for n in range(40)]
        await notice(chat, chat_id, *texts)
        await eventually(lambda: _all_sent(chat))
        assert [m.text for m in liu.messages] == texts[: 40 - dropped]
        assert wecom.dropped == dropped


def _of_two_seconds(wecom: WeComEmulator) -> Any:
    def recent(key: Any, seconds: float) -> int:
        since = wecom.world.now() - seconds / 30
        return sum(1 for at in wecom.world.rates[key] if at > since)

    return recent


async def _all_sent(chat: Chat) -> bool:
    return set(await states(chat)) == {"sent"}


async def test_a_member_who_hears_much_holds_up_nobody(
    still: Still, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their letters go back to wait; another's goes out at once."""
    wecom, chat, chat_id, _ = still
    pace = the_app(chat).pace
    monkeypatch.setattr(pace, "_windows", ((2, 60.0),))
    other, zhao = await member(chat, wecom, "zhaoqi")
    await notice(chat, chat_id, "一", "二", "三")
    await notice(chat, other, "别人的")
    async with asyncio.timeout(5):
        await chat.programme.settle()
    assert [m.text for m in zhao.messages] == ["别人的"]
    assert await states(chat) == ["sent", "sent", "waiting", "sent"]


async def test_a_reply_waits_behind_all_that_went_back_to_wait(
    still: Still, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when only some of it has been taken up again: more waited than go at once."""
    monkeypatch.setattr("pipeline.delivery.PORTION", 2)
    wecom, chat, chat_id, liu = still
    wecom.next_errors([-1] * 4, "message/send")
    await notice(chat, chat_id, "一", "二", "三", "四", priority=REPLY)
    await chat.programme.delivery.round()
    await chat.programme.delivery.round()
    chat.clock.forward(timedelta(seconds=60))
    await chat.programme.delivery.round()  # takes up two
    async with chat.programme.database.writing() as connection:
        work = Work(connection, chat.clock.now(), "us")
        work.letters = [Letter(chat_id, "send_message", {"text": "回复"})]
        letters = await work.finish()
    chat.programme.delivery.put(letters)
    await chat.programme.delivery.drain()
    await chat.programme.settle()
    assert [message.text for message in liu.messages] == ["您好", "一", "二", "三", "四", "回复"]
