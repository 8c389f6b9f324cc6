"""The kinds of steps a form is made of: how an answer is read, kept and given on.

A kept answer is JSON (a draft is a row); `value` turns it into what services take.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from conversations import reading
from conversations.reading import Unfit
from pipeline.turn import Turn

Answers = Mapping[str, Any]


class Option(NamedTuple):
    """A choice: what is kept, and what a person reads."""

    key: str
    label: str


Options = Callable[[Turn, Answers], Awaitable[Sequence[Option]]]
Known = Callable[[Turn, Answers], Awaitable[Any]]
Check = Callable[[Turn, Any], Awaitable[None]]


@dataclass(frozen=True)
class Kind:
    """`read` takes text, the time and the options; gives JSON or raises Unfit.

    A free kind accepts any sentence, so whether one was meant for it is asked more carefully. A
    verbatim one is passed on to somebody as it is, questions and all: only a way out is no answer.
    """

    name: str
    read: Callable[[str, datetime, Sequence[Option]], Any]
    value: Callable[[Any], Any] = lambda kept: kept
    free: bool = False
    verbatim: bool = False
    many: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class Step:
    """One question. `known` gives what we know already: then it is not asked, only reviewed.

    A turning on the way (加入 or not) is on the review card only where it was taken. One for
    `later` is not asked: whoever wants it fills it in from the review card.
    """

    name: str
    kind: Kind
    optional: bool = False
    options: Options | None = None
    known: Known | None = None
    check: Check | None = None
    on_card: bool = True
    later: bool = False


def text(most: int, least: int = 2, name: str = "text") -> Kind:
    def read(said: str, now: datetime, options: Sequence[Option]) -> str:
        tidy = reading.tidy(said)
        if len(tidy) > most:
            raise Unfit("too_long", most=most, length=len(tidy))
        if len(tidy) < least:
            raise Unfit("too_short", least=least)
        return tidy

    return Kind(name, read, free=True)


def verbatim(most: int) -> Kind:
    """Words for somebody else: a question to a human, an answer, a notice."""
    return replace(text(most, 1, "verbatim"), free=False, verbatim=True)


def _choose(said: str, now: datetime, options: Sequence[Option]) -> str:
    return options[reading.pick(said, [o.label for o in options])[0]].key


def _choose_many(said: str, now: datetime, options: Sequence[Option]) -> list[str]:
    picked = reading.pick(said, [o.label for o in options], many=True)
    return [options[i].key for i in picked]


def _money(said: str, now: datetime, options: Sequence[Option]) -> list[int | None]:
    money = reading.read_money(said)
    return [money.low, money.high]


PERSON = text(30, name="person")
CHOICE = Kind("choice", _choose, chosen=True)
MANY = Kind("many", _choose_many, many=True, chosen=True)
NUMBER = Kind("number", lambda said, now, options: int(reading.read_number(said)))
MONEY = Kind("money", _money, value=lambda kept: tuple(kept))
DATE = Kind(
    "date",
    lambda said, now, options: reading.read_date(said, now).isoformat(),
    value=date.fromisoformat,
)
TIME = Kind(
    "time",
    lambda said, now, options: reading.read_time(said, now).isoformat(),
    value=datetime.fromisoformat,
)
PHONE = Kind("phone", lambda said, now, options: reading.read_phone(said))
USCC = Kind("uscc", lambda said, now, options: reading.read_uscc(said))
