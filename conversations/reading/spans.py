"""Values inside a longer sentence, so that one message can fill several slots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal, NamedTuple

from .codes import codes_in
from .dates import spotted_days
from .money import Money, Said, as_money, sums
from .phones import phones_in
from .text import aligned

Kind = Literal["code", "phone", "date", "money"]


class Span(NamedTuple):
    """`text[start:end]` of the text as it was given says the value."""

    kind: Kind
    start: int
    end: int
    value: str | date | Money


def find_values(text: str, now: datetime) -> list[Span]:
    """The codes, phones, days to come and sums (said with 万 or 元) of a text, in order.

    Nothing is guessed: what reads as a value only in answer to a question (10号, 三个月, 50) is
    left out, and so is what does not stand a check (a wrong code, a day that has passed).
    """
    said, places = aligned(text)
    found: list[Span] = []
    taken = bytearray(len(said))
    for one in _candidates(said, now):
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"x" * (one.end - one.start)
            found.append(one)
    found.sort(key=lambda one: one.start)
    return [one._replace(start=places[one.start], end=places[one.end - 1] + 1) for one in found]


def _candidates(said: str, now: datetime) -> Iterator[Span]:
    """The surest kind first: a phone number may look like a sum, but no sum like a code."""
    for code in codes_in(said):
        yield Span("code", *code)
    for phone in phones_in(said):
        yield Span("phone", *phone)
    for day in spotted_days(said, now):
        yield Span("date", *day)
    for one in sums(said):
        if one.said is Said.FULL and not one.currency:
            yield Span("money", one.start, one.end, as_money(one))
