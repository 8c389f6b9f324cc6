"""The architecture as a test: who may import whom, where words live, how large things get."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HAN = re.compile("[\u4e00-\u9fff]")

# Imports go down only. A package may import those listed (and itself, and libraries).
MAY_IMPORT = {
    "db": set(),
    "search": {"pinyin"},
    "services": {"db", "search", "errors", "processes"},
    "pipeline": {"db", "errors", "processes"},
    "channels": {"pipeline", "db", "errors", "settings"},
    "conversations": {"pipeline", "services", "errors", "pinyin"},
    "handlers": {"conversations", "pipeline", "services", "search", "errors", "processes"},
}
OURS = {
    *MAY_IMPORT,
    "errors",
    "pinyin",
    "processes",
    "settings",
    "application",
    "serving",
    "preparing",
    "commands",
    "bot",
}

# Libraries that a package must not know.
FORBIDDEN = {
    "services": {"telegram", "starlette", "jinja2"},
    "search": {"telegram", "sqlalchemy", "starlette", "jinja2"},
    "db": {"telegram", "starlette", "jinja2"},
    "handlers": {"sqlalchemy"},
    "conversations": {"sqlalchemy"},
}


def _modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """Names of absolute imports at run time; what stands under TYPE_CHECKING does not count."""
    for node in _running(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def _running(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _running(child)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_down_only(package: str) -> None:
    """bot → handlers, conversations → services → search, db; pipeline → db; channels → pipeline."""
    allowed = MAY_IMPORT[package] | {package}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules(package)
        for name in _imports(path)
        if name.split(".")[0] in OURS - allowed
        or name.split(".")[0] in FORBIDDEN.get(package, set())
    ]
    assert wrong == []


def test_handlers_know_of_the_pipeline_only_what_a_turn_needs() -> None:
    """Handlers and conversations see turns, jobs' work and words, never the inbox or the outbox."""
    allowed = {"pipeline"} | {f"pipeline.{name}" for name in ("turn", "work", "words", "moulds")}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for package in ("handlers", "conversations")
        for path in _modules(package)
        for name in _imports(path)
        if name.startswith("pipeline") and name not in allowed
    ]
    assert wrong == []


def _literals(path: Path) -> Iterator[tuple[int, str]]:
    """String literals that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize("package", ["handlers", "conversations", "services", "pipeline"])
def test_words_that_a_person_reads_are_in_templates(package: str) -> None:
    """No Chinese in a string literal of the code."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in _modules(package)
        for line, text in _literals(path)
        if HAN.search(text)
    ]
    assert wrong == []


def test_functions_and_modules_stay_small() -> None:
    """No module over 400 lines, no function over 60."""
    large = []
    for package in MAY_IMPORT:
        for path in _modules(package):
            if "migrations" in path.parts:
                continue
            source = path.read_text(encoding="utf-8")
            if source.count("\n") > 400:
                large.append(str(path.relative_to(ROOT)))
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    size = (node.end_lineno or node.lineno) - node.lineno + 1
                    if size > 60:
                        large.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert large == []
