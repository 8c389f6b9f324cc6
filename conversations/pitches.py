"""报名路演: a firm's project for a roadshow."""

from __future__ import annotations

from conversations.form import Form, Submit
from conversations.steps import Step, text


def form(submit: Submit) -> Form:
    steps = (
        Step("name", text(60, least=4)),
        Step("summary", text(400, least=10)),
        Step("wanted", text(100), optional=True),
    )
    return Form("pitches/pitch", "event_info", steps, submit)
