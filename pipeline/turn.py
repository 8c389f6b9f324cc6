"""One update, one transaction: what a handler works with.

A callback is: parse → one service call → one template. What it writes and what it says become
real together when the turn commits, and nothing of it when it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update
from telegram.ext import CallbackContext, ExtBot

from db.models import Body, Chat, Draft, Enterprise, Outgoing, Person, Ticket
from db.session import Database
from errors import Refused
from pipeline import drafts, inbox, outbox, rooms, words
from pipeline.clock import Clock
from pipeline.drafts import COLUMNS
from pipeline.drafts import Filling as Filling
from pipeline.joining import joined
from pipeline.pace import Network
from pipeline.work import NOTICE, Letter, Work

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


NOBODY = Speaker(0, "ent")
"""Whoever speaks in a group: a room is no person, and nothing there is anybody's own."""


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


class Passing(NamedTuple):
    """A screen that only the next message can speak of: 那高校呢？ after an answer, nothing later.

    `update` is the sentence that led to it (0 after a press), `detail` what its kind wants to know
    again.
    """

    kind: str = ""
    update: int = 0
    detail: str = ""

    def __bool__(self) -> bool:
        return bool(self.kind)

    @classmethod
    def parse(cls, screen: str | None) -> Passing:
        kind, *rest = (screen or "").split(":")
        return cls(kind, int(rest[0]), rest[1]) if len(rest) == 2 else cls()

    def __str__(self) -> str:
        return f"{self.kind}:{self.update}:{self.detail}"


BENEATH = "|"
"""What a chat keeps open beneath its screens stands before this."""


class Turn(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """See the module. `said` is the sentence that led to this action, `slots` what was read in it;
    `asked` says that the open form has spoken for itself in this turn; `kept` is the open form as
    it is stored. `screen` is what the chat has open, `came_from` what only this message means;
    `standing` what stays open beneath every screen until it is put away: the door of an event.
    `reachable` says whether we may write here: true of whoever is heard, until they show us out;
    `was_away` that we could not, and that they have not been told what they missed. `talk` is the
    ticket about which somebody of the staff speaks with this person now."""

    work: Work
    person: Speaker
    chat_id: int
    channel: str
    screen: str | None
    standing: str | None
    came_from: Passing
    reachable: bool
    was_away: bool
    update_id: int
    talk: int | None
    filling: Filling | None
    kept: Filling | None
    button: Button
    said: str
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

    def edit(self, chat_id: int, message_id: int, template: str, /, **variables: Any) -> None:
        """Change a message of ours; where it is gone nothing happens."""
        params = words.render(template, **variables).params() | {"message_id": message_id}
        self.work.letters.append(Letter(chat_id, "edit_message_text", params))

    def delete(self, chat_id: int, message_id: int) -> None:
        """Take a message of ours back; where it is gone nothing happens."""
        self.work.letters.append(Letter(chat_id, "delete_message", {"message_id": message_id}))

    def link(self, payload: str = "") -> str | None:
        """What opens the private chat with us, as if /start PAYLOAD were said there; None while
        nobody knows our name (no Telegram)."""
        if not (name := self.bot.username):
            return None
        return f"https://t.me/{name}?start={payload}" if payload else f"https://t.me/{name}"

    @property
    def network(self) -> Network:
        """The manners of the network that this chat is on."""
        found: Network = self.bot_data.get("networks", {}).get(self.channel, Network())
        return found

    def hand_over(self) -> bool:
        """Leave the talk to a human, when all is said. False: on this network nobody takes it."""
        if not self.network.hands_over:
            return False
        self.work.letters.append(Letter(self.chat_id, "leave_chat", {}))
        return True

    def greet(self, template: str, /, **variables: Any) -> None:
        """Say this in a chat once, however often it happens."""
        key = f"{rooms.GREETING}{self.chat_id}"
        params = words.render(template, **variables).params()
        letter = Letter(self.chat_id, "send_message", params, NOTICE, key, due_at=self.now)
        self.work.letters.append(letter)

    def show_commands(self, commands: list[tuple[str, str]], chat_id: int) -> None:
        """Let a chat on Telegram see these beside the field that is typed in."""
        scope = {"type": "chat", "chat_id": chat_id}
        params = {"commands": [list(one) for one in commands], "scope": scope}
        self.work.letters.append(Letter(chat_id, "set_my_commands", params))

    async def move_room(self, old: int, new: int) -> None:
        """A group has another id from now on."""
        await rooms.move(self.work.connection, old, new)

    async def shown_choices(self) -> list[words.Row]:
        """The buttons of the last message in this chat that had any."""
        return (await self.last_card(self.chat_id))[1]

    async def last_card(self, chat_id: int) -> tuple[int | None, list[words.Row]]:
        """The id and the buttons of the last message in a chat that had buttons."""
        rows = await self.work.connection.execute(_SHOWN, {"chat": chat_id})
        for message_id, params, body in rows:
            said = Body.joined(body, params)
            if keyboard := said.get("reply_markup"):
                return said.get("message_id", message_id), list(keyboard["inline_keyboard"])
        return None, []

    def replace_message(self, message_id: int) -> None:
        """Let the last thing said take the place of an earlier message instead of following it."""
        last = self.work.letters[-1]
        last.method, last.params = "edit_message_text", {**last.params, "message_id": message_id}

    async def in_place(self, update: Update) -> None:
        """Let the last thing said take the place of the message that was pressed, if that is the
        newest with buttons."""
        query, (last, _) = update.callback_query, await self.last_card(self.chat_id)
        if query is not None and query.message is not None and query.message.message_id == last:
            self.replace_message(last)

    async def draft(self, form: str) -> Filling | None:
        """What the person has filled of this form, now or when they put it aside."""
        return await drafts.find(self.work.connection, self.person.id, form)

    async def lay_aside(self) -> None:
        """Put the open form aside; its draft stays for another time."""
        await drafts.put_aside(self.work.connection, self.person.id)
        self.filling = self.kept = None

    async def keep(self) -> None:
        """Store the open form as it is now, before the person's rows go to somebody else."""
        if self.filling != self.kept:
            self.filling = self.kept = await drafts.store(
                self.work.connection, self.person.id, self.kept, self.filling, self.now
            )

    async def show_cards(self, shown: bool) -> None:
        """Whether this chat's reader sees cards; else choices are numbered text from now on."""
        await _change_chat(self.work, self.chat_id, plain=not shown)

    def passes(self, kind: str, detail: object = "") -> None:
        """What is shown now is of this kind, until the next message."""
        self.screen = str(Passing(kind, self.update_id if self.said else 0, str(detail)))

    def send_file(self, file: int, method: str = "send_document") -> None:
        self.work.send_file(self.chat_id, file, method)


class Before(NamedTuple):
    """A chat as it is stored."""

    screen: str | None
    reachable: bool


def in_turn(callback: Callback) -> Callback:
    """Stand a turn around a callback. (Around the update would be too far out: python-telegram-bot
    catches a callback's errors inside, and the transaction would commit half of it.)"""

    async def run(update: Update, turn: Turn) -> None:
        desk = DESK.get()
        async with desk.database.writing() as connection:
            if not await inbox.take(connection, desk.claim):
                raise StaleClaim
            turn.work = Work(connection, desk.clock.now(), desk.claim.owner)
            turn.update_id = desk.claim.id
            before = await _sit_down(turn, desk.claim.chat_id)
            await callback(update, turn)
            _acknowledge(update, turn)
            await turn.keep()
            if before.reachable and not turn.reachable:
                await outbox.lose(connection, turn.chat_id, turn.now)
            if (after := Before(_on_show(turn), turn.reachable)) != before:
                await _change_chat(turn.work, turn.chat_id, **after._asdict())
            if turn.network.counts:
                turn.work.letters = joined(turn.work.letters, turn.chat_id)
            desk.letters = await turn.work.finish()
        desk.done = True

    return run


async def _sit_down(turn: Turn, chat_id: int) -> Before:
    """Who speaks, where, and what they have open: one statement. The chat as it is stored."""
    row = (await turn.work.connection.execute(_WHO, {"chat": chat_id})).one()
    turn.chat_id, turn.channel = row.id, row.channel
    standing, beneath, screen = (row.screen or "").rpartition(BENEATH)
    turn.standing, turn.screen = standing if beneath else None, screen or None
    turn.button, turn.said, turn.slots, turn.asked = Button(), "", {}, False
    turn.reachable, turn.was_away = True, row.lost_at is not None
    turn.talk = row.talk
    turn.came_from = Passing.parse(turn.screen)
    if turn.came_from:
        turn.screen = None
    turn.filling = turn.kept = (
        Filling.stored(row.form, row.step, row.answers, row.notes, row.version)
        if row.form
        else None
    )
    if rooms.is_room(chat_id):
        turn.person = NOBODY
    elif row.person_id is None:
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
    return Before(row.screen, row.reachable)


def _on_show(turn: Turn) -> str | None:
    """What is open, as it is stored."""
    if turn.standing is None:
        return turn.screen
    return f"{turn.standing}{BENEATH}{turn.screen or ''}"


_WHO = (
    select(
        Chat.id, Chat.channel, Chat.screen, Chat.reachable, Chat.lost_at, Chat.person_id,
        Person.role, Person.name, Person.phone, Person.enterprise_id, Person.department,
        Person.consent, Enterprise.name.label("firm"),
        select(func.max(Ticket.id)).where(
            Ticket.person_id == Person.id, Ticket.claimed_by.is_not(None)
        ).scalar_subquery().label("talk"),
        *COLUMNS,
    )
    .outerjoin(Person, Person.id == Chat.person_id)
    .outerjoin(Enterprise, Enterprise.id == Person.enterprise_id)
    .outerjoin(Draft, (Draft.person_id == Person.id) & Draft.active)
    .where(Chat.id == bindparam("chat"))
)  # fmt: skip


_SHOWN = (
    select(Outgoing.message_id, Outgoing.params, Body.params)
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
    await _change_chat(work, chat_id, person_id=person.id)
    return person


async def _change_chat(work: Work, chat_id: int, **values: Any) -> None:
    await work.connection.execute(update(Chat).where(Chat.id == chat_id).values(values))


def _acknowledge(update: Update, turn: Turn) -> None:
    """Telegram's button spins until it is answered; other networks have nothing to stop."""
    query = update.callback_query
    if query is not None and turn.channel == "telegram":
        params = {"callback_query_id": query.id}
        turn.work.letters.append(Letter(turn.chat_id, "answer_callback_query", params))


def as_speaker(person: Speaker, **changes: Any) -> Speaker:
    """The same person after the turn changed something about them."""
    return replace(person, **changes)
