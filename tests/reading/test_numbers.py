"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import Unfit, read_number
from conversations.reading.numbers import runs

from .said import each


@each(
    {
        0: "0|零|〇|０",
        2: "2|二|两|俩|两个|②|贰|2个吧",
        3: "三|仨|第三|第3",
        10: "10|十|一十|拾|１０|十个",
        15: "十五个左右|15|一十五",
        28: "廿八|二十八",
        36: "三十六",
        80: "80位|约八十人|来80个人|八十",
        95: "百分之九十五|95%|95％",
        100: "一百|壹佰|1百|大概一百来号人|上百人",
        120: "一百二十个|一百二|1百2|上限120",
        150: "限一百五十人|一百五",
        1050: "一千零五十",
        1200: "1,200|1，200人|1千2百|一千二|１２００",
        2000: "2k|2K|两千",
        3008: "三千零八",
        3800: "三千八|3千8",
        10800: "一万零八百",
        20000: "2万|2w|2W|两万|2 w",
        35000: "三万五|3万5|35000|3.5万|三点五万",
        1500000: "1.5百万|一百五十万|150w",
        150000000: "1亿5|一亿五千万|1.5个亿|1亿5千万|一点五亿|15000万",
        50000000: "半个亿|五千万",
        1.5: "1.5|一点五|１．５",
        0.5: "0.5mm|.5|零点五",
        12.5: "12.5",
        -3.5: "-3.5|负三点五",
        -20: "零下二十度|负二十|-20|−20",
    }
)
def test_one_number_has_many_writings(text: str, meant: float) -> None:
    assert read_number(text) == meant


@each(
    {
        "number_none": "没有|不限||半个|很多|abc",
        "number_many": "80-100|3或5|1/2|10⁶|3.2×10^5",
        "number_range": "五六个|三十多|几百|十几个|五十余人|二十五六",
        "number_large": "12345678901234567890|九千九百九十九万亿",
    }
)
def test_what_is_not_one_number_is_named(text: str, meant: str) -> None:
    with pytest.raises(Unfit) as refused:
        read_number(text)
    assert refused.value.code == meant


@given(st.integers(0, 10**11))
def test_a_number_survives_every_writing(number: int) -> None:
    """Figures, thousands, 万 and 亿, Chinese, financial Chinese: the same number."""
    writings = [str(number), f"{number:,}", cn2an.an2cn(number, "low"), cn2an.an2cn(number, "up")]
    assert [read_number(one) for one in writings] == [number] * 4
    assert read_number(f"{Decimal(number) / 10_000}万") == number


@given(st.integers(1, 10**8), st.sampled_from(["大概{}个人", "约{}", "要 {} 套", "{}左右"]))
def test_a_number_is_found_among_words(number: int, words: str) -> None:
    assert read_number(words.format(number)) == number


@given(st.integers(1, 9), st.sampled_from(["十", "百", "千", "万", "十万", "百万", "亿"]))
def test_a_vague_number_keeps_its_bounds(digit: int, unit: str) -> None:
    """七八十 lies between 七十 and 八十."""
    low, high = (cn2an.an2cn(one) for one in (digit, digit + 1))
    if digit < 9:
        (run,) = runs(f"{low}{high}{unit}")
        assert [run.low, run.high] == [Decimal(read_number(one + unit)) for one in (low, high)]
