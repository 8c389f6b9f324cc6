"""No field holds what was not meant for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from typing import Any

from handlers import event_changes
from tests.talking import vocabulary
from tests.talking.state import State
from tests.talking.talk import Step, Talk
from tests.talking.vocabulary import QUESTIONS, WONDERS, Place

MEANT_FOR: dict[str, tuple[Place, ...]] = {
    "name": (("register", "contact"), ("people/contact", "contact")),
    "phone": (("register", "phone"), ("people/phone", "phone")),
    "firm": (("register", "name"), ("people/firm_name", "firm_name")),
    "problem": (("need", "problem"), ("needs/change", "value")),
    "target": (("need", "target"), ("needs/change", "value")),
    "gap": (("need", "gap"), ("needs/change", "value")),
    "returned": (("needs/question", "text"),),
    "returned_answer": (("needs/answer", "text"),),
    "wish": (("people/firm_name", "firm_name"), ("register", "name")),
    "park": (("people/poster", "park"),),
    "event": (("event", "name"), ("events/change", "value")),
    "venue": (("event", "venue"), ("events/change", "value")),
    "broadcast": (("broadcast", "text"), ("broadcasts/correction", "text")),
    "ticket": (("question", "question"),),
    "answer": (("reply", "text"),),
    "asked": (("approvals/question", "text"),),
    "answered": (("approvals/answer", "text"),),
}
STUCK = re.compile("填“.+”时想请人帮忙(，停在“.+”这一步)?。")
"""What 人工 in a form asks of the staff, in the programme's own words."""


class Broken(AssertionError):
    """`law` and one of `tags` are what a list of known findings names."""

    def __init__(self, law: str, step: Step, what: str, value: object = None) -> None:
        culprits = [line for line in step.lines if line.text == value] or step.lines
        self.law, self.what = law, what
        self.tags = list(dict.fromkeys(line.tag for line in culprits))
        super().__init__(f"[{law} | {' + '.join(self.tags)}] {what}")

    def is_one_of(self, known: Iterable[tuple[str, str]]) -> bool:
        return any(
            law == self.law and fnmatch(tag, pattern) for law, pattern in known for tag in self.tags
        )


class Fields:
    """What drafts and rows hold, against what was said for them."""

    def __init__(self, talk: Talk, begin: State) -> None:
        self._talk = talk
        self._begin = begin

    def drafts(self, step: Step) -> None:
        """No answer of a form is what was not said for it."""
        for draft in step.after.drafts:
            form = vocabulary.DECLARED[draft.form]
            for one in form.steps:
                if one.name in draft.answers:
                    self._field(step, draft, (draft.form, one.name), draft.answers[one.name])

    def _field(self, step: Step, draft: Any, place: Place, kept: Any) -> None:
        given = self._talk.ledger.given(draft.person_id, place) + list(
            self._known(step.after, draft, place)
        )
        each = kept if vocabulary.step(place).kind.many and kept else [kept]
        for one in each:
            if one not in given:
                raise Broken("a", step, f"{place[0]}.{place[1]} holds {one!r}", one)

    def _known(self, now: State, draft: Any, place: Place) -> Iterable[Any]:
        """What the programme knew without being told; what is left for later is empty."""
        if vocabulary.step(place).later:
            yield None
        if place[1] in ("industries", "tags", "segments"):
            yield self._talk.industries["工程机械"]
            yield []
            yield from self._talk.ledger.anybodys(
                (f"people/{place[1]}", place[1]), ("register", place[1])
            )
        if place == ("needs/change", "need"):
            yield from map(str, now.needs)
        if place == ("events/change", "event"):  # the one on the screen
            yield from map(str, now.events)
        if place == ("events/change", "field"):  # named before its value
            yield from event_changes.FIELDS
        if draft.form == "register":
            yield from {"firm": [""], "entry": ["new"]}.get(place[1], [])
            for firm in now.firms:
                if self._is_meant(firm, draft.answers):
                    yield {"name": firm.name, "city": firm.city}.get(place[1])

    def _is_meant(self, firm: Any, answers: dict[str, Any]) -> bool:
        return (
            (firm.uscc is not None and firm.uscc == answers.get("uscc"))
            or firm.name == answers.get("name")
            or str(firm.id) == answers.get("firm")
        )

    def columns(self, step: Step) -> None:
        """Nor does any row that a finished form made."""
        for column, places in MEANT_FOR.items():
            allowed = [*self._begin.columns[column], *self._talk.ledger.anybodys(*places)]
            if column == "ticket":
                allowed += [*QUESTIONS, *WONDERS]  # asked in a form too
            for value in step.after.columns[column]:
                if value not in allowed and not STUCK.fullmatch(str(value)):
                    raise Broken("a", step, f"stored {column}: {value!r}", value)
