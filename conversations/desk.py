"""What a person asks a human, what the human answers, and what one says to a colleague."""

from __future__ import annotations

from conversations.form import Form, Submit
from conversations.steps import Step, verbatim


def question(submit: Submit) -> Form:
    steps = (Step("question", verbatim(1000)),)
    return Form(
        "question", "talk_to_human", steps, submit, review=False, attachments=True, topic="desk"
    )


def reply(submit: Submit) -> Form:
    steps = (Step("text", verbatim(2000)),)
    return Form(
        "reply", "answer_ticket", steps, submit, review=False, attachments=True, topic="desk"
    )


def transfer(submit: Submit) -> Form:
    steps = (Step("note", verbatim(300), optional=True),)
    return Form("transfer", "", steps, submit, review=False, topic="desk")
