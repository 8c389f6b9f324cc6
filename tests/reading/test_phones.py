"""Telephone numbers as people give them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import Unfit, read_phone

from .said import each


@each(
    {
        "+8613812345678": (
            "13812345678|138 1234 5678|138-1234-5678|１３８１２３４５６７８|+86 138 1234 5678|"
            "0086-13812345678|86138 1234 5678|86-13812345678|手机13812345678|"
            "我姓李，13812345678，谢谢|138.1234.5678|一三八一二三四五六七八|"
            "幺三八幺二三四五六七八|1 3 8 1 2 3 4 5 6 7 8|微信同号 13812345678|"
            "13812345678(微信)|tel:13812345678|13812345678 50万"
        ),
        "+8673188886666": (
            "0731-88886666|(0731)88886666|（0731）8888 6666|073188886666|0731 8888 6666转801|"
            "0731-88886666-8001|座机0731—88886666"
        ),
        "+867308888666": "0730-8888666|电话：0730—8888666",
        "+861062001234": "010-62001234|办公室 010 6200 1234",
        "+864008001234": "400-800-1234|4008001234",
        "+8619900000001": "19900000001",
        "+85291234567": "+852 9123 4567",
    }
)
def test_a_number_has_many_writings(text: str, meant: str) -> None:
    assert read_phone(text) == meant


@each(
    {
        ("phone_none",): "|不方便|没有电话|5|12",
        ("phone_short", 10, 1): "1381234567|138 123 4567|0731-888866",
        ("phone_short", 5, 6): "12345",
        ("phone_long", 12, 1): "138123456789|138 1234 56789",
        ("phone_area",): "88886666|8888 6666|2345678",
        ("phone_unused", "12345678901"): "12345678901|123-4567-8901",
        ("phone_unused", "+1212555"): "+1 212 555",
        ("phone_many", ("+8613812345678", "+8613912345678")): (
            "13812345678 / 13912345678|李工13812345678，王工139 1234 5678"
        ),
    }
)
def test_a_wrong_number_says_what_is_wrong(text: str, meant: tuple[Any, ...]) -> None:
    with pytest.raises(Unfit) as refused:
        read_phone(text)
    assert (refused.value.code, *refused.value.facts.values()) == meant


MOBILE = st.builds("13{:09}".format, st.integers(0, 999_999_999))


@given(MOBILE)
def test_a_mobile_number_survives_every_writing(number: str) -> None:
    spoken = "".join("零一二三四五六七八九"[int(figure)] for figure in number)
    wide = "".join(chr(ord(figure) + 0xFEE0) for figure in number)
    a, b, c = number[:3], number[3:7], number[7:]
    writings = [
        number,
        f"{a} {b} {c}",
        f"{a}-{b}-{c}",
        f"+86{number}",
        spoken,
        wide,
        f"手机:{number}",
    ]
    assert {read_phone(one) for one in writings} == {f"+86{number}"}


@given(MOBILE, st.integers(1, 4))
def test_missing_figures_are_counted(number: str, missing: int) -> None:
    if number[2] == "0" and missing == 4:
        return
    with pytest.raises(Unfit) as refused:
        read_phone(number[:-missing])
    assert refused.value.code in ("phone_short", "phone_area")
