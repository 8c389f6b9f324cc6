"""What weekly packs say. A week brings hundreds of thousands: what they share is rendered once.

What is pushed for segments reads alike for very many firms. What is pushed for needs differs by the
need, its words and the patents; the rest of it is a mould, one for every form of pack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from db.base import Written
from pipeline import words
from pipeline.moulds import Mould, place
from pipeline.words import Message
from pipeline.work import written
from services.push_firms import Item
from services.push_week import Week

if TYPE_CHECKING:
    from db.models import Patent

PACK, FACTS = "pushes/pack", "pushes/facts"
MOST_TERMS = 5  # that a reason names
MOST_KEPT = 2000  # messages, or moulds
ME, COLLEAGUE, NOBODY = "me", "colleague", "nobody"  # whose a need is, as facts.html asks

Form = tuple[tuple[str, int], ...]
"""Of each item whose its need is, and how many terms it names."""


@dataclass(frozen=True)
class Said:
    """What every pack with a patent says of it."""

    title: Markup
    label: Markup
    lines: Markup


def said_of(items: Sequence[Item]) -> dict[int, Said]:
    return {item.patent.id: _said(item.patent) for item in items}


def of_week(week: Week) -> Packs:
    """Kept as long as the week: its patents are what they are."""
    if week.beside is None:
        week.beside = Packs()
    packs: Packs = week.beside
    return packs


@dataclass
class Packs:
    _said: dict[int, Said] = field(default_factory=dict)
    _alike: dict[Any, list[Written]] = field(default_factory=dict)
    _moulds: dict[Form, Mould] = field(default_factory=dict)

    def message(self, items: Sequence[Item], me: int, names: Mapping[int, str]) -> list[Written]:
        """As it is stored; the same objects, as a rule, for those to whom it says the same."""
        said = {item.patent.id: self._of(item.patent) for item in items}
        if all(item.need is None for item in items):
            return self._for_segments(items, said)
        if any(item.need is None or item.again for item in items):
            return written(_rendered(items, said, me, names))
        return self._for_needs(items, said, me, names)

    def _of(self, patent: Patent) -> Said:
        if patent.id not in self._said:
            self._said[patent.id] = _said(patent)
        return self._said[patent.id]

    def _for_segments(self, items: Sequence[Item], said: Mapping[int, Said]) -> list[Written]:
        key = tuple((item.patent.id, item.again, *item.terms) for item in items)
        if key not in self._alike:
            _keep(self._alike, key, written(_rendered(items, said, 0, {})))
        return self._alike[key]

    def _for_needs(
        self, items: Sequence[Item], said: Mapping[int, Said], me: int, names: Mapping[int, str]
    ) -> list[Written]:
        form = tuple((_whose(item, me, names), len(item.terms[:MOST_TERMS])) for item in items)
        if form not in self._moulds:
            _keep(self._moulds, form, _mould(form))
        values, briefs = dict[str, object](), dict[str, Markup]()
        for at, item in enumerate(items):
            assert item.need is not None
            if (problem := item.need.problem) not in briefs:
                briefs[problem] = Markup(words.tidy(_macro("brief")(item.need)))
            values |= _values(item, at, said[item.patent.id], briefs[problem], names)
        return written(self._moulds[form].filled(values))


def _whose(item: Item, me: int, names: Mapping[int, str]) -> str:
    poster = item.need.person_id if item.need else None
    return ME if poster == me else COLLEAGUE if names.get(poster or 0) else NOBODY


def _values(
    item: Item, at: int, said: Said, brief: Markup, names: Mapping[int, str]
) -> dict[str, object]:
    need = item.need
    assert need is not None
    values: dict[str, object] = {
        f"i{at}": item.patent.id, f"n{at}": need.id, f"c{at}": names.get(need.person_id or 0, ""),
        f"p{at}": brief, f"t{at}": said.title, f"l{at}": said.label, f"s{at}": said.lines,
    }  # fmt: skip
    for term, told in enumerate(item.terms[:MOST_TERMS]):
        values[f"w{at}{term}"] = told
    return values


def _mould(form: Form) -> Mould:
    items, said = [], {}
    for at, (whose, terms) in enumerate(form):
        poster = (whose, at if whose == COLLEAGUE else 0)
        need = SimpleNamespace(id=place(f"n{at}"), problem=place(f"p{at}"), person_id=poster)
        named = [place(f"w{at}{term}") for term in range(terms)]
        patent = SimpleNamespace(id=place(f"i{at}"))
        items.append(SimpleNamespace(patent=patent, need=need, terms=named, again=None))
        said[patent.id] = Said(place(f"t{at}"), place(f"l{at}"), place(f"s{at}"))
    names = {(COLLEAGUE, at): place(f"c{at}") for at in range(len(form))}
    return Mould(PACK, items=items, said=said, me=(ME, 0), names=names, at=None)


def _rendered(
    items: Sequence[Item], said: Mapping[int, Said], me: int, names: Mapping[int, str]
) -> Message:
    return words.render(PACK, items=items, said=said, me=me, names=names, at=None)


def _said(patent: Patent) -> Said:
    said = (Markup(words.tidy(_macro(name)(patent))) for name in ("title", "label", "lines"))
    return Said(*said)


@cache
def _macro(name: str) -> Callable[[Any], str]:
    macro: Callable[[Any], str] = words.word(FACTS, name)
    return macro


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value
