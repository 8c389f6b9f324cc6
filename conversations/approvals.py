"""Two forms of one question: what an organizer asks back, and what the applicant answers."""

from __future__ import annotations

from dataclasses import replace

from conversations.form import Form, Submit
from conversations.steps import Step, text

QUESTION = replace(text(500), free=False)
"""Here a question is the answer: it must not be taken for one to the bot."""


def question(submit: Submit) -> Form:
    steps = (Step("text", QUESTION),)
    return Form("approvals/question", "approve", steps, submit, review=False)


def answer(submit: Submit) -> Form:
    steps = (Step("text", text(500)),)
    return Form("approvals/answer", "approve", steps, submit, review=False)
