"""One field of 我的资料, changed in place: a form of one step each.

What a sentence says already is filled in, and then shown for review before it counts.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from conversations import choices
from conversations.form import Form, Submit
from conversations.register import check_industries
from conversations.steps import CHOICE, MANY, PERSON, PHONE, USCC, Step, text

LEXICON = Path(__file__).parent.parent / "data" / "people.toml"

FIELDS = {
    "contact": Step("contact", PERSON),
    "phone": Step("phone", PHONE),
    "city": Step("city", CHOICE, options=choices.cities),
    "industries": Step("industries", MANY, options=choices.industries, check=check_industries),
    "tags": Step("tags", MANY, options=choices.listed("register", "tags"), optional=True),
    "uscc": Step("uscc", USCC),
    "firm_name": Step("firm_name", text(100, least=4)),
}
OF_FIRM = {"city", "industries", "tags", "uscc", "firm_name"}


def form_of(field: str) -> str:
    return f"people/{field}"


def forms(submit: Submit) -> tuple[Form, ...]:
    """Words: templates/people/<field>/. What `submit` gets is {field: value}."""
    return tuple(
        Form(form_of(field), "edit_profile", (step,), submit, review=False)
        for field, step in FIELDS.items()
    )


def fields_in(said: str) -> list[str]:
    """The fields that a sentence speaks of, in its order; "" is something that we do not keep."""
    found = [
        (match.start(), field)
        for field, pattern in lexicon()["fields"].items()
        if (match := re.search(pattern, said))
    ]
    fields = [field for _, field in sorted(found)]
    return fields or [""] * bool(re.search(lexicon()["not_kept"]["pattern"], said))


def value_in(said: str) -> str | None:
    """What the field is to be: 联系人换成李工 → 李工."""
    found = re.search(lexicon()["becomes"]["pattern"], said)
    return found[1] if found else None


def of_another(said: str, own_name: str | None) -> bool:
    """Whether a wish about data is about somebody else's: 帮李工注销."""
    if own_name:
        said = said.replace(own_name, "")
    return re.search(lexicon()["another"]["pattern"], said) is not None


@cache
def lexicon() -> dict[str, Any]:
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))
