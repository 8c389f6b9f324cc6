"""WeCom is answered while the database is held, and nothing of what it told is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.wecom.spool import Line, Spool
from db.models import Incoming
from serving import _networks
from tests.channels.wecom.conftest import resting
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.wecom import WeComEmulator
from tests.networks import the_app
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    monkeypatch.setattr("channels.wecom.spool.AT_ONCE", 0.01)


async def texts(chat: Chat) -> list[str]:
    async with chat.programme.database.reading() as connection:
        raws = (await connection.execute(select(Incoming.raw).order_by(Incoming.id))).scalars()
        return [raw["message"]["text"] for raw in raws]


def spooled(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in (folder / "spool").glob("*")]


async def test_a_database_that_is_held_keeps_nobody_waiting(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """FACTS 9, test 4: a turn holds it, WeCom has its 200; later all is there, in each chat in
    its order, and the file is empty. Also for who is new, and for what comes twice at once."""
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with WeComEmulator() as wecom, resting(url, tmp_path, now, wecom) as chat:
        liu, zhao = wecom.user("LiuYang"), wecom.user("zhaoqi")
        await liu.says("零")
        async with chat.programme.database.writing():
            for text in ("一", "二", "三"):
                wecom.duplicate()
                await liu.says(text)
            await zhao.says("四")
            assert {a.status for d in wecom.deliveries for a in d.attempts} == {200}
            assert await texts(chat) == ["零"]
        await eventually(lambda: _has(chat, 5))
        said = await texts(chat)
        assert [text for text in said if text != "四"] == ["零", "一", "二", "三"]
        assert said.count("四") == 1
        await eventually(lambda: _is(spooled(tmp_path) == [b""]))
        assert spooled(tmp_path) == [b""]


async def _has(chat: Chat, count: int) -> bool:
    return len(await texts(chat)) >= count


async def _is(value: bool) -> bool:
    return value


async def test_a_crash_before_the_database_has_it_loses_nothing(
    engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next process takes in what was answered; what WeCom brings again changes nothing."""
    url = await engine.town(tmp_path, demo=False)
    async with WeComEmulator() as wecom:
        liu = wecom.user("LiuYang")
        async with resting(url, tmp_path, now, wecom) as chat:
            monkeypatch.setattr(the_app(chat).callback, "_store", _hangs)
            delivery = await liu.says("一")
            await liu.says("二")
            assert {a.status for d in wecom.deliveries for a in d.attempts} == {200}
        async with resting(url, tmp_path, now, wecom) as chat, _networks(chat.programme):
            await eventually(lambda: _has(chat, 2))
            await wecom.callbacks.deliver(wecom.home, liu.member, delivery.fields)
            await eventually(lambda: _is(not any(spooled(tmp_path))))
            assert await texts(chat) == ["一", "二"]
        assert spooled(tmp_path) == []


async def _hangs(root: object) -> None:
    await asyncio.sleep(60)


def member(message: bytes) -> str:
    """Of tests whose messages are `who what`."""
    return message.decode().partition(" ")[0]


async def stored_though_refused(folder: Path, line: Line) -> list[bytes]:
    """The database is away at once, for two tries of what was answered, and then back."""
    tries, stored = Counter[bytes](), list[bytes]()

    async def take(message: bytes) -> None:
        tries[message] += 1
        if message == b"liu 1" and tries[message] < 4:
            await asyncio.sleep(0.03 if tries[message] > 1 else 0)
            raise OSError("the database is away")
        stored.append(message)

    spool = Spool(folder / "spool", take, line)
    with pytest.raises(OSError, match="away"):
        await spool.put(b"liu 1")
    for message in (b"liu 1", b"liu 2", b"zhao 3"):
        await spool.put(message)
    await eventually(lambda: _is(spooled(folder) == [b""]))
    assert tries == {b"liu 1": 4, b"liu 2": 1, b"zhao 3": 1} and spooled(folder) == [b""]
    await spool.close()
    return stored


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("channels.wecom.spool.AGAIN", 0.01)
    caplog.set_level(logging.CRITICAL)


async def test_what_is_refused_later_is_tried_again_and_nothing_of_its_member_overtakes(
    tmp_path: Path, refused: None
) -> None:
    """It was answered, so WeCom does not bring it again. What is refused at once is not kept."""
    assert await stored_though_refused(tmp_path, member) == [b"zhao 3", b"liu 1", b"liu 2"]


async def test_control_without_lines_the_next_overtakes(tmp_path: Path, refused: None) -> None:
    stored = await stored_though_refused(tmp_path, lambda message: message.decode())
    assert stored[-1] == b"liu 1"


async def test_a_file_of_a_process_that_lives_is_its_own(tmp_path: Path) -> None:
    """Only what nobody has locked is taken over; a line that was cut off was never answered."""
    taken = list[Any]()

    async def never(message: bytes) -> None:
        await asyncio.sleep(60)

    async def take(message: bytes) -> None:
        taken.append(message)

    living, other = (
        Spool(tmp_path / "spool", never, member),
        Spool(tmp_path / "spool", take, member),
    )
    await living.put(b"<xml>1</xml>")
    await other.take_over()
    assert taken == []
    await living.close()
    (file,) = (tmp_path / "spool").glob("*")
    file.write_bytes(file.read_bytes() + b"PHhtb")
    await other.take_over()
    assert taken == [b"<xml>1</xml>"] and spooled(tmp_path) == []


async def taken_in(folder: Path) -> list[bytes]:
    """Two processes died one after the other, and a message comes while theirs are taken in."""
    taken, free = list[bytes](), asyncio.Event()

    async def never(message: bytes) -> None:
        await asyncio.sleep(60)

    async def take(message: bytes) -> None:
        if message != b"3":
            await free.wait()
        taken.append(message)

    for message in (b"1", b"2"):
        dead = Spool(folder / "spool", never, member)
        await dead.put(message)
        await dead.close()
    spool = Spool(folder / "spool", take, member)
    taking = asyncio.create_task(spool.take_over())
    await asyncio.sleep(0)
    await spool.put(b"3")
    free.set()
    await taking
    await eventually(lambda: _is(len(taken) == 3))
    await spool.close()
    return taken


async def test_what_comes_stands_behind_what_was_left(tmp_path: Path) -> None:
    """It is answered at once all the same, and the processes' files keep their order."""
    assert await taken_in(tmp_path) == [b"1", b"2", b"3"]


async def test_control_taken_at_once_it_overtakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Spool, "_in_line", lambda self, message, kept: self._take(message))
    assert await taken_in(tmp_path) == [b"3", b"1", b"2"]
