"""The documents say what the program is: every list in them is held against the code."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bot import ACTIONS
from commands import cli
from docs import build
from settings import PREFIX, Settings
from tests.chat import Chat, Somebody

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh.md"]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SEATS = {"企业": "ent", "组织者": "org", "工作人员": "staff"}


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _rows(readme: str, first_cell: str) -> list[list[str]]:
    """The cells of table rows whose first cell matches."""
    lines = [line for line in _text(readme).splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]
    return [row for row in rows if re.match(first_cell, row[0])]


@pytest.mark.parametrize("path", build.pages(), ids=lambda path: path.name)
def test_what_is_built_is_up_to_date(path: Path) -> None:
    """Settings, commands, packages, actions, jobs and forms stand in the documents as in the code.

    Where this fails: python -m docs.build
    """
    assert path.read_text(encoding="utf-8") == build.pages()[path], "python -m docs.build"


def test_the_demo_prints_what_the_readmes_say() -> None:
    """The minute in the terminal, played on a new database. Where this fails: docs.build."""
    printed = build.demo()
    for readme in READMES:
        assert f"<!-- demo -->\n\n{printed}\n\n<!-- /demo -->" in _text(readme)


@pytest.mark.parametrize("name", build.TABLES)
def test_every_table_has_a_place(name: str) -> None:
    """A table without its marks would be built for nobody."""
    assert any(f"<!-- {name} -->\n\n|" in page.read_text("utf-8") for page in build.MARKED)


def test_every_action_says_what_it_does() -> None:
    """In the docstring of its callback, or in DOES; and DOES speaks of no action that is gone."""
    assert [action.name for action in ACTIONS if not build.does(action)] == []
    assert set(build.DOES) <= {action.name for action in ACTIONS}


def test_the_chinese_readme_has_every_setting() -> None:
    """With the same type and default, in the same order, each with a meaning."""
    rows = _rows("README.zh.md", f"`{PREFIX}")
    assert [row[:3] for row in rows] == [row[:3] for row in build.settings()]
    assert all(row[3] for row in rows)


def test_the_chinese_readme_has_every_command_and_package() -> None:
    """Spelt alike, once, each with its meaning."""
    for first_cell, real in (
        (r"`python bot\.py", build.commands()),
        (r"`[a-z]\w+(-\w+)*(\[[\w-]+\])?`$", build.requirements()),
    ):
        rows = _rows("README.zh.md", first_cell)
        assert sorted(row[0] for row in rows) == sorted(row[0] for row in real)
        assert all(row[1] for row in rows)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_pinned_package_has_its_reason(file: str) -> None:
    """A package that nobody can say why of does not belong here."""
    pinned = [line for line in _text(file).splitlines() if "==" in line]
    assert len(build.requirements(file)) == len(pinned)


@pytest.mark.parametrize("readme", READMES)
async def test_the_first_two_minutes_go_as_promised(readme: str, chat: Chat) -> None:
    """Whoever does what the table says sees what the table says."""
    phones = {seat: await chat.somebody(seat, role) for seat, role in SEATS.items()}
    script = _rows(readme, f"({'|'.join(SEATS)})$")
    assert {seat for seat, *_ in script} == set(SEATS)
    for seat, todo, promised in script:
        seen = await _done(phones[seat], todo)
        assert [words for words in re.findall("“([^”]+)”", promised) if words not in seen] == []


async def _done(phone: Somebody, todo: str) -> str:
    """Type what is in `code`, press what is **bold**; all that was seen on the way."""
    seen = []
    for typed, pressed in re.findall(r"`([^`]+)`|\*\*([^*]+)\*\*", todo):
        await (phone.says(typed) if typed else phone.taps(pressed))
        seen.append(phone.seen)
    assert seen
    return "\n".join(seen)


def _typed(page: Path) -> list[str]:
    """Every python bot.py … that a page tells its reader to type."""
    text = page.read_text(encoding="utf-8")
    return re.findall(r"`(python bot\.py[^`\n]*)`(?! `)", text) + re.findall(
        r"^(python bot\.py.*)$", text, re.M
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_command_line_takes_what_is_told(page: Path, tmp_path: Path) -> None:
    """Every command, option and argument in the text exists; FILE stands for a file."""
    file = tmp_path / "file"
    file.touch()
    for line in _typed(page):
        words = shlex.split(line.replace("FILE", str(file)).replace("--help", ""))
        _parse(get_command(cli), words[2:])


def _parse(command: Any, words: list[str]) -> None:
    """As the program would, to the last word, but nothing is run."""
    context = command.make_context("bot.py", list(words))
    if context.invoked_subcommand or getattr(command, "commands", None):
        rest = [*context._protected_args, *context.args]
        if rest:
            _, child, rest = command.resolve_command(context, rest)
            _parse(child, rest)


def test_the_examples_are_from_the_code() -> None:
    """A block whose first line names a file stands in that file, to the letter."""
    blocks = re.findall(r"( *)```\w+\n *# (\S+)\n(.+?)```", _text("CONTRIBUTING.md"), re.S)
    assert len(blocks) >= 5
    for indent, file, example in blocks:
        lines = [line.removeprefix(indent) for line in example.rstrip().splitlines()]
        assert "\n".join(lines) in _text(file), file


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_are_there(page: Path) -> None:
    """Every relative one, and the heading behind a #."""
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not heading or heading in _headings(target), link


def _headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    """`pipeline/outbox.py` and the like; <topic> and {…} stand for many."""
    named = re.findall(r"`((?:[\w.]+/)+(?:\w+\.\w+)?)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_tests_that_are_named_exist() -> None:
    """docs/reliability.md says which test covers which fault."""
    named = set(re.findall(r"`(test_\w+)`", _text("docs/reliability.md")))
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    there = {name for source in sources for name in re.findall(r"def (test_\w+)", source)}
    assert len(named) > 40 and named - there == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_that_are_named_exist(page: Path) -> None:
    """No page tells of a variable that nothing reads."""
    named = set(re.findall(rf"{PREFIX}(?!TEST_)(\w+)", page.read_text(encoding="utf-8")))
    assert named <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_are_named_exist(page: Path) -> None:
    """`make run` and the like, in code."""
    targets = set(re.findall(r"^([a-z]+):", _text("Makefile"), re.M))
    named = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.M)
    assert set(named) <= targets


@pytest.mark.parametrize("readme", READMES)
def test_the_layout_names_every_folder(readme: str) -> None:
    """A folder that a newcomer finds is in the README, and so is every module beside bot.py."""
    there = {f"{name}/" for name in ("templates", "data")}
    there |= {f"{path.parent.name}/" for path in ROOT.glob("*/__init__.py")}
    there |= {path.name for path in ROOT.glob("*.py")}
    assert [name for name in sorted(there) if f"`{name}`" not in _text(readme)] == []


def test_the_picture_is_small() -> None:
    """A README opens on a slow line, too."""
    assert (ROOT / "docs" / "three-phones.png").stat().st_size <= 250_000


# In pieces, so that this file does not hold what it looks for.
OF_A_MACHINE = "|".join(
    [
        r"(?<![\w.])/(?:root|home|Users|opt)/\w",
        *(half + rest for half, rest in (("pypi", r"\.org"), ("python", "hosted"))),
        *(half + rest for half, rest in (("index", "-url"), (r"\.lib", "rary"))),
    ]
)


def test_the_repository_carries_nothing_of_the_machine() -> None:
    """No absolute path of where it was written, no host that packages came from."""
    folder = f"|{re.escape(str(ROOT.parent))}/" if len(ROOT.parts) > 2 else ""
    forbidden = re.compile(OF_A_MACHINE + folder)
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    wrong = [
        f"{name}: {found[0]}"
        for name in listed.stdout.split("\0")
        if name and (found := forbidden.search(_text_or_nothing(ROOT / name)))
    ]
    assert wrong == []


def _text_or_nothing(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return ""
