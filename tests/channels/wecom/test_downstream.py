"""上下游: the app in other corps. Each has its token and agent id, and its members are its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.wecom import limits
from db.models import Chat as ChatRow
from db.models import File, Outgoing
from pipeline.work import NOTICE
from tests.channels.wecom.conftest import Talk, connected, talking
from tests.channels.wecom.forger import MESSAGE, Forger, inbox
from tests.channels.wecom.letters import notice
from tests.channels.wecom.phone import OnWeCom
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.wecom import WeComEmulator, xml
from tests.emulators.wecom.state import App
from tests.emulators.wecom.user import PICTURE
from tests.networks import account
from tests.pipeline.small import bot
from tests.waiting import eventually

CORP, AGENT = "wwdown001", 1000003
SHARES, TOKEN = "corpgroup/corp/list_app_share_info", "corpgroup/corp/gettoken"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who shares the app is asked again without a pause, and what waits is sent soon."""
    monkeypatch.setattr("channels.wecom.limits.CHAIN_PAUSE", 0.01)
    monkeypatch.setattr("channels.wecom.limits.STOPPED", 0.2)
    monkeypatch.setattr("pipeline.delivery.RETRY", timedelta(seconds=0.2))


@pytest.fixture
async def down(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> AsyncIterator[tuple[WeComEmulator, Chat, App]]:
    """A programme whose app one other corp has, too."""
    url = await sqlite_engine.town(tmp_path)
    async with talking(url, tmp_path, now, wecom_chain=True) as (wecom, chat):
        app = wecom.downstream(CORP, "湘江新材料", AGENT)
        await wecom.tells("share_chain_change")
        await eventually(lambda: _asked(wecom, 2))
        yield wecom, chat, app


Down = tuple[WeComEmulator, Chat, App]


async def _asked(wecom: WeComEmulator, times: int) -> bool:
    return wecom.count(SHARES) >= times


async def chats(chat: Chat) -> dict[str, int]:
    async with chat.programme.database.reading() as connection:
        rows = await connection.execute(
            select(ChatRow.address, ChatRow.person_id).where(ChatRow.channel == "wecom")
        )
        return {address: person for address, person in rows if person is not None}


async def test_each_corp_is_answered_with_its_own_token_and_agent_id(down: Down) -> None:
    """The same user id in two corps is two people, and neither reads what the other was told."""
    wecom, chat, app = down
    theirs, ours = wecom.user("LiuYang", app=app), wecom.user("LiuYang")
    await theirs.says("菜单")
    await theirs.waits_for("知桥")
    assert ours.messages == []
    await ours.says("菜单")
    await ours.waits_for("知桥")
    people = await chats(chat)
    assert set(people) == {f"{CORP}/LiuYang", f"{wecom.corpid}/LiuYang"}
    assert len(set(people.values())) == 2
    assert {message.agentid for message in theirs.messages} == {AGENT}
    assert {message.agentid for message in ours.messages} == {wecom.agentid}
    assert wecom.count(TOKEN) == 1
    assert wecom.refused == []


async def test_the_same_message_id_in_two_corps_is_two_messages(down: Down) -> None:
    wecom, chat, _ = down
    forger = Forger(wecom, chat)
    assert await forger.posts(xml.write(MESSAGE)) == 200
    other = MESSAGE | {"ToUserName": CORP, "AgentID": str(AGENT)}
    assert await forger.posts(xml.write(other)) == 200
    assert await forger.posts(xml.write(other)) == 200
    assert len(await inbox(chat)) == 2


@pytest.mark.parametrize("upstream", [True, False])
async def test_a_callback_may_be_meant_for_either_corp(down: Down, upstream: bool) -> None:
    """No source says for whom WeCom seals it."""
    wecom, chat, app = down
    wecom.upstream_receiveid(upstream)
    delivery = await wecom.user("LiuYang", app=app).says("菜单")
    assert [attempt.status for attempt in delivery.attempts] == [200]
    assert len(await inbox(chat)) == 1


@pytest.mark.parametrize("upstream", [True, False])
async def test_a_corp_that_has_just_joined_is_heard_at_once(down: Down, upstream: bool) -> None:
    """Nobody told us of it yet; who shares the app is asked before the message is refused."""
    wecom, chat, _ = down
    wecom.upstream_receiveid(upstream)
    chat.clock.forward(limits.CHAIN_REST)
    new = wecom.user("WuMei", app=wecom.downstream("wwdown002", "衡阳装备", 1000009))
    delivery = await new.says("菜单")
    assert [attempt.status for attempt in delivery.attempts] == [200]
    await new.waits_for("知桥")


async def test_a_stranger_does_not_make_us_ask_each_time(down: Down) -> None:
    """And is refused, as a corp is that has not confirmed the app."""
    wecom, chat, _ = down
    chat.clock.forward(limits.CHAIN_REST)
    app = wecom.downstream("wwdown003", "未确认的企业", 1000010, confirmed=False)
    asked = wecom.count(SHARES)
    for _ in range(3):
        delivery = await wecom.user("Somebody", app=app).says("菜单")
        assert [attempt.status for attempt in delivery.attempts] == [403]
    assert wecom.count(SHARES) == asked + 1
    assert await inbox(chat) == []


async def test_without_the_setting_other_corps_are_strangers(talk: Talk) -> None:
    wecom, chat = talk
    app = wecom.downstream(CORP, "湘江新材料", AGENT)
    delivery = await wecom.user("LiuYang", app=app).says("菜单")
    assert [attempt.status for attempt in delivery.attempts] == [403]
    assert wecom.count(SHARES) == 0
    assert await inbox(chat) == []


async def test_many_corps_come_page_by_page(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the start, before anybody has told us of them."""
    monkeypatch.setattr("channels.wecom.limits.SHARES_PAGE", 2)
    async with (
        WeComEmulator() as wecom,
        bot(tmp_path, now, sqlite_engine, settings=account(wecom) | {"wecom_chain": True}) as chat,
    ):
        apps = [wecom.downstream(f"wwdown{n}", f"企业{n}", 100 + n) for n in range(5)]
        async with connected(wecom, chat):
            await eventually(lambda: _asked(wecom, 3))
            for app in apps:
                await wecom.user("LiuYang", app=app).says("您好")
            await chat.programme.settle()
            assert [len(wecom.user("LiuYang", app=app).messages) for app in apps] == [1] * 5


async def test_a_corp_that_leaves_is_no_longer_written_to(down: Down) -> None:
    """670001: the person cannot be reached, and what was for them is kept."""
    wecom, chat, app = down
    liu = wecom.user("LiuYang", app=app)
    await liu.says("菜单")
    await liu.waits_for("知桥")
    app.confirmed = False
    wecom.kill_token()
    chat_id = await chat.programme.chats.open("wecom", f"{CORP}/LiuYang")
    await notice(chat, chat_id, "一月对接会")
    await eventually(lambda: _is(chat, "missed"))
    assert await _is(chat, "missed")
    assert 670001 in [call.errcode for call in wecom.refused]


async def test_an_app_that_was_shared_anew_has_another_agent_id(down: Down) -> None:
    """301002 makes us ask; what was refused is sent under the new one."""
    wecom, chat, app = down
    liu = wecom.user("LiuYang", app=app)
    await liu.says("菜单")
    await liu.waits_for("知桥")
    corp = app.corp
    del corp.apps[AGENT]
    app.agentid = 1000077
    corp.apps[1000077] = app
    chat_id = await chat.programme.chats.open("wecom", f"{CORP}/LiuYang")
    await notice(chat, chat_id, "一月对接会", priority=NOTICE)
    await eventually(lambda: _refused(wecom))
    chat.clock.forward(timedelta(minutes=10))
    await liu.waits_for("一月对接会", 10)
    assert liu.last.agentid == 1000077


async def _refused(wecom: WeComEmulator) -> bool:
    return any(call.errcode in (301002, 41011, 40056) for call in wecom.refused)


async def _is(chat: Chat, state: str) -> bool:
    async with chat.programme.database.reading() as connection:
        found = await connection.scalar(select(Outgoing.id).where(Outgoing.state == state))
    return found is not None


async def test_a_file_is_fetched_with_the_token_of_its_corp(down: Down) -> None:
    wecom, chat, app = down
    phone = OnWeCom(wecom.user("LiuYang", app=app))
    await phone.user.sends_image()

    async def kept() -> bool:
        async with chat.programme.database.reading() as connection:
            return (
                await connection.scalar(select(File.id).where(File.content == PICTURE)) is not None
            )

    await eventually(kept)
    assert await kept()
