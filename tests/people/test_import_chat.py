"""A list of firms by chat: sent, tried, confirmed, taken back; and what is no list at all."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from channels import updates
from db.models import Audit, Enterprise, File
from services import apart
from services.lists import NoHeader
from services.tables import NotATable
from tests.chat import Chat, Somebody
from tests.people.acts import DAY, number
from tests.test_enterprise_import import HEADER, xlsx

FIRM = "衡阳知桥导入有限公司,91430100MA4L16J02Y,衡阳市,小型企业,演示甲,138 1234 5678,专精特新"
LIST = "\r\n".join([HEADER, FIRM, "错码有限公司,91439999MA9D0001,,,,,"]).encode()
NAMED = select(func.count(Enterprise.id)).filter_by(name="衡阳知桥导入有限公司")


async def sends(chat: Chat, person: Somebody, content: bytes, name: str = "名单.csv") -> None:
    """As the page stores what a visitor sends."""
    token, at = chat.key(), chat.clock.now()
    mime = "text/csv"
    async with chat.programme.database.writing() as connection:
        await connection.execute(
            insert(File).values(
                token=token, chat_id=person.chat_id, name=name, mime=mime, content=content,
                created_at=at,
            )
        )  # fmt: skip
    await person.does(updates.file(person.chat_id, "web", token, name, mime, len(content), at))


async def test_a_list_is_tried_confirmed_and_taken_back(chat: Chat, organizer: Somebody) -> None:
    """Nothing is written before the yes; pressed twice it is written once; the audit knows who."""
    await organizer.taps("导入专利或企业")
    assert "24 小时内能撤回" in organizer.last
    await sends(chat, organizer, LIST)
    assert "还没有写入" in organizer.last
    assert "新增 1" in organizer.last
    assert "第 3 行 信用代码：信用代码不是 18 位" in organizer.last
    assert await number(chat, NAMED) == 0
    trial = organizer.last
    await organizer.taps("确认导入", trial)
    assert "已导入，批次" in organizer.last
    assert await number(chat, NAMED) == 1
    await organizer.taps("确认导入", trial)
    assert "已经导入过了" in organizer.last
    await organizer.taps("撤回批次")
    assert "撤回" in organizer.last
    assert await number(chat, NAMED) == 0
    await organizer.taps("撤回（24 小时内）")
    assert "已经撤回过了" in organizer.last
    done = select(func.count(Audit.id)).where(Audit.what.like("enterprises.%"), Audit.who > 0)
    assert await number(chat, done) == 2


async def test_after_a_day_a_list_stays(chat: Chat, organizer: Somebody) -> None:
    """It says so, and how to correct a firm then."""
    await sends(chat, organizer, LIST)
    await organizer.taps("确认导入")
    await chat.later(DAY + timedelta(minutes=1))
    await organizer.taps("撤回（24 小时内）")
    assert "只能在 24 小时内撤回" in organizer.last
    assert await number(chat, NAMED) == 1


async def test_a_list_can_be_left(chat: Chat, organizer: Somebody) -> None:
    await sends(chat, organizer, LIST)
    await organizer.taps("不导入")
    assert "什么都没有改" in organizer.last
    assert await number(chat, NAMED) == 0


async def test_only_organizers_send_lists(chat: Chat, organizer: Somebody) -> None:
    """A firm's file is no list; and nobody confirms another's by a forged button."""
    firm = await chat.somebody("企业")
    await firm.says("菜单")
    await sends(chat, firm, LIST)
    assert "还没有写入" not in firm.seen
    await sends(chat, organizer, LIST)
    other = await chat.somebody("组织者二", "org")
    await other.says("菜单")
    for person in (firm, other):
        await person.presses(person.last, "imports.take:1")
    assert "由组织者" in firm.last
    assert "过时" in other.last
    assert await number(chat, NAMED) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n picture", "这是一张图片"),
        (b"%PDF-1.7 ...", "这是 PDF"),
        ("活动,时间\n对接会,周三\n".encode(), "“活动名称”这样的列"),
    ],
)
async def test_what_is_no_list_is_named(
    chat: Chat, organizer: Somebody, content: bytes, said: str
) -> None:
    """And what to send instead."""
    await sends(chat, organizer, content)
    assert said in organizer.last


# what workbooks do to whoever opens them


def archive(*names: str, size: int = 10, fill: bytes = b"x") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name in names:
            book.writestr(name, fill * size)
    return made.getvalue()


def locked() -> bytes:
    """A workbook under a password is an OLE file that says so."""
    return b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le")


HOSTILE = {
    "archive": archive("名单.csv", "readme.txt"),
    "document": archive("word/document.xml"),
    "macro": archive("xl/workbook.xml", "xl/vbaProject.bin"),
    "external": archive("xl/workbook.xml", "xl/externalLinks/externalLink1.xml"),
    "too_much": archive("xl/workbook.xml", "xl/worksheets/sheet1.xml", size=60_000_000),
    "password": locked(),
    "unreadable": b"PK\x03\x04 broken",
    "large": b"x" * (10 * 1024 * 1024 + 1),
    "picture": b"\xff\xd8\xff jpeg",
    "encoding": b"\x81\xff\xfe\xfa,\xff\n",
}


@pytest.mark.parametrize("why", HOSTILE)
async def test_a_hostile_file_is_refused_for_what_it_is(why: str) -> None:
    """By its own name, without being unpacked."""
    with pytest.raises(NotATable) as refusal:
        await apart.read(HOSTILE[why])
    assert refusal.value.facts == {"why": why}


async def test_many_entries_are_too_much() -> None:
    names = ["xl/workbook.xml", *(f"xl/worksheets/sheet{n}.xml" for n in range(300))]
    with pytest.raises(NotATable) as refusal:
        await apart.read(archive(*names))
    assert refusal.value.facts == {"why": "too_much"}


async def test_a_table_of_too_many_rows_is_refused() -> None:
    content = (HEADER + "\n" + "某某有限公司,,,,,,\n" * 50_001).encode()
    with pytest.raises(NotATable) as refusal:
        await apart.read(content)
    assert refusal.value.facts == {"why": "too_many_rows"}


async def test_one_long_token_hangs_nobody(tmp_path: Path) -> None:
    """36 KB that keep an XML parser busy for minutes are read or refused at once."""
    book = xlsx(tmp_path, [["企业名称", "市州"], ["a" * 300_000, "长沙"]])
    begun = time.perf_counter()
    found = await apart.read(book.read_bytes())
    assert [problem.reason for problem in found.problems] == ["name_length"]
    assert time.perf_counter() - begun < 10


async def test_a_child_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the limits end is too much for us, and said so."""
    monkeypatch.setattr(apart, "WALL", 0.01)
    with pytest.raises(NotATable) as refusal:
        await apart.read(LIST)
    assert refusal.value.facts == {"why": "too_much"}
    monkeypatch.setattr(apart, "WALL", 30.0)
    with pytest.raises(NoHeader):
        await apart.read("活动,时间\n".encode())
