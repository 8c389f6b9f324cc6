"""我的资料: each field by one tap or by a sentence."""

from __future__ import annotations

from sqlalchemy import func, select

from db.models import Audit
from tests.chat import Chat, Somebody
from tests.people.acts import (
    number,
)


async def test_each_field_is_changed_by_one_tap(chat: Chat, wang: Somebody) -> None:
    """Old → new is shown, the card shows the new one, and the audit has a line each."""
    await wang.says("我的资料")
    for label, said, shown in (
        ("✏️ 联系人", "王总工", "王工 → 王总工"),
        ("✏️ 电话", "13612345678", "13812345678 → 13612345678"),
        ("✏️ 市州", "株洲", "长沙 → 株洲"),
    ):
        await wang.taps(label)
        await wang.says(said)
        assert shown in wang.last
        await wang.taps("我的资料")
    await wang.taps("✏️ 产业")
    assert "✓ 工程机械" in wang.last.labels
    await wang.taps("轨道交通")
    await wang.taps("完成")
    assert "工程机械 → 工程机械、" in wang.last
    assert "轨道交通" in wang.last
    await wang.taps("我的资料")
    assert "王总工" in wang.last
    assert "株洲" in wang.last
    assert await number(chat, select(func.count(Audit.id)).where(Audit.what.like("person.%"))) == 3


async def test_what_is_the_firms_is_its_admins(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """A colleague sees no such button, and a forged one is refused in words."""
    await wang.taps("同意")
    await li.says("我的资料")
    assert "✏️ 市州" not in li.last.labels
    await li.presses(li.last, "people.edit:city")
    assert "由管理员（王工）来改" in li.last
    await li.presses(li.last, "people.edit:role")
    assert "过时" in li.last
