"""The clauses of a notice (一、（一）1.) and the articles of a law (第一条), from joined lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from services.policy_words import pattern, texts

STEPS = " › "
"""Between the headings above a clause and its own."""
LEVELS = ("section", "part", "task", "annex")


@dataclass(frozen=True)
class Passage:
    """One clause or article as the text has it; `dates` and `departments` as in the table."""

    ref: str
    heading: str
    text: str
    departments: list[str] = field(default_factory=list)
    dates: list[dict[str, str]] = field(default_factory=list)


def sentences(text: str) -> list[str]:
    """The sentences of a text; an enumeration stays with the words that open it."""
    return [s for s in re.findall(texts()["sentence"], text) if s.strip()]


def paragraphs(lines: Sequence[str]) -> list[str]:
    """Lines joined where a sentence goes on."""
    found: list[str] = []
    for line in lines:
        if found and not pattern("sentence_end").search(found[-1]):
            found[-1] += line
        else:
            found.append(line)
    return found


# A notice: sections, parts, tasks.


def clauses(lines: Sequence[str]) -> Iterator[Passage]:
    """The clauses of a notice. A heading alone is none: it is kept with the clauses under it."""
    steps: dict[str, tuple[str, str]] = {}
    for kind, found, body in _blocks(_joined(lines)):
        steps = {k: v for k, v in steps.items() if LEVELS.index(k) < LEVELS.index(kind)}
        title, is_clause = _heading(found["title"], len(body) > 1)
        steps[kind] = (found["number"], title)
        if is_clause:
            passage = Passage(_ref(steps, kind), _path(steps), _text(kind, body))
            yield with_duties(passage)


def _joined(lines: Sequence[str]) -> list[str]:
    """Lines with their cut words mended: a heading has its tail, a sentence its end."""
    found: list[str] = []
    for line, follower in pairwise([*lines, ""]):
        if found and not _kind(line) and _goes_on(found[-1], line, follower):
            found[-1] += line
        else:
            found.append(line)
    return [line for line in found if not pattern("signed").search(line)]


def _goes_on(text: str, line: str, follower: str) -> bool:
    """Whether `line` finishes `text`. After a heading only its short tail does, and then the
    next clause begins; a body is full of sentences."""
    if pattern("sentence_end").search(text):
        return False
    if _kind(text) in ("section", "part") and not pattern("heading_end").search(text):
        return bool(_kind(follower)) and not pattern("heading_end").search(line)
    return True


def _kind(line: str) -> str | None:
    return next((kind for kind in LEVELS if pattern(kind).match(line)), None)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, re.Match[str], list[str]]]:
    """Each numbered line, what it says, and itself with the paragraphs under it."""
    starts = [i for i, line in enumerate(lines) if _kind(line)]
    for start, end in pairwise([*starts, len(lines)]):
        kind = _kind(lines[start])
        found = kind and pattern(kind).match(lines[start])
        if kind and found:
            yield kind, found, list(lines[start:end])


def _heading(title: str, has_body: bool) -> tuple[str, bool]:
    """(the title, whether this is a clause): one with a sentence of its own is."""
    end = pattern("heading_end").search(title)
    return (title[: end.start()] if end else title), bool(end) or has_body


def _ref(steps: dict[str, tuple[str, str]], kind: str) -> str:
    """How people cite it: 二、（一）1; a section without numbers under it by its title too."""
    section, title = steps.get("section", ("", ""))
    if kind == "annex":
        return steps["annex"][0]
    if kind == "section":
        return f"{section}、{title}"[:40]
    part = f"（{steps['part'][0]}）" if "part" in steps else ""
    task = steps["task"][0] if kind == "task" else ""
    return f"{section}、{part}{task}" if section else f"{part}{task}"


def _path(steps: dict[str, tuple[str, str]]) -> str:
    """The heading right above and its own."""
    titles = [title for _, title in steps.values()]
    return STEPS.join(titles[-2:])[:200]


def _text(kind: str, body: list[str]) -> str:
    """A section's heading is no part of its text; that of a part or task is."""
    return "\n".join(body[1:] if kind in ("section", "annex") and len(body) > 1 else body)


def with_duties(passage: Passage) -> Passage:
    """With the departments of its closing bracket, and what it promises by when."""
    return replace(passage, departments=_departments(passage.text), dates=list(_dates(passage)))


def _departments(text: str) -> list[str]:
    found = pattern("departments").search(text)
    if found is None:
        return []
    names = pattern("between").split(found["names"] or found["listed"] or "")
    return [name for name in (pattern("not_a_name").sub("", n) for n in names) if name]


def _dates(passage: Passage) -> Iterator[dict[str, str]]:
    for sentence in sentences(passage.text):
        for deadline in texts()["deadlines"]:
            found = re.search(deadline["says"], sentence)
            if found:
                what = _promise(sentence[found.end() :]) or passage.heading.split(STEPS)[-1]
                yield {"quote": found.group(), "date": _last_day(found).isoformat(), "what": what}
                break


def _promise(rest: str) -> str | None:
    """What follows the date, if it is one thing."""
    things = [x for x in re.split("[，,。]", rest) if x and not pattern("lead_in").match(x)]
    return pattern("verb").sub("", things[0]) if len(things) == 1 else None


def _last_day(found: re.Match[str]) -> date:
    """The last day that a date with or without month and day allows."""
    parts = found.groupdict()
    year, month = int(parts["year"]), int(parts.get("month") or 12)
    if parts.get("day"):
        return date(year, month, int(parts["day"]))
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


# A law: chapters, divisions, articles.


def articles(lines: Sequence[str]) -> Iterator[Passage]:
    """The articles in order, under the headings of their chapter and division."""
    above: dict[str, str] = {}
    for kind, line, body in _ruled(lines):
        found = pattern(kind).match(line)
        if found is None:
            continue
        if kind == "article":
            text = [f"{found['number']} {found['title']}", *body]
            heading = STEPS.join(above.values())[:200]
            yield Passage(found["number"], heading, "\n".join(paragraphs(text)))
        else:
            above = {k: v for k, v in above.items() if kind == "division" and k == "chapter"}
            above[kind] = f"{found['number']} {found['title']}"


def _ruled(lines: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Each heading or article with the lines under it."""
    starts = list(_starts(lines))
    for (start, kind), (end, _) in pairwise([*starts, (len(lines), "")]):
        yield kind, lines[start], list(lines[start + 1 : end])


def _starts(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Where headings and articles begin. A line that merely begins with the name of an article
    (it was cut there) is not the next one, and stays text."""
    last = 0
    for place, line in enumerate(lines):
        article = pattern("article").match(line)
        if article and _follows(article["number"], last):
            last = _ordinal(article["number"])
            yield place, "article"
        elif not article:
            kinds = (kind for kind in ("chapter", "division") if pattern(kind).match(line))
            yield from ((place, kind) for kind in kinds)


def _ordinal(number: str) -> int:
    digits = pattern("article_frame").sub("", number).replace(*texts()["zero"])
    # Imported here: its patterns take 0.2 s to compile, and texts are seldom read in.
    import cn2an

    return int(cn2an.cn2an(digits, "smart"))


def _follows(number: str, last: int) -> bool:
    step = _ordinal(number) - last
    return step == 1 or (step == 0 and not number.endswith(texts()["article_sign"]))
