"""A text as it is kept (tidy), and the plain form in which the readers see it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from proces import traditional_to_simplified  # type: ignore[import-untyped]

from .vocabulary import WORDS

_KEPT = frozenset(WORDS["text"]["keep"])
_MISSED = str.maketrans(WORDS["text"]["traditional"], WORDS["text"]["simplified"])
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_IDEOGRAPHS = range(0x4E00, 0xA000)
_KEYCAP = "\u20e3"
_BLANKS = (" ", " ")


def tidy(text: str) -> str:
    """The text as it is stored: half-width letters and figures, no invisible signs, single blanks.

    Not plain NFKC, which turns 10⁶ into 106 and Chinese punctuation into Western: what the
    person meant and how Chinese is written stay. Line breaks stay, at most one line is left empty.
    """
    composed = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    seen = unicodedata.normalize("NFC", "".join(map(_kept_form, composed)))
    lines = [" ".join(line.split()) for line in seen.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def simplified(text: str) -> str:
    """Traditional characters in their simplified form, one for one, so that places stay."""
    converted: str = traditional_to_simplified(text.translate(_MISSED))
    return converted


def plain(text: str) -> str:
    """The form that is read: NFKC, simplified, lower case, no blanks beside Chinese."""
    return aligned(text)[0]


def aligned(text: str) -> tuple[str, list[int]]:
    """The plain form, and for each of its characters the place in the text it came from."""
    spread = [(piece, place) for place, char in enumerate(text) for piece in _plain_form(char)]
    single = [now for last, now in pairwise([("", -1), *spread]) if (last[0], now[0]) != _BLANKS]
    kept = [
        (char, place)
        for (before, _), (char, place), (after, _) in zip(
            [("", -1), *single], single, [*single[1:], ("", -1)], strict=False
        )
        if char != " " or (_joins(before) and _joins(after))
    ]
    return simplified("".join(char for char, _ in kept)), [place for _, place in kept]


def _joins(char: str) -> bool:
    """Whether a blank beside this character parts two words; beside Chinese it parts nothing."""
    return char.isascii() and char.isalnum()


@lru_cache(8192)
def _kept_form(char: str) -> str:
    if char == "\n":
        return char
    if _invisible(char):
        return ""
    if unicodedata.category(char).startswith("Z") or char == "\t":
        return " "
    folded = unicodedata.normalize("NFKC", char)
    return folded if char not in _KEPT and _same_sign(char, folded) else char


def _same_sign(char: str, folded: str) -> bool:
    """Full or half width, or a radical pasted from a PDF (⽤) that looks like its character."""
    form = unicodedata.decomposition(char).partition(" ")[0]
    is_ideograph = len(folded) == 1 and ord(folded) in _IDEOGRAPHS
    return form in ("<wide>", "<narrow>") or (form == "<compat>" and is_ideograph)


@lru_cache(8192)
def _plain_form(char: str) -> str:
    if char in "\r\n":
        return "\n"
    if _invisible(char) or char == _KEYCAP or "\ufe00" <= char <= "\ufe0f":
        return ""
    if char.isspace():
        return " "
    raised = unicodedata.decomposition(char).startswith("<super>") and char.isdigit()
    folded = unicodedata.normalize("NFKC", char).lower()
    return "^" + folded if raised else "".join(c for c in folded if not _invisible(c))


def _invisible(char: str) -> bool:
    """Zero-width and bidi controls, other control characters, halves of broken emoji."""
    return unicodedata.category(char) in ("Cf", "Cc", "Cs") and char != "\t"
