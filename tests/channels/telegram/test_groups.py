"""In a group: answered when addressed, nothing personal, no person made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.models import Draft, Outgoing, Person, Ticket
from pipeline.work import Letter, Work
from tests.channels.telegram.phones import chat_row, on_telegram
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.telegram import Group, TelegramEmulator, User
from tests.pipeline.small import count, until
from tests.waiting import eventually

ME = "@zhiqiao_bot"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))


@dataclass
class Room:
    telegram: TelegramEmulator
    chat: Chat
    group: Group
    hua: User
    rui: User

    @property
    def said(self) -> list[str]:
        return [message.text for message in self.group.chat if message.by_bot]

    async def hears(self, text: str, count: int = 1) -> str:
        """The answer, when the group has heard so many that show this text."""
        for _ in range(3):  # the first question of a process builds what it searches in
            await until(lambda: len([t for t in self.said if text in t]) >= count)
        assert len([t for t in self.said if text in t]) == count, self.said
        return self.said[-1]

    async def stays_silent(self) -> None:
        """Everything that came was handled, and nothing was said since."""
        before = len(self.said)
        await until(lambda: self.telegram.world.updates.entries == [])
        await self.chat.programme.worker.round()
        await self.chat.programme.delivery.drain()
        assert len(self.said) == before, self.said[before:]

    async def count(self, column: Any) -> int:
        return await count(self.chat.programme.database, column)


@pytest.fixture
async def room(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> AsyncIterator[Room]:
    """Two people in a group that let the bot in."""
    async with on_telegram(tmp_path, now, sqlite_engine, demo=True) as (telegram, chat):
        room = Room(telegram, chat, telegram.group("群"), telegram.user("华"), telegram.user("瑞"))
        await room.hua.lets_in(room.group)
        await room.hears("大家好")
        yield room
        assert telegram.refused == []


@pytest.mark.parametrize(
    "said",
    ["质押融资谁牵头？", "@somebody 质押融资谁牵头？", "/events", "/events@other_bot", "好的"],
)
async def test_what_is_said_to_others_is_left_alone(room: Room, said: str) -> None:
    """Not a word, whether it is a question, a bare command or for another bot."""
    await room.hua.says_in(room.group, said)
    await room.stays_silent()


async def test_who_addresses_us_gets_an_answer(room: Room) -> None:
    """By our name before or behind the question, by a reply, by a command with our name."""
    await room.hua.says_in(room.group, f"{ME} 质押融资谁牵头？")
    await room.hears("省财政厅")
    await room.rui.says_in(room.group, f"质押融资谁牵头？ {ME.upper()}")
    await room.hears("省财政厅", 2)
    ours = next(message for message in reversed(room.group.chat) if message.by_bot)
    await room.rui.says_in(room.group, "质押融资谁牵头？", reply_to=ours)
    await room.hears("省财政厅", 3)
    await room.rui.says_in(room.group, f"/events{ME}")
    await room.hears("投融资路演")
    await room.rui.says_in(room.group, f"/help{ME}")
    await room.hears("在群里我可以")
    await room.rui.says_in(room.group, ME)
    await room.hears("在群里我可以", 2)


@pytest.mark.parametrize("said", ["我的报名", "我的资料", "我要提需求", "转人工", "注册企业"])
async def test_personal_things_are_for_the_private_chat(room: Room, said: str) -> None:
    """Even of somebody whom we know: the group gets a link, and no form, no ticket, no name."""
    await room.hua.starts()
    await room.hua.says_in(room.group, f"{ME} {said}")
    await room.hears("群里不办")
    html = room.group.chat[-1].html
    assert 'href="https://t.me/zhiqiao_bot"' in html
    assert await room.count(Draft.id) == 0
    assert await room.count(Ticket.id) == 0


async def test_a_press_leads_to_the_same_thing_in_private(room: Room) -> None:
    """报名 under a card in the group opens that event on one's own phone; the card itself is for
    all, without anybody's code."""
    await room.hua.says_in(room.group, f"/events{ME}")
    await room.hears("投融资路演")
    label = next(
        button["text"] for row in room.group.chat[-1].keyboard for button in row
        if button["callback_data"] == "events.show:2"
    )  # fmt: skip
    await room.rui.taps_in(room.group, label)
    card = await room.hears("投资机构点评")
    assert "签到码" not in card
    await room.rui.taps_in(room.group, "报名")
    await room.hears("群里不办")
    link = room.group.chat[-1].html.partition("start=")[2].partition('"')[0]
    await room.rui.starts(link)
    await room.rui.waits_for("投资机构点评")
    await until(lambda: len(room.rui.popups) == 2)
    assert len(room.rui.popups) == 2
    assert room.hua.popups == []


async def test_what_nobody_can_answer_is_not_passed_on_from_a_group(room: Room) -> None:
    """Nobody would know whom to answer: the question is to be asked in private."""
    await room.hua.says_in(room.group, f"{ME} 质押融资能补多少钱？")
    await room.hears("没找到明确答案")
    assert await room.count(Ticket.id) == 0


async def test_a_group_is_no_person_and_two_people_are_two(room: Room) -> None:
    """No row is made for the group or for those who only speak there, and what one asked is no
    context for the next: 上一条 stands alone."""
    await room.hua.says_in(room.group, f"{ME} 质押融资谁牵头？")
    await room.hears("省财政厅")
    await room.rui.says_in(room.group, f"{ME} 上一条")
    await until(lambda: len(room.said) == 3)
    labels = [label for row in room.group.chat[-1].buttons for label in row]
    assert "看原文" not in labels  # with the question before it would be a clause
    row = await chat_row(room.chat, room.group.id)
    assert (row.person_id, row.screen) == (None, None)
    async with room.chat.programme.database.reading() as connection:
        people = await connection.scalar(
            select(func.count(Person.id)).where(Person.demo.is_(False))
        )
    assert people == 0


async def test_what_is_no_text_is_left_alone_unless_its_words_address_us(room: Room) -> None:
    """Somebody joins, a picture, a sticker: not a word, and no alarm. A caption is words."""
    picture: dict[str, Any] = {
        "photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    }
    base: dict[str, Any] = {
        "date": 1,
        "chat": room.group.as_chat(),
        "from": room.hua.person.as_user(),
    }
    others: list[dict[str, Any]] = [
        picture,
        {"new_chat_members": [room.rui.person.as_user()]},
        {"group_chat_created": True},
    ]
    for number, more in enumerate(others):
        body = base | {"message_id": 9000 + number} | more
        room.telegram.world.updates.push("message", body, room.group.id)
    await room.stays_silent()
    mention = {"type": "mention", "offset": 0, "length": len(ME)}
    words = {"caption": f"{ME} 质押融资谁牵头？", "caption_entities": [mention]}
    body = base | {"message_id": 9009} | picture | words
    room.telegram.world.updates.push("message", body, room.group.id)
    await room.hears("省财政厅")


async def test_an_edit_in_a_group_is_left_alone(room: Room) -> None:
    """It was answered, or was not for us."""
    message = await room.hua.says_in(room.group, f"{ME} 质押融资谁牵头？")
    await room.hears("省财政厅")
    body = message.as_json() | {"text": f"{ME} 一月一链是什么？", "edit_date": 1}
    room.telegram.world.updates.push("edited_message", body, room.group.id)
    await room.stays_silent()


async def test_shown_out_is_unreachable_and_let_in_again_is_greeted_once(room: Room) -> None:
    """Whatever else was said there before."""
    await room.hua.shows_out(room.group)
    await room.stays_silent()
    assert not (await chat_row(room.chat, room.group.id)).reachable
    await room.hua.lets_in(room.group)
    await room.stays_silent()
    assert (await chat_row(room.chat, room.group.id)).reachable
    await room.hears("大家好", 1)


async def test_a_group_that_becomes_a_supergroup_is_the_same_chat(room: Room) -> None:
    """What we said there goes along, nobody is greeted again, and it is answered there."""
    new = await room.hua.upgrades(room.group)
    await room.stays_silent()
    room.telegram.world.updates.push(
        "my_chat_member",
        {"chat": new.as_chat(), "from": room.hua.person.as_user(), "date": 1}
        | {"old_chat_member": room.hua._membership("left")}
        | {"new_chat_member": room.hua._membership("member")},
        new.id,
    )
    old, room.group = room.group, new
    await room.hua.says_in(new, f"{ME} 质押融资谁牵头？")
    await room.hears("省财政厅")
    assert not any("大家好" in text for text in room.said)
    assert not (await chat_row(room.chat, old.id)).reachable
    assert (await chat_row(room.chat, new.id)).reachable
    async with room.chat.programme.database.reading() as connection:
        there = await connection.scalar(
            select(func.count(Outgoing.id)).where(Outgoing.chat_id == old.id)
        )
    assert there == 0


async def test_a_letter_to_a_group_that_moved_meanwhile_arrives_there(room: Room) -> None:
    """Telegram says where it went before the group itself does."""
    old = room.group
    new = room.telegram.world.upgrade(old)
    async with room.chat.programme.database.writing() as connection:
        work = Work(connection, room.chat.clock.now(), "nobody")
        work.letters.append(Letter(old.id, "send_message", {"text": "明天照常"}, 1, "k"))
        await work.finish()
    room.chat.programme.tick()
    await until(lambda: new.chat)
    assert [message.text for message in new.chat] == ["明天照常"]

    async def settled() -> bool:
        async with room.chat.programme.database.reading() as connection:
            row = (await connection.execute(select(Outgoing).where(Outgoing.key == "k"))).one()
        return (row.chat_id, row.state) == (new.id, "sent")

    await eventually(settled)
    assert await settled()
    room.telegram.refused.clear()
