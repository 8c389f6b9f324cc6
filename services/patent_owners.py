"""Whose a list of patents is, and which names mean the same owner."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from services import patent_cells
from services.lists import Found
from services.patent_cells import PATENTS
from services.patent_rows import PatentRow

SHORTEST = 3  # characters of a short name
IN_BRACKETS = re.compile(r"（[^（）]*）$")


def owner(firsts: Counter[str], found: Found, name: str) -> str | None:
    """Whose list it is: the owner of most patents, else the university that a title names."""
    if not firsts:
        return patent_cells.university_in([*found.above(), name])
    most = max(firsts, key=lambda full: (_share(full, firsts), len(full)))
    return most if _share(most, firsts) * 2 > firsts.total() else None


def call_in_full(rows: Iterable[PatentRow], owner: str) -> None:
    """The short names of an owner, and what it calls itself, become its full name."""
    ours = frozenset(PATENTS.words["values"]["ours"])
    for row in rows:
        if row.applicants and row.applicants != [owner]:
            full = [owner if n in ours or is_short_for(n, owner) else n for n in row.applicants]
            row.applicants = list(dict.fromkeys(full))


def same_owner(one: str, other: str) -> bool:
    """The same name, or the one short for the other."""
    return one == other or is_short_for(one, other) or is_short_for(other, one)


def is_short_for(name: str, owner: str) -> bool:
    """A name without the brackets behind it or the province before it; or one of which every
    character stands in the owner's in this order, the first first, and which is no whole name
    itself."""
    if len(name) < SHORTEST or name == owner:
        return False
    whole, bare = IN_BRACKETS.sub("", owner), IN_BRACKETS.sub("", name)
    if name == whole:
        return True
    if name[0] != owner[0]:
        return whole.endswith(bare)
    if bare.endswith(tuple(PATENTS.words["values"]["whole_names"])):
        return False
    rest = iter(owner)
    return all(char in rest for char in name)


def _share(full: str, firsts: Counter[str]) -> int:
    """How many patents are said to be this owner's, by its full or a short name."""
    return sum(n for name, n in firsts.items() if name == full or is_short_for(name, full))
