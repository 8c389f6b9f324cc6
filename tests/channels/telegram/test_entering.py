"""Links that open a card, and the commands that people see."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from conversations import links
from db.models import Person
from pipeline.turn import Button
from services import invitations
from tests.channels.telegram.phones import beside, chat_row, on_telegram
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator
from tests.pipeline.small import until
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))
    monkeypatch.setattr("serving.PAUSE", 0.05)


async def invited(chat: Chat, role: str) -> str:
    async with chat.programme.database.session() as session:
        return await invitations.invite(session, role, chat.clock.now())


async def test_a_link_opens_its_card_for_a_stranger(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """Event and patent; whoever comes by it can go on from there, and by the menu later."""
    async with on_telegram(tmp_path, now, sqlite_engine, demo=True) as (telegram, _):
        hua = telegram.user("华")
        await hua.starts("ev2")
        card = await hua.waits_for("投资机构点评")
        assert "报名" in [label for row in card.buttons for label in row]
        assert "t.me" not in card.text
        await hua.starts("pt7")
        await hua.waits_for("权利人")
        await hua.starts()
        await hua.waits_for("我是知桥")


@pytest.mark.parametrize(("payload", "said"), [("ev999999", "没有"), ("pt999999", "不在库里")])
async def test_a_link_to_nothing_says_so(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, payload: str, said: str
) -> None:
    """In the words of its own topic."""
    async with on_telegram(tmp_path, now, sqlite_engine, demo=True) as (telegram, _):
        await telegram.user("华").starts(payload)
        await telegram.user("华").waits_for(said)


@pytest.mark.parametrize(
    "payload", ["ev", "ev0", "ev-1", "ev1x", "xx12", "ev１２", "ev" + "9" * 13]
)
def test_what_is_no_payload_of_ours_opens_nothing(payload: str) -> None:
    """It goes on to the codes, which know it or greet like a bare /start."""
    assert links.opened_by(payload) is None


def test_a_press_has_the_payload_of_what_it_is_about() -> None:
    """And what is about a segment, a need or nothing has none."""
    assert links.payload_of("events.sign_up", Button(["12"])) == "ev12"
    assert links.payload_of("patents.interest", Button(["7"])) == "pt7"
    assert links.payload_of("patents.page", Button(["3", "1"])) == ""
    assert links.payload_of("events.sign_up", Button([])) == ""


async def test_an_organizer_gets_a_link_to_forward(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """Under the name that Telegram knows us by; it opens the event on another phone."""
    async with on_telegram(tmp_path, now, sqlite_engine, demo=True) as (telegram, chat):
        zu, hua = telegram.user("组"), telegram.user("华")
        await zu.starts(await invited(chat, "org"))
        await zu.waits_for("组织者")
        await zu.starts("ev2")
        card = await zu.waits_for("https://t.me/zhiqiao_bot?start=ev2")
        await hua.starts(card.text.rpartition("start=")[2].strip())
        await hua.waits_for("投资机构点评")


async def test_no_link_without_a_name(chat: Chat) -> None:
    """On the page alone nobody is sent to a bot that is not there."""
    zu = await chat.somebody("组", "org")
    await zu.says("/start ev2")
    assert "投资机构点评" in zu.seen
    assert "t.me" not in zu.seen


async def test_a_role_brings_its_commands(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """Everybody sees what an enterprise can do, an organizer sees theirs from the role on."""
    async with on_telegram(tmp_path, now, sqlite_engine) as (telegram, chat):
        shown = telegram.world.commands
        everybody = {one["command"]: one["description"] for one in shown["default::"]}
        assert everybody["need"] == "提技术需求"
        assert "broadcast" not in everybody
        zu = telegram.user("组")
        await zu.starts(await invited(chat, "org"))
        await until(lambda: f"chat:{zu.id}:" in shown)
        theirs = [one["command"] for one in shown[f"chat:{zu.id}:"]]
        assert {"broadcast", "create", "tickets"} <= set(theirs)
        assert telegram.refused == []


async def test_commands_that_stand_are_not_sent_again(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """A second start changes only what differs: here the chat of somebody who is staff now."""
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with TelegramEmulator("123456:" + "T" * 30) as telegram:
        hua, sent = telegram.user("华"), telegram.world.commands
        async with beside(telegram, tmp_path, now, sqlite_engine, url=url, demo=False) as chat:
            await hua.starts()
            await hua.waits_for("知桥")
            async with chat.programme.database.session() as session:
                for person in await session.scalars(select(Person)):
                    person.role = "staff"
            await until(lambda: "default::" in sent)
        first = sent["default::"]
        async with beside(telegram, tmp_path, now, sqlite_engine, url=url, demo=False):
            await until(lambda: f"chat:{hua.id}:" in sent)
        assert sent["default::"] is first
        assert "tickets" in [one["command"] for one in sent[f"chat:{hua.id}:"]]


async def test_a_start_while_telegram_is_down_introduces_us_later(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """The page does not wait for it; the name is there when Telegram is."""
    async with TelegramEmulator("123456:" + "T" * 30) as telegram:
        telegram.fail(502, times=3, method="getMe")
        async with beside(telegram, tmp_path, now, sqlite_engine, demo=False) as chat:
            await until(lambda: "default::" in telegram.world.commands)
            assert chat.programme.application.bot.username == "zhiqiao_bot"


async def test_whoever_blocks_us_is_unreachable_at_once_and_comes_back(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """No message has to fail first. Unblocking counts, before anything is said."""
    async with on_telegram(tmp_path, now, sqlite_engine) as (telegram, chat):
        hua = telegram.user("华")
        await hua.starts()
        await hua.waits_for("知桥")
        for act, reachable in ((hua.blocks, False), (hua.unblocks, True), (hua.blocks, False)):
            await act()
            await until(lambda: telegram.world.updates.entries == [])
            await becomes(chat, hua.id, reachable)
        await hua.starts()
        await hua.waits_for("欢迎回来")
        await becomes(chat, hua.id, True)
        assert telegram.refused == []


async def test_a_code_from_another_chat_can_be_a_link(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """/start with the six digits is what 关联 with them is; wrong ones say so. With the person come
    the commands of what they may do."""
    async with on_telegram(tmp_path, now, sqlite_engine) as (telegram, chat):
        page, hua = await chat.somebody("华的网页", "org"), telegram.user("华")
        await page.says("关联")

        async def shown() -> bool:
            await page.read()
            return "验证码 " in page.last

        await eventually(shown)
        code = page.last.text.split("验证码 ")[1][:6]
        await hua.starts(f"{(int(code) + 1) % 1_000_000:06}")
        await hua.waits_for("验证码")
        await hua.starts(code)
        await hua.waits_for("现在是同一个人")
        await until(lambda: f"chat:{hua.id}:" in telegram.world.commands)


async def test_what_opens_nothing_says_so(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """With the menu under it."""
    async with on_telegram(tmp_path, now, sqlite_engine) as (telegram, _):
        hua = telegram.user("华")
        await hua.starts("nonsense")
        await hua.waits_for("这个码没有用")
        await hua.waits_for("知桥")


async def becomes(chat: Chat, id: int, reachable: bool) -> None:
    async def there() -> bool:
        return (await chat_row(chat, id)).reachable is reachable

    await eventually(there)
    assert await there()
