"""Words that always lead somewhere: the labels of the menus, and those of data/ways.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from conversations.reading import tidy
from pipeline import words

LEXICON = Path(__file__).parent.parent / "data" / "ways.toml"
MENUS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("menu/enterprise", {"firm": None}), ("menu/enterprise", {"firm": "-"}), ("menu/organizer", {}),
    ("menu/staff", {}), ("menu/university", {}),
)  # fmt: skip


def out_of_talk(text: str) -> str | None:
    """The way that these words are to somebody who speaks with a human: ok and 没有 are said to
    the human, 菜单 is not."""
    said = bare(text)
    way = ways().get(said) if said else None
    return None if way is None or way.startswith("forms.") else way


def bare(text: str) -> str:
    """Letters and digits only: what remains of 【✓ 转让】 is 转让."""
    return "".join(char for char in tidy(text).lower() if char.isalnum())


@cache
def lexicon() -> dict[str, Any]:
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))


@cache
def nothing() -> frozenset[str]:
    """An answer of nothing."""
    return frozenset(map(bare, lexicon()["nothing"]["words"]))


@cache
def ways() -> dict[str, str]:
    menus = [row for menu in MENUS for row in words.render(menu[0], **menu[1]).rows]
    labels = {bare(b["text"]): b["callback_data"] for row in menus for b in row}
    listed = {bare(said): way for way, list in lexicon()["ways"].items() for said in list}
    return labels | listed
