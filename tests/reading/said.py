"""Tables of what people type: a meaning, and the texts that have it, separated by |."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


def each(table: Mapping[Any, str]) -> pytest.MarkDecorator:
    """One test case for every text of the table."""
    cases = [
        pytest.param(text.strip("\n"), meant, id=f"{text.strip()}")
        for meant, texts in table.items()
        for text in texts.split("|")
    ]
    return pytest.mark.parametrize(("text", "meant"), cases)
