"""Looking at patents: by industry, by whatever names one, one by one, and those matched to a
need."""

from __future__ import annotations

from typing import cast

from telegram import Update

from conversations import links
from conversations.understanding import chosen
from handlers import desk
from pipeline.turn import Button, OldButton, Turn
from search.patents import PatentIndex
from services import (
    industries,
    matching,
    needs,
    patent_ends,
    patent_search,
    patent_views,
    patents,
    push_reasons,
)
from services.patents import Page

LIST = "patent_list"
CARRIED = 64  # bytes that a button's data has for the search that it goes on with


def index(turn: Turn) -> PatentIndex:
    return cast(PatentIndex, turn.bot_data["patents"])


async def browse(update: Update, turn: Turn) -> None:
    """The one search: whatever the sentence or the command names, a number's card at once; the
    sixteen industries where it names nothing."""
    words = turn.slots.get("query") or " ".join(turn.args or [])
    if words:
        await _find(turn, words)
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
            counts = await patents.counts(turn.session)
            turn.reply("patents/segments", industry=node, counts=counts)
            return
    raise OldButton


async def page(update: Update, turn: Turn) -> None:
    segment, number = turn.button.number(0), turn.button.number(1)
    turn.screen = LIST
    shown = await patents.by_industry(turn.session, segment, number, turn.now)
    turn.reply("patents/list", page=shown)


async def licensed(update: Update, turn: Turn) -> None:
    """What anybody may use for a fee that is public already."""
    number = turn.button.number(0) if turn.button else 1
    turn.screen = LIST
    shown = await patents.with_open_licence(turn.session, number, turn.now)
    turn.reply("patents/open", page=shown)


async def found(update: Update, turn: Turn) -> None:
    """Another page of a search, which stands in the button."""
    words = ":".join(turn.button[1:])
    if not words:
        raise OldButton
    await _find(turn, words, turn.button.number(0))


async def named(turn: Turn, text: str) -> bool:
    """Show whose patents a sentence names that is a name and nothing else; False for any other."""
    shown = await patent_search.named(turn.session, index(turn), text, turn.now)
    if shown is not None:
        _reply_found(turn, shown, text)
    return shown is not None


async def covered(turn: Turn, text: str) -> bool:
    """Show what a bare sentence surely describes; False where it may mean anything."""
    shown = await patent_search.covered(turn.session, index(turn), text, turn.now)
    if shown is not None:
        _reply_found(turn, shown, text)
    return shown is not None


async def _find(turn: Turn, words: str, number: int = 1) -> None:
    sentence = turn.said or words
    shown = await patent_search.find(turn.session, index(turn), sentence, number, turn.now, words)
    if shown.by == "number" and shown.total == 1 and not shown.near:
        await _show(turn, shown.patents[0].id)
    else:
        _reply_found(turn, shown, words)


def _reply_found(turn: Turn, shown: Page, words: str) -> None:
    turn.screen = LIST
    carried = shown.name or words
    fits = len(f"patents.found:{shown.pages}:{carried}".encode()) <= CARRIED
    turn.reply(
        "patents/found" if shown.patents else "patents/not_found",
        page=shown, query=words, carried=carried if fits else None,
    )  # fmt: skip


async def show(update: Update, turn: Turn) -> None:
    """A card; where it was found for a need, that stands in the button, too."""
    need = turn.button.word(1)
    await _show(turn, turn.button.number(0), int(need) if need.isdecimal() else None)


async def _show(turn: Turn, patent_id: int, need_id: int | None = None) -> None:
    person = turn.person
    card = await patents.card(turn.session, index(turn), patent_id, person.id, turn.now)
    if person.enterprise_id is not None:
        await patent_views.note(turn.session, patent_id, turn.now)
    turn.screen = f"patent_detail:{patent_id}"
    link = turn.link(links.payload_of("patents.show", Button([str(patent_id)])))
    why = None
    if person.enterprise_id is not None:
        why = await push_reasons.why(turn.session, person.enterprise_id, patent_id, need_id)
    turn.reply("patents/card", card=card, role=person.role, link=link, why=why, me=person.id)


async def licence(update: Update, turn: Turn) -> None:
    """How to use an open licence, step by step."""
    await _licence(update, turn, "patents/licence")


async def notice(update: Update, turn: Turn) -> None:
    """The written notice to the owner, ready to be copied."""
    await _licence(update, turn, "patents/notice")


async def _licence(update: Update, turn: Turn, template: str) -> None:
    """A declaration that was withdrawn meanwhile leads to the card, which says so."""
    patent = await patents.get(turn.session, turn.button.number(0))
    gone = await patent_ends.ended(turn.session, [patent], turn.now)
    if not patent.open_licence or gone:
        await show(update, turn)
    else:
        turn.reply(template, patent=patent, firm=turn.person.firm, now=turn.now)


async def interest(update: Update, turn: Turn) -> None:
    """Interest is a matter for people: the staff make the introduction. What can be had no more
    shows its card instead, with what there is in its place."""
    _, _, on_screen = (turn.screen or "").partition("patent_detail:")
    if not turn.button and not on_screen.isdecimal():
        await browse(update, turn)
        return
    turn.button = turn.button or Button([on_screen])
    patent = await patents.get(turn.session, turn.button.number(0))
    if await patent_ends.ended(turn.session, [patent], turn.now):
        await show(update, turn)
        return
    asked = f"{patent.title}（{patent.number}）"
    await desk.open_ticket(turn, asked, "interest", patent_id=patent.id)


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
    turn.screen = LIST
    refused = await push_reasons.refused(turn.session, need.enterprise_id)
    turn.reply(
        "patents/matches" if matched else "patents/no_match",
        need=need, matches=matched, **({"refused": refused} if matched else {}),
    )  # fmt: skip
