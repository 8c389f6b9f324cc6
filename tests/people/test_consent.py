"""Without consent nothing personal is stored, and a newer text is asked again."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from db.models import Person
from services import people
from tests.chat import Chat, Somebody
from tests.people.acts import (
    number,
    post_need,
)


async def test_without_consent_nothing_personal_is_stored(chat: Chat) -> None:
    """Reading and asking work; no row has a name or a phone."""
    person = await chat.somebody("企业")
    await person.says("注册")
    await person.taps("先不注册")
    await person.taps("看专利")
    assert "产业" in person.last
    await person.presses(person.last, "people.edit:contact")
    assert "个人信息说明" in person.last
    named = select(func.count(Person.id)).where(~Person.demo, Person.name.is_not(None))
    assert await number(chat, named) == 0


async def test_a_newer_text_is_asked_again(
    chat: Chat, wang: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is posted; the version and the time of the answer are kept."""
    monkeypatch.setattr(people, "CONSENT", 2)
    await wang.says("菜单")
    await wang.taps("提需求")
    assert "第 2 版" in wang.last
    await wang.taps("暂不同意")
    await wang.taps("看专利")
    assert "产业" in wang.last
    await wang.presses(wang.last, "needs.post")
    await wang.taps("同意")
    assert "已记下您的同意" in wang.last
    agreed = select(Person.consent).where(Person.name == "王工", Person.consented_at.is_not(None))
    assert await number(chat, agreed) == 2
    await post_need(wang)
