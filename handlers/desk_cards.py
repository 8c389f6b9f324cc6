"""Answers of the staff become knowledge: draft, approval by another, live, renewed, retired."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from telegram import Update

from pipeline.turn import Turn
from pipeline.work import REMINDER, Aside, Work
from services import knowledge_cards, queue, ticket_clock, ticket_states
from services.policy_trials import Worse

if TYPE_CHECKING:
    from db.models import StaffAnswer


async def draft(update: Update, turn: Turn) -> None:
    """An answer that others will need, too: a draft, for somebody else to approve."""
    number = turn.button.number(0)
    card = await knowledge_cards.draft(turn.session, number, turn.person.id, turn.now)
    reviewers = await knowledge_cards.reviewers(turn.session, card)
    turn.reply("cards/drafted", card=card, alone=not reviewers)
    for person in reviewers:
        await turn.notify(
            person, "cards/review", key=f"card:{card.id}:{person}", about=f"card:{card.id}",
            card=card, owner=turn.person.name,
        )  # fmt: skip


async def show(update: Update, turn: Turn) -> None:
    """A card, and what may be done with it."""
    await _show(turn, await knowledge_cards.get(turn.session, turn.button.number(0)))


async def _show(turn: Turn, card: StaffAnswer) -> None:
    owner = await ticket_states.name_of(turn.session, card.owner_id)
    turn.reply("cards/review", card=card, owner=owner)


async def listing(update: Update, turn: Turn) -> None:
    """All cards: drafts, and what is live."""
    turn.reply("cards/list", cards=await knowledge_cards.listed(turn.session), now=turn.now)


async def approve(update: Update, turn: Turn) -> None:
    """Let it go live, after the questions with known answers were asked again."""
    card = await knowledge_cards.may_approve(turn.session, turn.button.number(0), turn.person.id)
    await queue.plan(
        turn.session, "cards.check", f"card:{card.id}:check:{turn.update_id}", turn.now,
        card=card.id, chat=turn.chat_id, person=turn.person.id, at=turn.now.isoformat(),
    )  # fmt: skip
    turn.reply("cards/checking")


async def anyway(update: Update, turn: Turn) -> None:
    """Live, although some questions are answered otherwise then."""
    card = await knowledge_cards.may_approve(turn.session, turn.button.number(0), turn.person.id)
    await _live(turn.work, card, turn.chat_id, turn.person.id)


async def checking(aside: Aside, card: int, chat: int, person: int, at: str) -> list[Worse]:
    """Ask them all with the card and without it, holding no lock."""
    return await knowledge_cards.trial(aside.database, card, datetime.fromisoformat(at))


async def checked(
    work: Work, prepared: list[Worse], card: int, chat: int, person: int, at: str
) -> None:
    """Live where nothing gets worse; else it is asked first."""
    found = await knowledge_cards.get(work.session, card)
    if prepared:
        work.say(chat, "cards/worse", card=found, worse=prepared)
    else:
        await _live(work, found, chat, person)


async def _live(work: Work, card: StaffAnswer, chat: int, person: int) -> None:
    await knowledge_cards.approve(work.session, card, person, work.now)
    work.say(chat, "cards/live", card=card)
    if card.owner_id not in (None, person):
        await work.notify(
            card.owner_id, "cards/live", key=f"card:{card.id}:live", about=f"card:{card.id}",
            card=card,
        )  # fmt: skip


async def retire(update: Update, turn: Turn) -> None:
    """Out of service, at once."""
    card = await knowledge_cards.get(turn.session, turn.button.number(0))
    await knowledge_cards.retire(turn.session, card, turn.person.id, turn.now)
    turn.reply("cards/retired", card=card)


async def renew(update: Update, turn: Turn) -> None:
    """For another year."""
    card = await knowledge_cards.get(turn.session, turn.button.number(0))
    await knowledge_cards.renew(turn.session, card, turn.person.id, turn.now)
    turn.reply("cards/renewed", card=card)


async def remind(work: Work) -> None:
    """Once a week: owners hear which of their cards expire."""
    for card in await knowledge_cards.expiring(work.session, work.now):
        if card.owner_id is not None:
            await work.notify(
                card.owner_id, "cards/expiring", key=f"card:{card.id}:expires:{work.now:%G%V}",
                about=f"card:{card.id}", priority=REMINDER, card=card,
            )  # fmt: skip
    await ticket_clock.plan_weekly(work.session, "cards.remind", work.now)
