"""The manners of every form, on the two that people fill most."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.chat import Chat, Somebody, chatting
from tests.people.acts import represents


@pytest.fixture
async def firm(chat: Chat) -> Somebody:
    """A registered enterprise."""
    person = await chat.somebody("企业")
    await represents(person, chat)
    return person


async def test_a_question_in_a_form_is_answered_and_the_form_goes_on(
    chat: Chat, firm: Somebody
) -> None:
    """The answer comes with its source, then the same step again; nothing of it is stored."""
    for said in ("提需求", "柱塞泵滑靴磨损快", "跳过", "跳过"):
        await firm.says(said)
    await firm.says("质押融资谁牵头？")
    assert "省财政厅" in firm.seen
    assert "继续" in firm.last
    assert "预算" in firm.last
    for said in ("50万", "跳过", "许可", "1", "公开"):
        await firm.says(said)
    assert "预算：50万元" in firm.last


async def test_a_question_at_a_free_text_step_is_no_answer(chat: Chat) -> None:
    """高校专利怎么转让？ is never a company's name."""
    person = await chat.somebody("企业")
    for said in ("注册", "同意，开始注册", "91430100MA4L16JQ9D", "高校专利怎么转让？"):
        await person.says(said)
    assert "企业全称" in person.last
    await person.says("长沙知桥测试装备有限公司")
    assert "联系人" in person.last


async def test_back_and_fix(chat: Chat, firm: Somebody) -> None:
    """上一步 asks the question before; the pencil on the card asks its own, then the card again."""
    for said in ("提需求", "柱塞泵滑靴磨损快", "寿命翻倍", "上一步"):
        await firm.says(said)
    assert "指标" in firm.last
    for said in ("寿命三倍", "跳过", "50万", "跳过", "许可", "1", "公开"):
        await firm.says(said)
    assert "指标：寿命三倍" in firm.last
    await firm.taps("✏️ 预算")
    await firm.says("80万")
    assert "预算：80万元" in firm.last
    assert "请核对" in firm.last


async def test_leaving_asks_only_where_something_would_be_lost(chat: Chat, firm: Somebody) -> None:
    """An empty form closes at once; a filled one asks first, and can go on."""
    await firm.says("提需求")
    await firm.says("取消")
    assert "已取消" in firm.last
    for said in ("提需求", "柱塞泵滑靴磨损快", "取消"):
        await firm.says(said)
    assert "确定不要了" in firm.last
    await firm.taps("继续填")
    assert "指标" in firm.last
    await firm.says("取消")
    await firm.taps("不要了")
    assert "已取消" in firm.last
    await firm.says("取消")
    assert "没有正在填" in firm.last


async def test_another_form_is_offered_and_the_draft_is_kept(chat: Chat, firm: Somebody) -> None:
    """At most one form is open; the one put aside goes on where it was."""
    for said in ("提需求", "柱塞泵滑靴磨损快"):
        await firm.says(said)
    await firm.presses(firm.messages[0], "desk.ask")
    assert "还没填完" in firm.seen or "已转给人工" in firm.seen
    await firm.says("提需求")
    assert "指标" in firm.last


async def test_a_draft_survives_a_restart(tmp_path: Path, now: datetime, engine: object) -> None:
    """The programme is stopped in the middle of a form and started again."""
    url = await engine.town(tmp_path)  # type: ignore[attr-defined]
    async with chatting(tmp_path, now, url=url) as before:
        person = await before.somebody("企业")
        for said in ("注册", "同意，开始注册", "91430100MA4L16JQ9D"):
            await person.says(said)
    async with chatting(tmp_path, now, url=url) as after:
        person = await after.somebody("企业")
        await person.says("长沙知桥测试装备有限公司")
        assert "联系人" in person.last


async def test_a_draft_follows_its_person_to_another_channel(chat: Chat) -> None:
    """Begun on the page, finished in the terminal."""
    page = await chat.somebody("企业", channel="web")
    for said in ("注册", "同意，开始注册", "91430100MA4L16JQ9D"):
        await page.says(said)
    terminal = await chat.somebody("企业", channel="terminal")
    await terminal.says("长沙知桥测试装备有限公司")
    assert "联系人" in terminal.last


async def test_known_data_is_not_asked_again(chat: Chat) -> None:
    """The code of a firm that is there tells its name and city; both stand on the card."""
    person = await chat.somebody("企业")
    for said in ("注册", "同意，开始注册", "91439999MA9D00013W"):
        await person.says(said)
    assert "该企业已有 1 位联系人（演**）" in person.seen
    await person.taps("加入")
    assert "联系人" in person.last
    for said in ("王工", "13812345678"):
        await person.says(said)
    assert "湘澜泵阀有限公司（演示）" in person.last
    assert "湘潭" in person.last
    await person.taps("提交")
    assert "已交给组织者" in person.last


async def test_an_unfinished_draft_is_offered_next_day_once(chat: Chat, firm: Somebody) -> None:
    """Not in the night, not twice, and it goes on where it was left."""
    for said in ("提需求", "柱塞泵滑靴磨损快"):
        await firm.says(said)
    heard = len(firm.messages)
    await chat.later(timedelta(hours=13))  # ten in the evening
    assert len(firm.messages) == heard
    for _ in range(24):
        await chat.later(timedelta(hours=1))
    assert [m.text for m in firm.messages[heard:]].count(firm.last.text) == 1
    assert "没填完的“提技术需求”" in firm.last
    await firm.taps("接着填")
    assert "指标" in firm.last
