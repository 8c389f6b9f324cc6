"""JSON in a column: as json writes it, Chinese as Chinese, and what it was when it is read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from db.base import Json

VALUES = [[], {}, ["演示甲", 'a"b\\c\n', "\u2028😀"], ["甲", 1, None], [["甲"]], [{"甲": True}],
          {"甲": ["乙"]}, ["\ud800"]]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=map(ascii, VALUES))
def test_what_is_stored_is_what_is_read_back(value: Any) -> None:
    """Half a surrogate pair, which no database takes, is stored as its escape."""
    dialect, kind = sqlite.dialect(), Json()
    text = kind.process_bind_param(value, dialect)
    assert text == json.dumps(value, ensure_ascii="\ud800" in value)
    assert kind.process_result_value(text, dialect) == value
