"""Writes what the documents repeat of the code: `python -m docs.build`.

docs/actions.md is written whole; in README.md and docs/channels.md what stands between two marks of
one name is: tables of the code, and what the one-minute demo prints:
<!-- settings --> … <!-- /settings -->. tests/test_docs.py fails while a page is not up to date.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from inspect import getdoc, unwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from typer.main import get_command

from application import NETWORKS
from bot import ACTIONS, FORMS, JOBS
from channels.telegram.abilities import ABILITIES as TELEGRAM
from commands import cli
from conversations.actions import EVERYBODY, Action
from conversations.form import REVIEW, Form
from conversations.steps import Step
from pipeline import words
from pipeline.jobs import Do, Slow
from settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
MARKED = (ROOT / "README.md", ROOT / "docs" / "channels.md")
BUTTON = re.compile(r'(?:button|beside|way|ending)\("([^"]+)", "([\w.]+)"')
PINNED = re.compile(r"^([\w.-]+(?:\[[\w-]+\])?)==\S+\s+# (.+)$", re.M)

# What an action does whose callback needs no docstring, because its name says it to who knows
# the programme. A docstring wins.
DOES = {
    "menu.show": "The menu of the person's role.",
    "people.register": "Register an enterprise: consent first, then the form.",
    "people.consent": "Agree to the consent text.",
    "people.profile": "What is known of the person and their enterprise.",
    "people.withdraw": "Take back the wish to join an enterprise.",
    "linking.undo": "Undo that two chats belong to one person.",
    "approvals.list": "Who waits to be let in.",
    "approvals.show": "The card of one who waits.",
    "approvals.accept": "Let them in, and tell everybody whom it concerns.",
    "approvals.reasons": "Why not: the reasons to choose from.",
    "approvals.refuse": "Do not let them in; they hear the reason.",
    "approvals.ask": "Ask the applicant one question: the form.",
    "approvals.answer": "Answer that question: the form.",
    "needs.post": "Post a need: the form, with what the sentence already said.",
    "needs.mine": "The enterprise's needs.",
    "needs.show": "One need.",
    "needs.matches": "Patents for one need.",
    "patents.industry": "The segments of an industry.",
    "patents.page": "Five patents of a segment.",
    "favourites.list": "What the person keeps of the library.",
    "patents.show": "The card of one patent.",
    "events.list": "The events that are coming.",
    "events.show": "The card of one event.",
    "patents.mine": "What fits the enterprise's newest need.",
    "events.publish": "Let everybody see a draft, and plan its reminders.",
    "deadlines.create": "Set a deadline for a part of the enterprises: the form.",
    "deadlines.list": "The deadlines, and how many of those they concern are done.",
    "deadlines.withdraw": "Take a deadline back: nobody is reminded of it any more.",
    "deadlines.done": "Done: no more reminders of it.",
    "deadlines.needless": "It does not concern them: no more reminders of it.",
    "deadlines.tomorrow": "To be reminded of it again tomorrow.",
    "broadcasts.write": "Write a notice: the form.",
    "broadcasts.drop": "Do not send the notice that was previewed.",
    "broadcasts.report": "What became of a notice, recipient by recipient, in figures.",
    "policy.start": "How to ask about policy.",
    "policy.next": "The clause after this one.",
    "policy.prev": "The clause before this one.",
    "desk.list": "The questions that wait for an answer.",
    "desk.show": "The card of one ticket: question, firm, what was said.",
    "forms.skip": "Leave an optional question out.",
    "forms.send": "Submit the reviewed answers.",
    "forms.drop": "Give the open form up, answers and all.",
    "forms.switch": "Put the open form aside for another one.",
}


DEMO = ("--as", "企业", "--script", "demo/one-minute.txt", "--now", "2026-11-23T09:00")


def main() -> None:
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    for readme in ("README.md", "README.zh.md"):
        page = ROOT / readme
        text = page.read_text(encoding="utf-8")
        page.write_text(_between(text, "demo", demo()), encoding="utf-8")


def demo() -> str:
    """What the demo script prints on a new database, as a block."""
    with tempfile.TemporaryDirectory() as folder:
        played = subprocess.run(
            [sys.executable, "bot.py", "chat", *DEMO], cwd=ROOT, text=True, encoding="utf-8",
            env={**os.environ, f"{PREFIX}DATA_DIR": folder}, capture_output=True, check=True,
        )  # fmt: skip
    return f"```\n{played.stdout.strip()}\n```"


def pages() -> dict[Path, str]:
    """Every page that holds something built, as it should be."""
    pages = {page: page.read_text(encoding="utf-8") for page in MARKED}
    for name, build in TABLES.items():
        built = build()
        pages = {page: _between(text, name, built) for page, text in pages.items()}
    return {**pages, ROOT / "docs" / "actions.md": actions_page()}


def _between(text: str, name: str, built: str) -> str:
    marked = re.compile(f"(<!-- {name} -->).*?(<!-- /{name} -->)", re.S)
    return marked.sub(lambda found: f"{found[1]}\n\n{built}\n\n{found[2]}", text)


def table(head: list[str], rows: list[list[str]]) -> str:
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in cells)


def settings() -> list[list[str]]:
    """Variable, type, default and help of each setting."""
    return [
        [f"`{PREFIX}{name.upper()}`", _type(field.annotation), _default(field.default),
         field.description or ""]
        for name, field in Settings.model_fields.items()
    ]  # fmt: skip


def _type(annotation: Any) -> str:
    return {Path: "path", SecretStr: "secret", str: "text", bool: "true or false", int: "number"}[
        annotation
    ]


def _default(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{shown}`" if shown else ""


def abilities() -> str:
    """A line an ability, a column a way in which people have a network."""
    ways = [*TELEGRAM, *(way for kind in NETWORKS for way in kind.abilities)]
    rows = [[words, *(_yes(getattr(way, name)) for way in ways)] for name, words in LINES.items()]
    return table(["", *(way.network for way in ways)], rows)


LINES = {
    "choices": "choices are",
    "taps": "tapped as well as said",
    "changes": "a message with choices changes where it stands",
    "takes_back": "a message can be withdrawn",
    "files": "files both ways",
    "unasked": "who was silent for days can be written to",
    "groups": "groups",
    "text": "a message holds",
}


def _yes(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def commands() -> list[list[str]]:
    """Usage and help of each command, the bare one first."""
    program = get_command(cli)
    bare = cli.registered_callback
    assert bare is not None
    said = _sentence(getdoc(bare.callback))
    return [[_usage("python bot.py", program), said], *_within("python bot.py", program)]


def _within(path: str, group: Any) -> Iterator[list[str]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _within(f"{path} {name}", command)
        else:
            yield [_usage(f"{path} {name}", command), " ".join((command.help or "").split())]


def _usage(path: str, command: Any) -> str:
    return " ".join([f"`{path}`", *(f"`{_parameter(one)}`" for one in command.params)])


def _parameter(one: Any) -> str:
    """FILE, [TEXT], --json, --top TOP."""
    name = one.name.upper()
    if one.param_type_name == "argument":
        return name if one.required else f"[{name}]"
    option = str(one.opts[0])
    return option if one.is_flag else f"{option} {option.removeprefix('--').upper()}"


def requirements(file: str = "requirements.txt") -> list[list[str]]:
    """Every pinned package and the reason that stands behind it in the file."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return [[f"`{name}`", reason] for name, reason in PINNED.findall(text)]


def actions_page() -> str:
    """docs/actions.md."""
    head = ["action", "what it does", "its buttons", "command", "intents", "roles", "code"]
    parts = [
        "<!-- Written by python -m docs.build -->",
        "# What a person can do",
        "Built from [bot.py](../bot.py), where every action, form and job is listed. A button, a "
        "command and a sentence lead to the same callback; the roles are checked in one place. An "
        "action without a button here is reached by words, by a command, or by a button whose "
        "label is computed.",
        "## Actions",
        table(head, [_action(action) for action in ACTIONS]),
        "## Jobs",
        "What the programme does by itself when a row falls due.",
        table(
            ["job", "what it does", "code"],
            [
                [f"`{n}`", _sentence(getdoc(_done_by(do))), _code(_done_by(do))]
                for n, do in JOBS.items()
            ],
        ),
        "## Forms",
        "Every form has the same manners. A question or another wish is answered in the middle, "
        "and the form goes on. 上一步, 跳过 (where that may be), 取消, 菜单 and 人工 always "
        "work. What is half filled stays in the database. A form with a review shows all answers "
        "before it is sent, and each can be fixed with one tap.",
        *(_form(one) for one in FORMS),
    ]
    return "\n\n".join(parts) + "\n"


def _action(action: Action) -> list[str]:
    labels = _labels().get(action.name, [])
    roles = "all" if action.roles == EVERYBODY else ", ".join(sorted(action.roles))
    return [
        f"`{action.name}`",
        does(action),
        " · ".join(labels),
        f"`/{action.command}`" if action.command else "",
        ", ".join(f"`{intent}`" for intent in action.intents),
        roles,
        _code(action.do),
    ]


def does(action: Action) -> str:
    """One sentence; empty where nobody has said it."""
    return _sentence(getdoc(unwrap(action.do))) or DOES.get(action.name, "")


@cache
def _labels() -> dict[str, list[str]]:
    """The labels that templates give to an action's buttons."""
    found: dict[str, list[str]] = {}
    for template in sorted((ROOT / "templates").rglob("*.html")):
        for label, action in BUTTON.findall(template.read_text(encoding="utf-8")):
            labels = found.setdefault(action, [])
            if label not in labels:
                labels.append(label)
    return found


def _done_by(job: Do | Slow) -> Do:
    return job.do if isinstance(job, Slow) else job


def _code(callback: Callable[..., Any]) -> str:
    do = unwrap(callback)
    path = do.__module__.replace(".", "/") + ".py"
    return f"[{path}](../{path}) `{do.__name__}`"


def _sentence(doc: str | None) -> str:
    """The first sentence of a docstring."""
    return re.split(r"(?<=[.!?])\s", " ".join((doc or "").split()), maxsplit=1)[0]


def _form(form: Form) -> str:
    title = words.word(f"{form.name}/labels", "title")
    steps = [
        [str(at), f"`{step.name}`", _label(form, step), step.kind.name, _manner(step)]
        for at, step in enumerate(form.steps, 1)
    ]
    return "\n\n".join(
        [
            f"### {title}: `{form.name}`",
            table(["", "step", "label", "kind", ""], steps),
            "```mermaid\n" + diagram(form) + "\n```",
        ]
    )


def _label(form: Form, step: Step) -> str:
    return str(words.word(f"{form.name}/labels", step.name))


def _manner(step: Step) -> str:
    known = "not asked when it is known" if step.known else ""
    return ", ".join(filter(None, ("optional" if step.optional else "", known)))


def diagram(form: Form) -> str:
    """The form as a state diagram: the way ahead, the review, and what leads out."""
    names = [step.name for step in form.steps]
    lines = ["stateDiagram-v2", f"[*] --> {names[0]}"]
    lines += [f"{step.name}: {_label(form, step)}" for step in form.steps]
    after = [*names, REVIEW if form.review else "[*]"]
    for step, (here, there) in zip(form.steps, pairwise(after), strict=True):
        lines.append(f"{here} --> {there}: {_leads_on(step)}")
    if form.review:
        lines += [f"{REVIEW} --> {name}: fix" for name in names]
        lines.append(f"{REVIEW} --> [*]: send")
    return "\n    ".join(lines)


def _leads_on(step: Step) -> str:
    skip, known = "skip" if step.optional else "", "known already" if step.known else ""
    return " / ".join(filter(None, ("answer", skip, known)))


TABLES: dict[str, Callable[[], str]] = {
    "abilities": abilities,
    "settings": lambda: table(["setting", "type", "default", "meaning"], settings()),
    "commands": lambda: table(["command", "what it does"], commands()),
    "requirements": lambda: table(["package", "what for"], requirements()),
    "requirements-dev": lambda: table(
        ["package", "what for"], requirements("requirements-dev.txt")
    ),
}

if __name__ == "__main__":
    main()
