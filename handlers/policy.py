"""Questions about the plan and other official texts."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import Update

from conversations.actions import DESK
from conversations.reading import asks
from handlers import desk, menu, patents
from pipeline.turn import Turn
from pipeline.work import Work
from services import about, policy, policy_askers, policy_reports
from services import desk as tickets

SCREEN = desk.POLICY


async def start(update: Update, turn: Turn) -> None:
    turn.reply("policy/start")


async def ask(update: Update, turn: Turn) -> None:
    """Answer from the documents; say what they do not say and have people find out; where even
    that is unsure, offer people. What is asked about this service itself, it says of itself; a bare
    name of an owner or an inventor, or words that a patent covers, lead to the library."""
    text = turn.said or await tickets.text_of(turn.session, turn.came_from.update, turn.now) or ""
    if topic := about.topic(text):
        turn.reply(f"about/{topic}")
        return
    bare = bool(turn.slots.get("guesses")) and not asks(text)
    if bare and await patents.named(turn, text):
        return
    clause, left_open = await _before(turn)
    answer = await policy.ask(turn.session, text, turn.now, clause, left_open)
    if bare and (answer.status == "escalate" or answer.reason == "far"):
        if not await patents.covered(turn, text):
            await menu.guess(update, turn)
        return
    await _answer(turn, text, answer)


async def also(update: Update, turn: Turn) -> None:
    """Another question about the same matter, as if it had been typed."""
    source, mark = turn.button.number(0), turn.button.word(1)
    text = await policy.related_question(turn.session, source, mark)
    await _answer(turn, text, await policy.ask(turn.session, text, turn.now))


async def _answer(turn: Turn, text: str, answer: policy.Answer) -> None:
    answer = await policy.with_related(turn.session, answer, turn.now)
    turn.passes(SCREEN, desk.shown(answer))
    turn.reply(policy.template(answer), answer=answer)
    await policy.record_gap(turn.session, answer, turn.person.id, turn.now)
    await policy_askers.remember(turn.session, answer, turn.person.id, turn.now)
    if answer.status == "not_stated":
        await desk.open_ticket(
            turn, text, answer.status,
            clause_id=answer.citations[0].stored, department=answer.department,
        )  # fmt: skip


async def _before(turn: Turn) -> tuple[int | None, str | None]:
    """The clause of the answer before, which "那高校呢？" or "上一条" speaks of; and the question,
    if nothing answered it."""
    before = turn.came_from
    left = before.kind == SCREEN and before.detail.endswith(desk.LEFT_OPEN)
    said = await tickets.text_of(turn.session, before.update, turn.now) if left else None
    return desk.clause_shown(before), said


async def clause(update: Update, turn: Turn) -> None:
    """A clause in full, page by page."""
    page = turn.button.number(1) if len(turn.button) > 1 else 1
    _show(turn, await policy.clause(turn.session, turn.button.number(0), turn.now, page))


async def following(update: Update, turn: Turn) -> None:
    _show(turn, await policy.beside(turn.session, turn.button.number(0), 1, turn.now))


async def before(update: Update, turn: Turn) -> None:
    _show(turn, await policy.beside(turn.session, turn.button.number(0), -1, turn.now))


async def lead(update: Update, turn: Turn) -> None:
    """Who is responsible for the clause that was cited, in its own words."""
    view = await policy.departments(turn.session, turn.button.number(0), turn.now)
    turn.passes(SCREEN, view.citation.clause_id)
    turn.reply("policy/lead", view=view)


async def useful(update: Update, turn: Turn) -> None:
    """The answer was right: noted beside the question."""
    await _say(turn, right=True)
    turn.reply("policy/thanked")


async def wrong(update: Update, turn: Turn) -> None:
    """Two people, or one of the staff, take the answer out of service; the staff hear of it."""
    said = await _say(turn, right=False)
    turn.passes(SCREEN, turn.button.number(0))
    turn.reply("policy/reported", pulled=said.pulled)
    for staff in await tickets.staff_ids(turn.session):
        if staff != turn.person.id:
            await turn.notify(
                staff, "policy/report_card", key=f"report:{said.report.id}:{said.pulled}:{staff}",
                about=f"report:{said.report.id}", report=said.report, clause=said.clause,
                pulled=said.pulled,
            )  # fmt: skip


async def _say(turn: Turn, *, right: bool) -> policy_reports.Reported:
    return await policy_reports.say(
        turn.session, turn.button.number(0), turn.person.id,
        right=right, staff=turn.person.role in DESK, now=turn.now,
    )  # fmt: skip


async def pull(update: Update, turn: Turn) -> None:
    """Take the answer that was reported out of service."""
    report = await policy_reports.pull(
        turn.session, turn.button.number(0), turn.person.id, turn.now
    )
    turn.reply("policy/pulled", report=report)


async def lift(update: Update, turn: Turn) -> None:
    """Put an answer back: it is right after all."""
    report = await policy_reports.lift(
        turn.session, turn.button.number(0), turn.person.id, turn.now
    )
    turn.reply("policy/lifted", report=report)


async def changed(
    work: Work, *, document_id: int, clause_ids: list[int],
    gone: Sequence[tuple[int, int | None, str, str]] = (),
) -> None:  # fmt: skip
    """Tell whoever was answered from clauses that say something else now, or are gone."""
    found = await policy_askers.changes(work.session, document_id, clause_ids, gone, work.now)
    for person, change in found.items():
        await work.notify(
            person, "policy/changed", about=f"document:{document_id}",
            key=f"changed:{document_id}:{work.now:%Y%m%d%H%M}:{person}",
            change=change,
        )  # fmt: skip


def _show(turn: Turn, view: policy.ClauseView) -> None:
    turn.passes(SCREEN, view.citation.clause_id)
    turn.reply("policy/clause", view=view)
