"""From a file to the clauses of an official text.

Two builds are known: a notice with sections (一、（一）1.) and a law with articles (第一条). Lines
that a page or a line end cut are joined first, because a cut word is found by nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from errors import Refused
from services.policy_files import NotAText, lines_of
from services.policy_passages import Passage, articles, clauses, paragraphs
from services.policy_words import pattern, texts


class NoClauses(Refused):
    """The text has neither numbered sections nor articles."""


class NotOfficial(Refused):
    """Facts: title. It has sections, but nothing that makes a text official."""


@dataclass(frozen=True)
class OfficialText:
    title: str
    number: str | None
    issuer: str | None
    issued_on: date | None
    passages: tuple[Passage, ...]
    valid_until: date | None = None


def read(path: Path) -> OfficialText:
    """The official text in a TXT, DOCX or PDF file; Refused where it is none."""
    return parse(lines_of(path))


def read_list(path: Path) -> list[OfficialText]:
    """The articles of one or several laws in a JSON list of {law, article, text}: those that
    somebody chose, where nobody needs the whole law."""
    laws: dict[str, list[Passage]] = {}
    try:
        for row in json.loads(path.read_text(encoding="utf-8-sig")):
            laws.setdefault(str(row["law"]), []).append(_article(row["article"], row["text"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise NotAText(kind="unknown") from None
    return [OfficialText(law, None, None, None, _distinct(found)) for law, found in laws.items()]


def _article(ref: str, text: str) -> Passage:
    """The text may or may not begin with the name of the article."""
    first, *more = filter(None, map(_tidy, text.strip().removeprefix(ref).splitlines()))
    return Passage(ref, "", "\n".join(paragraphs([f"{ref} {first}", *more])))


def parse(raw: Sequence[str]) -> OfficialText:
    lines = [line for line in map(_tidy, raw) if line and not pattern("page").search(line)]
    by_article = sum(bool(pattern("article").match(line)) for line in lines) > 1
    start = _start(lines, ("chapter", "article") if by_article else ("section",))
    head = lines[:start]
    title = _title(head)
    found = list(articles(lines[start:]) if by_article else clauses(lines[start:]))
    if not found:
        raise NoClauses(title=title)
    number, issuer, issued = _number(head), _issuer(head), _issued(head, lines[start:])
    if not (number or issuer or pattern("official_title").search(title)):
        raise NotOfficial(title=title)
    passages = _distinct([*_front(head, title, by_article), *found])
    return OfficialText(title, number, issuer, issued, passages, _valid_until(passages, issued))


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
    """The lines up to the number, the first sentence or the history of a law."""
    for line in head:
        if any(pattern(kind).search(line) for kind in ("number", "sentence_end", "date")):
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


def _valid_until(passages: Sequence[Passage], issued: date | None) -> date | None:
    """The last day on which the text says of itself that it holds, if it says so."""
    for passage in passages:
        if until := pattern("valid_until").search(passage.text):
            return _day(until)
        if years := pattern("valid_years").search(passage.text):
            import cn2an  # here: its patterns take 0.2 s to compile

            count = int(cn2an.cn2an(years["years"], "smart"))
            return issued and date(issued.year + count, issued.month, min(issued.day, 28))
    return None


def _day(found: re.Match[str]) -> date:
    return date(int(found["year"]), int(found["month"]), int(found["day"]))


def _front(head: Sequence[str], title: str, by_article: bool) -> Iterator[Passage]:
    """The notice and the preamble of a notice; a law's history is no clause."""
    lines = [line for line in head if not pattern("label").match(line)]
    start, end = _after_title(lines, title) or (0, len(list(_title_lines(lines))))
    if start:
        yield Passage(texts()["notice_ref"], title, "".join(lines[:start]))
    if lines[end:] and (start or not by_article):
        yield Passage(texts()["preamble_ref"], title, "\n".join(paragraphs(lines[end:])))


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


def _distinct(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Every ref once: an annex may count from one again."""
    seen: dict[str, int] = {}
    found: list[Passage] = []
    for passage in passages:
        times = seen[passage.ref] = seen.get(passage.ref, 0) + 1
        found.append(passage if times == 1 else replace(passage, ref=f"{passage.ref} ({times})"))
    return tuple(found)
