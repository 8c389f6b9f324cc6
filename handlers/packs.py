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

from pipeline import words
from pipeline.moulds import Mould, Shown, place, shown
from pipeline.words import Message
from pipeline.work import written
from services.push_firms import Item
from services.push_week import Week

if TYPE_CHECKING:
    from db.base import Written
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
    _said: dict[int, tuple[Shown, ...]] = field(default_factory=dict)
    _alike: dict[Any, tuple[Sequence[Item], list[Written]]] = field(default_factory=dict)
    _moulds: dict[Form, Mould] = field(default_factory=dict)

    def message(self, items: Sequence[Item], me: int, names: Mapping[int, str]) -> list[Written]:
        """As it is stored; the same objects, as a rule, for those to whom it says the same."""
        if all(item.need is None for item in items):
            return self._for_segments(items)
        if any(item.need is None or item.again for item in items):
            return written(_rendered(items, me, names))
        return self._for_needs(items, me, names)

    def _of(self, patent: Patent) -> tuple[Shown, ...]:
        if patent.id not in self._said:
            said = _said(patent)
            self._said[patent.id] = shown(said.title), shown(said.label), shown(said.lines)
        return self._said[patent.id]

    def _for_segments(self, items: Sequence[Item]) -> list[Written]:
        """The week finds the same items for many firms; they are kept, so that each stays the only
        one that is called so."""
        key = tuple(map(id, items))
        if key not in self._alike:
            _keep(self._alike, key, (items, written(_rendered(items, 0, {}))))
        return self._alike[key][1]

    def _for_needs(self, items: Sequence[Item], me: int, names: Mapping[int, str]) -> list[Written]:
        form = tuple((_whose(item, me, names), len(item.terms[:MOST_TERMS])) for item in items)
        if form not in self._moulds:
            _keep(self._moulds, form, _mould(form))
        values, briefs = dict[str, Shown](), dict[str, Shown]()
        for at, item in enumerate(items):
            assert item.need is not None
            if (problem := item.need.problem) not in briefs:
                briefs[problem] = shown(Markup(words.tidy(_macro("brief")(item.need))))
            colleague = names.get(item.need.person_id or 0, "")
            ids, terms = (item.patent.id, item.need.id), item.terms[:MOST_TERMS]
            said = self._of(item.patent)
            told = [*map(shown, ids), shown(colleague), briefs[problem], *said, *map(shown, terms)]
            values.update(zip(_places(at), told, strict=False))
        return written(self._moulds[form].filled(values))


def _whose(item: Item, me: int, names: Mapping[int, str]) -> str:
    poster = item.need.person_id if item.need else None
    return ME if poster == me else COLLEAGUE if names.get(poster or 0) else NOBODY


@cache
def _places(at: int) -> list[str]:
    """Of one item the places of its patent, need, colleague and problem; of what is said of the
    patent; and of the terms."""
    return [f"{at}{letter}" for letter in "incptls"] + [f"{at}w{n}" for n in range(MOST_TERMS)]


def _mould(form: Form) -> Mould:
    items, said, names = [], {}, {}
    for at, (whose, terms) in enumerate(form):
        id_, need_id, colleague, problem, *told = map(place, _places(at))
        poster = (whose, at if whose == COLLEAGUE else 0)
        need = SimpleNamespace(id=need_id, problem=problem, person_id=poster)
        patent = SimpleNamespace(id=id_)
        items.append(SimpleNamespace(patent=patent, need=need, terms=told[3:][:terms], again=None))
        said[id_], names[COLLEAGUE, at] = Said(*told[:3]), colleague
    return Mould(PACK, items=items, said=said, me=(ME, 0), names=names, at=None)


def _rendered(items: Sequence[Item], me: int, names: Mapping[int, str]) -> Message:
    return words.render(PACK, items=items, said=said_of(items), me=me, names=names, at=None)


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
