"""The laws of the chat, each judged after every step."""

from __future__ import annotations

from typing import Any

from conversations.form import REVIEW
from pipeline import words
from tests.chat import Bubble
from tests.talking import vocabulary
from tests.talking.fields import Broken, Fields
from tests.talking.meaning import Line
from tests.talking.state import State
from tests.talking.talk import Step, Talk
from tests.talking.vocabulary import Phrase, Place

MENU = {"看专利", "待答问题"}
HUMAN = ("已转给人工", "转人工", "已补充到编号")
"""The last where a question of the person's waits already."""


class Judge:
    """Judges step after step of one talk."""

    def __init__(self, talk: Talk, begin: State) -> None:
        self._talk = talk
        self._kept = Fields(talk, begin)
        self._misses: list[tuple[str, str]] = []

    def judge(self, step: Step) -> None:
        for law in (
            self._updates_end, self._one_form, self._nothing_stuck, self._kept.drafts,
            self._kept.columns, self._repeats, self._replies, self._draft_is_shown,
            self._card_is_draft, self._ticks, self._ways, self._put_aside, self._way_on,
            self._taken, self._left_behind, self._doubted, self._not_thrice,
        ):  # fmt: skip
            law(step)

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
        if said == "菜单" and _filled(before) != _filled(after):
            raise Broken("b", step, "the menu changed the form")
        if said == "人工" and not any(sign in texts for sign in HUMAN):
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

    def _put_aside(self, step: Step) -> None:
        """先放着 closes the form and keeps it; 继续 opens it again."""
        said = step.alone.expected if step.alone else ""
        before, after = step.before.open(step.who), step.after.open(step.who)
        if said == "先放着" and before:
            kept = [(d.form, d.answers) for d in step.after.drafts if d.person_id == step.who]
            if after or (before.form, before.answers) not in kept:
                raise Broken("b", step, "not put aside as it was")
        if said == "继续" and before and after and before.answers != after.answers:
            raise Broken("b", step, "going on changed the answers")
        waiting = any(d.person_id == step.who for d in step.before.drafts)
        if said == "继续" and not before and waiting and not after:
            raise Broken("b", step, "what was put aside is not taken up")

    def _taken(self, step: Step) -> None:
        """A fitting answer is kept, a correction corrects, all that is named is noted."""
        line, draft = step.alone, step.after.open(step.who)
        before = step.before.open(step.who)
        if line is None or draft is None or before is None or draft.form != before.form:
            return
        if line.expected == "corrected" and line.place and line.place[1] not in before.answers:
            return
        if line.expected == "no answer" and _typed(before) != _typed(draft):
            raise Broken("taken", step, "what is no text was taken for an answer")
        if line.expected in ("kept", "corrected", "kept, answered", "named"):
            for place, phrase in line.given:
                if line.expected != "named" or self._nameable(before, place):
                    self._is_kept(step, line, draft, place, phrase)
        if line.expected == "kept, answered" and all(map(_of_a_form, step.heard)):
            raise Broken("taken", step, "the question in it is not answered")

    def _nameable(self, before: Any, place: Place) -> bool:
        """What was written in free words is not written over by a name that may be a word."""
        if place[0] in vocabulary.CHANGES and place[1] == "value":  # of what comes first
            asked = {one.name for one in vocabulary.DECLARED[place[0]].steps}
            return bool(asked - {"value"} <= before.answers.keys())
        answered = place[1] in before.answers and before.step not in (place[1], REVIEW)
        return not (answered and vocabulary.step(place).kind.free)

    def _is_kept(self, step: Step, line: Line, draft: Any, place: Place, phrase: Phrase) -> None:
        form, name = place
        if draft.form != form or self._of_other_firm(step, place, phrase.text):
            return
        kept = draft.answers.get(name)
        kept = kept if vocabulary.step(place).kind.many else [kept]
        if phrase.kept not in (kept or []):
            law = "corrected" if line.expected == "corrected" else "taken"
            raise Broken(law, step, f"{form}.{name} is {kept!r} after {line.text!r}")

    def _of_other_firm(self, step: Step, place: Place, name: str) -> bool:
        if place[0] != "register" or place[1] not in ("name", "uscc"):
            return False
        return any(name in (firm.name, firm.uscc) for firm in step.after.firms)

    def _left_behind(self, step: Step) -> None:
        """What answers a question that went on elsewhere is stored nowhere else, and asked anew."""
        line, before = step.alone, step.before.open(step.who)
        after = step.after.open(step.who)
        if line is None or line.expected != "moved" or before is None or line.place is None:
            return
        if after is None or after.form != before.form:
            return  # it was a wish
        own = {place[1] for place, _ in line.given}
        for name in {*before.answers, *after.answers} - {"attachments"}:
            if name not in own and before.answers.get(name) != after.answers.get(name):
                raise Broken("moved", step, f"{name} changed from a phone that was left behind")
        if not any(map(_of_a_form, step.heard)):
            raise Broken("moved", step, "not asked here")

    def _doubted(self, step: Step) -> None:
        """Of a doubt both ways out lead out."""
        line, before = step.alone, step.before.open(step.who)
        after = step.after.open(step.who)
        if line is None or before is None or line.place is None or after is None:
            return
        if line.expected == "wondered" and _typed(before) != _typed(after):
            raise Broken("doubt", step, "what was for the programme was stored")
        if (
            line.expected == "wondered"
            and before.notes.get("doubt")
            and all(map(_of_a_form, step.heard))
        ):
            raise Broken("doubt", step, "what was for the programme was not answered")
        meant = line.phrase and line.phrase.text == before.notes.get("doubt")
        if line.expected == "meant" and meant and line.place == (before.form, before.step):
            self._is_kept(step, line, after, line.place, line.phrase or Phrase("", None, ""))

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
        shown = self._talk.phones.screen(step.after, step.who)
        if shown is None or shown[0] != (draft.form, draft.step):
            seen = shown and f"{shown[0][0]}.{shown[0][1]}"
            raise Broken("d", step, f"shown {seen}, open {draft.form}.{draft.step}")

    def _card_is_draft(self, step: Step) -> None:
        draft, shown = step.after.open(step.who), self._talk.phones.screen(step.after, step.who)
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
        known = {str(phrase.kept): phrase.shown for phrase in vocabulary.RIGHT.get(place, ())}
        seen = self._talk.phones.labels.get((place, str(kept)))
        never = vocabulary.SHOWN.get((*place, str(kept)))
        return known.get(str(kept)) or seen or never or str(kept) or "（未填）"

    def _ticks(self, step: Step) -> None:
        """Of several choices those are ticked that the draft holds."""
        draft, shown = step.after.open(step.who), self._talk.phones.screen(step.after, step.who)
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


def _filled(draft: Any | None) -> Any:
    return draft and (draft.form, draft.step, draft.answers)


def _typed(draft: Any) -> Any:
    return {name: value for name, value in draft.answers.items() if name != "attachments"}


def _of_a_form(bubble: Bubble) -> bool:
    return vocabulary.shown_on(bubble.text) is not None


def _ticked(bubble: Bubble) -> set[str]:
    return {
        button["callback_data"].split(":")[-1]
        for row in bubble.rows
        for button in row
        if button["text"].startswith("✓ ") and not words.is_way(button)
    }
