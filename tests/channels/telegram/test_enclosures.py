"""A photo or a file goes from a phone on Telegram to the staff on the page, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from channels import updates
from channels.telegram.files import LARGEST, enclosed
from channels.web.app import Page, web_app
from channels.web.seats import ThreePhones
from db.models import File
from services import invitations
from serving import LOCAL_HOSTS
from tests.channels.telegram.phones import on_telegram
from tests.chat import Chat, Somebody
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator, User
from tests.emulators.telegram.user import PICTURE
from tests.people.test_import_chat import LIST
from tests.pipeline.small import count, until
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))


@dataclass
class Desk:
    telegram: TelegramEmulator
    chat: Chat
    hua: User
    staff: Somebody
    page: httpx.AsyncClient

    async def staff_sees(self, text: str) -> None:
        async def there() -> bool:
            await self.staff.read()
            seen = [b.text + "".join(f["name"] for f in b.files) for b in self.staff.messages]
            return any(text in one for one in seen)

        await eventually(there)
        assert await there(), text

    @property
    def files(self) -> list[dict[str, Any]]:
        return [file for bubble in self.staff.messages for file in bubble.files]

    async def asks(self) -> None:
        """转人工, which asks what about."""
        await self.hua.says("转人工")
        await self.hua.waits_for("问题")


@pytest.fixture
async def desk(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> AsyncIterator[Desk]:
    async with on_telegram(tmp_path, now, sqlite_engine) as (telegram, chat):
        seats = ThreePhones(chat.programme.chats)
        programme = chat.programme
        page = Page(programme.database, chat.clock, programme.inbox, seats, programme.readers)
        app = web_app(page, seats.routes(), hosts=LOCAL_HOSTS)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080"
        ) as client:
            staff = await chat.somebody("工作人员", "staff")
            hua = telegram.user("华")
            await hua.starts()
            await hua.waits_for("知桥")
            yield Desk(telegram, chat, hua, staff, client)


async def test_a_photo_from_telegram_is_seen_on_the_page(desk: Desk) -> None:
    """With the ticket, byte for byte; and again whenever the ticket is opened."""
    await desk.asks()
    await desk.hua.sends_photo(PICTURE)
    await desk.hua.waits_for("附件")
    await desk.hua.says("这个裂纹能修吗")
    await desk.hua.waits_for("编号")
    await desk.staff_sees("photo.jpg")
    answer = await desk.page.get(desk.files[-1]["url"])
    assert (answer.status_code, answer.content) == (200, PICTURE)
    await desk.chat.programme.inbox.put(_say(desk, "待答问题"))
    await desk.staff_sees("待答问题，最急的在前")
    press = updates.press(
        desk.staff.chat_id, "web", "k", 0, "desk.show:1", "1", desk.chat.clock.now()
    )
    await desk.staff.posts(press)
    await until(lambda: True)

    async def twice() -> bool:
        await desk.staff.read()
        return len(desk.files) == 2

    await eventually(twice)
    assert await twice()


def _say(desk: Desk, text: str) -> Any:
    from pipeline.inbox import Raw

    body = updates.text(desk.staff.chat_id, text, desk.chat.clock.now())
    return Raw("web", desk.chat.key(), desk.staff.chat_id, body)


async def test_words_under_a_file_are_the_question(desk: Desk) -> None:
    """One message is enough, and a file keeps its name."""
    await desk.asks()
    await desk.hua.sends_document("图纸.pdf", b"%PDF-1", "application/pdf", "这个能做吗")
    await desk.hua.waits_for("编号")
    await desk.staff_sees("这个能做吗")
    await desk.staff_sees("图纸.pdf")
    assert (await desk.page.get(desk.files[-1]["url"])).content == b"%PDF-1"


async def test_what_the_staff_send_arrives_on_telegram(desk: Desk) -> None:
    """An answer on the page with a picture and a file: the one shows, the other can be saved."""
    await desk.asks()
    await desk.hua.says("怎么备案")
    await desk.hua.waits_for("编号")
    await desk.staff_sees("怎么备案")
    at = desk.chat.clock.now()
    await desk.staff.posts(updates.press(desk.staff.chat_id, "web", "k", 0, "desk.reply:1", "", at))
    await desk.staff_sees("答复内容")
    for name, mime, content in (("流程.png", "image/png", PICTURE), ("表.docx", "x/y", b"PK")):
        sent = await desk.page.post(
            "/send", data={"seat": "工作人员", "key": name}, files={"file": (name, content, mime)}
        )
        assert sent.status_code == 200
        await desk.staff_sees("附件")
    await desk.chat.programme.inbox.put(_say(desk, "按这张图走，表填好带来"))
    await desk.hua.waits_for("按这张图走")
    await until(lambda: desk.hua.last.document)
    assert [m.photo for m in desk.hua.messages if m.photo] == [PICTURE]
    last = desk.hua.last
    assert (last.document, last.file_name) == (b"PK", "表.docx")


async def test_a_file_that_is_too_large_is_refused_with_the_limit(desk: Desk) -> None:
    """Named in megabytes, nothing is fetched, and the question stays open."""
    await desk.asks()
    await desk.hua.sends_document("大.bin", bytes(LARGEST + 1))
    await desk.hua.waits_for("20 MB")
    assert await count(desk.chat.programme.database, File.id) == 0
    await desk.hua.says("不发了，就问一句")
    await desk.hua.waits_for("编号")


async def test_a_file_that_cannot_be_fetched_is_asked_for_again(desk: Desk) -> None:
    """Telegram failed; the form goes on, and the next try counts."""
    await desk.asks()
    desk.telegram.fail(502, times=2, method="getFile")
    await desk.hua.sends_photo(PICTURE)
    await desk.hua.waits_for("再发一次")
    desk.telegram.fail(502, times=1, method="getFile")  # once is tried again by itself
    await desk.hua.sends_photo(PICTURE)
    await desk.hua.waits_for("附件")


async def test_a_slow_download_keeps_nobody_else_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits before its own turn, outside of any transaction."""
    await desk.asks()
    desk.telegram.slow(3, method="getFile")
    await desk.hua.sends_photo(PICTURE)
    await asyncio.sleep(0.2)
    rui = desk.telegram.user("瑞")
    begun = asyncio.get_running_loop().time()
    await rui.starts()
    await rui.waits_for("知桥")
    assert asyncio.get_running_loop().time() - begun < 2.5
    await desk.hua.waits_for("附件", 8)


async def test_a_file_that_nobody_wants_is_left_where_it_is(desk: Desk) -> None:
    """Outside a form that keeps files nothing is fetched or stored."""
    await desk.hua.sends_photo(PICTURE)
    await desk.hua.waits_for("一张图片")
    assert await count(desk.chat.programme.database, File.id) == 0


async def test_an_organizers_list_comes_over_telegram(desk: Desk) -> None:
    """Outside any form a document of theirs is fetched and tried, and comes back with its wrong
    cells in red; anybody else's is not fetched."""
    zu = desk.telegram.user("组")
    async with desk.chat.programme.database.session() as session:
        code = await invitations.invite(session, "org", desk.chat.clock.now())
    await zu.starts(code)
    await zu.waits_for("组织者")
    for person, seen in ((desk.hua, "一个文件"), (zu, "新增 1")):
        await person.sends_document("名单.csv", LIST, "text/csv")
        await person.waits_for(seen)
        assert await count(desk.chat.programme.database, File.id) == 2 * (person is zu)
    await zu.taps("确认导入")
    await zu.waits_for("已导入，批次")


async def test_the_same_file_of_two_people_stays_with_both(desk: Desk) -> None:
    """Telegram knows it under one id; each ticket has it."""
    rui = desk.telegram.user("瑞")
    file = desk.telegram.world.add_file(b"%PDF", "公告.pdf", "application/pdf")
    desk.telegram.world.add_file = lambda *_: file  # type: ignore[method-assign]
    for person in (desk.hua, rui):
        await person.says("转人工")
        await person.waits_for("问题")
        await person.sends_document(
            "公告.pdf", b"%PDF", "application/pdf", f"{person.person.name}问"
        )
        await person.waits_for("编号")
    async with desk.chat.programme.database.reading() as connection:
        about = list(await connection.scalars(select(File.about).order_by(File.id)))
    assert about == ["ticket:1", "ticket:2"]


async def test_nobody_else_sees_a_file(desk: Desk) -> None:
    """It was sent to the staff: the other phones of other people do not get it by its address."""
    await desk.asks()
    await desk.hua.sends_photo(PICTURE, "能修吗")
    await desk.staff_sees("photo.jpg")
    async with desk.chat.programme.database.session() as session:
        from sqlalchemy import update

        from db.models import Outgoing

        await session.execute(
            update(Outgoing).where(Outgoing.method == "send_photo").values(chat_id=1)
        )
    assert (await desk.page.get(desk.files[-1]["url"])).status_code == 404


@pytest.mark.parametrize(
    "message",
    [{}, {"photo": []}, {"photo": "x"}, {"document": 5}, {"voice": {"file_id": 1}}, {"photo": [5]},
     {"document": {"file_id": "a", "file_unique_id": "b", "file_size": LARGEST + 1}}],
)  # fmt: skip
def test_no_shape_of_a_file_hurts(message: dict[str, Any]) -> None:
    """What cannot be fetched is no file."""
    assert enclosed({"message": message}) is None
    assert enclosed({"message": 5}) is None
