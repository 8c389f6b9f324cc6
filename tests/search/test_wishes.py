"""A new patent finds every wish that it fulfils, as if each had been read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from search import needs
from search.patents import PUSH_COVERAGE, PatentIndex, PatentText, body
from search.wishes import Wish, WishIndex
from tests.search.test_patents import TEXTS

LAY = Path(__file__).with_name("lay_needs.jsonl")
LATER = 12  # patents that come when the wishes are written


def wishes() -> Iterator[Wish]:
    """Titles, clauses, and everyday wording."""
    said = [json.loads(line)["q"] for line in LAY.read_text("utf-8").splitlines()]
    for text in TEXTS:
        said += [text.title, *text.abstract.split("，")[:2]]
    yield from (Wish(number, text) for number, text in enumerate(said, start=1))


WISHES = {wish.id: wish.text for wish in wishes()}


@pytest.fixture
def library(tmp_path: Path) -> PatentIndex:
    index = PatentIndex(tmp_path / "patents")
    index.rebuild(TEXTS[:-LATER], "first")
    return index


@pytest.fixture
def waiting(library: PatentIndex, tmp_path: Path) -> WishIndex:
    index = WishIndex(tmp_path / "wishes", library.reader)
    index.rebuild(wishes(), "first")
    return index


def fulfilled(library: PatentIndex, fresh: list[PatentText]) -> set[tuple[int, int]]:
    """Every wish read, and held against every patent."""
    reader, held = library.reader(), {text.id: frozenset(body(text)) for text in fresh}
    read = {id_: reader.read(text) for id_, text in WISHES.items()}
    return {
        (wish, patent)
        for wish, need in read.items()
        for patent, grams in held.items()
        if needs.coverage(need, grams) >= PUSH_COVERAGE
    }


def met(waiting: WishIndex, fresh: list[PatentText]) -> list[tuple[int, int]]:
    return [(each.wish, each.patent) for each in waiting.met(fresh, len(TEXTS))]


@pytest.mark.parametrize("fresh", [TEXTS[-LATER:], TEXTS[:40]], ids=["new", "changed"])
def test_no_wish_that_is_fulfilled_is_passed_over(
    library: PatentIndex, waiting: WishIndex, fresh: list[PatentText]
) -> None:
    """Weighed before the patents came, or with them: what is guessed loses nothing."""
    library.update(fresh)
    found = met(waiting, fresh)
    assert set(found) == fulfilled(library, fresh)
    assert len(found) == len(set(found)) >= LATER


def test_a_patent_may_fulfil_more_wishes_than_are_fetched_at_once(
    library: PatentIndex, tmp_path: Path
) -> None:
    """Everybody who waits for it hears of it."""
    crowd = WishIndex(tmp_path / "crowd", library.reader)
    crowd.rebuild([Wish(number, TEXTS[0].title) for number in range(1, 2000)], "crowd")
    assert len(met(crowd, TEXTS[:1])) == 2000 - 1


def test_where_nothing_is_wished_nothing_is_met(waiting: WishIndex) -> None:
    """By nobody, or in no words; and by a patent without words."""
    assert met(waiting, [PatentText(1000, "", "")]) == []
    waiting.rebuild([], "none")
    assert met(waiting, TEXTS[:1]) == []
    waiting.update([Wish(1, ""), Wish(2, "我们需要")])
    assert met(waiting, TEXTS[:1]) == []


def test_what_is_wished_since_is_met(waiting: WishIndex) -> None:
    """What was read for the patents before is read again."""
    assert met(waiting, TEXTS[:1])
    waiting.update([Wish(1000, TEXTS[0].title)])
    assert (1000, TEXTS[0].id) in met(waiting, TEXTS[:1])
    waiting.delete([1000])
    assert (1000, TEXTS[0].id) not in met(waiting, TEXTS[:1])


def test_wishes_age_with_the_library(library: PatentIndex, waiting: WishIndex) -> None:
    """One that a library of another size weighed is named until it is written again."""
    assert waiting.aged() == []
    more = [PatentText(1000 + number, "一种新装置", "") for number in range(len(TEXTS))]
    library.update(more)
    assert sorted(waiting.aged()) == sorted(WISHES)
    waiting.update([Wish(1, WISHES[1])])
    assert 1 not in waiting.aged()
    waiting.update(wishes())
    assert waiting.aged() == []
    library.delete([text.id for text in more])
    assert sorted(waiting.aged()) == sorted(WISHES)
