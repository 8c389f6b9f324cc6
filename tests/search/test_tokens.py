"""Reading text for retrieval: grams, boilerplate, and what patents call everyday things."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.tokens import grams, lexicon, normalise, runs, strip_boilerplate, technical_words

DATA = Path(__file__).parents[2] / "data"


def test_han_runs_give_characters_and_pairs_and_other_tokens_stay_whole() -> None:
    """钛合金TC4: three characters, two pairs, one token; no pair crosses into the Latin."""
    assert grams("钛合金TC4") == ["钛", "合", "金", "钛合", "合金", "tc4"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("PM2.5", ["pm2.5"]),
        ("ＳｉＣ", ["sic"]),
        ("β-环", ["β", "环"]),
        ("a_b", ["a", "b"]),
        ("3.", ["3"]),
        ("，。", []),
        ("", []),
    ],
)
def test_tokens_of_digits_latin_and_signs(text: str, tokens: list[str]) -> None:
    """Full width is folded, a decimal point stays inside a number, signs separate."""
    assert grams(text) == tokens


def test_a_pair_never_crosses_a_sign() -> None:
    """激光，熔覆 says nothing of 光熔."""
    assert "光熔" not in grams("激光，熔覆")
    assert "光熔" in grams("激光熔覆")


@given(st.text(max_size=60))
def test_reading_is_one_for_all_spellings(text: str) -> None:
    """Grams of a text are those of its normal form, and every gram stands in that form."""
    plain = normalise(text)
    assert grams(text) == grams(plain)
    assert all(gram in normalise(plain) for gram in grams(text))


@given(st.text(alphabet="钛合金ab1 ，", max_size=30))
def test_runs_are_the_text_without_its_signs(text: str) -> None:
    """Nothing that is a letter, a digit or a character is lost between the runs."""
    assert "".join(runs(text)) == "".join(sign for sign in text if sign.isalnum())


def test_a_request_is_stripped_to_its_subject() -> None:
    """Who speaks and what is wanted goes; what it is about stays."""
    said = "我公司主要从事高压柱塞泵，希望寻求激光熔覆等技术成果，有没有相关专利？"
    assert runs(strip_boilerplate(said)) == ["高压柱塞泵", "激光熔覆"]


def test_boilerplate_takes_nothing_from_the_names_of_the_industries() -> None:
    """A phrase that stood in a segment or its synonyms would make it unfindable."""
    industries = json.loads((DATA / "industries.json").read_text(encoding="utf-8"))["industries"]
    words = [
        word
        for industry in industries
        for segment in industry["segments"]
        for word in (segment["name"], *segment["synonyms"])
    ]
    assert words
    assert [word for word in words if strip_boilerplate(word) != normalise(word)] == []


def test_everyday_words_lead_to_technical_ones() -> None:
    """拉稀 is 腹泻 in a patent; the longest everyday word wins over those inside it."""
    assert "腹泻" in technical_words("小猪拉稀")["拉稀"]
    assert "自行车" in technical_words("自行车")
    assert "行车" not in technical_words("自行车")


def test_words_of_the_trade_find_each_other() -> None:
    """In a group of names for one thing each leads to the others, never to itself."""
    for group in lexicon()["same"]:
        for word in map(normalise, group):
            found = technical_words(word)[word]
            assert word not in found
            assert {normalise(other) for other in group} <= {word, *found}


def test_a_latin_word_counts_only_whole() -> None:
    """LED is no part of FILLED."""
    assert "led" in technical_words("LED灯珠")
    assert "led" not in technical_words("filled")
