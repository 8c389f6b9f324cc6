"""How signs sound. Imported instead of pypinyin, which would load all its phrases at the start."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from pathlib import Path

# 47,000 phrases take half a second and 60 MB, and most of what is read here are single signs.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")

import pypinyin
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

# What decides how signs sound: this file, and the one of pypinyin that names its version.
SOURCES = (Path(__file__), Path(pypinyin.__file__))


@lru_cache(maxsize=16384)
def sound(sign: str) -> str:
    """The syllable of one sign, without its tone; what is no Chinese sign sounds as it is."""
    return pypinyin.lazy_pinyin(sign)[0]


def sounds_by_word(text: str) -> list[str]:
    """The syllables of `text`, where a word decides how a sign in it is read: 长沙, 银行."""
    _load_phrases()
    return pypinyin.lazy_pinyin(text)


def initials(text: str) -> str:
    """The first letter of each syllable."""
    _load_phrases()
    return "".join(pypinyin.lazy_pinyin(text, style=pypinyin.Style.FIRST_LETTER))


@cache
def syllables() -> frozenset[str]:
    """Every syllable that a sign may have, without tones."""
    toned = {one for many in PINYIN_DICT.values() for one in many.split(",")}
    return frozenset(
        plain for plain in map(to_normal, toned) if plain.isascii() and plain.isalpha()
    )


@cache
def _load_phrases() -> None:
    from pypinyin.phrases_dict import phrases_dict

    pypinyin.load_phrases_dict(phrases_dict)
