"""What is worked out of the lexicon once, and kept until the lexicon or the code changes."""

from __future__ import annotations

import marshal
import sys
from pathlib import Path

import pytest

from conversations.intents.kept import kept
from conversations.intents.learning import learn


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one source, and a folder of its own for what is kept."""
    source = tmp_path / "source.py"
    source.write_text("one", encoding="utf-8")
    module = "conversations.intents.kept"
    monkeypatch.setattr(sys.modules[module], "SOURCES", (source,))
    monkeypatch.setattr(sys.modules[module], "__file__", str(source))
    monkeypatch.setattr("sys.pycache_prefix", None)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    return source


def files(source: Path) -> list[Path]:
    return list(source.parent.rglob("*.kept"))


def test_it_is_worked_out_once(source: Path) -> None:
    assert kept("it", lambda: {"a": 1 << 1500}) == {"a": 1 << 1500}
    assert kept("it", dict) == {"a": 1 << 1500}
    assert [file.parent.name for file in files(source)] == ["__pycache__"]


def test_another_source_lets_it_be_worked_out_again(source: Path) -> None:
    kept("it", lambda: 1)
    source.write_text("two", encoding="utf-8")
    assert kept("it", lambda: 2) == 2
    assert kept("it", lambda: 3) == 2


@pytest.mark.parametrize("broken", [b"", b"nonsense", marshal.dumps(7), marshal.dumps((1, 2, 3))])
def test_a_broken_file_is_replaced(source: Path, broken: bytes) -> None:
    kept("it", lambda: 1)
    files(source)[0].write_bytes(broken)
    assert kept("it", lambda: 2) == 2
    assert kept("it", lambda: 3) == 2


def test_nothing_is_written_where_python_may_write_no_bytecode(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert kept("it", lambda: 1) == 1
    assert files(source) == []


def test_a_folder_that_cannot_be_written_stops_nothing(source: Path) -> None:
    (source.parent / "__pycache__").write_text("no folder", encoding="utf-8")
    assert kept("it", lambda: 1) == 1
    assert kept("it", lambda: 2) == 2


def test_what_is_learned_comes_back_as_it_was() -> None:
    says = learn()
    assert kept("learned", lambda: says) == says
    assert kept("learned", dict) == says
