"""One update, one transaction: what a handler works with.

A callback is: parse → one service call → one template. What it writes and what it says become
real together when the turn commits, and nothing of it when it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update
from telegram.ext import CallbackContext, ExtBot

from db.models import Body, Chat, Draft, Enterprise, Outgoing, Person
from db.session import Database
from db.upsert import insert as upsert
from errors import Refused
from pipeline import inbox, words
from pipeline.clock import Clock
from pipeline.work import Letter, Work

Callback = Callable[[Update, "Turn"], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Speaker:
    """The person whose turn it is. `firm` is the name of their enterprise."""

    id: int
    role: str
    name: str | None = None
    phone: str | None = None
    enterprise_id: int | None = None
    firm: str | None = None
    department: str | None = None
    consent: int | None = None


@dataclass(frozen=True)
class Filling:
    """The form that the person has open: the step that was asked, the answers so far."""

    form: str
    step: str
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass
class Desk:
    """What a worker lays out for the turns of one update, and what became of it."""

    database: Database
    clock: Clock
    claim: inbox.Claim
    done: bool = False
    letters: list[Letter] = field(default_factory=list)
    error: BaseException | None = None


DESK: ContextVar[Desk] = ContextVar("desk")
"""python-telegram-bot makes the Turn itself, so what it stands on waits for it here."""


class StaleClaim(Exception):
    """The chat went to another worker, or the update is done: this turn must leave no trace."""


class Button(tuple[str, ...]):
    """The arguments of a pressed button or of the action that a sentence named."""

    def number(self, at: int) -> int:
        """The number at this place; a forged or mangled one is refused like an old button."""
        try:
            return int(self[at])
        except (IndexError, ValueError):
            raise OldButton from None

    def word(self, at: int, default: str = "") -> str:
        return self[at] if len(self) > at else default


class OldButton(Refused):
    """A button that says nothing today."""


class Turn(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """See the module. `slots` holds what was read on the way to this action; `asked` says that the
    open form has spoken for itself in this turn."""

    work: Work
    person: Speaker
    chat_id: int
    channel: str
    screen: str | None
    filling: Filling | None
    button: Button
    slots: dict[str, str]
    asked: bool

    @property
    def session(self) -> AsyncSession:
        return self.work.session

    @property
    def now(self) -> datetime:
        return self.work.now

    def reply(self, template: str, /, **variables: Any) -> None:
        self.work.say(self.chat_id, template, **variables)

    async def notify(self, person_id: int, template: str, /, **variables: Any) -> bool:
        return await self.work.notify(person_id, template, **variables)

    def edit(self, message_id: int, template: str, /, **variables: Any) -> None:
        """Change a message of ours; where it is gone nothing happens."""
        params = words.render(template, **variables).params() | {"message_id": message_id}
        self.work.letters.append(Letter(self.chat_id, "edit_message_text", params))

    async def shown_choices(self) -> list[words.Row]:
        """The buttons of the last message in this chat that had any."""
        rows = await self.work.connection.execute(_SHOWN, {"chat": self.chat_id})
        for params, body in rows:
            keyboard = {**(body or {}), **params}.get("reply_markup")
            if keyboard:
                return list(keyboard["inline_keyboard"])
        return []

    def replace_message(self, message_id: int) -> None:
        """Let the last thing said take the place of an earlier message instead of following it."""
        last = self.work.letters[-1]
        last.method, last.params = "edit_message_text", {**last.params, "message_id": message_id}

    async def put_aside(self, form: str) -> dict[str, Any]:
        """The answers of a form that was put aside half filled."""
        kept = await self.work.connection.scalar(
            select(Draft.answers).where(Draft.person_id == self.person.id, Draft.form == form)
        )
        return dict(kept or {})

    async def lay_aside(self) -> None:
        """Put the open form aside; its draft stays for another time."""
        await self.work.connection.execute(_PUT_ASIDE, {"person": self.person.id})
        self.filling = None

    def send_file(self, file: int | str, method: str = "send_document") -> None:
        self.work.send_file(self.chat_id, file, method)


def in_turn(callback: Callback) -> Callback:
    """Stand a turn around a callback. (Around the update would be too far out: python-telegram-bot
    catches a callback's errors inside, and the transaction would commit half of it.)"""

    async def run(update: Update, turn: Turn) -> None:
        desk = DESK.get()
        async with desk.database.writing() as connection:
            if not await inbox.take(connection, desk.claim):
                raise StaleClaim
            turn.work = Work(connection, desk.clock.now(), desk.claim.owner)
            await _sit_down(turn, desk.claim.chat_id)
            before = turn.filling, turn.screen
            await callback(update, turn)
            _acknowledge(update, turn)
            await _keep(turn, *before)
            letters = await turn.work.finish()
        desk.done, desk.letters = True, letters

    return run


async def _sit_down(turn: Turn, chat_id: int) -> None:
    """Who speaks, where, and what they have open: one statement."""
    row = (await turn.work.connection.execute(_WHO, {"chat": chat_id})).one()
    turn.chat_id, turn.channel, turn.screen = row.id, row.channel, row.screen
    turn.button, turn.slots, turn.asked = Button(), {}, False
    turn.filling = Filling(row.form, row.step, row.answers) if row.form else None
    if row.person_id is None:
        turn.person = await _new_person(turn.work, chat_id)
    else:
        turn.person = Speaker(
            row.person_id,
            row.role,
            row.name,
            row.phone,
            row.enterprise_id,
            row.firm,
            row.department,
            row.consent,
        )


_WHO = (
    select(
        Chat.id, Chat.channel, Chat.screen, Chat.person_id,
        Person.role, Person.name, Person.phone, Person.enterprise_id, Person.department,
        Person.consent, Enterprise.name.label("firm"),
        Draft.form, Draft.step, Draft.answers,
    )
    .outerjoin(Person, Person.id == Chat.person_id)
    .outerjoin(Enterprise, Enterprise.id == Person.enterprise_id)
    .outerjoin(Draft, (Draft.person_id == Person.id) & Draft.active)
    .where(Chat.id == bindparam("chat"))
)  # fmt: skip


_SHOWN = (
    select(Outgoing.params, Body.params)
    .outerjoin(Body, Body.id == Outgoing.body_id)
    .where(
        Outgoing.chat_id == bindparam("chat"),
        Outgoing.state.in_(("sent", "claimed", "sending")),
    )
    .order_by(Outgoing.id.desc())
    .limit(5)
)


async def _new_person(work: Work, chat_id: int) -> Speaker:
    """Somebody who writes for the first time: a row with no name, until they consent to more."""
    values = {"role": "ent", "demo": False, "created_at": work.now}
    made = await work.connection.execute(insert(Person).values(values).returning(Person.id))
    person = Speaker(made.scalar_one(), "ent")
    await work.connection.execute(
        update(Chat).where(Chat.id == chat_id).values(person_id=person.id)
    )
    return person


def _acknowledge(update: Update, turn: Turn) -> None:
    """Telegram's button spins until it is answered; other networks have nothing to stop."""
    query = update.callback_query
    if query is not None and turn.channel == "telegram":
        params = {"callback_query_id": query.id}
        turn.work.letters.append(Letter(turn.chat_id, "answer_callback_query", params))


async def _keep(turn: Turn, filling: Filling | None, screen: str | None) -> None:
    """Store what the turn changed of the open form and the open screen."""
    if turn.filling != filling:
        await keep_filling(turn.work, turn.person.id, turn.filling)
    if turn.screen != screen:
        await turn.work.connection.execute(
            update(Chat).where(Chat.id == turn.chat_id).values(screen=turn.screen)
        )


async def keep_filling(work: Work, person_id: int, filling: Filling | None) -> None:
    """At most one form is open: another one is put aside, not lost."""
    me = {"person": person_id}
    if filling is None:
        await work.connection.execute(_CLOSE, me)
        return
    changes = {"to_step": filling.step, "to_answers": filling.answers, "at": work.now}
    changed = await work.connection.execute(_ANSWER, me | {"open": filling.form} | changes)
    if changed.rowcount:
        return
    await work.connection.execute(_PUT_ASIDE, me)
    row = {
        "form": filling.form, "step": filling.step, "answers": filling.answers,
        "active": True, "updated_at": work.now,
    }  # fmt: skip
    statement = upsert(work.connection, Draft).values(person_id=person_id, **row)
    await work.connection.execute(
        statement.on_conflict_do_update(index_elements=["person_id", "form"], set_=row)
    )


# What nearly every turn in a form does, so it is built once.
_OPEN = (Draft.person_id == bindparam("person"), Draft.active)
_CLOSE = delete(Draft).where(*_OPEN)
_PUT_ASIDE = update(Draft).where(*_OPEN).values(active=False)
_ANSWER = (
    update(Draft)
    .where(*_OPEN, Draft.form == bindparam("open"))
    .values(step=bindparam("to_step"), answers=bindparam("to_answers"), updated_at=bindparam("at"))
)


def as_speaker(person: Speaker, **changes: Any) -> Speaker:
    """The same person after the turn changed something about them."""
    return replace(person, **changes)
