"""What a sentence about an event says: which one, which field, and what it is to be."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conversations.reading import Unfit, read_date, read_number, read_time, tidy
from services.working_time import ZONE, today

if TYPE_CHECKING:
    from db.models import Event

LEXICON = Path(__file__).parent.parent / "data" / "events.toml"


def moment(said: str, now: datetime, like: datetime | None = None) -> datetime:
    """The moment in words. What they leave open, the day or the hour, is as in `like`; 推迟一周
    counts from it."""
    if like is None:
        return read_time(said, now)
    if by := _by(said):
        return like + by
    day = like.date() if like.date() >= today(now) else None
    try:
        return read_time(said, now, day=day)
    except Unfit as unfit:
        if unfit.code != "time_missing":
            raise
        return datetime.combine(read_date(said, now), like.time(), ZONE)


def _by(said: str) -> timedelta | None:
    """How much later (or earlier) than it was."""
    found = re.search(_lexicon()["shift"]["pattern"], tidy(said))
    if found is None:
        return None
    words = _lexicon()["shift"]
    unit = next(unit for unit, known in words["units"].items() if found["unit"] in known)
    number = 0.5 if found["number"] in words["half"] else float(read_number(found["number"]))
    by = timedelta(**{unit: number})
    return -by if found["way"] in words["earlier"] else by


def change(said: str) -> dict[str, str]:
    """The field and its new value, as far as the sentence says them."""
    said = tidy(said)
    if found := re.search(_lexicon()["shift"]["pattern"], said):
        return {"field": _field(said) or "starts_at", "value": found[0]}
    found = re.search(_lexicon()["change"]["value"], said)
    before = said[: found.start()] if found else said
    field = _field(before) or (_kind_of(found["value"]) if found else _field(said))
    known = {"field": field} if field else {}
    return known | ({"value": found["value"].strip()} if found else {})


def _field(said: str) -> str | None:
    fields: dict[str, str] = _lexicon()["fields"]
    return next((name for name, words in fields.items() if re.search(words, said)), None)


def _kind_of(value: str) -> str | None:
    """What has such values: 下周五下午两点 is a time, 150人 a number, 三楼报告厅 a place."""
    if re.search(_lexicon()["change"]["number"], value):
        return "capacity"
    if re.search(_lexicon()["change"]["time"], value):
        return "starts_at"
    return "venue" if re.search(_lexicon()["change"]["place"], value) else None


def announced(said: str, slots: Mapping[str, str], cities: Sequence[str]) -> dict[str, str]:
    """What a sentence tells of an event to be announced, in its words, by the form's steps."""
    said, found = tidy(said), dict[str, str]()
    for name in ("per_firm", "capacity", "name"):
        if heard := re.search(_lexicon()["announced"][name], said):
            found[name] = heard["said"]
            said = said.replace(heard[0], " ")
    place = slots.get("place", "")
    named = [city for city in cities if city in place] or [city for city in cities if city in said]
    if len(named) == 1:
        found["city"] = named[0]
    if not re.fullmatch(f"(?:{'|'.join(cities)})?{_lexicon()['announced']['only_city']}", place):
        found["venue"] = place
    told = {"starts_at": slots.get("when"), "kind": _kind_called(slots.get("kind", ""))}
    return found | {name: words for name, words in told.items() if words}


def _kind_called(word: str) -> str | None:
    """The kind that is called so, if only one is."""
    kinds = _lexicon()["kinds"]
    called = [word] if word in kinds else [kind for kind, words in kinds.items() if word in words]
    return called[0] if len(called) == 1 else None


def again(said: str) -> bool:
    """Whether it is to be as an earlier one: 照上月那场再办."""
    return re.search(_lexicon()["again"]["pattern"], said) is not None


def named(said: str, events: Sequence[Event], now: datetime) -> Event | None:
    """The event that a sentence speaks of: the only one, or the only one of that day, city, kind
    or name."""
    if len(events) == 1:
        return events[0]
    found = re.search(_lexicon()["change"]["value"], said)
    about = said[: found.start()] if found else said
    left = [event for event in events if _speaks_of(about, event, now)]
    return left[0] if len(left) == 1 else None


def _speaks_of(said: str, event: Event, now: datetime) -> bool:
    if event.title in said:
        return True
    signs: list[Any] = [event.city in said, any(word in said for word in _names(event.kind))]
    with suppress(Unfit):
        begin = event.starts_at.astimezone(ZONE).date()
        if read_date(said, now) != begin:
            return False
        signs.append(True)
    return any(signs)


def _names(kind: str) -> list[str]:
    return [kind, *_lexicon()["kinds"].get(kind, [])]


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))
