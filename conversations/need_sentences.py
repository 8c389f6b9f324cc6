"""What a sentence about a posted need says: which field gets which value, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from conversations.need import ANONYMOUS
from services.need_changes import MORE
from services.need_quality import lexicon, tells

ENDS = "\uff0c,\u3002.\uff1b;\uff01!\uff1f?\n "  # of clauses
ASKED_FOR = ("budget", "deadline")  # by steps of their own


def problem(said: str, slots: Mapping[str, str]) -> str | None:
    """What a sentence that opens a need tells of its problem: all from where that is named, if it
    is, to the clause that names a sum or a day."""
    told = slots.get("problem", "")
    begin = max(said.find(told), 0)
    behind = begin + len(told)
    others = [said.find(slots[name], behind) for name in ASKED_FOR if slots.get(name)]
    end = min((at for at in others if at >= 0), default=len(said))
    if end < len(said):
        end = max(behind, *(said.rfind(mark, behind, end) for mark in ENDS))
    found = said[begin:end].strip(ENDS)
    return found if told or tells(found) else None


def change(said: str) -> dict[str, str]:
    """The field and its new value, as far as the sentence says them."""
    patterns = lexicon()["change"]
    if re.search(patterns["hidden"], said):
        return {"field": "visibility", "value": ANONYMOUS}
    if found := re.search(patterns["more"], said):
        return {"field": MORE, "value": found["value"]}
    found = re.search(patterns["value"], said)
    field = _field(said[: found.start()] if found else said) or _field(said)
    known = {"field": field} if field else {}
    return known | ({"value": found["value"]} if found else {})


def _field(said: str) -> str | None:
    fields: dict[str, str] = lexicon()["fields"]
    return next((name for name, words in fields.items() if re.search(words, said)), None)


def ending(said: str) -> Literal["solved", "closed"] | None:
    """How it ended; None where the sentence only says that it did."""
    if re.search(lexicon()["close"]["solved"], said):
        return "solved"
    return "closed" if re.search(lexicon()["close"]["unwanted"], said) else None
