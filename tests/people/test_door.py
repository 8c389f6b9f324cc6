"""A morning at the door, by chat: what the organizer, a steward and the guests see."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import insert, select, update

from channels import updates
from db.models import Event, File, SignUp
from services import door_pictures
from tests.chat import Chat, Somebody
from tests.people.acts import change, moment, number, signs_up
from tests.people.test_privacy import everything
from tests.phones import OnTelegram


@pytest.fixture
async def guest(chat: Chat, wang: Somebody) -> Somebody:
    """Somebody who has signed up for the first event, on whose morning it is now."""
    await signs_up(wang)
    await chat.move_to(await _starts(chat) - timedelta(hours=1))
    return wang


async def _starts(chat: Chat) -> datetime:
    return await moment(chat, select(Event.starts_at).where(Event.id == 1))


async def _code(chat: Chat) -> str:
    async with chat.programme.database.reading() as connection:
        code = await connection.scalar(select(SignUp.code).where(SignUp.person_id.is_not(None)))
    assert code is not None
    return code


async def _shown(chat: Chat) -> bytes:
    """The newest picture."""
    async with chat.programme.database.reading() as connection:
        drawn = await connection.scalar(
            select(File.content).where(File.mime == "image/png").order_by(File.id.desc()).limit(1)
        )
    assert drawn is not None
    return drawn


async def _scanned(chat: Chat) -> str:
    """What a camera reads from it."""
    return door_pictures.code_in(await _shown(chat)) or ""


async def test_a_morning_at_the_door(chat: Chat, organizer: Somebody, guest: Somebody) -> None:
    """Ticket, code, question in between, name, walk-in, undo, figures, list, end: one after
    another, and the desk stays open until it is put away."""
    await guest.says("签到")
    await guest.sees("签到码", "上面的二维码")
    ticket = await _scanned(chat)
    code = await _code(chat)
    await organizer.says("签到台")
    await organizer.sees("签到台：", "已签到 0 / 报名 1 / 现场 0 / 候补 0")
    await organizer.says("质押融资谁牵头")
    await organizer.sees("省财政厅")
    await organizer.says("王工")
    await organizer.sees("点一下就签到", "138****5678")
    await organizer.says(code)
    await organizer.sees("✅", "王工", "长沙知桥测试装备有限公司", "已签到 13:00")
    await organizer.says(ticket)
    await organizer.sees("之前已签到：13:00")
    await organizer.says("000000" if code != "000000" else "000001")
    await organizer.sees("没有这个签到码")
    await organizer.says(ticket[:-1] + ("A" if ticket[-1] != "A" else "B"))
    await organizer.sees("不是知桥发的")
    await organizer.says("现场登记")
    for said in ("周工", "星城机电", "13900001111"):
        await organizer.says(said)
    await organizer.sees("请核对", "13900001111")
    await organizer.taps("提交")
    await organizer.sees("✅", "周工", "（现场）")
    await organizer.says("签到情况")
    await organizer.sees("已签到 2 / 报名 1 / 现场 1", "签到.png", "最近到的", "绿色")
    await organizer.says("没这个人")
    await organizer.sees("名单里没有“没这个人”")
    await organizer.says("打印名单")
    await organizer.sees(".xlsx", "2 人")
    await organizer.says("收起签到台")
    await organizer.sees("收起来了")
    await organizer.says("周工")
    assert "点一下就签到" not in organizer.seen
    await guest.says("我的报名")
    await guest.sees("✅ 您 13:00 已签到")
    await guest.taps("出示签到码")
    await guest.sees("已签到")
    await guest.presses(guest.last, "events.show:1")
    await guest.sees("✅ 您 13:00 已签到")
    assert "取消报名" not in guest.buttons and "出示签到码" in guest.buttons


async def test_a_colleague_comes_instead_and_a_full_hall_asks(
    chat: Chat, organizer: Somebody, guest: Somebody
) -> None:
    """One tap and a name; an undo; and beyond the seats only by an organizer's word."""
    code = await _code(chat)
    await organizer.says("签到台")
    await organizer.says(code)
    await organizer.taps("换同事来的")
    await organizer.says("赵工")
    await organizer.sees("已改成 赵工")
    await organizer.taps("撤销")
    await organizer.sees("已撤销签到")
    await organizer.taps("重新签到")
    await organizer.sees("✅", "赵工")
    await change(chat, update(Event).where(Event.id == 1).values(capacity=Event.taken))
    await organizer.says("现场登记")
    for said in ("周工", "星城机电", "13900001111"):
        await organizer.says(said)
    await organizer.taps("提交")
    await organizer.sees("名额已满")
    await organizer.taps("超员让进")
    await organizer.sees("✅", "周工")
    capacity = await number(chat, select(Event.capacity).where(Event.id == 1))
    assert capacity == await number(chat, select(Event.taken).where(Event.id == 1))


async def test_a_steward_and_a_stranger(chat: Chat, organizer: Somebody, guest: Somebody) -> None:
    """The steward comes by a one-time code and sees no names but of whom they scan; a guest who
    scans their own ticket sees it; a stranger who scans one is told whose job that is."""
    await guest.says("签到")
    ticket = (await _scanned(chat)).rpartition("start=")[2]
    await organizer.says("签到台")
    await organizer.taps("签到助手")
    await organizer.taps("加一位助手")
    start = organizer.last.text.split("/start ")[1].split()[0]
    helper, stranger = await chat.somebody("助"), await chat.somebody("外")
    await helper.says(f"/start {start}")
    await helper.sees("签到助手了")
    await stranger.says(f"/start {start}")
    await stranger.sees("已经用过或过期")
    await stranger.says(f"/start {ticket}")
    await stranger.sees("由组织者和签到助手来做")
    await guest.says(f"/start {ticket}")
    await guest.sees("签到码")
    await helper.says("签到")
    await helper.sees("签到台：")
    await helper.says("王工")
    await helper.sees("只能扫码和输入六位签到码")
    await helper.presses(helper.last, "door.print:1")
    await helper.sees("只能扫码")
    await helper.says(f"/start {ticket}")
    await helper.sees("✅", "王工")
    await helper.says("签到情况")
    await helper.sees("已签到 1 / 报名 1")
    assert "王工" not in helper.seen
    assert "撤销" not in "".join(helper.last.labels)


async def test_a_door_that_nobody_closes_closes_itself(
    chat: Chat, organizer: Somebody, guest: Somebody
) -> None:
    """At eleven in the evening; codes are not understood after that, and it can be opened again."""
    await organizer.says("签到台")
    await chat.move_to((await _starts(chat)).replace(hour=15, minute=0))  # 23:00 in China
    await organizer.sees("没有关闭", "未关闭")
    await organizer.says(await _code(chat))
    await organizer.sees("已于 23:00 结束")
    await organizer.taps("重新打开")
    await organizer.says(await _code(chat))
    await organizer.sees("✅")


async def test_who_is_deleted_leaves_no_name_at_the_door(
    chat: Chat, organizer: Somebody, guest: Somebody
) -> None:
    """Neither in the sign-up nor in the organizer's chat."""
    await organizer.says("签到台")
    await organizer.says(await _code(chat))
    await organizer.says("签到情况")
    assert (await everything(chat)).count("王工") > 2
    await guest.says("把我的信息都删掉")
    await guest.taps("确认删除")
    await guest.sees("您的数据已删除")
    left = await everything(chat)
    for trace in ("13812345678", "王工"):
        assert trace not in left, next(row for row in left.splitlines() if trace in row)


def _photo(drawn: bytes) -> bytes:
    """As a telephone takes it: askew, on a desk, as JPEG."""
    desk = Image.new("RGB", (1280, 960), "#8a7a66")
    ticket = Image.open(io.BytesIO(drawn)).convert("RGB").rotate(17, expand=True, fillcolor="white")
    desk.paste(ticket, (500, 300))
    made = io.BytesIO()
    desk.save(made, "JPEG", quality=70)
    return made.getvalue()


@pytest.mark.parametrize("channel", ["web", "telegram"])
async def test_a_photo_of_a_ticket_is_read(
    chat: Chat, organizer: Somebody, guest: Somebody
) -> None:
    """While the door stands open; a picture of anything else says what to do."""
    await guest.says("签到")
    ticket = _photo(await _shown(chat))
    await organizer.says("签到台")
    await _sends(chat, organizer, _photo(_plain()))
    await organizer.sees("没有认出二维码")
    await _sends(chat, organizer, b"no picture at all")
    await organizer.sees("没有认出二维码")
    await _sends(chat, organizer, ticket)
    await organizer.sees("✅", "王工")
    await organizer.says("收起签到台")
    await _sends(chat, organizer, ticket)
    assert "王工" not in organizer.seen


def _plain() -> bytes:
    made = io.BytesIO()
    Image.new("L", (300, 300), "white").save(made, "PNG")
    return made.getvalue()


async def _sends(chat: Chat, person: Somebody, photo: bytes) -> None:
    if isinstance(person, OnTelegram):
        person.since = []
        await person.user.sends_photo(photo)
        await person._answer()
        return
    token, at, mime = chat.key(), chat.clock.now(), "image/jpeg"
    row = {"token": token, "chat_id": person.chat_id, "name": "x.jpg", "mime": mime}
    await change(chat, insert(File).values(content=photo, created_at=at, **row))
    await person.does(updates.file(person.chat_id, "web", token, "x.jpg", mime, len(photo), at))
