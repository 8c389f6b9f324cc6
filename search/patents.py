"""Patents for a need: a tantivy index beside the database, rebuilt from it at any time.

Texts stay in the database. Coverage and reasons are read off the index itself (`_present`): a hit
needs no second look-up, a second process can explain what it finds, and the index stays small.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from search import needs
from search.needs import Corpus, Heard, Need, Remembered, telling_grams
from search.shelf import Shelf, any_of, ids, opened, schema
from search.tokens import grams

# Coverage is the share of a need's idf mass that a patent holds. Of 300 requests made from 2,000
# Chinese abstracts, 94 % of those that have a right patent pass at 0.65 and 5 % of those that have
# none; 95 % and 7 % at 0.6, 98 % and 12 % at 0.5. It must never be mixed with other scores.
PUSH_COVERAGE = 0.65
LIST_COVERAGE = 0.4
# Everyday wording covers little even of the right patent; then a first hit counts that holds
# several things of the need and leads the second. One thing in common is not yet an answer: what
# makes the same thing may solve another problem, and does where the need has an everyday word that
# leads to nothing in the patent. Chosen with needs of the same kind as those in
# tests/search/lay_needs.jsonl that may be looked at, with none, 30, 50 and 70 % of the dictionary
# taken away: at 50 % 80 % of the right ones are listed, and nothing for 82 % of those without.
LEADER_COVERAGE, LEADER_MARGIN = 0.1, 1.15
ALONE_COVERAGE = 0.45
ALONE_LEADER_COVERAGE, ALONE_LEADER_MARGIN = 0.15, 1.5
SEVERAL = 2

VERSION = 1  # raise it when the schema, `body` or `grams` changes: every index is then rebuilt
TITLE_TIMES = 3  # a title repeated in one field beats a field of its own with a boost
LAY_WEIGHT = 0.6  # of what patents call an everyday word, against the words of the need
# Places in the index that one query may read, and one for a need with likely typing errors; the
# commonest of its grams are left out. Of 1,500 needs among 1,349,000 patents the right one is among
# the first ten as often as before (0.996); smaller libraries seldom come so far.
READ, READ_AGAIN = 200_000, 400_000
COMMON = 50_000  # patents that hold a technical word which tells nothing any more
LEAST_ASKED = 6  # grams, however common
MASK_BITS = 23  # whole numbers below 2**24 are exact in tantivy's 32-bit scores

SCHEMA = (
    schema()
    .add_text_field("segment", tokenizer_name="raw", index_option="basic")
    .add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    .build()
)


@dataclass(frozen=True)
class PatentText:
    id: int  # positive
    title: str
    abstract: str
    keywords: tuple[str, ...] = ()
    segment: str | None = None


@dataclass(frozen=True)
class Hit:
    id: int
    score: float  # BM25: orders the hits of one search, means nothing across searches
    coverage: float  # 0-1: decides whether to push, to list or to say that nothing fits
    terms: tuple[str, ...]  # words found in the patent, the most telling first
    points: int = 1  # how many separate things of the need it holds
    missed: int = 0  # everyday words of the need that it has no technical word for


def worth_listing(hits: Sequence[Hit]) -> list[Hit]:
    """Which hits of one search (of at least two) to show on request, in their order."""
    return [hit for hit in hits if _answers(hit)] or _leader(hits)


def _answers(hit: Hit) -> bool:
    least = LIST_COVERAGE if hit.points >= SEVERAL else ALONE_COVERAGE
    return hit.coverage >= least


def _leader(hits: Sequence[Hit]) -> list[Hit]:
    if len(hits) < 2:
        return []
    first, second = hits[:2]
    if first.points >= SEVERAL:
        coverage, margin = LEADER_COVERAGE, LEADER_MARGIN
    else:
        coverage, margin = ALONE_LEADER_COVERAGE, ALONE_LEADER_MARGIN
    ahead = first.coverage >= coverage and first.score >= margin * second.score
    other_problem = first.points < SEVERAL and first.missed
    return [first] if ahead and first.points and not other_problem else []


class PatentIndex(Shelf[PatentText]):
    """The library, to search by needs."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, VERSION, SCHEMA, _document)
        self._corpus = Corpus(lambda gram: 0, 0)
        self._read_by: tantivy.Searcher | None = None

    def __reduce__(self) -> tuple[Callable[..., PatentIndex], tuple[type[PatentIndex], Path]]:
        return opened, (PatentIndex, self._path)

    def search(self, text: str, k: int, segments: Collection[str] = ()) -> list[Hit]:
        """The `k` patents nearest to a need, best first; of `segments` only, where any are given.

        Blocking, about a millisecond: call it in a thread. Bonuses (open licence, own segment)
        are the caller's.
        """
        searcher = self.searcher()
        if searcher is None:
            return []
        need = needs.read(text, _corpus(searcher))
        technical, read = _technical(searcher, need)
        asked = _within(searcher, need.asked, READ - read)
        hits = _search(searcher, need, [*_terms(asked), *technical], k, segments)
        if not any(map(_answers, hits)):
            # Rare grams that nothing answers to are often typing errors: ask with the others.
            heard = _within(searcher, need.heard, READ_AGAIN - read)
            hits = _search(searcher, need, [*_terms(heard), *technical], k, segments)
        return hits

    def corpus(self) -> Corpus:
        """By which needs are read: the same one, which remembers, while the library is the same."""
        searcher = self.searcher()
        if searcher is None:
            return Corpus(lambda gram: 0, 0)
        if self._read_by is not searcher:
            self._corpus, self._read_by = _corpus(searcher), searcher
        return self._corpus


def _corpus(searcher: tantivy.Searcher) -> Corpus:
    frequency = Remembered(partial(searcher.doc_freq, "body"))
    return Corpus(frequency.__getitem__, searcher.num_docs)


def body(text: PatentText) -> list[str]:
    """The grams that a patent holds, repeats kept."""
    keywords = [gram for keyword in text.keywords for gram in grams(keyword)]
    return grams(text.title) * TITLE_TIMES + grams(text.abstract) + keywords


def _document(text: PatentText) -> tantivy.Document:
    segment = [] if text.segment is None else [text.segment]
    return tantivy.Document(id=text.id, body=" ".join(body(text)), segment=segment)


def _within(searcher: tantivy.Searcher, asked: list[str], most: int) -> list[str]:
    """Of grams, the rarest first, as many as may be read."""
    read = accumulate(searcher.doc_freq("body", gram) for gram in asked)
    within = [gram for gram, places in zip(asked, read, strict=True) if places <= most]
    return within if len(within) >= LEAST_ASKED else asked[:LEAST_ASKED]


def _search(
    searcher: tantivy.Searcher, need: Heard, asked: list[Query], k: int, segments: Collection[str]
) -> list[Hit]:
    wanted = any_of(asked)
    if segments:
        silent = Query.const_score_query(any_of(_term("segment", s) for s in segments), 0.0)
        wanted = Query.boolean_query([(Occur.Must, wanted), (Occur.Must, silent)])
    found = searcher.search(wanted, k, count=False).hits
    nearest = ids(searcher, [address for _, address in found])
    held = _present(searcher, nearest, need)
    return [
        _hit(id_, score, need, held[id_]) for id_, (score, _) in zip(nearest, found, strict=True)
    ]


def _hit(id_: int, score: float, need: Need, held: Set[str]) -> Hit:
    common = needs.common(need, held)
    coverage = needs.coverage(need, held)
    return Hit(id_, score, coverage, common.terms, common.points, common.missed)


def _technical(searcher: tantivy.Searcher, need: Heard) -> tuple[list[Query], int]:
    """What asks for technical words, and how many places in the index it reads. Of several words
    for one thing only the best counts, else long lists would win. Grams that very many patents hold
    tell nothing, and take long to read."""
    df = Remembered(partial(searcher.doc_freq, "body"))
    best, read = [], 0
    for others in need.technical.values():
        told = [[g for g in telling_grams(other) if df[g] <= COMMON] for other in others]
        read += sum(df[gram] for grams in told for gram in grams)
        if queries := [any_of(_terms(grams)) for grams in told if grams]:
            best.append(Query.disjunction_max_query(queries))
    return [Query.boost_query(query, LAY_WEIGHT) for query in best], read


def _present(searcher: tantivy.Searcher, among: Sequence[int], need: Heard) -> dict[int, set[str]]:
    """Which grams of the need, and of its technical words, each of the patents holds.

    One query for 23 grams: each scores its own power of two, so a score is the set of them.
    """
    words = [word for others in need.technical.values() for word in others]
    asked = list(dict.fromkeys([*need.known, *(g for word in words for g in telling_grams(word))]))
    held: dict[int, set[str]] = {id_: set() for id_ in among}
    for start in range(0, len(asked) if among else 0, MASK_BITS):
        part = asked[start : start + MASK_BITS]
        for id_, mask in _masks(searcher, among, part):
            held[id_].update(gram for bit, gram in enumerate(part) if mask >> bit & 1)
    return held


def _masks(
    searcher: tantivy.Searcher, among: Sequence[int], asked: Sequence[str]
) -> list[tuple[int, int]]:
    """Each patent's id with a bit set for every gram of `asked` that it holds."""
    # Not term_set_query, which reads the ids of the whole library.
    those = Query.const_score_query(any_of(_term("id", id_) for id_ in among), 0.0)
    bits = [
        (Occur.Should, Query.const_score_query(_term("body", gram), float(1 << bit)))
        for bit, gram in enumerate(asked)
    ]
    query = Query.boolean_query([(Occur.Must, those), *bits])
    found = searcher.search(query, len(among), count=False).hits
    those_found = ids(searcher, [address for _, address in found])
    return [(i, int(mask)) for i, (mask, _) in zip(those_found, found, strict=True)]


def _terms(grams: Iterable[str]) -> list[Query]:
    return [_term("body", gram) for gram in grams]


def _term(field: str, value: str | int) -> Query:
    return Query.term_query(SCHEMA, field, value, "freq")
