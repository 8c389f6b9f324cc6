"""The form that a person has open: a row of theirs, changed by one chat at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Draft
from db.upsert import insert as upsert


class DraftMoved(Exception):
    """The person changed the same form in another chat while this turn ran: it is tried again."""


@dataclass(frozen=True)
class Filling:
    """The step that was asked, and the answers so far.

    `known` names the answers that nobody typed; `shown` says which step each chat saw last;
    `heard` which message ("chat:message") answered a step, so that an edit of it is understood;
    `misses` counts the tries at the open question that did not do; `doubt` is a sentence that may
    be an answer or a question. `version` grows with each change that is stored.
    """

    form: str
    step: str
    answers: dict[str, Any] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    shown: dict[str, str] = field(default_factory=dict)
    misses: int = 0
    doubt: str | None = None
    version: int = 0
    heard: dict[str, str] = field(default_factory=dict)

    @classmethod
    def stored(
        cls, form: str, step: str, answers: dict[str, Any], notes: dict[str, Any], version: int
    ) -> Filling:
        """From the columns of `drafts`."""
        known = tuple(notes.get("known", ()))
        return cls(form, step, answers, known, notes.get("shown", {}), notes.get("misses", 0),
                   notes.get("doubt"), version, notes.get("heard", {}))  # fmt: skip

    def columns(self) -> dict[str, Any]:
        notes = {
            "known": list(self.known), "shown": self.shown, "misses": self.misses,
            "doubt": self.doubt, "heard": self.heard,
        }  # fmt: skip
        return {"form": self.form, "step": self.step, "answers": self.answers, "notes": notes}


COLUMNS = (Draft.form, Draft.step, Draft.answers, Draft.notes, Draft.version)


async def find(connection: AsyncConnection, person_id: int, form: str) -> Filling | None:
    """The person's draft of this form, open or put aside."""
    row = (await connection.execute(_FIND, {"person": person_id, "named": form})).one_or_none()
    return Filling.stored(*row) if row else None


_FIND = select(*COLUMNS).where(
    Draft.person_id == bindparam("person"), Draft.form == bindparam("named")
)


async def put_aside(connection: AsyncConnection, person_id: int) -> None:
    """No form is open; the draft stays for another time."""
    await connection.execute(_PUT_ASIDE, {"person": person_id})


async def store(
    connection: AsyncConnection,
    person_id: int,
    kept: Filling | None,
    filling: Filling | None,
    now: datetime,
) -> Filling | None:
    """Let `filling` be open where `kept` was, and return it as it is stored. At most one form is
    open: another one is put aside, not lost. DraftMoved where the row is not what `kept` says."""
    if kept is not None and (filling is None or filling.form == kept.form):
        return await _change(connection, person_id, kept, filling, now)
    if filling is None:
        return None
    await put_aside(connection, person_id)
    row = filling.columns() | {"active": True, "updated_at": now}
    statement = upsert(connection, Draft).values(person_id=person_id, **row)
    again = row | {"version": Draft.version + 1}
    version = await connection.scalar(
        statement.on_conflict_do_update(index_elements=["person_id", "form"], set_=again).returning(
            Draft.version
        )
    )
    return replace(filling, version=version or 0)


async def _change(
    connection: AsyncConnection,
    person_id: int,
    kept: Filling,
    filling: Filling | None,
    now: datetime,
) -> Filling | None:
    me = {"person": person_id, "was": kept.version}
    if filling is None:
        done = await connection.execute(_CLOSE, me)
    else:
        news = {f"to_{name}": value for name, value in filling.columns().items()}
        done = await connection.execute(_ANSWER, me | news | {"at": now})
    if not done.rowcount:
        raise DraftMoved
    return filling and replace(filling, version=kept.version + 1)


# What nearly every turn in a form does, so it is built once.
_OPEN = (Draft.person_id == bindparam("person"), Draft.active)
_UNMOVED = (*_OPEN, Draft.version == bindparam("was"))
_CLOSE = delete(Draft).where(*_UNMOVED)
_PUT_ASIDE = update(Draft).where(*_OPEN).values(active=False)
_ANSWER = (
    update(Draft)
    .where(*_UNMOVED)
    .values(
        form=bindparam("to_form"), step=bindparam("to_step"), answers=bindparam("to_answers"),
        notes=bindparam("to_notes"), version=Draft.version + 1, updated_at=bindparam("at"),
    )
)  # fmt: skip
