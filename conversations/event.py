"""新建活动: an organizer announces a matchmaking event or a roadshow."""

from __future__ import annotations

from conversations import choices
from conversations.form import Form, Submit
from conversations.steps import CHOICE, MANY, NUMBER, TIME, Step, text


def form(submit: Submit) -> Form:
    steps = (
        Step("kind", CHOICE, options=choices.listed("event", "kind")),
        Step("name", text(80, least=4)),
        Step("starts_at", TIME),
        Step("city", CHOICE, options=choices.cities),
        Step("venue", text(120)),
        Step("capacity", NUMBER),
        Step("industries", MANY, options=choices.industries, optional=True),
    )
    return Form("event", "create_event", steps, submit)
