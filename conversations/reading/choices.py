"""Which of the shown choices a text means: by number (2, 第二个, 前两个), by words, by sound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from pinyin import initials, sounds_by_word

from .numbers import numeral
from .text import plain
from .unfit import Unfit
from .vocabulary import WORDS, either, pattern

_W = WORDS["choices"]
_FILLER = re.compile(f"^{either(_W['filler'])}+|{either(_W['filler'])}+$")
_SEPARATORS = re.compile(either(_W["separators"]))
_RANGE = re.compile(either(_W["range"]))
_REFUSED = re.compile(either(_W["refused"]))
_CLAUSES = re.compile(f"{_W['clauses']}|(?={either(_W['refused'])})")
_EXCEPT = [re.compile(regex) for regex in _W["except"]]
_FIRST, _LAST, _FROM_END, _ENDING = (
    pattern("choices", _W[key]) for key in ("first", "last", "from_end", "ending")
)
_NOT = re.compile(f"[{_W['not']}]")
_NOT_QUITE = re.compile(_W["not_quite"])
_ALIKE = 0.6  # of 1: how like a label a text must be,
_HALF = 0.5  # or, with two neighbouring characters in common, so much,
_LEAD = 0.1  # and how much more so than the next label
_TYPED = 30  # a longer text is no misspelt label
_COMPACT = 10  # with fewer choices 13 may mean 1 and 3; a longer row is no number


def pick(text: str, labels: Sequence[str], *, many: bool = False) -> list[int]:
    """The places (from 0, rising) of the labels that a text chooses; one unless `many`."""
    said, names = plain(text).strip(), [_core(plain(label)) for label in labels]
    found = sorted(set(_meant(said, names, many=many)))
    if not many and len(found) > 1:
        raise Unfit("choice_many", found=tuple(found))
    return found


def _meant(said: str, names: Sequence[str], *, many: bool) -> list[int]:
    core = _core(said)
    if exact := [place for place, name in enumerate(names) if name and name == core]:
        return exact
    if many and (all_but := next(filter(None, (way.match(said) for way in _EXCEPT)), None)):
        refused = _meant(all_but["refused"], names, many=True)
        return [place for place in range(len(names)) if place not in refused]
    if core in _W["none"]:
        raise Unfit("choice_none")
    if core in _W["all"] or (core and _bare(core) in _W["all"]):
        return list(range(len(names)))
    wanted, names = _without_refused(said, names)
    numbers = _numbers(wanted, len(names), many=many)
    if numbers and max(numbers) <= len(names) and min(numbers) > 0:
        return [number - 1 for number in numbers]
    if found := _by_words(wanted, names, many=many):
        return found
    if numbers:
        raise Unfit("choice_range", number=max(numbers), count=len(names))
    raise Unfit("choice_none")


def _without_refused(said: str, names: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Of 要许可不要转让 the first half; 不要转让 alone can only mean a label that says so too."""
    clauses = [clause for clause in _CLAUSES.split(said) if _core(clause)]
    wanted = [clause for clause in clauses if not _REFUSED.match(clause)]
    if wanted or not clauses:
        return "\n".join(wanted), names
    return said, [name if _REFUSED.match(name) else "" for name in names]


def _numbers(said: str, count: int, *, many: bool) -> list[int]:
    """The numbers (from 1) that a text consists of; none if it holds anything else."""
    found: list[int] = []
    for piece in _SEPARATORS.split(said):
        if not _bare(_core(piece)):
            continue
        numbers = _counted(_core(piece), count) or _stretch(piece, count)
        if not numbers:
            return []
        found += numbers
    if many and len(found) == 1 and found[0] > count and count < _COMPACT:
        return _compact(found[0], count)
    return found


def _compact(number: int, count: int) -> list[int]:
    """13 as 1 and 3, where there is no thirteenth choice."""
    figures = [int(figure) for figure in str(number)]
    fits = len(set(figures)) == len(figures) and all(0 < one <= count for one in figures)
    return figures if fits else [number]


def _counted(piece: str, count: int) -> list[int]:
    """前两个, 后两个, 最后一个, 倒数第二个."""
    every = list(range(1, count + 1))
    if match := _FIRST.match(piece):
        return every[: _whole(match["count"])]
    if _ENDING.match(piece):
        return every[-1:]
    if match := _LAST.match(piece):
        return every[-_whole(match["count"]) :]
    if match := _FROM_END.match(piece):
        return [count + 1 - _whole(match["count"])]
    return []


def _stretch(piece: str, count: int) -> list[int]:
    """2, 二, b, or 1-3."""
    ends = [_number(_bare(_core(side)), count) for side in _RANGE.split(piece)]
    if None in ends or len(ends) > 2:
        return []
    first, last = sorted(end for end in (ends[0], ends[-1]) if end is not None)
    return list(range(first, min(last, first + 99) + 1))


def _number(written: str, count: int) -> int | None:
    if len(written) == 1 and "a" <= written < chr(ord("a") + min(count, 26)):
        return ord(written) - ord("a") + 1
    value = numeral(written) if len(written) < _COMPACT else None
    return int(value) if value is not None and value % 1 == 0 else None


def _whole(written: str) -> int:
    return int(numeral(written) or 0)


def _by_words(said: str, names: Sequence[str], *, many: bool) -> list[int]:
    """The labels that are named in full; and what is left over, piece by piece, by likeness."""
    found = _contained(_core(said), names)
    if not many:
        return found or _alike(said, names)
    for piece in _SEPARATORS.split(said):
        if not _contained(_core(piece), names):
            found += _alike(piece, names)
    return found


def _contained(core: str, names: Sequence[str]) -> list[int]:
    """Labels inside the text, a long one (开放许可) hiding the short one in it (许可)."""
    found = []
    for place in sorted(range(len(names)), key=lambda place: -len(names[place])):
        name = names[place]
        before, inside, _ = core.partition(name) if len(name) > 1 else ("", "", "")
        if inside and not _NOT_QUITE.search(before[-4:]):
            found.append(place)
            core = core.replace(name, " ")
    return found


def _alike(said: str, names: Sequence[str]) -> list[int]:
    """The label that a piece of text shortens, misspells or writes in pinyin."""
    text = _bare(_core(said)) or _core(said)
    if not text or len(text) > _TYPED:
        return []
    names = [name if _agree(text, name) else "" for name in names]
    if within := [place for place, name in enumerate(names) if _shortens(text, name)]:
        return _sure(within)
    likeness = [max(_spelling(text, name), _sound(text, name)) for name in names]
    best = max(likeness, default=0.0)
    if not best:
        return []
    return _sure([place for place, one in enumerate(likeness) if one > best - _LEAD])


def _sure(found: list[int]) -> list[int]:
    if len(found) > 1:
        raise Unfit("choice_many", found=tuple(found))
    return found


def _agree(text: str, name: str) -> bool:
    """Both say no equally often. Typed pinyin does not show it."""
    return text.isascii() or len(_NOT.findall(text)) == len(_NOT.findall(name))


def _shortens(text: str, name: str) -> bool:
    return text in name and (len(text) > 1 or not text.isascii())


def _spelling(text: str, name: str) -> float:
    likeness = fuzz.ratio(text, name) / 100
    neighbours = any(text[at : at + 2] in name for at in range(len(text) - 1))
    return likeness if likeness >= (_HALF if neighbours else _ALIKE) else 0.0


def _sound(text: str, name: str) -> float:
    """1 where both sound alike; a little less where one is part of the other."""
    ours, theirs = _syllables(text), _syllables(name)
    if not theirs:
        return 0.0
    if "".join(ours) == "".join(theirs):
        return 1.0
    if text.isascii():
        return _typed_sound("".join(ours), text, theirs, name)
    short, long = sorted((ours, theirs), key=len)
    spans = (long[at : at + len(short)] for at in range(len(long) - len(short) + 1))
    return 0.9 if len(short) > 1 and short in spans else 0.0


def _typed_sound(ours: str, text: str, theirs: tuple[str, ...], name: str) -> float:
    """Typed pinyin: initials (xk), the beginning (zhuan), or inside more words (woyaoxuke)."""
    whole = "".join(theirs)
    if len(text) > 1 and text == initials(name):
        return 0.95
    if len(ours) > 2 and (whole.startswith(ours) or (len(theirs) > 1 and whole in ours)):
        return 0.9
    likeness = fuzz.ratio(ours, whole) / 100
    return likeness * 0.9 if likeness >= 0.85 else 0.0


@lru_cache(1024)
def _syllables(text: str) -> tuple[str, ...]:
    """The pinyin, with sounds that the south does not tell apart made one."""
    syllables = sounds_by_word(text)
    for sound, heard in _W["sounds"]:
        syllables = [syllable.replace(sound, heard) for syllable in syllables]
    return tuple(syllables)


def _core(text: str) -> str:
    """Letters, figures and characters only."""
    return re.sub(r"[\W_]+", "", text)


def _bare(core: str) -> str:
    """Without 我选, 第, 个, 吧 and the like around it."""
    return _FILLER.sub("", core)
