"""A need from the first word to its end, with what goes wrong on the way, once, for whatever phones
people hold: a registered enterprise, and a member of staff who looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tests import scenario
from tests.scenario import MoveTo, Phone

PROBLEM = "柱塞泵滑靴磨损快，想找表面处理技术"
NEXT_DAY = datetime.fromisoformat("2026-11-24T09:30+08:00")


async def play(people: Sequence[Phone], move_to: MoveTo) -> None:
    enterprise, staff = people
    await staff.says("菜单")
    await staff.sees("工作人员，您好")
    await scenario.register(enterprise)
    await _fills_with_mistakes(enterprise)
    await _puts_aside_and_comes_back(enterprise, move_to)
    await _is_warned_of_secrets(enterprise)
    await _is_looked_at(enterprise, staff)
    await _changes_and_ends(enterprise)


async def _fills_with_mistakes(enterprise: Phone) -> None:
    """A question, a correction, a step back, a skip: no field holds what was not meant for it."""
    await enterprise.says("提需求")
    await enterprise.sees("提技术需求", "第 1 步")
    await enterprise.says(f"{PROBLEM}，涂层配方见图纸")
    await enterprise.sees("指标")
    await enterprise.says("质押融资谁牵头？")
    await enterprise.sees("省财政厅", "继续", "指标")
    for said, asked in (
        ("跳过", "现在多少"),
        ("返回", "指标"),
        ("滑靴寿命", "现在多少"),
        ("跳过", "预算"),
        ("30万", "什么时候"),
        ("刚才的预算改成50万", "30万元"),
    ):
        await enterprise.says(said)
        await enterprise.sees(asked)
    await enterprise.sees("50万元", "什么时候")


async def _puts_aside_and_comes_back(enterprise: Phone, move_to: MoveTo) -> None:
    """The draft is offered next day, and goes on where it was."""
    await enterprise.says("先放着")
    await enterprise.sees("先放着")
    await enterprise.says("菜单")
    await enterprise.sees("需要做什么")
    await move_to(NEXT_DAY)
    await enterprise.sees("没填完")
    await enterprise.says("继续")
    await enterprise.sees("什么时候")
    for said, asked in (
        ("年底前", "合作方式"),
        ("许可", "产业领域"),
        ("液压", "怎么公开"),
        ("公开", "请核对"),
    ):
        await enterprise.says(said)
        await enterprise.sees(asked)
    await enterprise.sees("50万元", "2026年12月31日", "许可", "液压与关键件")


async def _is_warned_of_secrets(enterprise: Phone) -> None:
    """Nothing is stored before the words are mended."""
    await enterprise.taps("提交")
    await enterprise.sees("配方、图纸", "还没有提交")
    await enterprise.taps("改一改")
    await enterprise.says(PROBLEM)
    await enterprise.sees("请核对", PROBLEM)
    await enterprise.taps("提交")
    await enterprise.sees("需求已登记", "1 个工作日内", "命中")


async def _is_looked_at(enterprise: Phone, staff: Phone) -> None:
    await staff.sees(PROBLEM, "138****5678")
    await staff.taps("退回问一句")
    await staff.says("现在的磨损量是多少？")
    await staff.sees("等对方补充")
    await enterprise.sees("现在的磨损量是多少？")
    await enterprise.taps("回答")
    await enterprise.says("500 小时磨掉 0.2 毫米")
    await enterprise.sees("接着审核")
    await staff.sees("企业答：500 小时磨掉 0.2 毫米")
    await staff.taps("发布")
    await enterprise.sees("已审核发布")


async def _changes_and_ends(enterprise: Phone) -> None:
    await enterprise.says("我的需求")
    await enterprise.sees("柱塞泵滑靴")
    await enterprise.taps("柱塞泵滑靴")
    await enterprise.sees("已发布")
