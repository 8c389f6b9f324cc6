"""Registering and leaving, once, for whatever phones people hold.

A firm's first person, a colleague, an organizer, and a newcomer; what they do is written here,
how a network lets them do it is a Phone (tests/scenario.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.scenario import CODE, FIRM, MoveTo, Phone

AFTER_TWO_DAYS = datetime.fromisoformat("2026-11-25T09:30+08:00")


async def play(people: Sequence[Phone], move_to: MoveTo) -> None:
    await register(people, move_to)
    await leave(people, move_to)


async def register(people: Sequence[Phone], move_to: MoveTo) -> None:
    """J1: in by the code with mistakes on the way, a colleague asks to join, and is let in."""
    first, colleague, organizer, _ = people
    await organizer.says("菜单")
    await organizer.sees("组织者，您好")
    await _refuses_consent(first)
    await _first_of_the_firm(first)
    await _asks_to_join(colleague)
    await first.sees("申请加入", "李工 139****5678")
    await colleague.says("提需求")
    await colleague.sees("还在等企业管理员同意")
    await move_to(AFTER_TWO_DAYS - timedelta(hours=1))
    for person in (first, colleague):  # in WeChat only who wrote in the two days before is reached
        await person.says("菜单")
        await person.sees("直接说")
    await move_to(AFTER_TWO_DAYS)
    await organizer.sees("申请加入", FIRM)
    await organizer.taps("通过")
    await organizer.sees("已同意")
    await colleague.sees("您已加入")
    await first.sees("组织者已同意")


async def _refuses_consent(person: Phone) -> None:
    """Reading works, and nobody is registered by it."""
    await person.says("注册")
    await person.sees("注册前请您知悉")
    await person.taps("先不注册")
    await person.sees("知桥")
    await person.taps("看专利")
    await person.sees("产业")


async def _first_of_the_firm(person: Phone) -> None:
    await person.says("注册")
    await person.sees("注册前请您知悉")
    await person.taps("同意")
    await person.sees("统一社会信用代码", "跳过")
    await person.says(CODE[:-1])
    await person.sees("18 位", "17 位")
    await person.says(CODE)
    await person.sees("企业全称")
    await person.says("这要钱吗？")
    await person.sees("企业全称")
    for said, asked in (
        (FIRM, "怎么称呼"),
        ("王工", "联系电话"),
        ("138 1234 5678", "哪个市州"),
        ("长沙", "最多 3 个"),
        ("工程机械、轨道交通、现代农业、文化旅游", "最多选 3 个"),
        ("工程机械", "请核对"),
    ):
        await person.says(said)
        await person.sees(asked)
    await person.taps("✏️ 标签")
    await person.sees("资质")
    await person.says("专精特新")
    await person.sees("请核对", "专精特新")
    await person.taps("提交")
    await person.sees("注册好了")


async def _asks_to_join(person: Phone) -> None:
    await person.says("注册")
    await person.sees("注册前请您知悉")
    await person.taps("同意")
    await person.sees("统一社会信用代码")
    await person.says(CODE)
    await person.sees("已有 1 位联系人（王**）", "您是这家企业的人吗")
    await person.taps("加入")
    await person.sees("怎么称呼")
    await person.says("李工")
    await person.sees("联系电话")
    await person.says("13912345678")
    await person.sees("请核对", FIRM)
    await person.taps("提交")
    await person.sees("已向", "管理员申请加入")


async def leave(people: Sequence[Phone], move_to: MoveTo) -> None:
    """J15, after J1: data is exported, the admin leaves and the colleague takes over; then the
    colleague, the last of the firm, has everything deleted, and a newcomer finds the firm."""
    first, colleague, organizer, newcomer = people
    await first.says("提需求")
    for said in (
        "柱塞泵滑靴磨损快，想找表面处理技术", "跳过", "跳过", "50万", "跳过", "许可", "1", "公开",
    ):  # fmt: skip
        await first.sees("提技术需求")
        await first.says(said)
    await first.sees("请核对")
    await first.taps("提交")
    await first.sees("1 个工作日内")
    await first.says("导出我的数据")
    await first.sees("1 个需求", "我的数据.xlsx")
    await first.says("我换公司了")
    await first.sees("1 个需求", "交给 李工", "接任管理员")
    await first.taps("确认离开")
    await first.sees("您已离开", FIRM)
    await colleague.sees("您现在是企业管理员")
    await first.says("我换公司了")
    await first.sees("不需要离开")
    await colleague.says("把同事的信息删掉")
    await colleague.sees("只能由本人删除")
    await colleague.says("把我的信息都删掉")
    await colleague.sees("13912345678", "唯一的联系人", "先搁置（不删除）")
    await colleague.taps("确认删除")
    await colleague.sees("您的数据已删除", "回执编号")
    await organizer.sees("已搁置")
    await colleague.says("我的资料")
    await colleague.sees("（未注册）")
    await newcomer.says("注册")
    await newcomer.sees("注册前请您知悉")
    await newcomer.taps("同意")
    await newcomer.sees("统一社会信用代码")
    await newcomer.says(CODE)
    await newcomer.sees("怎么称呼")
    for said, asked in (("赵工", "电话"), ("13712345678", "产业"), ("工程机械", "请核对")):
        await newcomer.says(said)
        await newcomer.sees(asked)
    await newcomer.taps("提交")
    await newcomer.sees("没有重复建档")
    await newcomer.says("我的需求")
    await newcomer.sees("滑靴")
    await move_to(AFTER_TWO_DAYS + timedelta(days=1))
