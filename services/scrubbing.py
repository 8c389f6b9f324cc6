"""Where a person's words and numbers lie besides their own row, and how they are taken out.

A row that proves that something happened (an update that is not handled twice, a letter that was
sent, a ticket that counts) stays, with nothing in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, delete, func, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Admission,
    Chat,
    Draft,
    Enterprise,
    File,
    Gap,
    ImportBatch,
    Incoming,
    Invitation,
    LinkCode,
    LinkTry,
    Merge,
    Outgoing,
    Person,
    Ticket,
    TicketLine,
)
from services import queue
from services.desk import masked

GONE: dict[str, Any] = {"erased": True}
IN_HAND = ("claimed", "sending")
NOT_LEFT = ("waiting", "paused", "held", "missed")
SWEEP = timedelta(minutes=10)  # longer than anything in hand is held
VIEWS = "assessments."  # on the buttons of what shows a colleague's view, by name
SHORTEST = 6  # characters of a text that is looked for in what others were told


@dataclass(frozen=True)
class Trace:
    """Rows up to these ids of the person's `chats`, and what to look for in the chats of `others`:
    the subjects of letters and texts in them; of `pairs` both must stand in one letter."""

    people: Sequence[int]
    chats: Sequence[int]
    inbox: int
    outbox: int
    others: Sequence[int]
    subjects: Sequence[str]
    texts: Sequence[str]
    pairs: Sequence[Sequence[str]]


async def trace(
    session: AsyncSession, person: Person, ids: Sequence[int], chats: Sequence[int]
) -> Trace:
    """To be made before anything is changed, because it is found by what is going to be gone."""
    firm = await session.get(Enterprise, person.enterprise_id) if person.enterprise_id else None
    pairs = [[person.name, firm.name], [person.name, VIEWS]] if person.name and firm else []
    return Trace(
        list(ids),
        list(chats),
        await session.scalar(select(func.max(Incoming.id))) or 0,
        await session.scalar(select(func.max(Outgoing.id))) or 0,
        await _told(session, person, chats),
        await _subjects(session, ids),
        [*_phones(person.phone), *await _asked(session, ids)],
        pairs,
    )


async def scrub(session: AsyncSession, found: Trace) -> None:
    await _own(session, found)
    await _words(session, found)
    await _in_lists(session, found)


async def plan_sweep(session: AsyncSession, found: Trace, receipt: str, now: datetime) -> None:
    """What was on its way is looked at again. The job's row is emptied by `sweep`."""
    plain: dict[str, Any] = {"people": [], "texts": [], "pairs": []}
    await queue.plan(
        session, "privacy.sweep", f"sweep:{receipt}", now + SWEEP, **asdict(found) | plain
    )


async def sweep(session: AsyncSession, **payload: Any) -> None:
    found = Trace(**payload)
    await _letters(session, found)


async def _own(session: AsyncSession, found: Trace) -> None:
    """All that came and went in the person's chats, and what hangs on them."""
    heard = update(Incoming).where(
        Incoming.chat_id.in_(found.chats), Incoming.id <= found.inbox, Incoming.state != "new"
    )
    await session.execute(heard.values(raw=GONE, error=None))
    await _letters(session, found)
    await session.execute(delete(File).where(File.chat_id.in_(found.chats)))
    for model in (LinkCode, LinkTry):
        await session.execute(delete(model).where(model.chat_id.in_(found.chats)))
    await session.execute(delete(LinkCode).where(LinkCode.person_id.in_(found.people)))
    await session.execute(delete(Draft).where(Draft.person_id.in_(found.people)))
    merges = Merge.kept_id.in_(found.people) | Merge.gone_id.in_(found.people)
    await session.execute(delete(Merge).where(merges))
    used = update(Invitation).where(Invitation.used_by.in_(found.people))
    await session.execute(used.values(used_by=None, name=None))


async def _letters(session: AsyncSession, found: Trace) -> None:
    """What waits does not leave; what left is emptied, in these chats and about this person."""
    here = Outgoing.chat_id.in_(found.chats)
    old = Outgoing.id <= found.outbox, Outgoing.state.not_in(IN_HAND)
    waiting = update(Outgoing).where(
        here, *old, Outgoing.state.in_(("waiting", "paused", "held", "missed"))
    )
    await session.execute(waiting.values(state="cancelled"))
    own = update(Outgoing).where(or_(here & Outgoing.body_id.is_(None), _about(found)), *old)
    await session.execute(own.values(params=GONE, error=None))


def _about(found: Trace) -> ColumnElement[bool]:
    said = type_coerce(Outgoing.params, Text)
    holds = [said.contains(text, autoescape=True) for text in found.texts]
    holds += [
        said.contains(one, autoescape=True) & said.contains(other, autoescape=True)
        for one, other in found.pairs
    ]
    told = Outgoing.chat_id.in_(found.others) & or_(*holds) if holds else None
    subjects = Outgoing.about.in_(found.subjects)
    return subjects if told is None else or_(subjects, told)


async def _words(session: AsyncSession, found: Trace) -> None:
    """Questions and answers lose their words and still count; open ones are closed."""
    asked = update(Ticket).where(Ticket.person_id.in_(found.people))
    await session.execute(asked.where(Ticket.state == "open").values(state="closed"))
    await session.execute(asked.values(question="", answer=None, claimed_by=None))
    theirs = select(Ticket.id).where(Ticket.person_id.in_(found.people))
    said = update(TicketLine).where(TicketLine.ticket_id.in_(theirs))
    await session.execute(said.values(text=""))
    unknown = update(Gap).where(Gap.person_id.in_(found.people))
    await session.execute(unknown.values(text="", person_id=None))
    entered = update(Admission).where(Admission.person_id.in_(found.people))
    await session.execute(entered.values(question=None, answer=None))


async def _in_lists(session: AsyncSession, found: Trace) -> None:
    """A list may name the person as a firm's contact."""
    for text in found.texts:
        named = update(Enterprise).where(Enterprise.phone == text)
        await session.execute(named.values(phone=None, contact=None))
        told = type_coerce(ImportBatch.changes, Text).contains(text, autoescape=True)
        for batch in await session.scalars(select(ImportBatch).where(told)):
            without = json.dumps(batch.changes, ensure_ascii=False).replace(text, "")
            batch.changes = json.loads(without)
    for name, firm in found.pairs:
        named = update(Enterprise).where(Enterprise.name == firm, Enterprise.contact == name)
        await session.execute(named.values(contact=None))


async def _told(session: AsyncSession, person: Person, chats: Sequence[int]) -> list[int]:
    """Chats of the staff, the organizers and colleagues: there the person was spoken of."""
    who: ColumnElement[bool] = Person.role.in_(("org", "staff"))
    if person.enterprise_id is not None:
        who |= Person.enterprise_id == person.enterprise_id
    theirs = select(Chat.id).join(Person, Person.id == Chat.person_id)
    return list(await session.scalars(theirs.where(who, Chat.id.not_in(chats))))


async def _subjects(session: AsyncSession, ids: Sequence[int]) -> list[str]:
    """What letters about this person are about."""
    subjects = [f"person:{id}" for id in ids]
    for model, kind in ((Admission, "admission"), (Ticket, "ticket")):
        rows = await session.scalars(select(model.id).where(model.person_id.in_(ids)))
        subjects += [f"{kind}:{id}" for id in rows]
    return subjects


async def _asked(session: AsyncSession, ids: Sequence[int]) -> list[str]:
    """The person's own words in tickets, as they stand in letters (JSON, escaped)."""
    asked = await session.scalars(select(Ticket.question).where(Ticket.person_id.in_(ids)))
    answers = await session.scalars(select(Admission.answer).where(Admission.person_id.in_(ids)))
    texts = [text.strip() for text in (*asked, *answers) if text]
    plain = [re.split(r"[\n\"\\<>&']", text)[0] for text in texts]
    return [text for text in plain if len(text) >= SHORTEST]


def _phones(phone: str | None) -> list[str]:
    """A number as it is kept, as it is written and as it is masked."""
    if not phone:
        return []
    national = phone.removeprefix("+86")
    hidden = masked(phone)
    return list(dict.fromkeys([phone, national, *([hidden] if len(hidden) > SHORTEST else [])]))
