"""The weekly push once, for whatever phones people hold: an enterprise hears what there is for it
and why, says what does not fit, wants silence and wants it back; an organizer reads the figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests import scenario
from tests.scenario import MoveTo, Phone

TUESDAY = datetime.fromisoformat("2026-11-24T10:00+08:00")


async def play(people: Sequence[Phone], move_to: MoveTo) -> None:
    enterprise, organizer = people
    await organizer.says("推送情况")
    await organizer.sees("还没有推送过", "11月24日 周二 10:00")
    await scenario.register(enterprise)
    await move_to(TUESDAY)
    await move_to(TUESDAY + timedelta(minutes=2))
    await enterprise.sees("本周为贵公司选出", "因为贵公司做")
    await _asks_why(enterprise)
    await _says_no(enterprise)
    await _wants_silence(enterprise)
    await organizer.says("推送情况")
    await organizer.sees("收到推送：1 家", "送到：1 人", "公平曝光")


async def _asks_why(enterprise: Phone) -> None:
    await enterprise.says("为什么推给我")
    await enterprise.sees("为什么推给您", "是按登记的产业推的")
    await enterprise.says("每周推送")
    await enterprise.taps("①")
    await enterprise.sees("因为贵公司做", "法律状态")


async def _says_no(enterprise: Phone) -> None:
    """A reason, another, and none after all."""
    await enterprise.taps("不合适")
    await enterprise.sees("哪里不合适")
    await enterprise.taps("太贵")
    await enterprise.sees("降价或开放许可后再告诉您")
    await enterprise.taps("改原因")
    await enterprise.sees("上次说的是：太贵")
    await enterprise.taps("看不懂")
    await enterprise.sees("接下来一个月每次最多推 3 项")
    await enterprise.taps("撤回")
    await enterprise.sees("就当没说过")


async def _wants_silence(enterprise: Phone) -> None:
    await enterprise.says("不再推送")
    await enterprise.sees("不再给您推送专利")
    await enterprise.taps("恢复推送")
    await enterprise.sees("推送恢复了")
    await enterprise.says("推送设置")
    await enterprise.sees("每周最多一次", "按领域")
    await enterprise.taps("停一周")
    await enterprise.sees("12月1日 周二 之前不推送专利")
