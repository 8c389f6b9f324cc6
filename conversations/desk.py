"""What a person asks a human, what the human answers, and what one says to a colleague."""

from __future__ import annotations

from conversations.form import Form, Subject, Submit
from conversations.steps import Step, verbatim


def question(submit: Submit) -> Form:
    steps = (Step("question", verbatim(1000)),)
    return Form(
        "question", "talk_to_human", steps, submit, review=False, attachments=True, topic="desk"
    )


def unsolved(submit: Submit, subject: Subject) -> Form:
    """What is still unclear after an answer."""
    steps = (Step("more", verbatim(1000), optional=True),)
    return Form(
        "unsolved", "", steps, submit, review=False, attachments=True, topic="desk", subject=subject
    )


def reply(submit: Submit) -> Form:
    steps = (Step("text", verbatim(2000)),)
    return Form(
        "reply", "answer_ticket", steps, submit, review=False, attachments=True, topic="desk"
    )


def transfer(submit: Submit) -> Form:
    steps = (Step("note", verbatim(300), optional=True),)
    return Form("transfer", "", steps, submit, review=False, topic="desk")
