"""What a person keeps of the library, and patents side by side."""

from __future__ import annotations

from telegram import Update

from conversations.understanding import chosen, several_chosen
from handlers.patents import LIST, index
from pipeline.turn import Button, OldButton, Turn
from services import comparing, favourites, patent_ends, patent_search, patents
from services.comparing import FEWEST


async def add(update: Update, turn: Turn) -> None:
    """Keep the patent of the card, or the one that a sentence names by its place."""
    id = await _named(turn)
    if id is None:
        await kept(update, turn)
        return
    patent = await patents.get(turn.session, id)
    count = await favourites.keep(turn.session, turn.person.id, patent.id, turn.now)
    turn.reply("favourites/kept", patent=patent, count=count)


async def remove(update: Update, turn: Turn) -> None:
    """Keep it no more. Without a patent named, show what is kept."""
    id = await _named(turn)
    if id is None:
        await kept(update, turn)
        return
    patent = await patents.get(turn.session, id)
    count = await favourites.let_go(turn.session, turn.person.id, patent.id)
    turn.reply("favourites/let_go", patent=patent, count=count)


async def kept(update: Update, turn: Turn) -> None:
    number = turn.button.number(0) if turn.button and not turn.said else 1
    turn.screen = LIST
    page = await patents.kept_by(turn.session, turn.person.id, number, turn.now)
    turn.reply("favourites/list", page=page)


async def partners(update: Update, turn: Turn) -> None:
    """With what to compare: one's favourites first, then what stands nearest."""
    ids = _ids(turn)
    pair = await comparing.together(turn.session, ids)
    others = await comparing.partners(turn.session, index(turn), pair, turn.person.id, turn.now)
    gone = await patent_ends.ended(turn.session, others, turn.now)
    turn.reply("patents/partners", ids=ids, patents=pair, others=others, ended=gone)


async def compare(update: Update, turn: Turn) -> None:
    """Two or three patents side by side, named by buttons, by their places or by their numbers."""
    ids = await _meant(turn) if turn.said else _ids(turn)
    if len(ids) < FEWEST:
        turn.reply("patents/compare_how")
        return
    shown = await comparing.together(turn.session, ids)
    gone = await patent_ends.ended(turn.session, shown, turn.now)
    turn.reply("patents/compare", ids=ids, patents=shown, ended=gone)


async def _named(turn: Turn) -> int | None:
    if turn.said:
        turn.button = await chosen(turn, "patents.show") or Button()
    if turn.button:
        return turn.button.number(0)
    _, _, on_screen = (turn.screen or "").partition("patent_detail:")
    return int(on_screen) if on_screen.isdecimal() else None


def _ids(turn: Turn) -> list[int]:
    ids = [turn.button.number(place) for place in range(len(turn.button))]
    if not ids:
        raise OldButton
    return ids


async def _meant(turn: Turn) -> list[int]:
    numbered = await patent_search.numbered(turn.session, turn.said)
    placed = await several_chosen(turn, "patents.show", turn.button.word(0))
    return numbered or [button.number(0) for button in placed]
