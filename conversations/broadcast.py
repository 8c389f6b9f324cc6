"""群发通知: to whom, then what; the preview with the count comes after."""

from __future__ import annotations

from conversations import choices
from conversations.form import Form, Submit
from conversations.steps import MANY, Step, verbatim


def form(submit: Submit) -> Form:
    steps = (
        Step("cities", MANY, options=choices.cities, optional=True),
        Step("industries", MANY, options=choices.industries, optional=True),
        Step("text", verbatim(800)),
    )
    return Form("broadcast", "broadcast", steps, submit, review=False, topic="broadcasts")
