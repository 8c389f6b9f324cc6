"""Needs as a factory owner words them: what is found, what is listed, and what is said not to be.

The needs in lay_needs.jsonl, and data/lay.toml too, were written by the developers: expect less
of people nobody here knows. Those that are `kept` are only counted: nothing was tuned on them.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from search import tokens
from search.patents import PatentIndex, PatentText, worth_listing

ROOT = Path(__file__).parents[2]
NEEDS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "lay_needs.jsonl").read_text("utf-8").splitlines()
]
LAY: dict[str, dict[str, list[str]]] = tomllib.loads(tokens.LAY.read_text("utf-8"))
WAYS = [way for topic in LAY.values() for ways in topic for way in ways.split("|")]


@pytest.fixture(scope="module")
def numbers() -> list[str]:
    """The demo's patents by their place in the index, from 1."""
    rows = json.loads((ROOT / "data" / "demo" / "patents.json").read_text("utf-8"))["patents"]
    return ["", *(row["number"] for row in rows)]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> PatentIndex:
    rows = json.loads((ROOT / "data" / "demo" / "patents.json").read_text("utf-8"))["patents"]
    index = PatentIndex(tmp_path_factory.mktemp("library"))
    index.rebuild(
        (
            PatentText(i, row["title"], row["abstract"], tuple(row["keywords"]))
            for i, row in enumerate(rows, start=1)
        ),
        "demo",
    )
    return index


def test_enough_needs_of_every_kind(numbers: list[str]) -> None:
    """Forty and more with a patent, twelve and more without, and half of both only counted."""
    answerable = [need for need in NEEDS if need["patent"]]
    assert len(answerable) >= 40
    assert len(NEEDS) - len(answerable) >= 12
    assert {need["patent"] for need in answerable} <= set(numbers)
    assert sum(need["kept"] for need in NEEDS) * 2 == len(NEEDS)
    assert len({need["q"] for need in NEEDS}) == len(NEEDS)


@pytest.mark.parametrize("kept", [False, True])
def test_everyday_wording_finds_its_patent(
    library: PatentIndex, numbers: list[str], kept: bool
) -> None:
    """Of 44 needs 43 have theirs among the first five, and 41 of them are listed."""
    found, listed = 0, 0
    for need in NEEDS:
        if need["kept"] == kept and need["patent"]:
            hits = library.search(need["q"], 30)
            among = need["patent"] in [numbers[hit.id] for hit in hits[:5]]
            found += among
            listed += among and bool(worth_listing(hits))
    assert found >= 43
    assert listed >= 41


@pytest.mark.parametrize("kept", [False, True])
def test_what_nobody_solves_is_said_so(library: PatentIndex, kept: bool) -> None:
    """Of 11 needs without a patent at least 10 list nothing, in spite of the dictionary."""
    none = [need["q"] for need in NEEDS if need["kept"] == kept and not need["patent"]]
    assert sum(not worth_listing(library.search(said, 30)) for said in none) >= 10


@pytest.mark.parametrize("kept", [False, True])
def test_what_is_listed_is_right(library: PatentIndex, numbers: list[str], kept: bool) -> None:
    """Nine of ten lists hold the right patent: the precision of the gate."""
    lists = [
        (need["patent"], worth_listing(library.search(need["q"], 30)))
        for need in NEEDS
        if need["kept"] == kept
    ]
    shown = [(right, hits) for right, hits in lists if hits]
    good = sum(right in [numbers[hit.id] for hit in hits] for right, hits in shown)
    assert good >= 0.9 * len(shown)


def test_a_generic_word_lifts_nothing(tmp_path: Path) -> None:
    """Led by the dictionary only to a word that every patent holds, a need is not covered."""
    index = PatentIndex(tmp_path)
    every = [PatentText(i, f"振动抑制装置{i}", "减振") for i in range(1, 40)]
    index.rebuild([*every, PatentText(40, "钢琴琴弦调音", "调音")], "x")
    hit = index.search("摩天轮座舱发抖", 1)[0]
    assert "振动" in hit.terms[0]
    assert hit.coverage < 0.15


# The dictionary


def test_every_industry_has_its_section() -> None:
    """Under the name that data/industries.json gives it."""
    shipped = json.loads((ROOT / "data" / "industries.json").read_text("utf-8"))["industries"]
    assert {industry["name"] for industry in shipped} <= set(LAY)


def test_every_way_of_saying_can_be_read() -> None:
    """Two characters or more, no gap at an end, and technical words that are worth a search."""
    assert len(WAYS) >= 1500
    for topic in LAY.values():
        for ways, others in topic.items():
            for way in ways.split("|"):
                assert len(way.replace("…", "")) >= 2, ways
                assert all(way.split("…")), ways
                assert all(map(tokens.grams, others)), ways
            assert others, ways


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("小猪拉了一天肚子", "拉了一天肚子"),
        ("小猪拉肚子", "拉肚子"),
        ("小猪拉稀", "拉稀"),
    ],
)
def test_a_gap_stands_for_a_few_characters(said: str, word: str) -> None:
    """拉…肚子 reads what stands in between, too."""
    assert "腹泻" in tokens.technical_words(said)[word]


def test_what_is_said_is_no_other_word_for_it() -> None:
    """嫁接 of 嫁接老是死 covers itself: only what it does not say is led to."""
    (others,) = tokens.technical_words("嫁接老是死").values()
    assert "成活率" in others
    assert "嫁接" not in others


@pytest.mark.parametrize("said", ["拉，肚子", "拉着一车西瓜撑着肚子", "肚子拉"])
def test_a_gap_is_short_and_within_a_clause(said: str) -> None:
    """Parts that are far apart or in another order mean something else."""
    assert all("腹泻" not in others for others in tokens.technical_words(said).values())


def test_latin_words_count_only_whole() -> None:
    """PE is polyethylene, but not in PET or OPEN."""
    assert "聚乙烯" in tokens.technical_words("做PE管的")["pe"]
    assert "pe" not in tokens.technical_words("open pet hope")
