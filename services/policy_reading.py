"""From a file to the clauses of an official text.

Two builds are known: a notice with sections (一、（一）1.) and a law with articles (第一条). Lines
that a page or a line end cut are joined first, because a cut word is found by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import cn2an

from errors import Refused
from services.policy_files import lines_of
from services.policy_words import pattern, texts

STEPS = " › "


class NoClauses(Refused):
    """The text has neither numbered sections nor articles."""


@dataclass(frozen=True)
class Passage:
    """One clause or article as the text has it; `dates` and `departments` as in the table."""

    ref: str
    heading: str
    text: str
    departments: list[str] = field(default_factory=list)
    dates: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class OfficialText:
    title: str
    number: str | None
    issuer: str | None
    issued_on: date | None
    passages: tuple[Passage, ...]


def read(path: Path) -> OfficialText:
    """The official text in a TXT, DOCX or PDF file; Refused where it is none."""
    return parse(lines_of(path))


def parse(raw: Sequence[str]) -> OfficialText:
    lines = [line for line in map(_tidy, raw) if line and not pattern("page").search(line)]
    by_article = sum(bool(pattern("article").match(line)) for line in lines) > 1
    start = _start(lines, ("chapter", "article") if by_article else ("section",))
    head = lines[:start]
    title = _title(head)
    found = list(_articles(lines[start:]) if by_article else _clauses(lines[start:]))
    if not found:
        raise NoClauses(title=title)
    front = list(_front(head, title, by_article))
    return OfficialText(title, _number(head), _issuer(head), _issued(head, lines[start:]),
                        _distinct([*front, *map(_with_duties, found)]))  # fmt: skip


def _tidy(line: str) -> str:
    """Without the blanks that typesetting leaves between Chinese signs and figures."""
    text = re.sub(r"<!--.*?-->|^#+ ", "", line.strip())
    return re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", text)


def _start(lines: Sequence[str], kinds: Sequence[str]) -> int:
    """Where the body begins: the first line of one of these kinds."""
    for place, line in enumerate(lines):
        if any(pattern(kind).match(line) for kind in kinds):
            return place
    return len(lines)


# The head of a text: what stands before its first clause.


def _title(head: Sequence[str]) -> str:
    for line in head:
        if pattern("title_label").match(line):
            return pattern("title_aside").sub("", pattern("title_label").sub("", line))
    notice = pattern("notice").search("".join(head))
    if notice:
        return notice["title"]
    return "".join(_title_lines(head))[:200]


def _title_lines(head: Sequence[str]) -> Iterator[str]:
    """The lines up to the number or the first sentence."""
    for line in head:
        if pattern("number").search(line) or pattern("sentence_end").search(line):
            return
        yield line


def _number(head: Sequence[str]) -> str | None:
    """The document's own number: not one in the history of a law, whose lines begin with a day,
    nor one that the preamble cites."""
    for line in head:
        if not pattern("date").match(line) and not pattern("sentence_end").search(line):
            found = pattern("number").search(line)
            if found:
                return found.group()
    labelled = (pattern("number").search(x) for x in head if pattern("title_label").match(x))
    return next((found.group() for found in labelled if found), None)


def _issuer(head: Sequence[str]) -> str | None:
    found = pattern("issuer").match("".join(x for x in head if not pattern("label").match(x)))
    return found["issuer"] if found else None


def _issued(head: Sequence[str], body: Sequence[str]) -> date | None:
    """The newest date in the head (a law lists its revisions), else that of the signature."""
    found = [_day(m) for line in head for kind in ("date", "bracketed_date")
             for m in pattern(kind).finditer(line)]  # fmt: skip
    signature = [_day(m) for line in body[-3:] if (m := pattern("date").fullmatch(line))]
    return max(found or signature, default=None)


def _day(found: re.Match[str]) -> date:
    return date(int(found["year"]), int(found["month"]), int(found["day"]))


def _front(head: Sequence[str], title: str, by_article: bool) -> Iterator[Passage]:
    """The notice and the preamble of a notice; a law's history is no clause."""
    lines = [line for line in head if not pattern("label").match(line)]
    after = _after_title(lines, title)
    if after is None:
        if not by_article and _paragraphs(lines[len(list(_title_lines(lines))) :]):
            body = _paragraphs(lines[len(list(_title_lines(lines))) :])
            yield Passage(texts()["preamble_ref"], title, "\n".join(body))
        return
    start, end = after
    if start:
        yield Passage(texts()["notice_ref"], title, "".join(lines[:start]))
    if lines[end:]:
        yield Passage(texts()["preamble_ref"], title, "\n".join(_paragraphs(lines[end:])))


def _after_title(lines: Sequence[str], title: str) -> tuple[int, int] | None:
    """Where a notice repeats the title of what it announces: (its first line, the line after)."""
    for start in range(1, len(lines)):
        text = ""
        for end in range(start, len(lines)):
            text += lines[end]
            if text == title:
                return start, end + 1
            if not title.startswith(text):
                break
    return None


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Lines joined where a sentence goes on."""
    found: list[str] = []
    for line in lines:
        if found and not pattern("sentence_end").search(found[-1]):
            found[-1] += line
        else:
            found.append(line)
    return found


# A notice: sections, parts, tasks.


def _clauses(lines: Sequence[str]) -> Iterator[Passage]:
    """The clauses of a notice. A heading alone is none: it is kept with the clauses under it."""
    steps: dict[str, tuple[str, str]] = {}
    for kind, body in _blocks(_joined(lines)):
        found = pattern(kind).match(body[0])
        if found is None:
            continue
        steps = {k: v for k, v in steps.items() if LEVELS.index(k) < LEVELS.index(kind)}
        title, is_clause = _heading(found["title"], len(body) > 1)
        steps[kind] = (found["number"], title)
        if is_clause:
            yield Passage(_ref(steps, kind), _path(steps), _text(kind, body))


LEVELS = ("section", "part", "task", "annex")


def _joined(lines: Sequence[str]) -> list[str]:
    """Lines with their cut words mended: a heading has its tail, a sentence its end."""
    found: list[str] = []
    followers = [*lines[1:], ""]
    for line, follower in zip(lines, followers, strict=True):
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


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each numbered line with the paragraphs under it."""
    starts = [i for i, line in enumerate(lines) if _kind(line)]
    for start, end in pairwise([*starts, len(lines)]):
        yield _kind(lines[start]) or "", list(lines[start:end])


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
    """The headings above and its own, without the section's where a part stands between."""
    titles = [title for _, title in steps.values()]
    return STEPS.join(titles[-2:])[:200]


def _text(kind: str, body: list[str]) -> str:
    """A section's heading is no part of its text; that of a part or task is."""
    return "\n".join(body[1:] if kind in ("section", "annex") and len(body) > 1 else body)


def _with_duties(passage: Passage) -> Passage:
    return replace(passage, departments=_departments(passage.text), dates=list(_dates(passage)))


def _departments(text: str) -> list[str]:
    found = pattern("departments").search(text)
    if found is None:
        return []
    names = pattern("between").split(found["names"] or found["listed"] or "")
    return [name for name in (pattern("not_a_name").sub("", n) for n in names) if name]


def _dates(passage: Passage) -> Iterator[dict[str, str]]:
    """What is promised by when, sentence by sentence."""
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


def _articles(lines: Sequence[str]) -> Iterator[Passage]:
    """The articles in order. A line that merely begins with the name of an article (it was cut
    there) is not the next one, and stays text."""
    chapter = division = ref = ""
    body: list[str] = []
    last = 0
    for line in lines:
        heading = pattern("chapter").match(line) or pattern("division").match(line)
        article = pattern("article").match(line)
        if (heading or article) and not (article and not _follows(article["number"], last)):
            if body:
                yield Passage(ref, _under(chapter, division), "\n".join(_paragraphs(body)))
                body = []
            if article:
                ref, last = article["number"], _ordinal(article["number"])
                body = [f"{ref} {article['title']}"]
            elif heading:
                named = f"{heading['number']} {heading['title']}"
                is_chapter = bool(pattern("chapter").match(line))
                chapter, division = (named, "") if is_chapter else (chapter, named)
        elif body:
            body.append(line)
    if body:
        yield Passage(ref, _under(chapter, division), "\n".join(_paragraphs(body)))


def _under(chapter: str, division: str) -> str:
    return STEPS.join(filter(None, (chapter, division)))[:200]


def _ordinal(number: str) -> int:
    return int(cn2an.cn2an(re.sub("^第|条.*$", "", number).replace("〇", "零"), "smart"))


def _follows(number: str, last: int) -> bool:
    step = _ordinal(number) - last
    return step == 1 or (step == 0 and not number.endswith(texts()["article_sign"]))


def sentences(text: str) -> list[str]:
    """The sentences of a text; an enumeration stays with the words that open it."""
    return [s for s in re.findall(texts()["sentence"], text) if s.strip()]


def _distinct(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Every ref once: an annex may count from one again."""
    seen: dict[str, int] = {}
    found: list[Passage] = []
    for passage in passages:
        times = seen[passage.ref] = seen.get(passage.ref, 0) + 1
        found.append(passage if times == 1 else replace(passage, ref=f"{passage.ref} ({times})"))
    return tuple(found)
