"""One message to many members: as few requests as WeCom allows, and each member hears it once."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from channels.chats import FIRST_ALLOTTED
from db.models import Chat as ChatRow
from pipeline.pace import Crowd
from pipeline.work import BROADCAST
from tests.channels.wecom.conftest import resting
from tests.channels.wecom.letters import (
    CARD,
    LONG,
    Still,
    bot,
    broadcast,
    member,
    notice,
    outbox,
    reachable,
    sends,
    states,
)
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.wecom import User, WeComEmulator
from tests.networks import the_app

pytestmark = pytest.mark.usefixtures("patient")


async def crowd(chat: Chat, wecom: WeComEmulator, count: int) -> dict[int, User]:
    """So many members by their chats, who have written before."""
    names = [f"Member{number}" for number in range(count)]
    chats = range(FIRST_ALLOTTED + 1000, FIRST_ALLOTTED + 1000 + count)
    rows = [
        {"id": id, "channel": "wecom", "address": f"{wecom.corpid}/{name}"}
        for id, name in zip(chats, names, strict=True)
    ]
    async with chat.programme.database.writing() as connection:
        await connection.execute(insert(ChatRow), rows)
    return dict(zip(chats, map(wecom.user, names), strict=True))


def heard(members: dict[int, User], text: str = LONG) -> Counter[int]:
    """How many members saw it how often."""
    return Counter(sum(m.text == text for m in user.messages) for user in members.values())


def bodies(wecom: WeComEmulator) -> list[dict[str, Any]]:
    return [call.body for call in wecom.calls if call.path == "message/send"]


async def until_settled(chat: Chat, rounds: int = 12) -> None:
    """Pauses of delivery pass on the programme's clock."""
    for _ in range(rounds):
        await chat.programme.settle()
        if not {"waiting", "claimed"} & {*await states(chat)}:
            return
        chat.clock.forward(timedelta(seconds=20))


async def test_2500_members_are_three_requests(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """FACTS 9, test 10: a thousand ids each, joined by |; every row has its message's id."""
    url = await engine.town(tmp_path, demo=False)
    async with (
        WeComEmulator() as wecom,
        resting(url, tmp_path, now + timedelta(minutes=3), wecom) as chat,
    ):
        members = await crowd(chat, wecom, 2500)
        await broadcast(chat, list(members), LONG)
        await chat.programme.settle()
        assert [body["touser"].count("|") + 1 for body in bodies(wecom)] == [1000, 1000, 500]
        assert heard(members) == {1: 2500}
        rows = await outbox(chat)
        assert {row.state for row in rows} == {"sent"}
        assert len({row.message_id for row in rows}) == 2500


async def test_failures_and_a_restart_double_and_lose_nobody(
    engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request's answer is lost, the second meets a busy WeCom, the process dies before it
    has written down the third; the next process repeats each with the identical body."""
    url, later = await engine.town(tmp_path, demo=False), now + timedelta(minutes=3)

    async def dies(outcomes: object) -> None:
        raise ConnectionError("the process is gone")

    async with WeComEmulator() as wecom:
        async with resting(url, tmp_path, later, wecom) as chat:
            members = await crowd(chat, wecom, 2500)
            await broadcast(chat, list(members), LONG)
            wecom.lose_answers(1, "message/send")
            await chat.programme.delivery.round()
            wecom.next_errors([-1] * 4, "message/send")
            await chat.programme.delivery.round()
            monkeypatch.setattr(chat.programme.delivery._outcomes, "_write", dies)
            with pytest.raises(ConnectionError):
                await chat.programme.delivery.round()
        assert heard(members) == {1: 1500, 0: 1000}
        async with resting(url, tmp_path, later + timedelta(minutes=2), wecom) as chat:
            await until_settled(chat)
            assert {*await states(chat)} == {"sent"}
        assert heard(members) == {1: 2500}
        assert len(bodies(wecom)) < 12  # with the four that a busy WeCom was asked


async def test_who_is_not_reached_is_marked_and_nobody_else(still: Still) -> None:
    """FACTS 9, test 8: named in small letters, as unknown or as without a licence."""
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 60)
    gone, unpaid, *others = members
    wecom.home.outside.add("member0")
    wecom.home.unlicensed.add("member1")
    await broadcast(chat, list(members), LONG)
    await chat.programme.settle()
    assert len(bodies(wecom)) == 2
    rows = {row.chat_id: row for row in await outbox(chat)}
    assert {chat_id for chat_id, row in rows.items() if row.state == "failed"} == {gone, unpaid}
    assert "invaliduser" in rows[gone].error and "unlicenseduser" in rows[unpaid].error
    assert not await reachable(chat, gone) and not await reachable(chat, unpaid)
    assert await reachable(chat, others[0])
    assert heard({one: members[one] for one in others}) == {1: 58}


async def test_a_request_that_reaches_nobody_marks_all_it_names(still: Still) -> None:
    """81013, which names none of them."""
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 3)
    wecom.home.outside.update(user.member.key for user in members.values())
    await broadcast(chat, list(members), LONG)
    await chat.programme.settle()
    assert await states(chat) == ["failed"] * 3
    assert not any([await reachable(chat, one) for one in members])


async def test_a_refusal_that_may_be_one_members_is_found_out_one_by_one(still: Still) -> None:
    """60111 does not say who: the others get it all the same."""
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 5)
    wecom.next_errors([60111], "message/send")
    await broadcast(chat, list(members), LONG)
    await chat.programme.settle()
    assert heard(members) == {1: 5} and {*await states(chat)} == {"sent"}
    assert len(bodies(wecom)) == 1 + 1 + 5


async def test_a_repeated_request_that_lost_a_member_is_still_the_same(still: Still) -> None:
    """Who writes, leaves or wants no cards meanwhile changes nothing of it."""
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 5)
    await broadcast(chat, list(members), LONG)
    wecom.lose_answers(1, "message/send")
    await chat.programme.settle()
    first, second, *_ = members
    async with chat.programme.database.writing() as connection:
        gone = update(ChatRow).where(ChatRow.id == first)
        await connection.execute(gone.values(reachable=False, plain=True))
    wecom.home.outside.add("member1")
    await until_settled(chat)
    assert heard(members) == {1: 5} and {*await states(chat)} == {"sent"}
    assert len({str(body) for body in bodies(wecom)[1:]}) == 1
    assert await reachable(chat, second)


async def test_too_often_keeps_all_of_them_waiting(still: Still) -> None:
    """45009: no call for a minute, and then one request."""
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 60)
    wecom.next_errors([45009], "message/send")
    await broadcast(chat, list(members), LONG)
    await chat.programme.settle()
    assert await states(chat) == ["waiting"] * 60
    before = sends(wecom)
    chat.clock.forward(timedelta(seconds=50))
    await chat.programme.settle()
    assert sends(wecom) == before
    the_app(chat).pace._chat_next.clear()  # the loop's minute
    the_app(chat).pace._next = 0
    await until_settled(chat)
    assert sends(wecom) == before + 1 and heard(members) == {1: 60}


async def test_many_do_not_go_at_the_full_or_half_hour(still: Still) -> None:
    """FACTS 2.2: everybody sends then. A few may go."""
    wecom, chat, _, _ = still  # it is nine o'clock
    members = await crowd(chat, wecom, 150)
    await broadcast(chat, list(members)[:50], "给少数人")
    await broadcast(chat, list(members), LONG)
    await chat.programme.settle()
    assert heard(members, "给少数人") == {1: 50, 0: 100} and heard(members) == {0: 150}
    chat.clock.forward(timedelta(seconds=58))
    await chat.programme.settle()
    assert heard(members) == {0: 150}
    chat.clock.forward(timedelta(seconds=23))
    await chat.programme.settle()
    assert heard(members) == {1: 150} and len(bodies(wecom)) == 3


@pytest.mark.parametrize(
    ("minute", "second", "least"), [(0, 0, 60), (30, 59, 1), (29, 59, 0), (1, 0, 0)]
)
def test_the_pause_lasts_until_the_minute_is_over(minute: int, second: int, least: int) -> None:
    """Give or take twenty seconds, so that not all begin at one moment."""
    moment = datetime.fromisoformat(f"2026-11-23T09:{minute:02}:{second:02}+08:00")
    wait = Crowd(1000, 100, frozenset({0, 30})).pause(101, moment).total_seconds()
    assert least <= wait <= least + 20 * (least > 0)
    assert not Crowd(1000, 100, frozenset({0, 30})).pause(100, moment)


async def test_a_long_text_goes_in_its_parts(still: Still) -> None:
    """One request a part, in their order; a lost answer in the middle doubles none."""
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 20)
    text = "".join(f"第{n}条：{LONG}" for n in range(60))
    wecom.lose_answers(1, "message/send")
    await broadcast(chat, list(members), text)
    await until_settled(chat)
    for user in members.values():
        assert "".join(message.text for message in user.messages) == text
        assert not any(message.truncated for message in user.messages)
    parts = len(next(iter(members.values())).messages)
    assert parts > 2 and len(bodies(wecom)) == 1 + parts + 1


async def test_who_has_heard_much_waits_alone(
    still: Still, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of a member holds for what goes to many, and keeps none of the others waiting."""
    wecom, chat, _, _ = still
    pace = the_app(chat).pace
    monkeypatch.setattr(pace, "_windows", ((2, 60.0),))
    members = await crowd(chat, wecom, 10)
    busy, *others = members
    await notice(chat, busy, "一", "二")
    await broadcast(chat, list(members), LONG)
    await chat.programme.settle()
    assert heard({one: members[one] for one in others}) == {1: 9}
    assert heard({busy: members[busy]}) == {0: 1}
    assert Counter(await states(chat)) == {"sent": 11, "waiting": 1}


async def test_the_same_words_to_the_same_members_twice_are_two(still: Still) -> None:
    """WeCom would drop the second for a repetition."""
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 4)
    for _ in range(2):
        await broadcast(chat, list(members), LONG)
        await chat.programme.settle()
    assert [len(user.messages) for user in members.values()] == [2] * 4
    assert len(bodies(wecom)) == 3


async def test_cards_go_together_and_are_pressed_apart(still: Still) -> None:
    """To those who know what to do without them; who reads text gets the same with numbers."""
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 6)
    first, second, plain, new, *_ = members
    for chat_id in members:
        if chat_id != new:
            markup = {"inline_keyboard": CARD}
            await bot(chat).send_message(chat_id, "菜单", reply_markup=markup)
    async with chat.programme.database.writing() as connection:
        await connection.execute(update(ChatRow).where(ChatRow.id == plain).values(plain=True))
    before = len(bodies(wecom))
    await broadcast(chat, list(members), "对接会", reply_markup={"inline_keyboard": CARD})
    await chat.programme.settle()
    assert len(bodies(wecom)) == before + 1 + 1 + 2  # cards, a text; a hint and a card
    assert [members[one].last.kind for one in (first, second, plain, new)] == [
        "template_card", "template_card", "text", "template_card",
    ]  # fmt: skip
    sent = {row.chat_id: row.message_id for row in await outbox(chat)}
    await members[first].clicks_card("events.sign_up:1")
    await bot(chat).edit_message_text("已报名", first, sent[first], reply_markup=_closed())
    assert members[first].last.text == "已报名" and members[second].last.text == "对接会"


def _closed() -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "取消", "callback_data": "events.cancel:1"}]]}


async def test_a_lost_answer_doubles_no_card_of_many(still: Still) -> None:
    wecom, chat, _, _ = still
    members = await crowd(chat, wecom, 6)
    markup = {"inline_keyboard": CARD}
    for chat_id in members:
        await bot(chat).send_message(chat_id, "菜单", reply_markup=markup)
    wecom.lose_answers(1, "message/send")
    await broadcast(chat, list(members), "对接会", reply_markup=markup)
    await until_settled(chat)
    assert heard(members, "对接会") == {1: 6} and {*await states(chat)} == {"sent"}


async def test_on_the_page_nothing_changes(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """A broadcast to several networks: together where that exists, one by one where not."""
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with WeComEmulator() as wecom, resting(url, tmp_path, now, wecom) as chat:
        reader = await chat.somebody("华锐")
        chat_id, liu = await member(chat, wecom, "LiuYang")
        await broadcast(chat, [reader.chat_id, chat_id], LONG)
        await notice(chat, reader.chat_id, "另一条", priority=BROADCAST)
        await chat.settle()
        assert [bubble.text for bubble in reader.messages] == [LONG, "另一条"]
        assert [message.text for message in liu.messages] == [LONG]
