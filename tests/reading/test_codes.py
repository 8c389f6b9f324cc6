"""Unified social credit codes, and which rule a wrong one breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn.uscc import calc_check_digit

from conversations.reading import Unfit, read_uscc

from .said import each

DEMO = Path(__file__).parents[2].parent / "shared" / "data" / "demo_enterprises.json"
GOOD = "91439999MA9D00013W"


@each(
    {
        GOOD: (
            "91439999MA9D00013W|9143 9999 MA9D 0001 3W|91439999-MA9D00013-W|91439999ma9d00013w|"
            "９１４３９９９９ＭＡ９Ｄ０００１３Ｗ|代码是91439999MA9D00013W，电话19900000001|"
            "91439999MA9D00013W 19900000001|统一社会信用代码：91439999MA9D00013W|"
            "91439999MA9D OOO1 3W|9I439999MA9DO0OI3W|（91439999MA9D00013W）"
        ),
        "N2430103MF00001239": "N2430103MF00001239|n2430103mf00001239",
    }
)
def test_a_code_has_many_writings(text: str, meant: str) -> None:
    """O and I are no letters of the code: they are read as figures if the check then fits."""
    assert read_uscc(text) == meant


@each(
    {
        ("code_none",): "|没有|不知道|还在办|abc",
        ("code_length", 16, 18): "91439999MA9D0001",
        ("code_length", 19, 18): "91439999MA9D00013WW",
        ("code_length", 15, 18): "430100000012345|4301 0000 0012 345",
        ("code_length", 9, 18): "MA9D00013",
        ("code_letters", "Z", 14, ""): "91439999MA9D0Z013W",
        ("code_letters", "S", 7, ""): "914399S9MA9D00013W",
        ("code_letters", "S", 12, ""): "91439999MA9S00013W",
        ("code_letters", "B", 1, ""): "B1439999MA9D00013W",
        ("code_digits", "A", 8): "9143999AMA9D00013W",
        ("code_check", "X", "W"): "91439999MA9D00013X|9143 9999 MA9D 0001 3X",
    }
)
def test_a_wrong_code_says_which_rule_failed(text: str, meant: tuple[Any, ...]) -> None:
    """The length with its count, the letter with its place, the check with what it should be."""
    with pytest.raises(Unfit) as refused:
        read_uscc(text)
    assert (refused.value.code, *refused.value.facts.values()) == meant


@pytest.mark.shared
def test_the_demo_codes_pass() -> None:
    """Their region 439999 does not exist; only the form and the check are examined."""
    if not DEMO.exists():
        pytest.skip("no development material beside the project")
    codes = [one["uscc"] for one in json.loads(DEMO.read_text(encoding="utf-8"))["enterprises"]]
    assert len(codes) == 20
    assert [read_uscc(code) for code in codes] == codes


BODIES = st.from_regex(r"[1-9ANY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}", fullmatch=True)


@given(BODIES)
def test_every_code_by_the_standard_is_read(body: str) -> None:
    code = body + calc_check_digit(body)
    assert read_uscc(code) == read_uscc(f" {code[:6].lower()} {code[6:]}") == code


@given(BODIES, st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_wrong_character_is_always_noticed(body: str, place: int, figure: str) -> None:
    wrong = body[:place] + figure + body[place + 1 :] + calc_check_digit(body)
    if wrong[:-1] != body:
        with pytest.raises(Unfit):
            read_uscc(wrong)


def test_a_look_alike_letter_is_offered_back() -> None:
    """Z for 2: the whole code is guessed where the check fits, for one tap to accept."""
    body = "91430100MA2L00013"
    code = body + calc_check_digit(body)
    with pytest.raises(Unfit) as refused:
        read_uscc(code.replace("2", "Z"))
    assert refused.value.facts == {"letter": "Z", "place": 11, "hint": code}
