"""评估专利: three questions that an enterprise answers with three taps, and what a sentence says of
them already (data/assessments.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from conversations import choices
from conversations.form import Form, Subject, Submit
from conversations.reading import Unfit, pick, read_number, tidy
from conversations.steps import CHOICE, Kind, Option, Step, text, verbatim
from services.assessment_states import LEVELS

LEXICON = Path(__file__).parent.parent / "data" / "assessments.toml"
NAME, COMMENT = "assessment", "assessments/comment"
SHORT = 4  # characters; longer words of one's own are kept as they are
TEN, HUNDRED = 10, 100


def _improvement(said: str, now: datetime, options: Sequence[Option]) -> str:
    """A choice by its number or its words; else the person's own words, whole."""
    words = tidy(said)
    if len(words) <= SHORT or any(words in option.label for option in options):
        with suppress(Unfit):
            return options[pick(said, [option.label for option in options])[0]].key
    return str(text(300).read(said, now, ()))


IMPROVEMENT = Kind("text", _improvement, free=True)


def form(submit: Submit, subject: Subject) -> Form:
    """`subject` names the patent, so that whoever comes back a day later knows of what it is."""
    steps = (
        Step("prospect", CHOICE, options=choices.paired(NAME, "prospect")),
        Step("improvement", IMPROVEMENT, options=choices.listed(NAME, "improvement")),
        Step("intent", CHOICE, options=choices.paired(NAME, "intent")),
    )
    return Form(
        NAME, "assess_patent", steps, submit, review=False, topic="assessments", subject=subject
    )


def comment(submit: Submit, subject: Subject) -> Form:
    steps = (Step("text", verbatim(500)),)
    return Form(COMMENT, "assess_patent", steps, submit, review=False, subject=subject)


def asks_for_list(said: str) -> bool:
    return re.search(_lexicon()["mine"]["pattern"], said) is not None


def told(said: str, slots: dict[str, str]) -> dict[str, str]:
    """The answers that a sentence gives surely, as the form keeps them."""
    found = {"prospect": _prospect(said), "intent": _intent(said)}
    found["improvement"] = slots.get("improvement", "").strip() or None
    return {step: answer for step, answer in found.items() if answer}


def _prospect(said: str) -> str | None:
    for level, pattern in _lexicon()["prospect"]["levels"]:
        if re.search(pattern, said):
            return str(level)
    if found := re.search(_lexicon()["prospect"]["star"], said):
        return _level(read_number(found[1]), len(LEVELS))
    if found := re.search(_lexicon()["prospect"]["points"], said):
        points = read_number(found[1])
        if points > len(LEVELS):
            return _level(points, TEN if points <= TEN else HUNDRED)
    return None


def _level(said: Any, most: int) -> str | None:
    level = ceil(said * len(LEVELS) / most)
    return str(level) if level in LEVELS else None


def _intent(said: str) -> str | None:
    return next(
        (k for k, pattern in _lexicon()["intent"].items() if re.search(pattern, said)), None
    )


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))
