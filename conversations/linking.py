"""Typing the six digits that another chat shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from conversations.form import Form, Submit
from conversations.reading import Unfit, tidy
from conversations.steps import Kind, Option, Step

DIGITS = re.compile(r"\D*((?:\d[\s-]?){6})\D*")


def six_digits(said: str) -> str:
    """The code in a text, whatever stands between or around; raises Unfit."""
    found = DIGITS.fullmatch(tidy(said))
    if found is None:
        raise Unfit("six_digits")
    return re.sub(r"\D", "", found[1])


def _read(said: str, now: datetime, options: Sequence[Option]) -> str:
    return six_digits(said)


def form(submit: Submit) -> Form:
    steps = (Step("code", Kind("code", _read)),)
    return Form("people/link", "link", steps, submit, review=False)
