"""Which of many texts share most with a question: a tantivy index in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import tantivy
from tantivy import Query

from search.shelf import any_of, ids

HEAP = 32 << 20
SCHEMA = (
    tantivy.SchemaBuilder()
    .add_integer_field("id", indexed=True, fast=True)
    .add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    .add_text_field("sound", tokenizer_name="whitespace", index_option="freq")
    .build()
)
SOUND = 0.5


class Nearest:
    """By the tokens that they share, each as telling as it is rare."""

    def __init__(self) -> None:
        self._index = tantivy.Index(SCHEMA)
        self._empty = True

    def change(
        self, coming: Iterable[tuple[int, Sequence[str], Sequence[str]]], going: Iterable[int]
    ) -> None:
        """`coming` has the id, the tokens and the sounds of each text."""
        writer = self._index.writer(HEAP, 1)
        for id_ in going:
            writer.delete_documents_by_term("id", id_)
        for id_, tokens, heard in coming:
            writer.add_document(
                tantivy.Document(id=id_, body=" ".join(tokens), sound=" ".join(heard))
            )
            self._empty = False
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def search(self, asked: Mapping[str, float], heard: Iterable[str], k: int) -> dict[int, float]:
        """How well the `k` nearest fit, by id, best first; `asked` has what each token counts."""
        if not asked:
            return {}
        terms = [_term("body", token, weight) for token, weight in asked.items()]
        terms += [_term("sound", sound, SOUND) for sound in dict.fromkeys(heard)]
        return self._found(terms, k)

    def heard(self, sounds: Iterable[str], k: int) -> dict[int, float]:
        """How well the `k` texts fit that sound most like this, by id."""
        return self._found([_term("sound", sound, 1.0) for sound in dict.fromkeys(sounds)], k)

    def _found(self, terms: Sequence[Query], k: int) -> dict[int, float]:
        if self._empty or not terms:
            return {}
        searcher = self._index.searcher()
        found = searcher.search(any_of(terms), k, count=False).hits
        nearest = ids(searcher, [address for _, address in found])
        return {id_: score for id_, (score, _) in zip(nearest, found, strict=True)}


def _term(field: str, token: str, weight: float) -> Query:
    return Query.boost_query(Query.term_query(SCHEMA, field, token, "freq"), weight)
