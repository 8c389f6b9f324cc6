"""J12 by chat: an organizer chooses, writes, tries, sends, and puts right; readers confirm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from db.models import Audit, Broadcast, Outgoing, Person
from services import notice_limits
from tests.chat import Chat, Somebody
from tests.people.acts import DAY, FIRM, change, number, represents

Limit = Callable[..., None]


@pytest.fixture
def channel(somewhere: str) -> str:
    return somewhere


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Limit:
    """Other figures than those of data/notices.toml."""
    shipped = notice_limits.settings()

    def set_to(**changes: Any) -> None:
        monkeypatch.setattr(notice_limits, "settings", lambda: {**shipped, **changes})

    return set_to


@pytest.fixture
async def wang(chat: Chat) -> Somebody:
    wang = await chat.somebody("王")
    await represents(wang, chat)
    return wang


async def writes(organizer: Somebody, text: str) -> None:
    """To all firms."""
    await organizer.says("群发通知")
    await organizer.taps("写内容")
    await organizer.says(text)


async def test_a_notice_is_chosen_written_tried_and_sent(chat: Chat, wang: Somebody) -> None:
    """Every tap counts whom it reaches; a variable that there is none of is named at once; three
    readers are shown as they will see it; each reads their own."""
    organizer = await chat.somebody("组织者", "org")
    await organizer.says("群发通知")
    assert "全部企业" in organizer.last and "21 家 / 21 人，其中 20 人不可达" in organizer.last
    await organizer.taps("市州")
    await organizer.says("长沙、株洲")
    assert "范围：长沙、株洲" in organizer.last
    await organizer.taps("产业和细分领域")
    await organizer.says("工程机械")
    assert "细分领域" in organizer.last and " 家 / " in organizer.last
    await organizer.says("液压与关键件")
    assert "长沙、株洲 · 液压与关键件" in organizer.last
    await organizer.taps("不限，全部企业")
    await organizer.taps("标签")
    await organizer.says("专精特新")
    await organizer.taps("存下这个范围")
    await organizer.says("小巨人")
    await organizer.taps("接着写")
    await organizer.taps("不限，全部企业")
    await organizer.taps("用存好的范围")
    await organizer.taps("小巨人")
    assert "范围：专精特新" in organizer.last
    await organizer.taps("园区")
    assert "不能按园区选" in organizer.last
    await organizer.taps("返回选范围")
    await organizer.taps("不限，全部企业")
    await organizer.taps("写内容")
    await organizer.says("{职务}您好")
    assert "没有“{职务}”这个变量" in organizer.last and "{企业}" in organizer.last
    await organizer.says("{活动}照常")
    assert "要先有一场活动" in organizer.last
    await organizer.says("{企业}的{姓名}：请交<材料>")
    assert "发送前请核对" in organizer.last
    await organizer.taps("看三位收件人的样子")
    assert f"{FIRM}的王工：请交<材料>" in organizer.last and "138****5678" in organizer.last
    await organizer.taps("返回预览")
    await organizer.taps("发给我试看")
    assert "试看，只发给您" in organizer.seen and f"{FIRM}的王工：请交<材料>" in organizer.seen
    assert "请交" not in wang.screen
    await organizer.says("通知记录")
    assert "草稿" in organizer.last
    await organizer.taps("1. ")
    await organizer.taps("发送给 1 人")
    assert f"{FIRM}的王工：请交<材料>" in wang.last
    await chat.later(DAY)
    assert "通知已发完" in organizer.screen and "已送达：1 人" in organizer.screen


async def test_a_missing_value_blocks_and_can_be_left_out(chat: Chat, wang: Somebody) -> None:
    organizer = await chat.somebody("组织者", "org")
    li = await chat.somebody("李")
    await represents(li, chat, "李工", "13912345678")
    await writes(organizer, "{姓名}早")
    await change(chat, update(Person).where(Person.name == "李工").values(name=None))
    await organizer.taps("发送给")
    assert "有 1 人的资料里缺" in organizer.last and "姓名缺 1 人" in organizer.last
    await organizer.taps("不发给这 1 人")
    assert "资料里有姓名的" in organizer.last
    await organizer.taps("发送给 1 人")
    assert "王工早" in wang.last and "早" not in li.last


async def test_a_second_organizer_agrees_and_it_goes_out_in_the_morning(
    chat: Chat, wang: Somebody, limits: Limit
) -> None:
    """The author cannot; a no comes back with its reason; a yes sends it at its time."""
    limits(second_pair_above=0)
    author = await chat.somebody("组织者", "org")
    await writes(author, "材料周五前交")
    await author.taps("发送给")
    assert "没有第二位" in author.last
    other = await chat.somebody("二组", "org")
    await other.says("菜单")
    await author.says("通知记录")
    await author.taps("1. ")
    await author.taps("定时发送")
    await author.says("昨天上午九点")
    await author.says("明天上午九点")
    assert "11月24日 周二 09:00" in author.last
    await author.taps("定时发送给 1 人")
    assert "已请另一位组织者" in author.last
    assert "请您看一遍再发" in other.last and "材料周五前交" in other.last
    await author.presses(author.last, "broadcasts.agree:1")
    assert "自己写的自己不能同意" in author.last
    await other.taps("退回")
    await other.says("是周四")
    assert "退回了：是周四" in author.last
    await author.taps("改内容")
    await author.says("材料周四前交")
    await author.taps("定时发送给 1 人")
    await other.taps("同意发送")
    assert "11月24日 周二 09:00 发" in other.last and "同意了您的通知" in author.last
    assert "周四" not in wang.screen
    await chat.later(DAY)
    assert "材料周四前交" in wang.last
    await other.presses(other.last, "broadcasts.agree:1")
    assert "不用谁同意" in other.last


async def test_what_was_sent_is_put_right_and_taken_back_where_it_arrived(
    chat: Chat, wang: Somebody
) -> None:
    """Paused and resumed; corrected in the message itself; and taken back: who has read it sees
    that it is void."""
    organizer = await chat.somebody("组织者", "org")
    li = await chat.somebody("李")
    await represents(li, chat, "李工", "13912345678")
    await writes(organizer, "周四开会")
    await organizer.taps("要回执")
    await organizer.taps("发送给 2 人")
    await organizer.taps("暂停")
    assert "已暂停：2 人已收到，其余 0 人先不发" in organizer.last
    await organizer.taps("继续发")
    await wang.taps("已阅")
    assert "已记下" in wang.last
    await organizer.taps("看发送结果")
    assert "已阅：1 / 2 人（50%）" in organizer.last
    await organizer.taps("更正已发")
    await organizer.says("周五开会")
    assert "周四开会" in organizer.last and "周五开会" in organizer.last
    await organizer.taps("更正给 2 人")
    assert any("更正" in one and "周五开会" in one for one in li.messages)
    assert not any("周四开会" in one for one in li.messages if one.rows)
    await organizer.presses(organizer.last, "broadcasts.withdraw:1")
    await organizer.taps("确认撤回")
    assert any("通知作废" in one for one in wang.messages)
    assert not any("开会" in one for one in li.messages)
    await organizer.presses(organizer.last, "broadcasts.report:1")
    assert "已更正" in organizer.last and "已撤回" in organizer.last


async def test_the_ledger_names_everybody_and_who_has_not_read_is_chased_once(
    chat: Chat, wang: Somebody
) -> None:
    """Once by message, then by telephone: masked until it is asked for, and each look noted."""
    organizer = await chat.somebody("组织者", "org")
    await writes(organizer, "请确认")
    await organizer.taps("要回执")
    await organizer.taps("发送给 1 人")
    await organizer.taps("看发送结果")
    assert "没有聊天账号：20 人" in organizer.last
    await organizer.taps("催一次没看的")
    assert "请确认您看过" in wang.last
    await organizer.presses(organizer.last, "broadcasts.chase:1")
    assert "已经催过一次" in organizer.last
    await organizer.taps("电话名单")
    assert "王工" in organizer.last and "138****5678" in organizer.last
    await organizer.taps("看电话 王工")
    assert "13812345678" in organizer.last
    assert await number(chat, select(func.count(Audit.id)).filter_by(what="person.phone_seen")) == 1
    await wang.taps("已阅")
    await organizer.taps("返回电话名单")
    assert "没有人" in organizer.last
    await organizer.presses(organizer.last, "broadcasts.ledger:1")
    assert FIRM in organizer.last and "已送达" in organizer.last and "已阅" in organizer.last
    await organizer.taps("导出 Excel")
    assert "送达名单.xlsx" in organizer.seen
    await wang.presses(wang.last, "broadcasts.read:99")
    assert "不是发给您的" in wang.last


async def test_an_organizer_of_a_city_speaks_to_it_alone(chat: Chat, wang: Somebody) -> None:
    """Whatever they choose; another city is refused by its name, and so are others' notices."""
    province, city = await chat.somebody("省", "org"), await chat.somebody("市", "org")
    for one in (province, city):
        await one.says("菜单")
    await writes(province, "全省注意")
    await province.says("组织者分工")
    await province.taps("全省")
    await province.taps("株洲")
    assert "您现在负责株洲" in city.last
    await city.says("组织者分工")
    assert "由省里的组织者来改" in city.last
    await city.says("群发通知")
    assert "范围：株洲" in city.last
    await city.taps("市州")
    await city.says("长沙")
    assert "不能发给长沙的企业" in city.last
    await city.presses(city.last, "broadcasts.everybody:2")
    assert "范围：株洲" in city.last
    await city.presses(city.last, "broadcasts.send:1")
    assert "您负责株洲" in city.last
    assert await number(chat, select(func.count(Outgoing.id)).filter_by(topic="notices")) == 0
    assert await number(chat, select(func.count(Broadcast.id))) == 2


async def test_a_reader_who_is_deleted_or_has_blocked_us_does_not_stop_it(
    chat: Chat, wang: Somebody
) -> None:
    organizer = await chat.somebody("组织者", "org")
    li = await chat.somebody("李")
    await represents(li, chat, "李工", "13912345678")
    await writes(organizer, "照常")
    await li.says("删除我的数据")
    await li.taps("确认删除")
    await organizer.says("通知记录")
    await organizer.taps("1. ")
    await organizer.taps("发送给 1 人")
    assert "照常" in wang.last and "照常" not in li.screen
