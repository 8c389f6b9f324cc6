"""A seat at an event: taking it, waiting for it, giving it back, and what is told of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from telegram import Update

from conversations import attending, form
from conversations.steps import Answers
from conversations.understanding import chosen
from handlers import desk
from handlers import events as shown
from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Work
from services import attendees, calendar, events, files, waitlist
from services.seats import AnswersNeeded, Said

if TYPE_CHECKING:
    from db.models import Event

ANYWAY, FIRST = "anyway", "first"  # said by a button: in spite of a clash, before the open form
SAYS = {
    "new": "events/signed_up",
    "already": "events/already",
    "held": "events/held",
    "waiting": "events/waiting",
}


@dataclass(frozen=True)
class Wish:
    """How somebody wants to come, while they are asked the organizer's questions. `colleague` is
    the sign-up in whose place."""

    event: int
    act: str = "sign_up"
    colleague: int | None = None
    anyway: bool = False
    given: dict[str, str] = field(default_factory=dict)

    @property
    def button(self) -> str:
        """What a button says that wants the same."""
        parts = ("events." + self.act, self.event, self.colleague)
        return ":".join(str(part) for part in parts if part is not None)


async def sign_up(update: Update, turn: Turn) -> None:
    """Take a seat, or the one that is offered. Without an event named, offer those that are
    coming."""
    turn.button = turn.button or await chosen(turn, "events.show") or turn.button
    await _wished(update, turn, "sign_up")


async def join(update: Update, turn: Turn) -> None:
    """Wait in line for a seat of an event that is full."""
    await _wished(update, turn, "join")


async def _wished(update: Update, turn: Turn, act: str) -> None:
    if not turn.button:
        await shown.upcoming(update, turn)
        return
    said = turn.button.word(1)
    await _come(turn, Wish(turn.button.number(0), act, anyway=ANYWAY in said), said)


async def step_in(update: Update, turn: Turn) -> None:
    """Come in a colleague's place."""
    event, colleague, said = turn.button.number(0), turn.button.number(1), turn.button.word(2)
    await _come(turn, Wish(event, "replace", colleague, ANYWAY in said), said)


async def _come(turn: Turn, wish: Wish, said: str = "") -> None:
    """Do it, or ask first what the organizer wants to know."""
    if FIRST in said:
        await turn.lay_aside()
    try:
        await _do(turn, wish)
    except AnswersNeeded as needed:
        await _ask(turn, wish, needed.facts["question"])


async def _do(turn: Turn, wish: Wish) -> None:
    said = Said(wish.given, wish.anyway)
    if wish.colleague is not None:
        done = await attendees.replace(
            turn.session, turn.person, wish.event, turn.now, said, signup_id=wish.colleague
        )
        await _say_replaced(turn, done)
        return
    act = events.join if wish.act == "join" else events.sign_up
    place = await act(turn.session, turn.person, wish.event, turn.now, said)
    turn.screen = "my_event"
    turn.reply(SAYS[place.state], place=place)
    if place.state == "new":
        turn.send_file(await _calendar(turn.work, place.event))


async def _say_replaced(turn: Turn, done: attendees.Replaced) -> None:
    turn.screen = "my_event"
    turn.reply("events/replaced", place=done.place)
    if done.place.state == "already":
        turn.send_file(await _calendar(turn.work, done.place.event))
    if done.gone.person_id is not None:
        await turn.notify(
            done.gone.person_id, "events/replaced_by", event=done.place.event, by=turn.person.name
        )


async def _calendar(work: Work, event: Event) -> int:
    content, name = calendar.ics(event, work.now), f"{event.title}.ics"
    return await files.store(work.session, name, "text/calendar", content, work.now)


async def _ask(turn: Turn, wish: Wish, question: str) -> None:
    """One question of the organizer's, beside what the person said to it last time."""
    if turn.filling is not None and turn.filling.form != attending.ANSWER:
        turn.asked = True
        open_one = form.declared(turn, turn.filling.form).title
        said = f"{ANYWAY}+{FIRST}" if wish.anyway else FIRST
        turn.reply("events/another_open", open=open_one, act=wish.button, said=said)
        return
    await form.begin(turn, attending.ANSWER, wish=asdict(wish), question=question)


async def answered(turn: Turn, answers: Answers) -> None:
    """An answer to one question; then the next, or the seat."""
    question, text = attending.question(answers), await attending.given(turn, answers)
    wish = Wish(**answers["wish"])
    await _come(turn, replace(wish, given={**wish.given, question: text}))


async def cancel(update: Update, turn: Turn) -> None:
    """Give the seat, the offer or the place in line back. Without an event named, offer the
    person's own."""
    if not turn.button:
        await mine(update, turn)
        return
    await _cancel(turn, turn.button.number(0), reason(turn.button.word(1), "reasons"))


async def why(update: Update, turn: Turn) -> None:
    """Say in one's own words why one does not come."""
    await form.begin(turn, attending.REASON, event=turn.button.number(0))


async def explained(turn: Turn, answers: Answers) -> None:
    await _cancel(turn, answers["event"], answers["text"])


async def _cancel(turn: Turn, event: int, reason: str | None) -> None:
    before = await events.cancel(turn.session, turn.person.id, event, turn.now, reason)
    turn.reply("events/cancelled_signup", place=before, now=turn.now)


def reason(key: str, which: str) -> str | None:
    """The words of a usual reason; None for no key."""
    usual: dict[str, str] = dict(words.word("events/labels", which))
    if key and key not in usual:
        raise OldButton
    return usual.get(key)


async def mine(update: Update, turn: Turn) -> None:
    """What the person has signed up for: the next first, with time, place and code, lines and
    offers."""
    turn.screen = "my_event"
    places = await events.mine(turn.session, turn.person.id, turn.now)
    turn.reply("events/mine", places=places, now=turn.now)


async def plead(update: Update, turn: Turn) -> None:
    """Ask the organizers to let one more of the firm come, or somebody come late."""
    event = await events.get(turn.session, turn.button.number(0))
    asked = words.render("events/plea", event=event, firm=turn.person.firm)
    await desk.open_ticket(turn, words.plain(asked.text), desk.ASKED)


async def advance(work: Work, event: int) -> None:
    """The time of an offer or of a held seat is over, perhaps."""
    await waitlist.advance(work.session, event, work.now)


async def tell(work: Work, signup: int, news: str, place: int | None = None) -> None:
    """What became of somebody's sign-up by what others did, or nobody did; if it is still so."""
    found = await waitlist.still(work.session, signup, news, place)
    if found is None:
        return
    event, row = found
    assert row.person_id is not None
    await work.notify(
        row.person_id,
        f"events/news/{news}",
        about=f"event:{event.id}",
        event=event,
        until=row.open_until,
        code=row.code,
        place=place,
    )
    if news == "let_in":
        file = await _calendar(work, event)
        key = f"signup:{row.id}:calendar:{event.sequence}"
        await work.pass_file(row.person_id, file, "send_document", key)
