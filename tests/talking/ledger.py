"""What was meant: every text with what it was said for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.talking.vocabulary import Place


@dataclass
class Ledger:
    """By person: what was given for each step. People who turn out to be one share theirs."""

    _given: dict[int, list[tuple[Place, Any]]] = field(default_factory=lambda: defaultdict(list))
    _kin: dict[int, set[int]] = field(default_factory=dict)

    def give(self, person: int, place: Place, kept: Any) -> None:
        self._given[person].append((place, kept))

    def same(self, one: int, other: int) -> None:
        kin = self._kin.get(one, {one}) | self._kin.get(other, {other})
        self._kin.update(dict.fromkeys(kin, kin))

    def given(self, person: int, place: Place) -> list[Any]:
        kin = self._kin.get(person, {person})
        return [kept for one in kin for where, kept in self._given[one] if where == place]

    def anybodys(self, *places: Place) -> list[Any]:
        return [kept for given in self._given.values() for place, kept in given if place in places]
