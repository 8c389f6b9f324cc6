"""An enterprise assesses patents: three taps, its colleagues' other views, 我的评估, undo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from telegram import Update

from conversations import assessment, form
from conversations.steps import Answers
from conversations.understanding import chosen
from pipeline import words
from pipeline.turn import Filling, OldButton, Turn
from services import assessment_cards as cards
from services import assessments, patents
from services.assessment_states import Axes

REASONS = "reason_options"


async def assess(update: Update, turn: Turn) -> None:
    """Assess the patent on the screen, or see what the firm has said of it already."""
    if not turn.button and assessment.asks_for_list(turn.said):
        await mine(update, turn)
        return
    patent_id = await _meant(turn)
    if patent_id is None:
        turn.reply("assessments/which")
        return
    said = {} if turn.button else assessment.told(turn.said, turn.slots)
    if turn.person.enterprise_id is None:
        await _register_first(turn, patent_id, said)
        return
    card = await cards.card(turn.session, turn.person, patent_id)
    if card.valid and not said:
        _show(turn, card)
    else:
        await _open(turn, patent_id, said)


async def _meant(turn: Turn) -> int | None:
    """By a button, by its place on the list on the screen, or the card that is open."""
    if turn.button:
        return turn.button.number(0)
    _, _, on_screen = (turn.screen or "").partition("patent_detail:")
    if on_screen.isdecimal():
        return int(on_screen)
    placed = await chosen(turn, "patents.show")
    return placed.number(0) if placed else None


async def _register_first(turn: Turn, patent_id: int, said: dict[str, Any]) -> None:
    """Whoever acts for no firm only reads; what they wanted waits as a draft for their return."""
    patent = await patents.get(turn.session, patent_id)
    if turn.filling is None:
        answers = {**said, "patent": patent_id}
        turn.filling = _afresh(turn, answers)
        await turn.keep()
        await turn.lay_aside()
    turn.reply("assessments/register_first", patent=patent)


def _afresh(turn: Turn, answers: dict[str, Any], step: str = "") -> Filling:
    declared = form.declared(turn, assessment.NAME)
    return Filling(assessment.NAME, step or declared.next(answers), answers)


async def _open(turn: Turn, patent_id: int, said: dict[str, Any]) -> None:
    """The three questions, without those that are answered; a draft about this patent goes on."""
    await cards.check_changeable(turn.session, turn.person, patent_id)
    if turn.filling is not None and turn.filling.form != assessment.NAME:
        turn.asked = True
        title = form.declared(turn, turn.filling.form).title
        patent = await patents.get(turn.session, patent_id)
        turn.reply("assessments/another_open", open=title, patent=patent)
        return
    before = turn.filling or await turn.draft(assessment.NAME)
    if before is not None and before.answers.get("patent") == patent_id:
        answers = {**before.answers, **said}
        turn.filling = replace(before, answers=answers, step=_next(turn, answers))
    else:
        turn.filling = _afresh(turn, {**said, "patent": patent_id})
    await form.ask(turn, resumed=before is not None and turn.filling.answers == before.answers)


def _next(turn: Turn, answers: dict[str, Any]) -> str:
    return form.declared(turn, assessment.NAME).next(answers)


async def instead(update: Update, turn: Turn) -> None:
    """Put the open form aside and assess first."""
    if turn.filling is not None and turn.filling.form != assessment.NAME:
        await turn.keep()
        await turn.lay_aside()
    await _open(turn, turn.button.number(0), {})


async def edit(update: Update, turn: Turn) -> None:
    """Say it anew, or say otherwise than a colleague."""
    await _open(turn, turn.button.number(0), {})


async def subject(turn: Turn, answers: Answers) -> str | None:
    """The patent that the open questions are about."""
    if "patent" not in answers:
        return None
    patent = await patents.get(turn.session, answers["patent"])
    return words.filtered("shortened", patent.title)


async def assessed(turn: Turn, answers: Answers) -> None:
    """Said for the firm at once; a colleague's other view goes to the admin."""
    if "patent" not in answers:
        raise OldButton
    if turn.person.enterprise_id is None:
        said = {step: str(answers[step]) for step in ("prospect", "improvement", "intent")}
        await _register_first(turn, answers["patent"], said)
        return
    axes = Axes(int(answers["prospect"]), answers["improvement"], answers["intent"])
    done = await assessments.assess(turn.session, turn.person, answers["patent"], axes, turn.now)
    await _say(turn, done)


async def _say(turn: Turn, done: assessments.Done) -> None:
    if done.kind == "proposed":
        await _both(turn, done)
        return
    patent = await patents.get(turn.session, done.row.patent_id)
    turn.screen = f"patent_detail:{patent.id}"
    turn.reply("assessments/saved", row=done.row, patent=patent, kind=done.kind, why=done.why)


async def _both(turn: Turn, done: assessments.Done) -> None:
    """Both views side by side, to whoever differs and to the admin who decides."""
    card = await cards.card(turn.session, turn.person, done.row.patent_id)
    decider = await cards.decider(turn.session, turn.person)
    name = decider.name if decider else None
    turn.reply("assessments/differs", card=card, decides=card.decides, admin=name, own=done.row.id)
    if decider is not None and decider.id != turn.person.id:
        await turn.notify(
            decider.id, "assessments/differs", key=f"assessment:{done.row.id}:differs",
            about=f"person:{turn.person.id}", card=card, decides=True, admin=None, own=None,
        )  # fmt: skip


async def comment(update: Update, turn: Turn) -> None:
    """Add words of one's own: the form."""
    patent_id = turn.button.number(0)
    await cards.check_changeable(turn.session, turn.person, patent_id)
    if turn.filling is None or turn.filling.form == assessment.COMMENT:
        turn.filling = Filling(assessment.COMMENT, "text", {"patent": patent_id})
        await form.ask(turn)
    else:
        await form.begin(turn, assessment.COMMENT, patent=patent_id)


async def commented(turn: Turn, answers: Answers) -> None:
    if "patent" not in answers:
        raise OldButton
    done = await assessments.comment(
        turn.session, turn.person, answers["patent"], answers["text"], turn.now
    )
    await _say(turn, done)


async def reason(update: Update, turn: Turn) -> None:
    """Why not: one word of six."""
    key = turn.button.word(1)
    if key not in dict(words.word("assessment/labels", REASONS)):
        raise OldButton
    row = await assessments.give_reason(turn.session, turn.person, turn.button.number(0), key)
    turn.reply("assessments/reasoned", row=row)


async def show(update: Update, turn: Turn) -> None:
    """What the firm has said of one patent."""
    _show(turn, await cards.card(turn.session, turn.person, turn.button.number(0)))


def _show(turn: Turn, card: cards.Card) -> None:
    turn.screen = f"patent_detail:{card.patent.id}"
    turn.reply("assessments/card", card=card)


async def mine(update: Update, turn: Turn) -> None:
    """Everything that the firm has assessed, the newest first."""
    page = turn.button.number(0) if turn.button else 1
    turn.screen = None
    turn.reply("assessments/list", mine=await cards.mine(turn.session, turn.person, page))


async def history(update: Update, turn: Turn) -> None:
    """Every view of the firm on one patent, replaced and declined ones, too."""
    patent = await patents.get(turn.session, turn.button.number(0))
    views = await cards.history(turn.session, turn.person, patent.id)
    turn.reply("assessments/history", patent=patent, views=views)


async def undo(update: Update, turn: Turn) -> None:
    """Take the latest word back; what stood before stands again."""
    row_id = turn.button.number(0)
    patent_id = await cards.patent_of(turn.session, turn.person, row_id)
    again = await assessments.undo(turn.session, turn.person, row_id, turn.now)
    patent = await patents.get(turn.session, patent_id)
    turn.reply("assessments/undone", patent=patent, row=again)


async def accept(update: Update, turn: Turn) -> None:
    """Let a colleague's view be the firm's."""
    await _decide(turn, accept=True)


async def decline(update: Update, turn: Turn) -> None:
    """Let stand what stands; the other view stays in the history."""
    await _decide(turn, accept=False)


async def _decide(turn: Turn, *, accept: bool) -> None:
    row = await assessments.decide(
        turn.session, turn.person, turn.button.number(0), turn.now, accept=accept
    )
    patent = await patents.get(turn.session, row.patent_id)
    said = await cards.authors(turn.session, turn.person, row)
    told = {"row": row, "patent": patent, "accepted": accept, "who": said.get(row.person_id)}
    turn.reply("assessments/decided", **told)
    for person in said:
        if person not in (None, turn.person.id):
            await turn.notify(
                person, "assessments/decided", about=f"person:{row.person_id}", **told
            )
