"""注册: a person says for which enterprise they speak. ≤ 7 inputs after consent.

A firm that is there is not asked about again: its people are named, and one asks to join them. Of
a name the likeliest in the list are offered. Whoever has no code at hand registers by name, and an
organizer looks at it. Tags are none until somebody taps their pencil on the card.
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
from services import claims, enterprises, industries, memberships

if TYPE_CHECKING:
    from db.models import Enterprise

JOIN, NEW = "join", "new"
OWN, NONE = "own", ""  # the firm is none of those in the list; there was none to choose


async def _known_code(turn: Turn, answers: Answers) -> str | None:
    firm = await _claimed(turn, answers)
    return firm.uscc if firm else None


async def _known_name(turn: Turn, answers: Answers) -> str | None:
    """The code of a firm that is there already tells its name."""
    code = answers["uscc"]
    firm = await enterprises.by_uscc(turn.session, code) if code else None
    firm = firm or await _claimed(turn, answers)
    return firm.name if firm else None


async def _listed(turn: Turn, answers: Answers) -> Sequence[Option]:
    """Firms of the list that the typed name could mean, and the name as it was typed."""
    found = await _candidates(turn, answers)
    own = Option(OWN, words.word("register/labels", "firm_own"))
    return [*(Option(str(firm.id), firm.name) for firm in found), own]


async def _known_firm(turn: Turn, answers: Answers) -> str | None:
    """Only a name that is not there as it stands may mean another."""
    if await _by_name(turn, answers) or not await _candidates(turn, answers):
        return NONE
    return None


async def _candidates(turn: Turn, answers: Answers) -> Sequence[Enterprise]:
    if "name" not in answers:
        return []
    return await enterprises.choices(turn.session, answers["name"], answers.get("uscc"))


async def _known_tags(turn: Turn, answers: Answers) -> list[str]:
    return []


async def _known_city(turn: Turn, answers: Answers) -> str | None:
    firm = await firm_of(turn, answers)
    return firm.city if firm else None


async def _known_industries(turn: Turn, answers: Answers) -> list[str] | None:
    """What a firm does is not for a newcomer to say."""
    return [] if answers["entry"] == JOIN else None


async def _known_entry(turn: Turn, answers: Answers) -> str | None:
    """Only where somebody is there already is there anything to choose; then it is said who."""
    names = await _colleagues(turn, answers)
    if not names:
        return NEW
    firm = await firm_of(turn, answers)
    turn.reply("register/colleagues", firm=firm.name if firm else answers["name"], names=names)
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


async def check_industries(turn: Turn, codes: Any) -> None:
    try:
        industries.check_number(codes)
    except industries.TooManyIndustries as refused:
        raise Unfit(refused.code, **refused.facts) from None


async def _colleagues(turn: Turn, answers: Answers) -> Sequence[str]:
    firm = await firm_of(turn, answers)
    return await memberships.colleagues(turn.session, firm.id) if firm else []


async def _claimed(turn: Turn, answers: Answers) -> Enterprise | None:
    """The firm that a poster's code names; a code that expired meanwhile names none."""
    code = await opened(turn, answers)
    return code.firm if code else None


async def opened(turn: Turn, answers: Answers) -> claims.Opened | None:
    if "claim" not in answers:
        return None
    try:
        return await claims.opened(turn.session, answers["claim"], turn.now)
    except claims.ClaimExpired:
        return None


async def firm_of(turn: Turn, answers: Answers) -> Enterprise | None:
    """The firm that the answers mean, if it is there: chosen for this name, or known by it."""
    for firm in (
        await _candidates(turn, answers) if answers.get("firm") not in (None, OWN, NONE) else ()
    ):
        if str(firm.id) == answers["firm"]:
            return firm
    return await _by_name(turn, answers)


async def _by_name(turn: Turn, answers: Answers) -> Enterprise | None:
    if "name" not in answers:
        return None
    try:
        return await enterprises.known(turn.session, answers.get("uscc"), answers["name"])
    except enterprises.CodeMismatch:
        return None  # said when the card is sent


def form(submit: Submit) -> Form:
    steps = (
        Step("uscc", USCC, optional=True, known=_known_code),
        Step("name", text(100, least=4), known=_known_name, check=_check_name),
        Step("firm", CHOICE, options=_listed, known=_known_firm, on_card=False),
        Step("entry", CHOICE, options=_entries, known=_known_entry, on_card=False),
        Step("contact", PERSON),
        Step("phone", PHONE),
        Step("city", CHOICE, options=choices.cities, known=_known_city),
        Step(
            "industries", MANY, options=choices.industries, known=_known_industries,
            check=check_industries,
        ),
        Step(
            "tags", MANY, optional=True, options=choices.listed("register", "tags"),
            known=_known_tags,
        ),
    )  # fmt: skip
    return Form("register", "register", steps, submit, attachments=True)


def invitation(submit: Submit) -> Form:
    """An organizer names the firm to invite."""
    steps = (Step("firm", text(100)),)
    return Form("people/invite", "register", steps, submit, review=False)


def poster(submit: Submit) -> Form:
    """An organizer names the park where the poster hangs."""
    steps = (Step("park", text(60)),)
    return Form("people/poster", "register", steps, submit, review=False)
