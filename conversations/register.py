"""注册: a person says for which enterprise they speak. ≤ 7 inputs after consent."""

from __future__ import annotations

from conversations import choices
from conversations.form import Form, Submit
from conversations.steps import CHOICE, MANY, PHONE, USCC, Answers, Step, text
from pipeline.turn import Turn
from services import enterprises


async def _known_name(turn: Turn, answers: Answers) -> str | None:
    """The code of a firm that is there already tells its name."""
    firm = await enterprises.by_uscc(turn.session, answers["uscc"])
    return firm.name if firm else None


async def _known_city(turn: Turn, answers: Answers) -> str | None:
    firm = await enterprises.by_uscc(turn.session, answers["uscc"])
    return firm.city if firm else None


def form(submit: Submit) -> Form:
    steps = (
        Step("uscc", USCC),
        Step("name", text(100, least=4), known=_known_name),
        Step("contact", text(30)),
        Step("phone", PHONE),
        Step("city", CHOICE, options=choices.cities, known=_known_city),
        Step("industries", MANY, options=choices.industries),
    )
    return Form("register", "register", steps, submit)
