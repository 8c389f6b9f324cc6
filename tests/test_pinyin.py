"""How signs sound, without loading what pypinyin would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pinyin
from conversations.intents.lexicon import load

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("word", "heard"), [("长沙", "chang sha"), ("成长", "cheng zhang"), ("银行", "yin hang")]
)
def test_a_word_decides_how_its_signs_are_read(word: str, heard: str) -> None:
    assert pinyin.sounds_by_word(word) == heard.split()
    assert pinyin.initials(word) == "".join(syllable[0] for syllable in heard.split())


def test_the_words_that_people_type_in_pinyin_sound_as_their_signs_do() -> None:
    """So the reader of wishes needs no phrases to hear them."""
    words = [*load().glue, *load().misspelt]
    assert [pinyin.sounds_by_word(word) for word in words] == [
        list(map(pinyin.sound, word)) for word in words
    ]


def test_syllables_are_plain_letters() -> None:
    assert {"zhi", "lv", "er", "xiong"} <= pinyin.syllables()
    assert all(one.isascii() and one.isalpha() for one in pinyin.syllables())


def test_the_readers_start_without_the_phrases() -> None:
    """They and the patterns of cn2an take longer to load than all else that the readers need."""
    code = """
import sys, conversations.intents, conversations.reading, search.clauses
print([slow for slow in ("pypinyin.phrases_dict", "cn2an") if slow in sys.modules])
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
