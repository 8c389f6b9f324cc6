"""An enterprise's technology needs: posting one, past the gates, and looking at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from telegram import Update

from conversations import enclosures, form, need, need_sentences, telling
from conversations.actions import DESK
from conversations.steps import Answers, Option
from errors import Refused
from handlers import need_review, patents
from pipeline import words
from pipeline.turn import OldButton, Turn
from services import industries, need_quality, needs
from services import need_review as review

LIKELIEST = 3


async def post(update: Update, turn: Turn) -> None:
    """Open the form, with what the sentence already said."""
    if turn.person.enterprise_id is None:
        raise needs.NotRegistered
    problem = need_sentences.problem(turn.said, turn.slots)
    await telling.begin(turn, "need", turn.said, {"problem": problem} if problem else None)


async def likely_segments(turn: Turn, answers: Answers) -> Sequence[Option]:
    """The few that the problem suggests, else the firm's own; any other can be typed."""
    problem, firm = answers.get("problem") or "", turn.person.enterprise_id
    found = await industries.likely(
        turn.session, patents.index(turn), problem, LIKELIEST
    ) or await industries.of_firm(turn.session, firm, LIKELIEST)
    unsure = Option(need.UNSURE, words.word("need/labels", "unsure"))
    return [*(Option(segment.name, segment.name) for segment in found), unsure]


async def posted(turn: Turn, answers: Answers) -> None:
    """Posted, and matched at once: nobody waits in silence."""
    await _pass_gates(turn, answers)
    low, high = answers["budget"] or (None, None)
    told = needs.NeedAnswers(
        problem=answers["problem"],
        target=answers["target"],
        gap=answers["gap"],
        budget_low=low,
        budget_high=high,
        wanted_by=answers["wanted_by"],
        modes=answers["modes"],
        segment_id=await industries.id_of(turn.session, answers["segment"]),
        anonymous=answers["visibility"],
    )
    row = await needs.post(turn.session, turn.person, told, turn.now)
    await enclosures.keep(turn, answers, f"need:{row.id}")
    if row.created_at == turn.now:
        turn.reply("needs/posted", card=await needs.card(turn.session, row))
        await need_review.announce(turn, row.id)
    else:
        turn.reply("needs/same", need=row)
    await patents.show_matches(turn, row.id)


async def _pass_gates(turn: Turn, answers: Answers) -> None:
    """Warn once each of secrets, of vagueness and of a need that the firm has already. What was
    sent in spite of a warning is in `waived`, with the words that it was for."""
    words_said = _words_of(answers)
    waived = answers.get("waived") or {}
    for code, check in (("secret", _secret), ("vague", _vague), ("doubled", _doubled)):
        if waived.get(code) == words_said:
            continue
        try:
            await check(turn, answers)
        except Refused:
            turn.asked = True  # the warning is the question now, not the review card
            raise


def _words_of(answers: Answers) -> str:
    return "\n".join(filter(None, (answers[step] for step in ("problem", "target", "gap"))))


async def _secret(turn: Turn, answers: Answers) -> None:
    if found := need_quality.secrets(_words_of(answers)):
        raise need_quality.LooksSecret(words=found)


async def _vague(turn: Turn, answers: Answers) -> None:
    if need_quality.vague(answers["problem"]):
        raise need_quality.LooksVague(problem=answers["problem"])


async def _doubled(turn: Turn, answers: Answers) -> None:
    await needs.check_not_doubled(turn.session, turn.person, answers["problem"], turn.now)


async def anyway(update: Update, turn: Turn) -> None:
    """Submit in spite of the warning that the button names."""
    declared, filling = form.opened(turn)
    if declared.name != "need" or declared.next(filling.answers) != form.REVIEW:
        raise OldButton
    waived = {**filling.answers.get("waived", {}), turn.button.word(0): _words_of(filling.answers)}
    turn.filling = replace(filling, answers={**filling.answers, "waived": waived})
    await form.submit(update, turn)


async def join(update: Update, turn: Turn) -> None:
    """Let the firm's earlier need stand for this one too; who posted it hears so."""
    declared, filling = form.opened(turn)
    if declared.name != "need" or "problem" not in filling.answers:
        raise OldButton
    problem = filling.answers["problem"]
    row = await needs.follow(turn.session, turn.person, turn.button.number(0), problem, turn.now)
    await enclosures.keep(turn, filling.answers, f"need:{row.id}")
    turn.filling = None
    turn.reply("needs/joined", need=row)
    if row.person_id not in (None, turn.person.id):
        await turn.notify(
            row.person_id, "needs/colleague_joined", need=row, name=turn.person.name,
            problem=problem,
        )  # fmt: skip


async def mine(update: Update, turn: Turn) -> None:
    if turn.person.enterprise_id is None:
        raise needs.NotRegistered
    turn.reply(
        "needs/list", needs=await needs.of_enterprise(turn.session, turn.person.enterprise_id)
    )


async def show(update: Update, turn: Turn) -> None:
    row = await needs.get_for(turn.session, turn.person, turn.button.number(0))
    turn.reply("needs/show", card=await needs.card(turn.session, row), now=turn.now)


async def matches(update: Update, turn: Turn) -> None:
    await patents.show_matches(turn, turn.button.number(0))


async def files(update: Update, turn: Turn) -> None:
    """Show what was attached: to the firm itself, and to the desk where it may know whose it is."""
    need_id, role = turn.button.number(0), turn.person.role
    if role not in DESK:
        await needs.get_for(turn.session, turn.person, need_id)
    elif (await review.card(turn.session, need_id, role)).firm is None:
        raise needs.NotYours
    count = await enclosures.show(turn, f"need:{need_id}")
    turn.reply("needs/files", need_id=need_id, count=count)
