"""The weekly push: what each firm is told, why, what it says to it, and who wants to hear no more.

The jobs of a round: begin → send, for each part → quiet, for firms that got nothing for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from telegram import Update

from handlers.packs import said_of
from handlers.portions import Portion, portion
from pipeline.turn import OldButton, Turn
from pipeline.work import REMINDER, Aside, Work
from processes import Processes
from search.patents import PatentIndex
from search.wishes import Met, WishIndex
from services import (
    attention,
    industries,
    needs,
    offers,
    patents,
    push_figures,
    push_pauses,
    push_reasons,
    push_rounds,
    pushes,
    wish_watch,
)
from services.push_reasons import Why

IN_PLACE = "again"  # the press came from the message that is to change


# The rounds


async def begin(work: Work) -> None:
    """Once a week, on a working day: look for what is new, then send; and plan the next round."""
    await push_rounds.begin(work.session, work.now)


async def choosing(
    aside: Aside, round: str, after: int = 0, last: int | None = None
) -> Portion | None:
    """What there is for the firms of a part, who are chosen for while others are told; None where
    it is not yet the time."""
    async with aside.reading() as session:
        if not await push_rounds.ready(session, aside.now):
            return None
        many = await push_rounds.many_firms(session)
    where = aside.elsewhere if many else aside.here
    return await where(portion, after, last, date.fromisoformat(round))


async def send(
    work: Work, prepared: Portion | None, round: str, after: int = 0, last: int | None = None
) -> None:
    """Tell the firms of a part what there is for them; in the end go on to whom there is nothing
    for."""
    day = date.fromisoformat(round)
    if prepared is None or await push_rounds.told(work.session, day, prepared.firms):
        part = {"after": after, "last": last}
        await push_rounds.go_on(work.session, push_rounds.SEND, day, work.now, **part)
        return
    await pushes.give(work.session, prepared.given, work.now)
    await push_rounds.note(work.session, day, prepared.firms, work.now)
    await work.post(prepared.letters)
    if last is None:
        await push_rounds.go_on(work.session, push_rounds.QUIET, day, work.now)


async def quiet(work: Work, round: str, after: int = 0) -> None:
    """Say once to firms that got nothing for a month that there is nothing, and what may help."""
    day = date.fromisoformat(round)
    if not await push_rounds.all_told(work.session, work.now):
        await push_rounds.go_on(work.session, push_rounds.QUIET, day, work.now, after=after)
        return
    firms = await push_rounds.left_out(work.session, after, work.now)
    told = []
    for firm, people in firms:
        standing = await needs.standing(work.session, firm)
        heard = 0
        for person in people:
            heard += await work.notify(
                person, "pushes/nothing", key=f"push:{day}:{firm}:{person}", about=f"push:{day}",
                priority=REMINDER, topic=attention.PATENTS, needs=standing,
            )  # fmt: skip
        told.append((firm, 0, heard))
    await push_rounds.note(work.session, day, told, work.now)
    if len(firms) == push_rounds.QUIET_PORTION:
        following = firms[-1][0]
        await push_rounds.go_on(work.session, push_rounds.QUIET, day, work.now, after=following)


# What is offered, kept in step


async def match(work: Work, need: int) -> None:
    """A need is new, has other words, or stands open no more."""
    index, wishes = cast(PatentIndex, work.data["patents"]), cast(WishIndex, work.data["wishes"])
    await offers.need_changed(work.session, index, wishes, need, work.now)


@dataclass(frozen=True)
class Looked:
    """`patents` that changed, and the needs that they fulfil; `began`: when this look through the
    library did."""

    patents: Sequence[int]
    met: list[Met]
    began: str


async def looking(aside: Aside, since: str, began: str | None = None, after: int = 0) -> Looked:
    """What the next patents that changed fulfil; those behind them may be looked at meanwhile."""
    wishes = cast(WishIndex, aside.data["wishes"])
    processes = cast(Processes, aside.data["processes"])
    began = began or aside.now.isoformat()
    async with aside.reading() as session:
        changed = await wish_watch.next_changed(session, since, after)
        if changed and not after:
            await wish_watch.freshen(session, wishes)
    async with aside.database.session() as session:
        await wish_watch.go_on(session, changed, aside.now, began)
    aside.wake()
    async with aside.reading() as session:
        ids = [id_ for id_, _ in changed]
        met = await offers.fulfilled(session, wishes, ids, processes)
    return Looked(ids, met, began)


async def look(
    work: Work, prepared: Looked, since: str, began: str | None = None, after: int = 0
) -> None:
    """Hold what is new in the library against all needs."""
    await wish_watch.store(work.session, prepared.patents, prepared.met, work.now, prepared.began)


# What a firm reads of it


async def recent(update: Update, turn: Turn) -> None:
    """The newest pack again, at any time, also in a pause."""
    found = await push_reasons.latest(turn.session, _firm(turn))
    if found:
        items = [each.item for each in found]
        names = {each.poster: each.name for each in found if each.poster and each.name}
        turn.screen = "patent_list"
        turn.reply(
            "pushes/pack", items=items, said=said_of(items), me=turn.person.id, names=names,
            at=found[0].at,
        )  # fmt: skip
    else:
        await settings(update, turn)


async def why(update: Update, turn: Turn) -> None:
    """为什么推给我: of one patent, or of the whole pack."""
    firm, patent_id = _firm(turn), _patent(turn)
    if patent_id is None:
        found = await push_reasons.latest(turn.session, firm)
    else:
        one = await push_reasons.why(turn.session, firm, patent_id, _need(turn))
        found = [one] if one else []
    if found:
        turn.reply("pushes/why", found=found, me=turn.person.id)
    else:
        await settings(update, turn)


# What a firm says to it


async def refuse(update: Update, turn: Turn) -> None:
    """不合适: the six reasons."""
    firm, patent_id = _firm(turn), _patent(turn)
    if patent_id is None:
        await recent(update, turn)
        return
    patent, need_id = await patents.get(turn.session, patent_id), await _own_need(turn)
    known = await push_reasons.why(turn.session, firm, patent_id, need_id)
    turn.reply(
        "pushes/reasons", patent=patent, need_id=need_id or 0,
        refused=known.refused if known else None,
    )  # fmt: skip
    if turn.button.word(2) == IN_PLACE:
        await turn.in_place(update)


async def because(update: Update, turn: Turn) -> None:
    """One of the six: stored at once, with what follows from it."""
    firm, reason = _firm(turn), turn.button.word(2)
    patent, need_id = await patents.get(turn.session, turn.button.number(0)), await _own_need(turn)
    shrunk = await pushes.refuse(turn.session, firm, patent.id, reason, turn.now, need_id)
    said = await push_reasons.why(turn.session, firm, patent.id, need_id)
    turn.reply(
        "pushes/refused", patent=patent, reason=reason, need=_need_of(said), need_id=need_id or 0,
        shrunk=shrunk,
    )  # fmt: skip
    await turn.in_place(update)


def _need_of(said: Why | None) -> object:
    return said.item.need if said else None


async def relent(update: Update, turn: Turn) -> None:
    """Take the no back."""
    patent = await patents.get(turn.session, turn.button.number(0))
    await push_reasons.take_back(turn.session, _firm(turn), patent.id)
    turn.reply("pushes/relented", patent=patent)
    await turn.in_place(update)


# Who hears it


async def settings(update: Update, turn: Turn) -> None:
    """What the push goes by, whether it comes, and how to change either."""
    firm = _firm(turn)
    turn.reply(
        "pushes/settings",
        needs=await needs.standing(turn.session, firm),
        segments=await industries.of_firm(turn.session, firm, 5),
        until=await push_pauses.until(turn.session, turn.person.id, turn.now),
        forever=push_pauses.FOREVER,
        topics=turn.slots.get("topics"),
    )


async def pause(update: Update, turn: Turn) -> None:
    """No push for a week, a month or ever; a sentence that names topics sees what it goes by."""
    _firm(turn)
    if turn.slots.get("topics"):
        await settings(update, turn)
        return
    span = turn.button.word(0, push_pauses.EVER)
    until = await push_pauses.pause(turn.session, turn.person.id, span, turn.now)
    turn.reply("pushes/paused", until=until, forever=push_pauses.FOREVER)


# For the organizer


async def figures(update: Update, turn: Turn) -> None:
    """What became of the last round, and how fairly the library is shown."""
    turn.reply("pushes/figures", figures=await push_figures.figures(turn.session, turn.now))


def _firm(turn: Turn) -> int:
    if turn.person.enterprise_id is None:
        raise needs.NotRegistered
    return turn.person.enterprise_id


def _patent(turn: Turn) -> int | None:
    """By the button, or the card that is open."""
    if turn.button:
        return turn.button.number(0)
    _, _, on_screen = (turn.screen or "").partition("patent_detail:")
    return int(on_screen) if on_screen.isdecimal() else None


def _need(turn: Turn) -> int | None:
    """The need that the patent was found for stands second in the button, 0 where there is none."""
    return turn.button.number(1) or None if len(turn.button) > 1 else None


async def _own_need(turn: Turn) -> int | None:
    need_id = _need(turn)
    try:
        return need_id and (await needs.get_for(turn.session, turn.person, need_id)).id
    except needs.NotYours:
        raise OldButton from None
