"""邀请高校: which one."""

from __future__ import annotations

from conversations.form import Form, Submit
from conversations.steps import Step, text


def invitation(submit: Submit) -> Form:
    steps = (Step("name", text(100, least=2)),)
    return Form("universities/invite", "switch_role", steps, submit, review=False)
