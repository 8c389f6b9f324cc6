"""The staff's queue of needs: publish one, or return it with one question that the firm answers."""

from __future__ import annotations

from zlib import crc32

from telegram import Update

from conversations import form
from conversations.actions import STAFF
from conversations.steps import Answers
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import attachments, desk, need_chasing, need_review, needs
from services import need_states as states


async def announce(turn: Turn, need_id: int) -> None:
    """Bring the need to the staff; the same words under the same promise once a person."""
    card = await need_review.card(turn.session, need_id, STAFF)
    need = card.need
    said = crc32(f"{need.problem}\n{need.target}\n{need.gap}\n{need.answer}".encode())
    stamp = f"{need.promised_at:%Y%m%d%H%M}:{said}"
    for staff in await desk.staff_ids(turn.session):
        await turn.notify(
            staff, "needs/review_card", key=f"need:{need_id}:review:{stamp}:{staff}",
            about=f"need:{need_id}", card=card,
        )  # fmt: skip


async def queue(update: Update, turn: Turn) -> None:
    """The needs that wait to be looked at, the most urgent promise first."""
    waiting = await need_review.queue(turn.session)
    turn.reply("needs/queue", needs=waiting, now=turn.now)


async def show(update: Update, turn: Turn) -> None:
    """The desk's card of a need; whose it is stays hidden from organizers where it is anonymous."""
    card = await need_review.card(turn.session, turn.button.number(0), turn.person.role)
    turn.reply("needs/review_card", card=card)


async def publish(update: Update, turn: Turn) -> None:
    """Let it be seen, and tell the firm."""
    need = await need_review.publish(turn.session, turn.person.id, turn.button.number(0), turn.now)
    turn.reply("needs/handled", need=need)
    for person in await needs.watchers(turn.session, need):
        await turn.notify(person, "needs/published", about=f"need:{need.id}", need=need)


async def met(update: Update, turn: Turn) -> None:
    """The firm and somebody who can help talk to each other now."""
    need = await need_review.met(turn.session, turn.person.id, turn.button.number(0), turn.now)
    turn.reply("needs/handled", need=need)
    for person in await needs.watchers(turn.session, need):
        await turn.notify(person, "needs/met", about=f"need:{need.id}", need=need)


async def ask(update: Update, turn: Turn) -> None:
    """Return it with one question: the form."""
    card = await need_review.card(turn.session, turn.button.number(0), turn.person.role)
    if card.need.state != states.REVIEW:
        raise states.NeedMoved(need_id=card.need.id, state=card.need.state)
    await form.begin(turn, "needs/question", id=card.need.id)


async def asked(turn: Turn, answers: Answers) -> None:
    need = await need_review.send_back(
        turn.session, turn.person.id, answers["id"], answers["text"], turn.now
    )
    turn.reply("needs/handled", need=need)
    for person in await needs.watchers(turn.session, need):
        await turn.notify(person, "needs/returned", about=f"need:{need.id}", need=need)


async def answer(update: Update, turn: Turn) -> None:
    """Answer the staff's question about a need, in place: the form."""
    need = await need_review.answerable(turn.session, turn.person, turn.button.number(0))
    await form.begin(turn, "needs/answer", id=need.id)


async def answered(turn: Turn, answers: Answers) -> None:
    need = await need_review.answer(
        turn.session, turn.person, answers["id"], answers["text"], turn.now
    )
    await attachments.keep(turn.session, need.id, answers.get("attachments") or (), turn.now)
    turn.reply("needs/answered", need=need)
    await announce(turn, need.id)


async def chase(work: Work) -> None:
    """Once a day: remind of open questions, ask whether old needs are still wanted, park the
    silent ones."""
    due = await need_chasing.due(work.session, work.now)
    for each in due:
        for person in await needs.watchers(work.session, each.need):
            await work.notify(
                person,
                f"needs/chase_{each.kind}",
                key=f"need:{each.need.id}:{each.kind}:{work.now:%Y%m%d}:{person}",
                about=f"need:{each.need.id}",
                priority=REMINDER,
                need=each.need,
            )
    await need_chasing.plan(work.session, work.now, more=len(due) == need_chasing.PORTION)
