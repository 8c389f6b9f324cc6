"""Sums of money as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import Money, Unfit, read_money

from .said import each

WAN = 10_000


def wan(low: float, high: float | None = None) -> Money:
    return Money(round(low * WAN), round((high or low) * WAN))


def up_to(high: float) -> Money:
    return Money(0, round(high * WAN))


def from_(low: float) -> Money:
    return Money(round(low * WAN), None)


@each(
    {
        Money(0, 0): "0|0元|零|免费|无偿许可|不要钱",
        Money(500, 500): "500元|500块|五百块钱|￥500",
        wan(0.3): "三千块不到|3000元|3千",
        wan(0.5): "5千|5k|五千块|5千块",
        wan(0.8): "八千块左右|8000元",
        wan(2): "20000|￥20,000|¥ 20，000|2万|两万|2w|20000.00元",
        wan(3.5): "三万五|3万5|3.5w|35,000元",
        wan(5): "5万RMB|五万块钱|人民币5万",
        wan(8): "￥8w|8万块|八万",
        wan(20): "二十万不到|贰拾万|20萬|贰拾万元整",
        wan(35): "预算大约人民币叁拾伍万元整|35万整",
        wan(45): "差不多四十五万的样子",
        wan(50): (
            "50万|五十万|50w|50W元|５０万|50萬元|50 万|50万左右|大概五十万吧|50万/年|50wan|"
            "五十wan|50个w|50万，就50万|500000|500,000元|50万(含税)|预算五十万一次付清|"
            "50万2026年底"
        ),
        wan(100.5): "100.5万|一百万零五千",
        wan(120): "一百二十万|120万|人民币 120 万元|120W",
        wan(150): "1.5百万|1,500,000|1500000.00|一百五十万",
        wan(200): "200万元|两百万|贰佰万圆整",
        wan(1500): "1千5百万|一千五百万",
        wan(100_000): "10亿|十亿|10个亿|十个亿",
        wan(20_000): "两个亿|2亿",
        wan(5_000): "半个亿|五千万|0.5亿",
        wan(13): "控制在十三万上下",
    }
)
def test_one_sum_has_many_writings(text: str, meant: Money) -> None:
    assert read_money(text) == meant


@each(
    {
        wan(0.5, 1): "五千到一万|5000-1万",
        wan(0.8, 1): "8千到1万|8000元到1万元",
        wan(2, 3): "两三万|2到3万块钱一年|二、三万|2、3万",
        wan(3, 10): "三到十万|3-10万",
        wan(5, 20): "五到二十万|5~20万",
        wan(8, 15): "八到十五万|8-15万|8—15w",
        wan(10, 15): "预算在10-15万这个区间",
        wan(30, 50): (
            "三到五十万|30-50万|３０～５０万|30w-50w|三十到五十万|三五十万|30万到50万之间|"
            "从30万到50万|50-30万|30、50万|30 万 至 50 万元|30万元-50万元|30〜50万"
        ),
        wan(50, 80): "五十到八十万|50w~80w|50万以上80万以下|最少50万最多80万|预算50万，最多80万",
        wan(500, 800): "五百到八百万|5到8百万",
        wan(100, 200): "一两百万|一到二百万|1百万到2百万",
        wan(10, 20): "10万-20|不低于10万不高于20万|一二十万",
        wan(30, 40): "30多万|三十多万|三四十万",
        wan(100, 200): "一百多万",
        wan(11, 19): "十几万",
        wan(20, 90): "几十万|有个几十万吧",
        wan(120, 130): "一百二三十万|一百二十多万",
        wan(12_000, 15_000): "1.2到1.5个亿",
    }
)
def test_a_range_is_read_as_it_is_meant(text: str, meant: Money) -> None:
    """The first figure takes the units of the second while the range still rises."""
    assert read_money(text) == meant


@each(
    {
        up_to(30): (
            "小于等于30万|超不过三十万|不超过30万|三十万以内|最多三十万|撑死三十万|30万封顶|"
            "30萬以內|别超30万|没超过三十万"
        ),
        up_to(60): "不想超过六十万|六十万以内都能接受|不要高于60万",
        up_to(80): (
            "不超过80万|最多给到80万|80万以下|上限80万|<80万|≤80万|预算有限，80万顶天了|80万打住"
        ),
        from_(20): (
            "至少20万|20万以上|20万起|20万起步|二十万起谈|不低于二十万|不能低于20万|20万+|"
            "≥20万|超过20万"
        ),
    }
)
def test_a_bound_is_a_bound(text: str, meant: Money) -> None:
    """不超过 starts at nothing, 以上 has no end, and a no turns a comparison round."""
    assert read_money(text) == meant


@each(
    {
        wan(30): "年产50万台，预算三十万|员工200人，30万|电话13812345678，30万|2026年底前，30万",
        wan(100): "首付20%，总价100万|12月10日前100万",
    }
)
def test_other_numbers_are_not_money(text: str, meant: Money) -> None:
    assert read_money(text) == meant


@each(
    {
        "money_none": "|你好|给我算一下|13812345678|两百个|年产20万吨",
        "money_open": "面议|再说吧|价格好商量|没有预算|看情况|还没定|随便啊你们看着给|没钱",
        "money_secret": "保密|不方便说|不便透露",
        "money_unit": "50|五十|80左右|一百五|2026|500|100-200",
        "money_many": (
            "先付10万，后面再付20万|转让价20万，许可费5万|给个三万五万的|1万2万3万|"
            "三十万都嫌多，二十万以内吧"
        ),
        "money_currency": "5万美元|$50000|三五万美金|一百萬港幣|3万刀|20万欧元|€3万",
        "money_large": "99999999999999亿",
    }
)
def test_what_is_no_sum_is_named(text: str, meant: str) -> None:
    with pytest.raises(Unfit) as refused:
        read_money(text)
    assert refused.value.code == meant


@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_a_range_survives_every_writing(one: int, other: int) -> None:
    low, high = sorted((one, other))
    for words in ("{}万-{}万", "{}到{}万", "{}w~{}w", "从{}万到{}万元", "{} 万 至 {} 万"):
        assert read_money(words.format(low, high)) == wan(low, high)


@given(
    st.integers(1, 9_999), st.sampled_from(["{}万", "{}w", "¥{}0000", "{}0000元", "人民币{}万元"])
)
def test_a_sum_survives_every_writing(number: int, words: str) -> None:
    assert read_money(words.format(number)) == wan(number)
