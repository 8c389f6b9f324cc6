"""What somebody says for each deed where they stand, and what it was meant as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conversations.form import REVIEW
from tests.talking import deeds, vocabulary
from tests.talking.vocabulary import Phrase, Place


@dataclass(frozen=True)
class Line:
    """One update, and what was meant: the place it speaks of, what would be kept of it."""

    text: str
    tag: str
    place: Place | None = None
    phrase: Phrase | None = None
    expected: str = ""


@dataclass(frozen=True)
class Wording:
    """`link_code` is the newest that another phone shows."""

    industries: Mapping[str, str]
    link_code: str | None

    def line(self, text: deeds.Text, place: Place | None, alone: bool) -> Line:
        match text:
            case deeds.Answers(which):
                return self._answer(which, place, alone)
            case deeds.Misses(which):
                return self._miss(which, place)
            case deeds.Asks(question):
                # Where an organizer is asked for a question, a question is the answer.
                answers = place is not None and vocabulary.step(place).kind.verbatim
                phrase = Phrase(question, question, question) if answers else None
                return Line(question, f"question at {kind(place)}", place, phrase)
            case deeds.Corrects(which, at):
                return self._correction(which, at, place)
            case deeds.Says(said):
                skipped = said == "跳过" and place and place[1] != REVIEW
                phrase = Phrase("跳过", None, "（未填）") if skipped else None
                return Line(said, f"{said} at {kind(place)}", place, phrase, expected=said)
        raise AssertionError(text)

    def _answer(self, which: int, place: Place | None, alone: bool) -> Line:
        if place is None:
            return Line("菜单", "菜单 outside", expected="菜单")
        if place[1] == REVIEW:
            return Line("提交", f"提交 at {place[0]}")
        if place == ("people/link", "code") and (code := self.link_code):
            return Line(code, "answer people/link.code", place, Phrase(code, code, code))
        known = vocabulary.right(place, self.industries)
        phrase = known[which % len(known) if alone else 0]
        if place[1] == "entry":
            phrase = known[1]
        return Line(phrase.text, f"answer {place[0]}.{place[1]}", place, phrase, expected="kept")

    def _miss(self, which: int, place: Place | None) -> Line:
        if place is None or place[1] == REVIEW:
            return Line(vocabulary.NONSENSE[which % 3], f"nonsense at {kind(place)}")
        texts = vocabulary.WRONG[vocabulary.step(place).kind.name]
        return Line(texts[which % len(texts)], f"wrong {place[0]}.{place[1]}", place)

    def _correction(self, which: int, at: int, place: Place | None) -> Line:
        """刚才的预算改成50万: of the open form, whichever step; a form that is closed has none."""
        form = vocabulary.DECLARED[place[0] if place else "need"]
        step = form.steps[at % len(form.steps)].name
        if step == "entry":
            step = "contact"
        target = (form.name, step)
        known = vocabulary.right(target, self.industries)
        phrase = known[-1 - which % len(known)]
        said = f"刚才的{vocabulary.label(target)}改成{phrase.text}"
        tag = f"correction of {form.name}.{step} at {kind(place)}"
        if place is None:
            return Line(said, tag)
        return Line(said, tag, target, phrase, expected="corrected")


def kind(place: Place | None) -> str:
    """Where something was said, for the list of findings: a free question, a choice, the card."""
    if place is None:
        return "outside"
    if place[1] == REVIEW:
        return "review"
    return "free" if vocabulary.step(place).kind.free else "closed"
