"""The main job from end to end, once, for whatever phones people hold.

Three people talk to the programme: an enterprise, an organizer, a member of staff. What they do
is written here; how a network lets them do it is a Phone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

CODE = "91430100MA4L16JQ9D"
FIRM = "长沙知桥测试装备有限公司"
EVENT_STARTS = datetime.fromisoformat("2026-12-02T14:30+08:00")


class Phone(Protocol):
    async def says(self, text: str) -> object: ...

    async def taps(self, label: str) -> object:
        """Press the newest choice of this label (else one that holds the words), or say its
        number."""
        ...

    async def sees(self, *texts: str) -> None:
        """All of these stand in what arrived since this person acted last."""
        ...


MoveTo = Callable[[datetime], Awaitable[None]]


async def play(people: Sequence[Phone], move_to: MoveTo) -> None:
    """The whole day, in the order in which a newcomer would try it."""
    enterprise, organizer, staff = people
    await organizer.says("菜单")
    await organizer.sees("组织者，您好")
    await staff.says("菜单")
    await staff.sees("工作人员，您好")
    await register(enterprise)
    await post_need(enterprise)
    await ask_policy(enterprise)
    await ask_a_human(enterprise, staff)
    await announce(organizer)
    await sign_up(enterprise)
    await move_to(EVENT_STARTS - timedelta(days=1, hours=1))
    await enterprise.says("我的报名")  # in WeChat only who wrote in the two days before is reached
    await enterprise.sees("工程机械专场对接会")
    await move_to(EVENT_STARTS - timedelta(days=1) + timedelta(minutes=1))
    await enterprise.sees("就在明天", "专场对接会")


async def register(enterprise: Phone) -> None:
    await enterprise.says("注册")
    await enterprise.sees("注册前请您知悉")
    await enterprise.taps("同意")
    await enterprise.sees("统一社会信用代码")
    await enterprise.says(CODE[:-1])
    await enterprise.sees("18 位", "17 位")
    await enterprise.says(CODE[:-1] + "A")
    await enterprise.sees("校验位", "应是“D”")
    for said, asked in (
        (CODE, "企业全称"),
        (FIRM, "怎么称呼"),
        ("王工", "联系电话"),
        ("138 1234 5678", "哪个市州"),
        ("长沙", "哪些产业"),
        ("工程机械", "请核对"),
    ):
        await enterprise.says(said)
        await enterprise.sees(asked)
    await enterprise.sees(CODE, FIRM, "王工", "13812345678", "长沙", "工程机械")
    await enterprise.taps("提交")
    await enterprise.sees("注册好了")


async def post_need(enterprise: Phone) -> None:
    await enterprise.says("提需求")
    for said, asked in (
        ("柱塞泵滑靴磨损快，想找表面处理技术", "指标"),
        ("滑靴寿命", "现在多少"),
        ("现在 500 小时，想到 2000 小时", "预算"),
        ("50w", "什么时候"),
        ("年底前", "合作方式"),
        ("许可", "产业领域"),
        ("液压", "怎么公开"),
        ("匿名", "请核对"),
    ):
        await enterprise.sees("提技术需求")
        await enterprise.says(said)
        await enterprise.sees(asked)
    await enterprise.sees("50万元", "2026年12月31日", "许可", "液压与关键件", "匿名")
    await enterprise.taps("提交")
    await enterprise.sees("1 个工作日内", "找到 1 项对得上的，另有 2 项", "命中", "滑靴", "同属")


async def ask_policy(enterprise: Phone) -> None:
    await enterprise.says("质押融资谁牵头")
    await enterprise.sees("二、（四）2", "省财政厅", "湘政办发〔2024〕15号")


async def ask_a_human(enterprise: Phone, staff: Phone) -> None:
    await enterprise.says("能补多少钱")
    await enterprise.sees("文件未写明", "已转给人工")
    await staff.sees("能补多少钱", FIRM, "138****5678")
    await staff.taps("答复")
    await staff.sees("答复内容")
    await staff.says("以当年申报通知为准，通知出来我第一时间发您。")
    await staff.sees("已发给对方")
    await enterprise.sees("以当年申报通知为准")


async def announce(organizer: Phone) -> None:
    await organizer.says("新建活动")
    await organizer.sees("哪一种")
    for said, asked in (
        ("一月一对接", "名称"),
        ("工程机械专场对接会", "什么时候"),
        ("下周三下午两点半", "哪个市州"),
        ("长沙", "地点"),
        ("企业服务中心三楼", "多少人"),
        ("80", "哪些产业"),
        ("跳过", "请核对"),
    ):
        await organizer.says(said)
        await organizer.sees(asked)
    await organizer.sees("12月2日", "14:30", "80")
    await organizer.taps("提交")
    await organizer.sees("草稿", "工程机械专场对接会")
    await organizer.taps("发布")
    await organizer.sees("已发布", "工程机械专场对接会")
    await organizer.taps("通知企业")
    await organizer.sees("发给谁", "全部企业")
    await organizer.taps("市州")
    await organizer.sees("哪些", "市州")
    await organizer.says("长沙")
    await organizer.sees("范围：长沙")
    await organizer.taps("看预览")
    await organizer.sees("发送前请核对", "工程机械专场对接会")
    await organizer.taps("发送给")
    await organizer.sees("开始发送")


async def sign_up(enterprise: Phone) -> None:
    await enterprise.sees("通知", "工程机械专场对接会")
    await enterprise.taps("看活动")
    await enterprise.sees("企业服务中心三楼", "名额")
    await enterprise.taps("报名")
    await enterprise.sees("签到码", ".ics")
