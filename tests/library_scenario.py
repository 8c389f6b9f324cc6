"""The library from the menu to a comparison, once, for whatever phones people hold: somebody who
never registered, and an organizer who looks after the tiers."""

from __future__ import annotations

from collections.abc import Sequence

from tests.scenario import MoveTo, Phone


async def play(people: Sequence[Phone], move_to: MoveTo) -> None:
    person, organizer = people
    await _shelf_by_shelf(person)
    await _by_any_name(person)
    await _kept_and_compared(person)
    await _what_is_gone(person)
    await _tiers(organizer)


async def _shelf_by_shelf(person: Phone) -> None:
    await person.says("菜单")
    await person.taps("看专利")
    await person.sees("想看哪个产业")
    await person.taps("新能源")
    await person.sees("储能与电池：3 项", "新能源汽车：1 项")
    await person.taps("储能与电池")
    await person.sees("共 3 项", "涂覆隔膜")
    await person.taps("锂电池陶瓷涂覆隔膜")
    await person.sees("【开放许可】", "15万元/年", "解决的问题")
    await person.taps("开放许可怎么用")
    await person.sees("书面通知权利人", "《专利法》")
    await person.taps("起草书面通知")
    await person.sees("实施专利开放许可的通知")


async def _by_any_name(person: Phone) -> None:
    await person.says("ZL 2019 1 9000020.9")
    await person.sees("柱塞泵滑靴")
    await person.says("CN199000020B")
    await person.sees("柱塞泵滑靴")
    await person.says("发明人演示发明人41")
    await person.sees("发明人 演示发明人41")
    await person.says("星城工业大学的专利")
    await person.sees("星城工业大学 共 13 项，第 1/3 页")
    await person.taps("下一页")
    await person.sees("第 2/3 页")
    await person.taps("上一页")
    await person.sees("第 1/3 页")


async def _kept_and_compared(person: Phone) -> None:
    await person.says("收藏第一个")
    await person.sees("已收藏", "共 1 项")
    await person.says("201919000020.9")
    await person.sees("高压柱塞泵滑靴磨损快")
    await person.taps("收藏")
    await person.sees("已收藏", "共 2 项")
    await person.says("我的收藏")
    await person.sees("共 2 项")
    await person.taps("放在一起对比")
    await person.sees("2 项专利放在一起比", "①", "②", "成熟度")
    await person.says("我的收藏")
    await person.says("取消收藏第一个")
    await person.sees("已取消收藏")


async def _what_is_gone(person: Phone) -> None:
    await person.says("202119000038.6")
    await person.sees("【已失效】", "同领域还能谈的")


async def _tiers(organizer: Phone) -> None:
    await organizer.says("菜单")
    await organizer.taps("专利分级")
    await organizer.sees("D 不推广：3 项")
    await organizer.taps("D 不推广")
    await organizer.sees("【已撤回】")
    await organizer.taps("高电压钴酸锂")
    await organizer.taps("分级依据")
    await organizer.sees("在 D 不推广", "✗ 还能谈")
