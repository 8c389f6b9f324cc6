"""注册: a person says for which enterprise they speak. ≤ 7 inputs after consent.

A firm that is there is not asked about again: its people are named, and one asks to join them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from conversations import choices
from conversations.form import Form, Submit
from conversations.reading import Unfit
from conversations.steps import CHOICE, MANY, PERSON, PHONE, USCC, Answers, Option, Step, text
from pipeline import words
from pipeline.turn import Turn
from services import claims, enterprises, memberships

if TYPE_CHECKING:
    from db.models import Enterprise

JOIN, NEW = "join", "new"


async def _known_code(turn: Turn, answers: Answers) -> str | None:
    firm = await _claimed(turn, answers)
    return firm.uscc if firm else None


async def _known_name(turn: Turn, answers: Answers) -> str | None:
    """The code of a firm that is there already tells its name."""
    firm = await enterprises.by_uscc(turn.session, answers["uscc"])
    firm = firm or await _claimed(turn, answers)
    return firm.name if firm else None


async def _known_city(turn: Turn, answers: Answers) -> str | None:
    firm = await _firm(turn, answers)
    return firm.city if firm else None


async def _known_industries(turn: Turn, answers: Answers) -> list[str] | None:
    """What a firm does is not for a newcomer to say."""
    return [] if answers["entry"] == JOIN else None


async def _known_entry(turn: Turn, answers: Answers) -> str | None:
    """Only where somebody is there already is there anything to choose; then it is said who."""
    names = await _colleagues(turn, answers)
    if not names:
        return NEW
    turn.reply("register/colleagues", firm=answers["name"], names=names)
    return None


async def _entries(turn: Turn, answers: Answers) -> Sequence[Option]:
    entry = JOIN if await _colleagues(turn, answers) else NEW
    return [Option(entry, words.word("register/labels", f"entry_{entry}"))]


async def _check_name(turn: Turn, name: Any) -> None:
    """A firm that is there under another code is named where it is typed, not at the end."""
    assert turn.filling is not None
    try:
        await enterprises.known(turn.session, turn.filling.answers.get("uscc"), name)
    except enterprises.CodeMismatch as mismatch:
        raise Unfit(mismatch.code, **mismatch.facts) from None


async def _colleagues(turn: Turn, answers: Answers) -> Sequence[str]:
    firm = await _firm(turn, answers)
    return await memberships.colleagues(turn.session, firm.id) if firm else []


async def _claimed(turn: Turn, answers: Answers) -> Enterprise | None:
    """The firm that a poster's code names; a code that expired meanwhile names none."""
    if "claim" not in answers:
        return None
    try:
        return await claims.open_firm(turn.session, answers["claim"], turn.now)
    except claims.ClaimExpired:
        return None


async def _firm(turn: Turn, answers: Answers) -> Enterprise | None:
    if "name" not in answers:
        return None
    try:
        return await enterprises.known(turn.session, answers.get("uscc"), answers["name"])
    except enterprises.CodeMismatch:
        return None  # said when the card is sent


def form(submit: Submit) -> Form:
    steps = (
        Step("uscc", USCC, known=_known_code),
        Step("name", text(100, least=4), known=_known_name, check=_check_name),
        Step("entry", CHOICE, options=_entries, known=_known_entry),
        Step("contact", PERSON),
        Step("phone", PHONE),
        Step("city", CHOICE, options=choices.cities, known=_known_city),
        Step("industries", MANY, options=choices.industries, known=_known_industries),
    )
    return Form("register", "register", steps, submit)


def invitation(submit: Submit) -> Form:
    """An organizer names the firm to invite."""
    steps = (Step("firm", text(100)),)
    return Form("people/invite", "register", steps, submit, review=False)
