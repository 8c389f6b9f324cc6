"""The desk once, for whatever phones people hold: a firm asks, somebody of the staff takes it up,
both talk, and it is finished; what was said becomes knowledge."""

from __future__ import annotations

from collections.abc import Sequence

from tests.scenario import MoveTo, Phone

QUESTION = "专利质押登记要交多少官费"


async def play(people: Sequence[Phone], move_to: MoveTo) -> None:
    enterprise, staff, other = people
    await other.says("菜单")
    await staff.says("我的岗位")
    await staff.taps("我是副手")
    await staff.sees("职责：副手")
    await staff.taps("我是承办人")
    await enterprise.says("人工")
    await enterprise.says(QUESTION)
    await enterprise.sees("已转给人工，编号 1")
    await staff.sees(QUESTION)
    await staff.says("待答问题")
    await staff.taps("专利质押登记")
    await staff.taps("认领")
    await staff.sees("您接手了编号 1")
    await enterprise.sees("来处理您的问题了")
    await enterprise.says("2")
    await enterprise.sees("✓ 已发给")
    await staff.says("办理质押登记不收官费。")
    await enterprise.sees("办理质押登记不收官费。")
    await staff.says("已解决")
    await staff.sees("已办结")
    await enterprise.sees("现在由知桥继续为您服务")
    await enterprise.taps("解决了")
    await enterprise.taps("很有用")
    await staff.taps("存为知识")
    await other.sees("知识草稿")
    await other.taps("上线")
    await other.sees("知识卡已上线")
    await enterprise.says("专利质押登记官费要多少")
    await enterprise.sees("不收官费")
