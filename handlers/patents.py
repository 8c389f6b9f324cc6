"""Looking at patents: by industry, by words, one by one, and those matched to a need."""

from __future__ import annotations

from typing import cast

from telegram import Update

from conversations.understanding import chosen
from handlers import desk
from pipeline.turn import Button, OldButton, Turn
from search.patents import PatentIndex
from services import industries, matching, needs, patents


def index(turn: Turn) -> PatentIndex:
    return cast(PatentIndex, turn.bot_data["patents"])


async def browse(update: Update, turn: Turn) -> None:
    """By words where some were said, else the sixteen industries."""
    query = turn.slots.get("query")
    if query:
        await _find(turn, query)
    else:
        turn.reply("patents/industries", industries=await industries.tree(turn.session))


async def detail(update: Update, turn: Turn) -> None:
    """One patent, named by its place in the list on the screen, by number or by words."""
    named = await chosen(turn, "patents.show")
    if named is None:
        await _find(turn, turn.slots.get("query") or turn.said)
    else:
        turn.button = named
        await show(update, turn)


async def industry(update: Update, turn: Turn) -> None:
    code = turn.button.word(0)
    for node in await industries.tree(turn.session):
        if node.code == code:
            turn.reply("patents/segments", industry=node)
            return
    raise OldButton


async def page(update: Update, turn: Turn) -> None:
    turn.screen = "patent_list"
    shown = await patents.by_industry(turn.session, turn.button.number(0), turn.button.number(1))
    turn.reply("patents/list", page=shown)


async def _find(turn: Turn, query: str) -> None:
    turn.screen = "patent_list"
    found = await patents.find(turn.session, index(turn), query, 1)
    turn.reply("patents/found" if found.patents else "patents/not_found", page=found, query=query)


async def show(update: Update, turn: Turn) -> None:
    patent = await patents.get(turn.session, turn.button.number(0))
    turn.screen = f"patent_detail:{patent.id}"
    if patents.is_gone(patent):
        others = await patents.instead_of(turn.session, index(turn), patent)
        turn.reply("patents/gone_card", patent=patent, patents=others)
    else:
        turn.reply("patents/card", patent=patent)


async def interest(update: Update, turn: Turn) -> None:
    """Interest is a matter for people: the staff make the introduction."""
    _, _, on_screen = (turn.screen or "").partition("patent_detail:")
    if not turn.button and not on_screen.isdecimal():
        await browse(update, turn)
        return
    id = turn.button.number(0) if turn.button else int(on_screen)
    patent = await patents.get(turn.session, id)
    if patents.is_gone(patent):
        turn.button = Button([str(id)])
        await show(update, turn)
        return
    await desk.open_ticket(turn, f"{patent.title}（{patent.number}）", "interest")


async def mine(update: Update, turn: Turn) -> None:
    """What fits the firm's newest need."""
    if turn.person.enterprise_id is None:
        raise needs.NotRegistered
    posted = await needs.of_enterprise(turn.session, turn.person.enterprise_id)
    if not posted:
        turn.reply("needs/list", needs=posted)
        return
    await show_matches(turn, posted[0].id)


async def show_matches(turn: Turn, need_id: int) -> None:
    need = await needs.get_for(turn.session, turn.person, need_id)
    matched = await matching.match_need(turn.session, index(turn), need, turn.now)
    turn.screen = "patent_list"
    turn.reply("patents/matches" if matched else "patents/no_match", need=need, matches=matched)
