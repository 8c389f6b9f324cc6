"""The way in: proven, answered at once, and each thing heard once."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

import logs
from channels.wecom import limits
from pipeline.turn import Turn
from serving import _networks
from tests.channels.wecom.conftest import Talk, connected, talking
from tests.channels.wecom.forger import MESSAGE, Forger, inbox
from tests.conftest import Engine
from tests.emulators.wecom import WeComEmulator, xml
from tests.networks import account, listening
from tests.pipeline.small import bot, echo
from tests.waiting import eventually


async def test_the_address_is_verified_over_http(talk: Talk) -> None:
    """FACTS 9, test 2: exact bytes, within a second, plus signs and all; 403 if forged."""
    wecom, _ = talk
    for _ in range(20):  # some of these have a plus sign
        assert (await wecom.callbacks.verify(wecom.home)).status_code == 200
    assert (await wecom.callbacks.verify(wecom.home, bad=True)).status_code == 403


async def test_the_menu_follows_when_the_address_is_saved(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeCom takes no menu from an app without address, and an address only of one that runs."""
    monkeypatch.setattr("channels.wecom.assembly.MOMENT", 0.05)
    async with (
        WeComEmulator() as wecom,
        bot(tmp_path, now, sqlite_engine, settings=account(wecom)) as chat,
        listening(chat) as url,
        _networks(chat.programme),
    ):
        wecom.world.clock = lambda: chat.clock.now().timestamp()
        await eventually(lambda: _refused(wecom))
        assert wecom.home.menu == []
        await wecom.connect(url)
        await eventually(lambda: _has_menu(wecom))
        assert [entry["name"] for entry in wecom.home.menu] == ["找专利", "活动", "服务"]


async def _refused(wecom: WeComEmulator) -> bool:
    return bool(wecom.refused)


async def _has_menu(wecom: WeComEmulator) -> bool:
    return bool(wecom.home.menu)


async def test_what_wecom_did_not_seal_gets_403_and_reaches_nobody(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """FACTS 9, tests 1 and 3: signature, receiver, age, DTD, nonsense; one line each in the log,
    without its words."""
    wecom, chat = talk
    forger, liu = Forger(wecom, chat), wecom.user("LiuYang")
    wecom.bad_signature()
    await liu.says("一")
    wecom.wrong_receiveid()
    await liu.says("二")
    assert [a.status for d in wecom.deliveries for a in d.attempts] == [403, 403]
    inner = xml.write(MESSAGE)
    window = int(limits.CALLBACK_WINDOW.total_seconds())
    assert await forger.posts(inner, forger.now - window - 5) == 403
    assert await forger.posts(inner, forger.now + window + 5) == 403
    assert await forger.posts(inner, timestamp="x") == 403
    assert await forger.posts(inner, msg_signature="签名") == 403
    assert await forger.posts('<!DOCTYPE x [<!ENTITY a "b">]><xml><T>&a;</T></xml>') == 403
    assert await forger.posts("no xml") == 403
    assert await forger.sends(b"") == 403
    assert await forger.sends(b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>') == 403
    assert await forger.sends(b"x" * (limits.CALLBACK_BYTES + 1)) == 413
    assert await inbox(chat) == []
    refusals = [r for r in caplog.records if r.name == "channels.wecom.callback"]
    assert len(refusals) == 11
    assert not any("13812345678" in r.getMessage() or "LiuYang" in r.getMessage() for r in refusals)
    assert await forger.posts(inner, forger.now - window + 30) == 200
    assert len(await inbox(chat)) == 1


async def test_a_slow_answer_does_not_keep_wecom_waiting(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """FACTS 9, test 4: 200 in under a second while the handler takes longer; one answer, though it
    came twice."""

    async def slow(update: Update, turn: Turn) -> None:
        await asyncio.sleep(2)
        await echo(update, turn)

    async with (
        WeComEmulator() as wecom,
        bot(tmp_path, now, engine, slow, settings=account(wecom)) as chat,
        connected(wecom, chat),
    ):
        liu, begun = wecom.user("LiuYang"), time.monotonic()
        wecom.duplicate()
        delivery = await liu.says("你好")
        assert time.monotonic() - begun < 1
        assert [attempt.status for attempt in delivery.attempts] == [200, 200]
        assert len(await inbox(chat)) == 1
        await chat.programme.settle()
        assert len(liu.messages) == 1


async def test_a_repetition_after_a_restart_is_known(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """FACTS 9, test 4: the keys are in the database, not in the process."""
    url = await sqlite_engine.town(tmp_path)
    fields: dict[str, Any] = {}
    for _ in range(2):
        async with talking(url, tmp_path, now) as (wecom, chat):
            liu = wecom.user("LiuYang")
            delivery = await wecom.callbacks.deliver(wecom.home, liu.member, fields or MESSAGE)
            fields = fields or delivery.fields
            assert len(await inbox(chat)) == 1


async def test_two_events_of_one_second_are_two(talk: Talk) -> None:
    """FACTS 9, test 5. And two messages of two members with one MsgId."""
    wecom, chat = talk
    liu, zhao = wecom.user("LiuYang"), wecom.user("zhaoqi")
    wecom.events_same_second(2)
    await liu.sender.event("click", EventKey="/events")
    await liu.sender.event("click", EventKey="/patents")
    await liu.says("你好")
    await zhao.says("你好")
    rows = await inbox(chat)
    assert [row.raw["message"]["text"] for row in rows] == ["/events", "/patents", "你好", "你好"]


async def test_another_app_of_the_corp_is_not_heard(talk: Talk) -> None:
    """Where AgentID is there it must be ours; where it is absent, the seal is enough."""
    wecom, chat = talk
    forger = Forger(wecom, chat)
    assert await forger.posts(xml.write(MESSAGE | {"AgentID": "7"})) == 200
    assert await inbox(chat) == []
    wecom.strip_agentid()
    await wecom.user("LiuYang").says("你好")
    assert len(await inbox(chat)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"MsgType": "", "Content": ""}, {"MsgType": "location", "Location_X": "NaN"},
        {"MsgType": "image"}, {"CreateTime": "-1"}, {"CreateTime": "9" * 30},
        {"MsgType": "event"}, {"MsgType": "event", "Event": "click"}, {"FromUserName": ""},
        {"FromUserName": "x" * 65}, {"MsgType": "event", "Event": "template_card_event"},
        {"Content": "\ud83d\ude42" * 500}, {"MsgType": "voice", "MediaId": "m" * 500},
    ],
    ids=str,
)  # fmt: skip
async def test_whatever_is_sealed_is_answered_with_200(talk: Talk, changes: dict[str, str]) -> None:
    """An error of ours would only bring it again; and nothing gets stuck."""
    wecom, chat = talk
    fields = {k: v.encode("utf-16", "surrogatepass").decode("utf-16") for k, v in
              (MESSAGE | changes).items()}  # fmt: skip
    assert await Forger(wecom, chat).posts(xml.write(fields)) == 200
    await asyncio.sleep(0.3)
    assert {row.state for row in await inbox(chat)} <= {"done", "new"}
    assert not [row.error for row in await inbox(chat) if row.error]


async def test_secrets_and_tokens_are_in_no_log(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """FACTS 9, test 16: not even in the lines that the HTTP client would write, once masked."""
    wecom, _ = talk
    caplog.set_level(logging.DEBUG)
    liu = wecom.user("LiuYang")
    wecom.next_errors([40058, -1, 60020])
    for _ in range(3):
        await liu.says("菜单")
        await asyncio.sleep(0.3)
    assert wecom.refused
    lines = [logs.Redacting("%(message)s").format(record) for record in caplog.records]
    assert any("message/send" in line for line in lines)
    secrets = [wecom.secret, wecom.token, wecom.aes_key, *wecom.world.tokens]
    assert [line for line in lines for secret in secrets if secret in line] == []
