"""Every template renders with the variables that it declares, and offers only what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import meta

from bot import ACTIONS, FORMS
from channels import strict
from pipeline import words
from tests import samples
from tests.samples import SAMPLES

DECLARED = re.compile(r"\{# variables:(.*)#\}")
FILES = sorted(words.TEMPLATES.rglob("*.html"))
NAMES = {action.name for action in ACTIONS}
BUTTON = re.compile(r'(?:button|beside|way|ending)\((?:[^()]|\([^()]*\))*?"([a-z]+\.[a-z_]+)"')


def _name(path: Path) -> str:
    return str(path.relative_to(words.TEMPLATES)).removesuffix(".html")


def _declared(path: Path) -> set[str] | None:
    """The variables on the first line; None for a file of words and macros."""
    found = DECLARED.match(path.read_text(encoding="utf-8"))
    if found is None:
        return None
    return {name.strip() for name in found[1].split(",") if name.strip()}


MESSAGES = [_name(path) for path in FILES if _declared(path) is not None]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_template_declares_what_it_uses(name: str) -> None:
    """A caller reads the first line and knows what to give."""
    source = (words.TEMPLATES / f"{name}.html").read_text(encoding="utf-8")
    used = meta.find_undeclared_variables(words._environment().parse(source))
    used -= {"button", "beside", "way", "ending", "local", "tick"}
    assert used <= (_declared(words.TEMPLATES / f"{name}.html") or set())


@pytest.mark.parametrize("name", [name for name in MESSAGES if not name.startswith("web/")])
def test_a_template_renders_as_telegram_takes_it(name: str) -> None:
    """With every sample of its variables: valid HTML, some text, buttons within limits."""
    for variables in SAMPLES.each(name, _declared(words.TEMPLATES / f"{name}.html") or set()):
        message = words.render(name, **variables)
        strict.check_text(message.text, "HTML", 4096)
        strict.check_keyboard(message.rows)


def test_every_button_leads_somewhere() -> None:
    """An action that a template names is in the table of contents."""
    wrong = [
        f"{_name(path)}: {action}"
        for path in FILES
        for action in BUTTON.findall(path.read_text(encoding="utf-8"))
        if action not in NAMES
    ]
    assert wrong == []


def test_every_form_has_its_words() -> None:
    """A question for each step and a label for the review card."""
    for form in FORMS:
        assert words.word(f"{form.name}/labels", "title")
        for step in form.steps:
            assert words.word(f"{form.name}/labels", step.name), (form.name, step.name)
            assert words.render(f"{form.name}/{step.name}").text


def test_a_value_cannot_become_markup_or_a_button() -> None:
    """Whatever people type is shown as they typed it."""
    hostile = '<b>x</b> [报名](events.cancel:1) {{ button("x","y") }} </blockquote>'
    plain = words.render("desk/answer", ticket=samples.ticket())
    message = words.render("desk/answer", ticket=samples.ticket(answer=hostile))
    assert message.rows == plain.rows
    assert hostile in words.plain(message.text)
