"""An event from its draft to the evening after it, once, for whatever phones people hold: one
seat, two firms, a move, a door and two taps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests import scenario
from tests.scenario import MoveTo, Phone

TITLE = "液压专场对接会"
STARTS = datetime.fromisoformat("2026-12-03T14:00+08:00")
MOVED = datetime.fromisoformat("2026-12-04T14:00+08:00")
OTHER_CODE, OTHER_FIRM = "91430100MA4L16J02Y", "湘江测试泵阀有限公司"


async def play(people: Sequence[Phone], move_to: MoveTo) -> None:
    first, second, organizer = people
    await scenario.register(first)
    await _register(second)
    await _announce(organizer)
    await _fill(first, second)
    await first.says("我的报名")
    await first.taps(TITLE)
    await first.taps("取消报名")
    await first.sees("已取消报名")
    await second.sees("轮到您了", TITLE)
    await second.taps("要这个名额")
    await second.sees("报名成功", "签到码")
    await _move(organizer, second, move_to)
    await _open_the_door(organizer, second, move_to)
    await move_to(MOVED.replace(hour=20, minute=1))
    await second.sees("谈得怎么样")
    await second.taps("有戏")
    await second.sees("下一步")
    await second.taps("要先看资料")
    await second.sees("谢谢")


async def _register(phone: Phone) -> None:
    await phone.says("注册")
    await phone.taps("同意")
    for said in (OTHER_CODE, OTHER_FIRM, "李工 13912345678 长沙 工程机械"):
        await phone.says(said)
    await phone.taps("提交")
    await phone.sees("注册好了")


async def _announce(organizer: Phone) -> None:
    await organizer.says("新建活动")
    for said in ("一月一对接", TITLE, "12月3日14:00", "长沙", "企业服务中心三楼", "1", "跳过"):
        await organizer.says(said)
    await organizer.taps("提交")
    await organizer.sees("草稿", TITLE)
    await organizer.taps("发布")
    await organizer.sees("已发布")


async def _fill(first: Phone, second: Phone) -> None:
    """Two taps for a known firm; the other waits in line."""
    for phone in (first, second):
        await phone.says("近期活动")
        await phone.taps(TITLE)
        await phone.sees("企业服务中心三楼")
        await phone.taps("候补" if phone is second else "报名")
    await first.sees("报名成功", "签到码")
    await second.sees("候补", "第 1 位")


async def _move(organizer: Phone, guest: Phone, move_to: MoveTo) -> None:
    """The effect before; afterwards old and new, once, and whether they still come."""
    await move_to(STARTS - timedelta(days=2))
    await guest.says("我的报名")  # in WeChat only who wrote in the two days before is reached
    await organizer.says(f"{TITLE}改到12月4日14:00")
    await organizer.sees("12月3日", "12月4日", "影响 1 人报名")
    await organizer.taps("确认")
    await organizer.sees("已改好", "撤回")
    await move_to(STARTS - timedelta(days=2) + timedelta(minutes=11))
    await guest.sees("活动有变", TITLE, "12月4日")
    await guest.taps("仍参加")
    await guest.sees("12月4日")


async def _open_the_door(organizer: Phone, guest: Phone, move_to: MoveTo) -> None:
    await move_to(MOVED - timedelta(minutes=30))
    await guest.says("出示签到码")
    await guest.sees("签到码", TITLE)
    await organizer.says("签到台")
    await organizer.sees("签到", TITLE)
    await organizer.says("李工")
    await organizer.taps("李工")
    await organizer.sees("李工", "已签到")
    await organizer.says("收起签到台")
