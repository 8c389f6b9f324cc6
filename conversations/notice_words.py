"""What a notice says: its text in its template, with what its variables stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from conversations.reading import Unfit
from pipeline import words
from services import audiences, broadcasts, events, notice_texts

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from db.models import Broadcast, Event

OF_EVENT = ("event", "when", "venue")


def names() -> dict[str, str]:
    """What organizers call the variables, and what we do."""
    named: dict[str, str] = words.word("broadcasts/variables", "names")
    return named


def check(text: str, event: Event | None) -> None:
    """Raises Unfit where something in braces is no variable, or says something of no event."""
    known, used = names(), notice_texts.places(text)
    for name in used:
        if name not in known:
            raise Unfit("variable_unknown", name=name, known=list(known))
        if known[name] in OF_EVENT and event is None:
            raise Unfit("variable_no_event", name=name)
    if len(notice_texts.PLACE.findall(text)) > notice_texts.MOST:
        raise Unfit("variable_many", most=notice_texts.MOST)


def values_in(text: str) -> list[str]:
    """What the text says of its reader."""
    said = dict.fromkeys(names().get(name, "") for name in notice_texts.places(text))
    return [value for value in said if value in audiences.VALUES]


async def event_of(session: AsyncSession, notice: Broadcast) -> Event | None:
    """The event that it invites to, or whose people it is for."""
    audience = notice.audience.get("event") or {}
    id = notice.event_id or audience.get("id")
    return None if id is None else await events.get(session, int(id))


def message(
    notice: Broadcast, event: Event | None, values: Mapping[str, Any] | None = None
) -> words.Message:
    """As it goes out. Without the values of a reader its places for them stand open, by our own
    names."""
    said = words.render(_template(notice), **parts(notice, event))
    text = notice_texts.renamed(said.text, names())
    said.text = notice_texts.fill_html(text, {**of_event(event), **(values or {})})
    return said


def parts(notice: Broadcast, event: Event | None) -> dict[str, Any]:
    """The variables of its template."""
    return {
        "text": notice.text,
        "sender": None,
        "event": event if notice.event_id else None,
        "receipt": notice.id if notice.receipt else None,
    }


def _template(notice: Broadcast) -> str:
    if notice.corrects is None:
        return "broadcasts/notice"
    return "broadcasts/corrected" if notice.text else "broadcasts/void"


def of_event(event: Event | None) -> dict[str, str]:
    if event is None:
        return {}
    when = words.filtered("time", event.starts_at)
    return {"event": event.title, "when": when, "venue": event.venue}


async def checked(session: AsyncSession, notice_id: int, text: str) -> None:
    """`check` for a notice that is stored."""
    notice = await broadcasts.get(session, notice_id)
    check(text, await event_of(session, notice))
