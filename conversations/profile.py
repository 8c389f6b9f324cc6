"""One field of 我的资料, changed in place: a form of one step each."""

from __future__ import annotations

from conversations import choices
from conversations.form import Form, Submit
from conversations.steps import CHOICE, MANY, PERSON, PHONE, Step

FIELDS = {
    "contact": Step("contact", PERSON),
    "phone": Step("phone", PHONE),
    "city": Step("city", CHOICE, options=choices.cities),
    "industries": Step("industries", MANY, options=choices.industries),
}
OF_FIRM = {"city", "industries"}


def form_of(field: str) -> str:
    return f"people/{field}"


def forms(submit: Submit) -> tuple[Form, ...]:
    """Words: templates/people/<field>/. What `submit` gets is {field: value}."""
    return tuple(
        Form(form_of(field), "my_profile", (step,), submit, review=False)
        for field, step in FIELDS.items()
    )
