"""The documents say what the program is: every list in them is held against the code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from commands import cli
from settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh.md"]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _rows(text: str, first_cell: str) -> list[list[str]]:
    """The cells of table rows whose first cell matches."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return [row for row in rows if re.fullmatch(first_cell, row[0])]


def _default(value: Any) -> str:
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    return f"`{value}`" if str(value) else ""


@pytest.mark.parametrize("readme", READMES)
def test_every_setting_is_documented_with_its_default(readme: str) -> None:
    """In the order of the code, none missing, none invented."""
    rows = _rows(_text(readme), rf"`{PREFIX}\w+`")
    told = [(name.strip("`"), default) for name, default, _ in rows]
    real = [
        (PREFIX + name.upper(), _default(field.default))
        for name, field in Settings.model_fields.items()
    ]
    assert told == real


def test_the_meaning_of_a_setting_is_its_help() -> None:
    """One sentence, kept in one place and copied by nobody's hand unnoticed."""
    rows = _rows(_text("README.md"), rf"`{PREFIX}\w+`")
    assert [row[2] for row in rows] == [f.description for f in Settings.model_fields.values()]


def _commands() -> dict[str, str]:
    """Each command as it is typed, with the first line of its help."""
    found: dict[str, str] = {}

    def walk(command: Any, path: str) -> None:
        for name, child in getattr(command, "commands", {}).items():
            walk(child, f"{path} {name}")
        if not hasattr(command, "commands"):
            found[path] = " ".join((command.help or "").split())

    group = get_command(cli)
    walk(group, "python bot.py")
    assert isinstance(cli, typer.Typer)
    callback = cli.registered_callback
    assert callback is not None and callback.callback is not None
    return {"python bot.py": (callback.callback.__doc__ or "").strip(), **found}


def test_every_command_is_documented_with_its_help() -> None:
    """The table is what --help says."""
    rows = _rows(_text("README.md"), r"`python bot\.py.*`")
    assert {command.strip("`"): meaning for command, meaning in rows} == _commands()


def test_every_dependency_has_its_reason() -> None:
    """A package that nobody can say why of does not belong here."""
    pinned = re.findall(
        r"^([\w.-]+(?:\[[\w-]+\])?)==\S+\s+# (.+)$", _text("requirements.txt"), re.M
    )
    lines = [line for line in _text("requirements.txt").splitlines() if "==" in line]
    assert len(pinned) == len(lines)
    rows = _rows(_text("README.md"), r"`[a-z0-9-]+(\[[a-z-]+\])?`")
    reasons = {row[0].strip("`"): row[1] for row in rows if len(row) == 2}
    assert {name: reasons.get(name) for name, _ in pinned} == dict(pinned)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_are_there(page: Path) -> None:
    """Every relative one."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_make_targets_that_are_named_exist() -> None:
    """make run, make test, make check, make bench."""
    targets = set(re.findall(r"^([a-z]+):", _text("Makefile"), re.M))
    named = {
        target for page in PAGES for target in re.findall(r"make ([a-z]+)\b", page.read_text())
    }
    assert named & {"run", "test", "check"} <= targets
    assert {"setup", "run", "test", "check", "bench"} <= targets


def test_the_layout_names_every_folder() -> None:
    """A folder that a newcomer finds is in the README."""
    folders = {
        path.name
        for path in ROOT.iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.name in ("templates", "data")
    }
    assert [name for name in folders if f"`{name}/`" not in _text("README.md")] == []


def test_the_repository_carries_nothing_of_the_machine() -> None:
    """No absolute path of where it was written."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    forbidden = str(ROOT.parent) + "/"
    if len(ROOT.parts) < 3:
        pytest.skip("the checkout stands at the root of the file system")
    wrong = [
        name
        for name in tracked
        if (ROOT / name).is_file() and forbidden.encode() in (ROOT / name).read_bytes()
    ]
    assert wrong == []
