"""A new patent finds every wish that it fulfils, as if each had been read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from search import needs
from search.needs import Need
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
    index = WishIndex(tmp_path / "wishes", library.corpus)
    index.rebuild(wishes(), "first")
    return index


def read(library: PatentIndex, ids: Iterable[int] = WISHES) -> dict[int, Need]:
    """The wishes as the library reads them now."""
    return {id_: needs.read(WISHES[id_], library.corpus()) for id_ in ids}


def fulfilled(
    library: PatentIndex, fresh: list[PatentText], written: dict[int, Need]
) -> set[tuple[int, int]]:
    """Every wish, as it was read when it was written, weighed now and held against every patent."""
    held = {text.id: frozenset(body(text)) for text in fresh}
    return {
        (wish, patent)
        for wish, need in written.items()
        for patent, grams in held.items()
        if needs.coverage(replace(need, corpus=library.corpus()), grams) >= PUSH_COVERAGE
    }


def met(waiting: WishIndex, fresh: list[PatentText]) -> list[tuple[int, int]]:
    return [(each.wish, each.patent) for each in waiting.met(fresh, len(TEXTS))]


@pytest.mark.parametrize("fresh", [TEXTS[-LATER:], TEXTS[:40]], ids=["new", "changed"])
def test_no_wish_that_is_fulfilled_is_passed_over(
    library: PatentIndex, waiting: WishIndex, fresh: list[PatentText]
) -> None:
    """Weighed before the patents came, or with them: what is guessed loses nothing."""
    written = read(library)
    library.update(fresh)
    found = met(waiting, fresh)
    assert set(found) == fulfilled(library, fresh, written)
    assert len(found) == len(set(found)) >= LATER


def test_a_wish_that_was_read_anew_is_met_as_it_reads_now(
    library: PatentIndex, waiting: WishIndex
) -> None:
    """As the program does before it looks, where the library has grown by a fifth."""
    library.update(TEXTS[-LATER:])
    waiting.update([Wish(id_, WISHES[id_]) for id_ in waiting.aged()])
    assert set(met(waiting, TEXTS)) == fulfilled(library, TEXTS, read(library))


@pytest.mark.parametrize("of", [2, 7, len(WISHES) + 9])
def test_in_shares_it_is_the_same(waiting: WishIndex, of: int) -> None:
    """Each wish is in one of them."""
    parts = [waiting.met(TEXTS, len(TEXTS), (number, of)) for number in range(of)]
    assert sorted(each for part in parts for each in part) == sorted(waiting.met(TEXTS, len(TEXTS)))


def test_the_first_patent_that_says_an_everyday_word_covers_it(
    library: PatentIndex, waiting: WishIndex
) -> None:
    """Nobody had said it when the wish was read: it stood for what patents call it."""
    waiting.update([Wish(1000, "老是漏油")])
    first = PatentText(1000, "闸门漏油", "")
    library.update([first])
    assert (1000, 1000) in met(waiting, [first])


def test_a_patent_may_fulfil_more_wishes_than_are_fetched_at_once(
    library: PatentIndex, tmp_path: Path
) -> None:
    """Everybody who waits for it hears of it."""
    crowd = WishIndex(tmp_path / "crowd", library.corpus)
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
