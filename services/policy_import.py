"""Putting official texts, and our digest of the plan, into the database.

A text that comes again replaces itself clause by clause, so that what points at a clause (an old
button, a ticket) still finds it; what it said before is kept, and whoever was answered from a
clause that changed is told. An older text of the same title is kept and never answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from db.models import Clause, ClauseVersion, Document
from errors import Refused
from services import audit, policy_askers
from services.policy_askers import Lost
from services.policy_knowledge import digest, digest_notes, status
from services.policy_passages import STEPS, Passage
from services.policy_reading import OfficialText, read, read_list


class OtherText(Refused):
    """Facts: number, title, there. A document of this number is there, and it is another one."""


@dataclass(frozen=True)
class Imported:
    """`replaced`: the same text was there before, and is now as the file has it. `changed` names
    the clauses that say something else now or are gone, `told` counts whom that is told."""

    document: Document
    clauses: int
    replaced: bool
    changed: tuple[str, ...] = ()
    told: int = 0


async def import_file(session: AsyncSession, path: Path, now: datetime) -> list[Imported]:
    """An official text, or a JSON list of articles of several; Refused if it is neither."""
    texts = read_list(path) if path.suffix.lower() == ".json" else [read(path)]
    return [await _import(session, text, now) for text in texts]


async def import_text(session: AsyncSession, path: Path, now: datetime) -> Imported:
    """Read an official text (TXT, DOCX or PDF) and put it in force; Refused if it is none."""
    return await _import(session, read(path), now)


async def _import(session: AsyncSession, text: OfficialText, now: datetime) -> Imported:
    await _check_same(session, text)
    document, replaced, changed, lost = await _store(session, text, True, now)
    newest, more = await _supersede(session, document.title, now)
    told = await policy_askers.tell_of_change(
        session, newest, changed if newest is document else (), [*lost, *more], now
    )
    audit.note(session, None, "policy.imported", f"document:{document.id}", None,
               "、".join(changed)[:500] or None, now)  # fmt: skip
    return Imported(document, len(text.passages), replaced, changed, told)


async def _check_same(session: AsyncSession, text: OfficialText) -> None:
    """A number belongs to one document: under another title one of the two is wrong."""
    if text.number is None:
        return
    there = await session.scalar(
        select(Document.title).where(Document.number == text.number, Document.official.is_(True))
    )
    if there is not None and there != text.title:
        raise OtherText(number=text.number, title=text.title, there=there)


async def has_documents(session: AsyncSession) -> bool:
    """Whether any was ever loaded: a database without is one that never started before."""
    return bool(await session.scalar(select(select(Document.id).exists())))


async def load_digest(session: AsyncSession, now: datetime) -> None:
    """Put our digest in, or bring it up to what ships."""
    plan = digest()
    passages = [
        Passage(
            ref=note["ref"],
            heading=STEPS.join(filter(None, (note["part"], note["heading"]))),
            text="\n".join(note["facts"]),
            departments=note["departments"],
            dates=note["dates"],
        )
        for note in plan["clauses"]
    ]
    issued_on = date.fromisoformat(plan["date"])
    text = OfficialText(plan["title"], plan["number"], plan["issuer"], issued_on, tuple(passages))
    await _store(session, text, False, now)


async def _store(
    session: AsyncSession, text: OfficialText, official: bool, now: datetime
) -> tuple[Document, bool, tuple[str, ...], list[Lost]]:
    """The document, whether it was there before, which of its clauses changed, and who was answered
    from some that are gone."""
    document = await session.scalar(
        select(Document)
        .where(Document.official.is_(official), *_same(text))
        .options(selectinload(Document.clauses))
    )
    replaced = document is not None
    if document is None:
        document = Document(official=official, imported_at=now, clauses=[], version=0)
        session.add(document)
    document.title, document.number, document.issuer = text.title, text.number, text.issuer
    document.issued_on, document.valid_until = text.issued_on, text.valid_until
    document.status = status("current")
    before = {clause.ref: clause.text for clause in document.clauses}
    after = {passage.ref: passage.text for passage in text.passages}
    going = [clause for clause in document.clauses if clause.ref not in after]
    lost = await policy_askers.let_go(session, going, now)
    if _put(document, text.passages) or session.is_modified(document):
        document.imported_at, document.version = now, document.version + 1
    await session.flush()
    changed = tuple(ref for ref in before if before[ref] != after.get(ref))
    session.add_all(
        ClauseVersion(document_id=document.id, ref=ref, text=before[ref], until=now)
        for ref in changed
    )
    return document, replaced, changed, lost


def _same(text: OfficialText) -> list[ColumnElement[bool]]:
    """What makes a stored document this text: its number, else its title and date."""
    if text.number:
        return [Document.number == text.number]
    return [Document.title == text.title, Document.issued_on == text.issued_on]


def _put(document: Document, passages: Sequence[Passage]) -> bool:
    """Make the document's clauses these; whether anything changed."""
    there = {clause.ref: clause for clause in document.clauses}
    before = [_content(clause) for clause in document.clauses]
    document.clauses = [
        _filled(there.get(passage.ref) or Clause(ref=passage.ref), place, passage, document.number)
        for place, passage in enumerate(passages)
    ]
    return before != [_content(clause) for clause in document.clauses]


def _filled(clause: Clause, place: int, passage: Passage, number: str | None) -> Clause:
    clause.position, clause.heading, clause.text = place, passage.heading, passage.text
    clause.departments, clause.dates = passage.departments, passage.dates
    clause.targets = list(_targets(passage, number))
    return clause


def _targets(passage: Passage, number: str | None) -> Iterable[dict[str, str]]:
    """The targets that our digest knows of this clause and that its text bears out."""
    noted: list[dict[str, str]] = digest_notes(number).get(passage.ref, {}).get("targets", [])
    return (target for target in noted if target["value"] in passage.text)


def _content(clause: Clause) -> tuple[object, ...]:
    return (
        clause.ref, clause.position, clause.heading, clause.text, clause.departments,
        clause.dates, clause.targets,
    )  # fmt: skip


async def _supersede(
    session: AsyncSession, title: str, now: datetime
) -> tuple[Document, list[Lost]]:
    """Of the official texts with one title only the newest is in force: it, and who was answered
    from another one."""
    same = (Document.title == title, Document.official.is_(True))
    texts = (
        await session.scalars(select(Document).where(*same).options(selectinload(Document.clauses)))
    ).all()
    newest = max(texts, key=lambda text: (text.issued_on or date.min, text.id))
    for text in texts:
        state = status("current" if text is newest else "replaced")
        successor = None if text is newest else newest.id
        if (text.status, text.successor_id) != (state, successor):
            text.status, text.successor_id, text.version = state, successor, text.version + 1
    await session.flush()
    old = [clause for text in texts if text is not newest for clause in text.clauses]
    return newest, await policy_askers.let_go(session, old, now, newest.clauses)
