"""Two forms of one question: what an organizer asks back, and what the applicant answers."""

from __future__ import annotations

from conversations.form import Form, Submit
from conversations.steps import Step, verbatim


def question(submit: Submit) -> Form:
    steps = (Step("text", verbatim(500)),)
    return Form("approvals/question", "approve", steps, submit, review=False)


def answer(submit: Submit) -> Form:
    steps = (Step("text", verbatim(500)),)
    return Form("approvals/answer", "approve", steps, submit, review=False)
