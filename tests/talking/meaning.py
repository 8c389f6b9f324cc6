"""What somebody says for each deed where they stand, and what it was meant as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conversations import event_sentences
from conversations.form import REVIEW
from tests.talking import deeds, vocabulary
from tests.talking.vocabulary import Open, Phrase, Place

VALUES = {"phone", "uscc", "money", "date"}
"""Kinds that stand out of whatever is said around them."""
CARD = {"person": "周小川", "phone": "+8613812345678"}
PICTURE = {"file_id": "AgAC", "file_unique_id": "law", "width": 1, "height": 1}
THINGS: Mapping[str, Mapping[str, Any]] = {
    "card": {"contact": {"phone_number": CARD["phone"], "first_name": CARD["person"]}},
    "photo": {"photo": [PICTURE]},
    "captioned": {"photo": [PICTURE]},
    "file": {"document": {"file_id": "BQAC", "file_unique_id": "law2", "file_name": "样件.pdf"}},
    "sticker": {"sticker": PICTURE | {"type": "regular", "is_animated": False, "is_video": False}},
    "forwarded": {"forward_origin": {"type": "hidden_user", "sender_user_name": "-", "date": 1}},
}


@dataclass(frozen=True)
class Line:
    """One update, and what was meant: the place it speaks of, what would be kept of it; `more` are
    other places that it speaks of. `thing` is what a message has instead of its text, or beside."""

    text: str
    tag: str
    place: Place | None = None
    phrase: Phrase | None = None
    expected: str = ""
    more: tuple[tuple[Place, Phrase], ...] = ()
    thing: Mapping[str, Any] | None = None

    @property
    def given(self) -> list[tuple[Place, Phrase]]:
        own = [(self.place, self.phrase)] if self.place and self.phrase else []
        return [*own, *self.more]


def line(text: deeds.Text, place: Place | None, here: Open, alone: bool) -> Line:
    match text:
        case deeds.Answers(which):
            return _answer(which, place, here, alone)
        case deeds.Misses(which):
            return _miss(which, place)
        case deeds.Asks(question):
            return _spoken(question, f"question at {kind(place)}", place)
        case deeds.Wonders(which):
            said = vocabulary.WONDERS[which]
            outside = () if place else ((("need", "problem"), _plain(said)),)
            return replace(_spoken(said, f"doubt at {kind(place)}", place), more=outside)
        case deeds.Corrects(which, at):
            return _correction(which, at, place, here)
        case deeds.Names(first, second):
            return _named(first, second, place, here)
        case deeds.AnswersAndAsks(question):
            return _and_asked(question, place, here)
        case deeds.Sends(what):
            return _sent(what, place, here)
        case deeds.Says(said):
            return _said(said, place)
    raise AssertionError(text)


def _plain(said: str) -> Phrase:
    return Phrase(said, said, said)


def _verbatim(place: Place | None) -> bool:
    return bool(place and place[1] != REVIEW and vocabulary.step(place).kind.verbatim)


def _spoken(said: str, tag: str, place: Place | None) -> Line:
    """Where words for somebody else are asked for, whatever is said is the answer."""
    return Line(said, tag, place, _plain(said) if _verbatim(place) else None)


def _said(said: str, place: Place | None) -> Line:
    tag = f"{said} at {kind(place)}"
    if _verbatim(place) and said in vocabulary.ANSWERS_VERBATIM:
        return Line(said, tag, place, _plain(said))
    skipped = said == "跳过" and place and place[1] != REVIEW
    phrase = Phrase("跳过", None, "（未填）") if skipped else None
    return Line(said, tag, place, phrase, expected=said)


def _answer(which: int, place: Place | None, here: Open, alone: bool) -> Line:
    if place is None:
        return Line("菜单", "菜单 outside", expected="菜单")
    if place[1] == REVIEW:
        return Line("提交", f"提交 at {place[0]}")
    known = vocabulary.right(place, here)
    if not known:
        return Line("菜单", "菜单 where no choice is seen", expected="菜单")
    phrase = known[which % len(known) if alone else 0]
    return Line(phrase.text, f"answer {place[0]}.{place[1]}", place, phrase, expected="kept")


def _miss(which: int, place: Place | None) -> Line:
    if place is None or place[1] == REVIEW:
        return Line(vocabulary.NONSENSE[which % 3], f"nonsense at {kind(place)}")
    texts = vocabulary.wrong(place)
    return Line(texts[which % len(texts)], f"wrong {place[0]}.{place[1]}", place)


def _target(at: int, place: Place | None) -> Place | None:
    form = place[0] if place else "need"
    names = vocabulary.by_name(form)
    return (form, names[at % len(names)]) if names else None


def _correction(which: int, at: int, place: Place | None, here: Open) -> Line:
    """刚才的预算改成50万: of the open form, whichever step; outside of one, of a need, or of an
    event where that has such a thing (时间)."""
    target = _target(at, place)
    if target is None or _verbatim(place):
        said = "刚才的内容改成下周再说"
        return _spoken(said, f"correction at {kind(place)}", place)
    known = vocabulary.right(target, here)
    phrase = known[-1 - which % len(known)]
    said = f"刚才的{vocabulary.said_label(target)}改成{phrase.text}"
    tag = f"correction of {target[0]}.{target[1]} at {kind(place)}"
    if place is None:
        return Line(said, tag, more=((target, phrase), *_change(target, phrase)))
    return Line(said, tag, target, phrase, expected="corrected")


def _change(target: Place, phrase: Phrase) -> tuple[tuple[Place, Phrase], ...]:
    """What a sentence about a posted need, or about an event, says of its change."""
    value = _plain(phrase.text)
    of_event = "field" in event_sentences.change(vocabulary.said_label(target))
    return (
        (("needs/change", "field"), _plain(target[1])),
        (("needs/change", "value"), value),
        *(((("events/change", "value"), value),) if of_event else ()),
    )


def _named(first: int, second: int, place: Place | None, here: Open) -> Line:
    targets = dict.fromkeys(filter(None, (_target(at, place) for at in (first, second))))
    told = [(target, vocabulary.right(target, here)[0]) for target in targets]
    said = "，".join(f"{vocabulary.said_label(t)}：{phrase.text}" for t, phrase in told)
    tag = f"named {' and '.join('.'.join(t) for t in targets)} at {kind(place)}"
    if place is None or _verbatim(place) or not told:
        said = said or "内容：下周再说"
        changes = [one for t, phrase in told for one in _change(t, phrase)]
        return replace(_spoken(said, tag, place), more=(*told, *changes))
    return Line(said, tag, place, expected="named", more=tuple(told))


def _and_asked(question: str, place: Place | None, here: Open) -> Line:
    answer = _answer(0, place, here, True)
    said, tag = f"{answer.text}，{question}", f"answer and question at {kind(place)}"
    if place is None or place[1] == REVIEW or _verbatim(place):
        return _spoken(said, tag, place)
    sure = vocabulary.step(place).kind.name in VALUES
    return replace(answer, text=said, tag=tag, expected="kept, answered" if sure else "")


def _sent(what: str, place: Place | None, here: Open) -> Line:
    tag, thing = f"{what} at {kind(place)}", THINGS[what]
    if what == "forwarded":
        asked = vocabulary.QUESTIONS[0]
        return replace(_spoken(asked, tag, place), thing={**thing, "text": asked})
    if what == "captioned":
        answer = _answer(0, place, here, True)
        return replace(answer, tag=tag, thing={**thing, "caption": answer.text})
    if what == "card" and place is not None:
        told = tuple(
            ((place[0], step.name), Phrase("", CARD[step.kind.name], ""))
            for step in vocabulary.DECLARED[place[0]].steps
            if step.kind.name in CARD
        )
        return Line("(名片)", tag, place, expected="named", more=told, thing=thing)
    return Line(f"({what})", tag, place, expected="no answer", thing=thing)


def kind(place: Place | None) -> str:
    """Where something was said, for the list of findings: a free question, a choice, the card."""
    if place is None:
        return "outside"
    if place[1] == REVIEW:
        return "review"
    return "free" if vocabulary.step(place).kind.free else "closed"
