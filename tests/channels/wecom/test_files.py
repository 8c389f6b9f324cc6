"""Files that members send: fetched before their turn, kept for it, shown to whoever may see."""

from __future__ import annotations

from sqlalchemy import func, select

from db.models import File
from tests import scenario
from tests.channels.wecom.conftest import Talk
from tests.channels.wecom.phone import OnWeCom
from tests.chat import Chat
from tests.emulators.wecom import WeComEmulator
from tests.emulators.wecom.user import PICTURE
from tests.networks import code

LIST = (
    "企业名称,统一社会信用代码,市州\r\n衡阳知桥导入有限公司,91430100MA4L16J02Y,衡阳市\r\n"
).encode()
NEED = ("提需求", "柱塞泵滑靴磨损快，想找表面处理技术", "跳过", "跳过", "50万", "跳过")


async def seated(wecom: WeComEmulator, chat: Chat, name: str, role: str) -> OnWeCom:
    phone = OnWeCom(wecom.user(name))
    await phone.says(f"/start {await code(chat, role)}")
    await phone.sees("已为您开通")
    return phone


async def test_a_picture_goes_with_the_need(talk: Talk) -> None:
    """Sent while the form is open; the staff get it, though WeCom keeps it for three days only."""
    wecom, chat = talk
    staff = await seated(wecom, chat, "ChenMin", "staff")
    phone = OnWeCom(wecom.user("LiuYang"))
    await scenario.register(phone)
    for said in NEED:
        await phone.says(said)
        await phone.sees("提技术需求")
    await phone.user.sends_image()
    await phone.sees("附件：一张图片")
    for said, asked in (("许可", "产业领域"), ("液压", "怎么公开"), ("公开", "请核对")):
        await phone.says(said)
        await phone.sees(asked)
    await phone.taps("提交")
    await phone.sees("1 个工作日内")
    await staff.sees("附件：1 个")
    await staff.taps("看附件")
    await staff.sees("附件共 1 个，都在上面")
    assert PICTURE in [message.file for message in staff.user.messages]


async def test_a_list_of_firms_is_taken_in(talk: Talk) -> None:
    """As on the page: read, tried, and nothing written before the yes."""
    wecom, chat = talk
    organizer = await seated(wecom, chat, "zhaoqi", "org")
    await organizer.user.sends_file("名单.csv", LIST)
    await organizer.sees("还没有写入", "新增 1")
    await organizer.taps("确认导入")
    await organizer.sees("已导入，批次")


async def test_what_cannot_be_fetched_is_said(talk: Talk) -> None:
    """The turn comes all the same; nothing is kept."""
    wecom, chat = talk
    organizer = await seated(wecom, chat, "zhaoqi", "org")
    wecom.next_errors([40007], path="media/get")
    await organizer.user.sends_file("名单.csv", LIST)
    await organizer.sees("再发")
    async with chat.programme.database.reading() as connection:
        assert not await connection.scalar(select(func.count(File.id)))
