"""The tiers of the library: who stands where, and by which rule (data/tiers.toml).

The policy is read into SQL and never stored with the patents, so that an edited policy, a new match
or a status that changed counts at once for all of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Favourite, Match, Patent
from errors import Refused
from services import patent_ends

FILE = Path(__file__).parents[1] / "data" / "tiers.toml"

Rule = Mapping[str, Any]


class PolicyWrong(ValueError):
    """The policy's file cannot be read as one; says where and why."""


class TierUnknown(Refused):
    """No facts. An old button names a tier that the policy has no more."""


@dataclass(frozen=True)
class Tier:
    code: str
    name: str
    promotion: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Condition:
    """One condition of a rule as it is for one patent."""

    name: str
    wanted: Any
    holds: bool


@dataclass(frozen=True)
class Tried:
    """A tier and its rules, held against one patent."""

    tier: Tier
    rules: list[list[Condition]]

    @property
    def fits(self) -> bool:
        """Also where there are no rules: the last tier takes what is left."""
        return not self.rules or any(all(one.holds for one in rule) for rule in self.rules)


def read(text: str) -> tuple[Tier, ...]:
    """The policy in a file's text; PolicyWrong where it is none."""
    try:
        rows = tomllib.loads(text)["tiers"]
        tiers = tuple(
            Tier(row["code"], row["name"], row["promotion"], tuple(row.get("rules", [])))
            for row in rows
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as wrong:
        raise PolicyWrong(f"{FILE.name}: {wrong}") from wrong
    _check(tiers)
    return tiers


@cache
def policy() -> tuple[Tier, ...]:
    return read(FILE.read_text(encoding="utf-8"))


def rank(now: datetime) -> ColumnElement[int]:
    """The place of a patent's tier in the policy, 0 for the first."""
    *ruled, _ = policy()
    fitting = [(_fits(tier, now), literal(place)) for place, tier in enumerate(ruled)]
    return case(*fitting, else_=literal(len(ruled)))


def among(code: str, now: datetime) -> ColumnElement[bool]:
    """Of patents: those that stand in this tier."""
    return rank(now) == policy().index(find(code))


def find(code: str) -> Tier:
    for tier in policy():
        if tier.code == code:
            return tier
    raise TierUnknown


async def counts(session: AsyncSession, now: datetime) -> list[tuple[Tier, int]]:
    """Every tier with the number of its patents."""
    placed = select(rank(now).label("place")).subquery()
    counted = select(placed.c.place, func.count()).group_by(placed.c.place)
    found: dict[int, int] = dict(list(await session.execute(counted)))
    return [(tier, found.get(place, 0)) for place, tier in enumerate(policy())]


async def why(session: AsyncSession, patent_id: int, now: datetime) -> list[Tried]:
    """The tiers that were tried for this patent, the one where it stands last."""
    asked = [
        CONDITIONS[name](wanted, now)
        for tier in policy() for rule in tier.rules for name, wanted in rule.items()
    ]  # fmt: skip
    held = select(*(case((one, 1), else_=0) for one in asked)).where(Patent.id == patent_id)
    answers = iter((await session.execute(held)).one())
    tried = [
        Tried(tier, [
            [Condition(name, wanted, bool(next(answers))) for name, wanted in rule.items()]
            for rule in tier.rules
        ])
        for tier in policy()
    ]  # fmt: skip
    stands = next(place for place, each in enumerate(tried) if each.fits)
    return tried[: stands + 1]


def _fits(tier: Tier, now: datetime) -> ColumnElement[bool]:
    return or_(
        *(and_(*(CONDITIONS[name](wanted, now) for name, wanted in rule.items()))
          for rule in tier.rules)
    )  # fmt: skip


def _flag(holds: ColumnElement[bool], wanted: bool) -> ColumnElement[bool]:
    return holds if wanted else ~holds


def _at_least(rows: type[Match] | type[Favourite], least: int) -> ColumnElement[bool]:
    count = select(func.count()).where(rows.patent_id == Patent.id).correlate(Patent)
    return count.scalar_subquery() >= least


CONDITIONS: dict[str, Callable[[Any, datetime], ColumnElement[bool]]] = {
    "ended": lambda wanted, now: _flag(patent_ends.end(now).is_not(None), wanted),
    "granted": lambda wanted, now: _flag(Patent.granted_on.is_not(None), wanted),
    "kinds": lambda wanted, now: Patent.kind.in_(wanted),
    "maturity_from": lambda wanted, now: Patent.maturity >= wanted,
    "maturity_to": lambda wanted, now: Patent.maturity <= wanted,
    "open_licence": lambda wanted, now: Patent.open_licence.is_(wanted),
    "priced": lambda wanted, now: _flag(Patent.price_low.is_not(None), wanted),
    "matched_from": lambda wanted, now: _at_least(Match, wanted),
    "kept_from": lambda wanted, now: _at_least(Favourite, wanted),
}
FLAGS = {"ended", "granted", "open_licence", "priced"}


def _check(tiers: Sequence[Tier]) -> None:
    if not tiers or any(not tier.rules for tier in tiers[:-1]) or tiers[-1].rules:
        raise PolicyWrong(f"{FILE.name}: all tiers but the last have rules, the last has none")
    if len({tier.code for tier in tiers}) < len(tiers):
        raise PolicyWrong(f"{FILE.name}: two tiers have the same code")
    for tier in tiers:
        for rule in tier.rules:
            _check_rule(tier.code, rule)


def _check_rule(code: str, rule: Rule) -> None:
    if not rule:
        raise PolicyWrong(f"{FILE.name}: tier {code} has a rule without conditions")
    for name, wanted in rule.items():
        if name not in CONDITIONS:
            raise PolicyWrong(f"{FILE.name}: tier {code} names an unknown condition: {name}")
        kind = bool if name in FLAGS else list if name == "kinds" else int
        if type(wanted) is not kind:
            raise PolicyWrong(f"{FILE.name}: tier {code}: {name} must be {kind.__name__}")
