"""提需求: what an enterprise needs a technology for."""

from __future__ import annotations

from conversations import choices
from conversations.form import Form, Submit
from conversations.steps import DATE, MANY, MONEY, Step, text


def form(submit: Submit) -> Form:
    steps = (
        Step("problem", text(1000, least=4)),
        Step("target", text(300), optional=True),
        Step("budget", MONEY, optional=True),
        Step("wanted_by", DATE, optional=True),
        Step("modes", MANY, options=choices.listed("need", "modes")),
    )
    return Form("need", "post_need", steps, submit)
