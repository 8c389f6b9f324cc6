"""The library as people use it: search it in any words, turn its pages, keep, compare, pass on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from db.models import Patent, Segment
from pipeline import words
from services import queue
from tests.chat import Bubble, Chat, Somebody, chatting
from tests.conftest import Engine, everywhere
from tests.people.acts import change, represents
from tests.phones import Somebody as Phone

OIL = "201919000020.9"  # the slipper of a piston pump
GONE = "202119000038.6"  # its fees were not paid


@pytest.fixture
async def firm(chat: Chat) -> Somebody:
    person = await chat.somebody("企业")
    await represents(person, chat)
    return person


async def shows(person: Phone, *said: str) -> str:
    for text in said:
        await person.says(text)
    return person.seen


# searching


@pytest.mark.parametrize(
    "said",
    [
        OIL,
        "ZL2019190000209",
        "专利号：ＺＬ２０１９１９００００２０．９",
        "ZL 2019 1 9000020.9",
        "CN199000020B",
        "CN 199000020 A 这个专利",
        "柱塞泵滑靴微织构的专利",
        "找柱塞泵滑靴的专利",
        "/patents 柱塞泵滑靴",
        "柱塞泵滑靴磨损",
    ],
)
async def test_one_search_reads_numbers_words_and_commands(chat: Chat, said: str) -> None:
    person = await chat.somebody("企业")
    assert "柱塞泵滑靴副表面微织构" in await shows(person, said)


@pytest.mark.parametrize(
    ("said", "header", "every"),
    [
        ("星城工业大学的专利", "星城工业大学 共 13 项，第 1/3 页", "星城工业大学"),
        ("星城工业大学", "星城工业大学 共 13 项", "星城工业大学"),
        ("/patents 雪峰农业大学", "雪峰农业大学 共 7 项", "雪峰农业大学"),
        ("星城工业大学有哪些电池专利", "星城工业大学 电池 共", "星城工业大学"),
        ("演示发明人41的专利", "发明人 演示发明人41 共 1 项", ""),
        ("发明人演示发明人41", "发明人 演示发明人41 共 1 项", ""),
        ("演示发明人41教授有什么专利", "发明人 演示发明人41 共 1 项", ""),
    ],
)
async def test_the_reading_of_a_sentence_decides_whom_it_names(
    chat: Chat, said: str, header: str, every: str
) -> None:
    """An owner, with words beside it or without; an inventor, with a title or without."""
    person = await chat.somebody("企业")
    seen = await shows(person, said)
    assert header in seen
    assert seen.count(every) >= 1 + len(titles(person.last))


async def test_a_search_is_turned_page_by_page(chat: Chat) -> None:
    """Forward and back, each page with its place, each patent once; the words 下一页 do it too."""
    person = await chat.somebody("企业")
    await person.says("星城工业大学的专利")
    first = titles(person.last)
    await person.taps("下一页")
    assert "第 2/3 页" in person.last
    second = titles(person.last)
    await person.says("下一页")
    assert "第 3/3 页" in person.last
    assert "下一页" not in person.last.labels
    third = titles(person.last)
    assert len({*first, *second, *third}) == 13
    await person.taps("上一页")
    assert titles(person.last) == second


async def test_words_too_many_for_a_button_still_find_the_first_five(chat: Chat) -> None:
    person = await chat.somebody("企业")
    long = "找方法装置工艺结构材料制备加工检测控制系统在线识别的专利"
    seen = await shows(person, long)
    assert "没有找到" in seen or "下一页" not in person.last.labels


async def test_what_names_nothing_is_still_asked_back(chat: Chat) -> None:
    person = await chat.somebody("企业")
    await person.says("咕噜咕噜哗啦")
    assert any("人工" in label for label in person.last.labels)


# the shelves


async def test_segments_say_how_much_stands_there_and_empty_ones_say_so(chat: Chat) -> None:
    """No tap leads to an empty page unsaid."""
    await change(
        chat,
        update(Patent)
        .where(Patent.segment_id.in_(select(Segment.id).where(Segment.name == "盐卤氟化工")))
        .values(segment_id=None),
    )
    person = await chat.somebody("企业")
    await person.says("看专利")
    await person.taps("现代石化")
    await person.sees("炼化与化工新材料：2 项", "盐卤氟化工：暂时还没有")
    await person.taps("盐卤氟化工")
    await person.sees("暂时还没有专利入库")
    await person.taps("换个领域")
    assert len(words.numbered(person.last.rows)) == 16


async def test_open_licences_are_one_tap_or_one_sentence_away(chat: Chat) -> None:
    """They are a shelf of their own: what anybody may use."""
    person = await chat.somebody("企业")
    await person.says("看专利")
    await person.taps("开放许可专利")
    await person.sees("开放许可共 22 项，第 1/5 页")
    await person.says("有哪些开放许可的专利")
    await person.sees("开放许可共 22 项，第 1/5 页")
    await person.taps("下一页")
    await person.sees("第 2/5 页")


# the card


async def test_an_open_licence_says_its_fee_and_the_way(chat: Chat, firm: Somebody) -> None:
    """Fee, term, steps, and the written notice with the firm's name, ready to be copied."""
    await firm.says("202219000002.2")
    await firm.sees("【开放许可】许可费 5万元/年", "前有效")
    await firm.taps("开放许可怎么用")
    await firm.sees("书面通知权利人 云梦湖科学院新材料所", "声明有效期：到", "《专利法》")
    await firm.taps("起草书面通知")
    await firm.sees("长沙知桥测试装备有限公司", "专利号 ZL202219000002.2", "2026年11月23日")


async def test_what_is_gone_says_so_everywhere_and_offers_others(chat: Chat) -> None:
    """On its card, whose substitutes can all be had, on its shelf, and in a search."""
    person = await chat.somebody("企业")
    await person.says(GONE)
    await person.sees(
        "【已失效】", "不能再转让或许可", "同领域还能谈的", "硬碳负极", "陶瓷涂覆隔膜"
    )
    assert not {"感兴趣", "收藏", "开放许可怎么用"} & set(person.last.labels)
    await person.taps("同领域的还有")
    assert titles(person.last)[-1].startswith("高电压钴酸锂")  # what can be had comes first
    await person.sees("【已失效】")
    await person.says("找高电压钴酸锂的专利")
    await person.sees("【已失效】")


async def test_a_patent_that_goes_while_its_card_is_open_opens_no_ticket(
    chat: Chat, firm: Somebody
) -> None:
    """An old 感兴趣 shows what became of it; nobody travels for a patent that is gone."""
    await firm.says(OIL)
    card = firm.last
    await change(chat, update(Patent).where(Patent.number == OIL).values(status="权利人撤回"))
    await firm.taps("感兴趣", card)
    await firm.sees("【已撤回】", "同领域还能谈的", "密封圈快速装配")
    assert "已转给人工" not in firm.seen


async def test_what_is_gone_matches_no_need(chat: Chat, firm: Somebody) -> None:
    """And what was only good to compare with it does not stand in its place."""
    await change(chat, update(Patent).where(Patent.number == OIL).values(status="已独占许可"))
    for said in (
        "提需求", "柱塞泵滑靴磨损快，想找表面处理技术", "跳过", "跳过", "跳过", "跳过", "许可",
        "1", "公开",
    ):  # fmt: skip
        await firm.says(said)
    await firm.taps("提交")
    assert "【" not in firm.last and "命中" not in firm.last
    assert any("请人帮找" in label for label in firm.last.labels)


async def test_a_link_opens_the_card_also_for_a_stranger(chat: Chat) -> None:
    """What a colleague passes on needs no registration."""
    stranger = await chat.somebody("同事")
    await stranger.says("/start pt20")
    await stranger.sees("柱塞泵滑靴", "解决的问题：高压柱塞泵滑靴磨损快、泄漏大", "40万元至50万元")
    await stranger.says("/start pt9999")
    await stranger.sees("已经不在库里")


async def test_a_card_carries_the_link_to_itself(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, unhurried: None
) -> None:
    """Where there is a link; elsewhere the number does it."""
    url = await sqlite_engine.town(tmp_path)
    async with chatting(
        tmp_path, now, url=url, channel="telegram", telegram_username="zhiqiao_bot"
    ) as chat:
        person = await chat.somebody("企业")
        await person.says(OIL)
        assert person.last.text.endswith("https://t.me/zhiqiao_bot?start=pt20")
        colleague = await chat.somebody("同事")
        await colleague.says("/start pt20")
        await colleague.sees("柱塞泵滑靴")


# keeping and comparing


@everywhere
async def test_favourites_are_kept_found_and_let_go(chat: Chat) -> None:
    """By button, by word on the card, by place in a list; kept once however often it is said."""
    person = await chat.somebody("企业")
    await person.says("我的收藏")
    await person.sees("还没有收藏")
    await person.says(OIL)
    await person.taps("收藏")
    await person.sees("已收藏", "共 1 项")
    await person.says("收藏这个专利")
    await person.sees("共 1 项")
    await person.says("星城工业大学的专利")
    second = titles(person.last)[1]
    await person.says("收藏第二个")
    await person.sees(second[:8], "共 2 项")
    await person.says("我的收藏")
    await person.sees("共 2 项", "柱塞泵滑靴", second[:8])
    await person.says("取消收藏第一个")
    await person.sees("已取消收藏", "还有 1 项")
    other = await chat.somebody("旁人")
    await other.says("我的收藏")
    await other.sees("还没有收藏")


async def test_a_favourite_that_goes_says_so(chat: Chat) -> None:
    person = await chat.somebody("企业")
    await person.says(OIL)
    await person.taps("收藏")
    await change(chat, update(Patent).where(Patent.number == OIL).values(status="权利人撤回"))
    await person.says("我的收藏")
    await person.sees("【已撤回】")
    await person.taps("柱塞泵滑靴")
    assert "取消收藏" in person.last.labels


@everywhere
async def test_two_and_three_are_compared_by_buttons_alone(chat: Chat) -> None:
    """From a card: with a neighbour on its shelf, then with one more."""
    person = await chat.somebody("企业")
    await person.says("202319000039.X")
    await person.taps("对比")
    await person.sees("和哪一项比", "陶瓷涂覆隔膜")
    await person.taps("陶瓷涂覆隔膜")
    await person.sees(
        "2 项专利放在一起比", "解决的问题", "① 硬碳负极成本高", "② 15万元/年，开放许可"
    )
    await person.taps("再加一项")
    assert len(person.last.text.encode()) < 2048


@pytest.mark.parametrize("said", ["对比第一个和第三个", "对比1和3", "比一比 第1项、第3项"])
async def test_places_in_a_list_are_compared_in_words(chat: Chat, said: str) -> None:
    person = await chat.somebody("企业")
    await person.says("星城工业大学的专利")
    first, _, third, *_ = titles(person.last)
    await person.says(said)
    await person.sees("2 项专利放在一起比", f"① {first[:10]}", f"② {third[:10]}")


async def test_numbers_are_compared_in_words(chat: Chat) -> None:
    person = await chat.somebody("企业")
    await person.says(f"对比 ZL{OIL} 和 202319000039.X、{GONE}")
    await person.sees("3 项专利放在一起比", "【已失效】", "权利人")
    assert len(person.last.text.encode()) < 2048
    await person.says("对比 第8个和第9个")
    await person.sees("一次可以对比两三项")


# tiers


async def test_an_organizer_sees_the_tiers_and_why_a_patent_stands_in_one(chat: Chat) -> None:
    """Counts with what is done, the patents of a tier, and every rule that was tried."""
    organizer = await chat.somebody("组织者", "org")
    await organizer.says("专利分级")
    await organizer.sees("A 重点推介：", "D 不推广：3 项", "专人向对口企业介绍")
    await organizer.taps("D 不推广")
    await organizer.sees("D 不推广 共 3 项", "【已失效】", "【已撤回】", "【已独占许可】")
    await organizer.says(OIL)
    await organizer.taps("分级依据")
    await organizer.sees(
        "在 B 匹配推送", "A 重点推介：不符合", "✗ 成熟度至少 7 级", "✓ 成熟度至少 6 级"
    )


async def test_a_firm_sees_nothing_of_the_tiers(chat: Chat, firm: Somebody) -> None:
    await firm.says("专利分级")
    await firm.sees("组织者")
    await firm.says(OIL)
    assert "分级依据" not in firm.last.labels


def titles(list: Bubble) -> Sequence[str]:
    """The patents that a list offers, by the lines that stand in bold over their facts."""
    ways = {"上一页", "下一页", "换个领域", "按产业看", "放在一起对比", "菜单"}
    return [label.removesuffix("…") for label in list.labels if label not in ways]


async def test_who_wanted_what_is_gone_hears_of_it_and_of_others(
    chat: Chat, firm: Somebody
) -> None:
    """Once, whether they wanted to talk about it or kept it."""
    keeper = await chat.somebody("同行")
    await keeper.says(OIL)
    await keeper.taps("收藏")
    await firm.says(OIL)
    await firm.taps("感兴趣")
    await change(chat, update(Patent).where(Patent.number == OIL).values(status="权利人撤回"))
    async with chat.programme.database.session() as session:
        gone = await session.scalar(select(Patent.id).where(Patent.number == OIL))
        for name in ("one", "two"):
            await queue.plan(session, "patents.gone", name, chat.clock.now(), ids=[gone])
    await chat.settle()
    for person, why in ((firm, "您说过感兴趣的专利"), (keeper, "您收藏的专利")):
        await person.sees(why, "已经不能用了：权利人撤回")
        assert person.seen.count(why) == 1
        assert any("密封圈" in label for label in person.last.labels)
