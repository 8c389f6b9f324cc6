"""The laws of the chat, each judged after every step."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from typing import Any

from conversations.form import REVIEW
from pipeline import words
from tests.chat import Bubble
from tests.talking import vocabulary
from tests.talking.state import State
from tests.talking.talk import Step, Talk
from tests.talking.vocabulary import QUESTIONS, Place

MEANT_FOR: dict[str, tuple[Place, ...]] = {
    "name": (("register", "contact"), ("people/contact", "contact")),
    "phone": (("register", "phone"), ("people/phone", "phone")),
    "firm": (("register", "name"),),
    "problem": (("need", "problem"),),
    "target": (("need", "target"),),
    "event": (("event", "name"),),
    "venue": (("event", "venue"),),
    "broadcast": (("broadcast", "text"),),
    "ticket": (("question", "question"),),
    "answer": (("reply", "text"),),
    "asked": (("approvals/question", "text"),),
    "answered": (("approvals/answer", "text"),),
}
MENU = {"看专利", "待答问题"}


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


STUCK = re.compile("填“.+”时想请人帮忙(，停在“.+”这一步)?。")
"""What 人工 in a form asks of the staff, in the programme's own words."""


class Judge:
    """Judges step after step of one talk."""

    def __init__(self, talk: Talk, begin: State) -> None:
        self._talk = talk
        self._begin = begin
        self._misses: list[tuple[str, str]] = []

    def judge(self, step: Step) -> None:
        for law in (
            self._updates_end, self._one_form, self._nothing_stuck, self._fields, self._columns,
            self._repeats, self._replies, self._draft_is_shown, self._card_is_draft, self._ticks,
            self._ways, self._way_on, self._taken, self._not_thrice,
        ):  # fmt: skip
            law(step)

    # a: fields

    def _fields(self, step: Step) -> None:
        """No field holds what was not meant for it."""
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
        if place[1] == "industries":
            yield self._talk.industries["工程机械"]
            yield from self._talk.ledger.anybodys(("people/industries", "industries"))
        if place == ("broadcast", "text") and "event" in draft.answers:
            yield draft.answers["text"]
        if draft.form == "register":
            name, city = now.firms.get(draft.answers.get("uscc"), (None, None))
            yield {"name": name, "city": city, "entry": "new", "industries": []}.get(place[1])

    def _columns(self, step: Step) -> None:
        """Nor does any row that a finished form made."""
        for column, places in MEANT_FOR.items():
            allowed = [*self._begin.columns[column], *self._talk.ledger.anybodys(*places)]
            if column == "ticket":
                allowed += QUESTIONS
            for value in step.after.columns[column]:
                if value not in allowed and not STUCK.fullmatch(str(value)):
                    raise Broken("a", step, f"stored {column}: {value!r}", value)

    # b: no dead end

    def _replies(self, step: Step) -> None:
        """Whoever writes hears something."""
        wanted = 0 if step.repeated or step.tag == "restart" else len(step.lines)
        heard = step.after.replies.get(step.chat_id, 0) - step.before.replies.get(step.chat_id, 0)
        if heard < wanted:
            raise Broken("b", step, f"{wanted} said, {heard} answered")

    def _ways(self, step: Step) -> None:
        """菜单, 人工 and 取消 work wherever they are said."""
        if len(step.lines) > 1 or step.repeated:
            return
        said, heard = step.lines[0].expected, step.heard
        before, after = step.before.open(step.who), step.after.open(step.who)
        texts = "\n".join("\n".join([bubble.text, *bubble.labels]) for bubble in heard)
        if said == "菜单" and not any(MENU & set(bubble.labels) for bubble in heard):
            raise Broken("b", step, "no menu")
        if said == "菜单" and before != after:
            raise Broken("b", step, "the menu changed the form")
        if said == "人工" and not any(sign in texts for sign in ("已转给人工", "转人工")):
            raise Broken("b", step, "no human")
        if said == "取消" and before and after and "确定不要了" not in texts:
            raise Broken("b", step, "no way out")
        if said == "不要了" and after and "确定不要了" in self._newest_before(step):
            raise Broken("b", step, "not left after confirming")

    def _newest_before(self, step: Step) -> str:
        heard = {bubble.id for bubble in step.heard}
        old = [b for b in self._talk.me.messages if b.id not in heard]
        return old[-1].text if old else ""

    def _way_on(self, step: Step) -> None:
        """In a form, the last thing that was said in answer has a button."""
        if step.after.open(step.who) and step.heard and not step.repeated:
            last = self._talk.me.last
            if not last.rows:
                raise Broken("b", step, f"no way on under: {last.text[:80]!r}")

    def _taken(self, step: Step) -> None:
        """A fitting answer is kept, a correction corrects."""
        if len(step.lines) > 1 or step.repeated:
            return
        line, draft = step.lines[0], step.after.open(step.who)
        if line.expected not in ("kept", "corrected") or line.place is None or not line.phrase:
            return
        form, name = line.place
        if line.place == ("register", "name") and self._of_other_firm(step, line.phrase.text):
            return
        if draft is None or draft.form != form:
            return
        before = step.before.open(step.who)
        if line.expected == "corrected" and (before is None or name not in before.answers):
            return
        kept = draft.answers.get(name)
        kept = kept if vocabulary.step(line.place).kind.many else [kept]
        if line.phrase.kept not in (kept or []):
            raise Broken(
                "corrected" if line.expected == "corrected" else "taken",
                step, f"{form}.{name} is {kept!r} after {line.text!r}",
            )  # fmt: skip

    def _of_other_firm(self, step: Step, name: str) -> bool:
        return any(name == firm for firm, _ in step.after.firms.values())

    # c: no repetition

    def _repeats(self, step: Step) -> None:
        """What is delivered again says and changes nothing."""
        if not step.repeated:
            return
        if step.before.replies != step.after.replies:
            raise Broken("c", step, "something was said")
        if step.before.drafts != step.after.drafts:
            raise Broken("c", step, "a draft changed")

    def _not_thrice(self, step: Step) -> None:
        """Three different misses in a row are never met with one and the same text."""
        if step.repeated or step.tag == "restart":
            return
        tags = [line.tag for line in step.lines]
        if len(tags) > 1 or not tags[0].startswith(("wrong", "nonsense")):
            self._misses.clear()
            return
        answer = "\n".join(bubble.text for bubble in step.heard)
        if self._misses and self._misses[-1][1] != answer:
            self._misses.clear()
        self._misses.append((step.lines[0].text, answer))
        if len({text for text, _ in self._misses}) >= 3:
            raise Broken("c", step, f"three times: {answer[:80]!r}")

    # d: the draft is what is shown

    def _draft_is_shown(self, step: Step) -> None:
        """The last question or card on the phone is the draft's step."""
        draft = step.after.open(step.who)
        if draft is None:
            return
        shown = self._talk.screen(step.after, step.who)
        if shown is None or shown[0] != (draft.form, draft.step):
            seen = shown and f"{shown[0][0]}.{shown[0][1]}"
            raise Broken("d", step, f"shown {seen}, open {draft.form}.{draft.step}")

    def _card_is_draft(self, step: Step) -> None:
        draft, shown = step.after.open(step.who), self._talk.screen(step.after, step.who)
        if draft is None or shown is None or shown[0] != (draft.form, REVIEW):
            return
        lines = dict(line.split("：", 1) for line in shown[1].text.splitlines() if "：" in line)
        for one in vocabulary.DECLARED[draft.form].steps:
            place = (draft.form, one.name)
            wanted = self._rendered(place, draft.answers.get(one.name))
            if lines.get(vocabulary.label(place)) != wanted:
                raise Broken(
                    "d", step,
                    f"card {vocabulary.label(place)}：{lines.get(vocabulary.label(place))}, "
                    f"draft {wanted}",
                )  # fmt: skip

    def _rendered(self, place: Place, kept: Any) -> str:
        if kept is None or kept == []:
            return "（未填）"
        if vocabulary.step(place).kind.many:
            return "、".join(self._rendered_one(place, one) for one in kept)
        return self._rendered_one(place, kept)

    def _rendered_one(self, place: Place, kept: Any) -> str:
        if place[1] == "industries":
            return next(name for name, code in self._talk.industries.items() if code == kept)
        known = vocabulary.RIGHT[place]
        return next((phrase.shown for phrase in known if phrase.kept == kept), str(kept))

    def _ticks(self, step: Step) -> None:
        """Of several choices those are ticked that the draft holds."""
        draft, shown = step.after.open(step.who), self._talk.screen(step.after, step.who)
        if draft is None or draft.step == REVIEW or shown is None:
            return
        place = (draft.form, draft.step)
        if shown[0] != place or not vocabulary.step(place).kind.many:
            return
        ticked = _ticked(shown[1])
        held = {str(one) for one in draft.answers.get(draft.step) or []}
        if ticked != held:
            raise Broken("d", step, f"ticked {ticked}, draft {held}")

    # e: nothing stuck

    def _updates_end(self, step: Step) -> None:
        if step.after.updates:
            raise Broken("e", step, f"update not done: {step.after.updates[0]}")

    def _one_form(self, step: Step) -> None:
        open_ones = [d.person_id for d in step.after.drafts if d.active]
        if len(open_ones) != len(set(open_ones)):
            raise Broken("e", step, "two forms are open")

    def _nothing_stuck(self, step: Step) -> None:
        if step.after.stuck:
            raise Broken("e", step, f"outbox: {step.after.stuck[0]}")


def _ticked(bubble: Bubble) -> set[str]:
    return {
        button["callback_data"].split(":")[-1]
        for row in bubble.rows
        for button in row
        if button["text"].startswith("✓ ") and not words.is_way(button)
    }
