"""What one message tells of a form: corrections of earlier answers, several answers at once.

Nothing is guessed. A step is told something when the message names it (预算改成50万, 联系人：王工),
when a part of the message is a value that only it can mean (年底前要), or the label of one of its
choices. What nobody claims is left as `rest`, for the open question or for whoever asks.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from conversations import form as forms
from conversations.form import Form
from conversations.passage import Part, Passage
from conversations.reading import Unfit, asks, find_values
from conversations.reading.vocabulary import filled
from conversations.steps import Step
from pipeline.turn import Turn

WORDS = Path(__file__).parent.parent / "data" / "telling.toml"
KINDS = {"code": ("uscc",), "phone": ("phone",), "money": ("money",), "date": ("date", "time")}
SHORT = 24  # characters of a value that follows a name


@dataclass
class Told:
    """`answers` as they are kept; `wrong` is a step said to be wrong without a value that does."""

    answers: dict[str, Any] = field(default_factory=dict)
    wrong: str | None = None
    unfit: Unfit | None = None
    rest: str = ""

    def __bool__(self) -> bool:
        return bool(self.answers or self.wrong)


class Saying:
    """One message, held against the open form."""

    def __init__(self, turn: Turn, text: str) -> None:
        self.turn = turn
        self.form, self.filling = forms.opened(turn)
        self.passage = Passage(text)
        self.told = Told()
        self.named = False

    async def read(self) -> Told:
        if not self.passage.readable:
            return self.told
        if not await self._unnamed():
            for name, part in self._named():
                await self._segment(self.form.step(name), part)
            await self._values()
            await self._choices()
            await self._lines()
        self.told.rest = self.passage.rest()
        only_an_answer = set(self.told.answers) == {self.filling.step} and not self.named
        if only_an_answer and not asks(self.told.rest):
            return Told(rest=self.passage.text)  # its own step reads it whole
        return self.told

    # corrections and labelled answers

    async def _unnamed(self) -> bool:
        """写错了，是80万: the answer before."""
        found = _patterns()["unnamed"].fullmatch(self.passage.line)
        last = self._last_answered()
        if found is None or last is None:
            return False
        if not await self._claim_value(last, Part(*found.span("value"))):
            return False
        self.passage.claim(self.passage.whole)
        return True

    def _last_answered(self) -> Step | None:
        at = self.form.place(self.filling.step)
        before = [s for s in self.form.steps[:at] if s.name not in self.filling.known]
        return before[-1] if before else None

    def _named(self) -> Iterator[tuple[str, Part]]:
        """Stretches that begin with a field's name, each up to the next one."""
        names = _names(self.form)
        line = self.passage.line
        found = list(_starts(self.form).finditer(line))
        ends = [*(one.start() for one in found[1:]), len(line)][: len(found)]
        for one, end in zip(found, ends, strict=True):
            yield names[one["name"]], Part(one.end(), end)

    async def _segment(self, step: Step, part: Part) -> None:
        """After the name: a correction, or a value."""
        said = self.passage.seen(part)
        patterns = _patterns()
        for kind in ("changed", "not", "wrong"):
            if found := patterns[kind].match(said):
                value = Part(part.start + found.start("value"), part.end)
                await self._correct(step, value, must=kind != "not")
                return
        if found := patterns["sure"].match(said) or patterns["is"].match(said):
            sure = (
                said[found.start() : found.end()].strip()[:1] in ":：" or step.kind.name == "person"
            )
            await self._label(step, Part(part.start + found.end(), part.end), sure=sure)
        elif found := patterns["loose"].match(said):
            await self._label(step, Part(part.start + found.end(), part.end), sure=False)

    async def _correct(self, step: Step, part: Part, *, must: bool) -> None:
        """An earlier answer is changed. With `must` it is surely said to be wrong."""
        answered = step.name in self.filling.answers or step.name == self.filling.step
        if await self._take(step, part, whole=step.kind.free) or not (must and answered):
            return
        if step.name == self.filling.step and not self.passage.said(part):
            return
        self.told.wrong = step.name
        self.passage.claim(self.passage.with_its_name(part))

    async def _label(self, step: Step, part: Part, *, sure: bool) -> None:
        """A value behind a name: a free text only where the name surely is a label."""
        mine = step.name == self.filling.step
        if step.kind.free and not (sure or (mine and self._is_labelled(part))):
            return
        await self._take(step, part, whole=mine and step.kind.free)

    def _is_labelled(self, part: Part) -> bool:
        return bool(_patterns()["is"].search(self.passage.line[: part.start][-2:]))

    async def _take(self, step: Step, part: Part, *, whole: bool) -> bool:
        """Read the value from the part: all of it, or its first clause and what goes on with it."""
        for candidate in (part,) if whole else self._prefixes(step, part):
            said = self.passage.said(candidate)
            if not said or (not step.kind.free and len(said) > SHORT):
                continue
            try:
                self.told.answers[step.name] = await forms.read(self.turn, step, said)
            except Unfit as unfit:
                self.told.unfit = unfit
                continue
            self.told.unfit, self.named = None, True
            self.passage.claim(self.passage.with_its_name(Part(part.start, candidate.end)))
            return True
        return False

    def _prefixes(self, step: Step, part: Part) -> Iterator[Part]:
        """The clauses from the first on, as many as speak of the same kind; the longest first."""
        clauses = list(self.passage.clauses(part))
        count = 1
        while count < len(clauses) and self._spans(clauses[count]) == {step.kind.name}:
            count += 1
        for last in reversed(clauses[:count]):
            yield Part(part.start, last.end)

    # values and choices that stand alone

    async def _values(self) -> None:
        """Codes and phones wherever they stand; sums and days that are a clause by themselves."""
        for span in find_values(self.passage.text, self.turn.now):
            part = Part(span.start, span.end)
            step = self._meant(KINDS[span.kind])
            if step is None or self.passage.is_claimed(part):
                continue
            if span.kind in ("money", "date"):
                clause = self.passage.clause_of(part)
                if not self._stands_alone(clause, part, step):
                    continue
                part = clause
            await self._claim_value(step, part)

    def _meant(self, kinds: tuple[str, ...]) -> Step | None:
        """The one step that wants such a value: the open one, else the only one still to ask."""
        told, answers = self.told.answers, self.filling.answers
        wanting = [s for s in self.form.steps if s.kind.name in kinds and s.name not in told]
        left = [s for s in wanting if s.name not in answers]
        found = [s for s in wanting if s.name == self.filling.step] or left
        return found[0] if len(found) == 1 else None

    def _stands_alone(self, clause: Part, span: Part, step: Step) -> bool:
        line = self.passage.line
        around = line[clause.start : span.start] + line[span.end : clause.end]
        pattern = "clock" if step.kind.name == "time" else "beside"
        return _patterns()[pattern].fullmatch(around) is not None

    async def _claim_value(self, step: Step, part: Part) -> bool:
        said = self.passage.said(part)
        try:
            self.told.answers[step.name] = await forms.read(self.turn, step, said)
        except Unfit:
            return False
        self.passage.claim(part)
        return True

    async def _choices(self) -> None:
        """A clause that is the label of a choice still to be made, beside other things said."""
        clauses = list(self.passage.free())
        if len(clauses) < 2 and not self.told.answers:
            return
        for step in self.form.steps:
            if not step.kind.chosen or step.name in self.filling.answers | self.told.answers:
                continue
            if step.name == self.filling.step:
                continue
            options = await forms.options_of(self.turn, step, self.filling.answers)
            labels = {option.label.lower(): option.key for option in options}
            picked = [c for c in clauses if self.passage.seen(c).strip() in labels]
            if picked and (step.kind.many or len(picked) == 1):
                keys = [labels[self.passage.seen(c).strip()] for c in picked]
                self.told.answers[step.name] = keys if step.kind.many else keys[0]
                for clause in picked:
                    self.passage.claim(clause)

    async def _lines(self) -> None:
        """Several lines at once, some of them surely for later steps: the others in their order."""
        lines = list(self.passage.free())
        later = [self.form.place(name) for name in self.told.answers]
        if len(lines) < 2 or not later or "\n" not in self.passage.text:
            return
        free = [
            s for s in self.form.steps[: max(later)]
            if s.kind.free and s.name not in self.filling.answers | self.told.answers
        ]  # fmt: skip
        if len(lines) <= len(free) and free[0].name == self.filling.step:
            for step, part in zip(free, lines, strict=False):
                await self._claim_value(step, part)

    def _spans(self, part: Part) -> set[str]:
        text = self.passage.text[part.start : part.end]
        return {span.kind for span in find_values(text, self.turn.now)}


async def told(turn: Turn, text: str) -> Told:
    return await Saying(turn, text).read()


async def begin(
    turn: Turn, name: str, text: str, guessed: Mapping[str, Any] | None = None, /, **answers: Any
) -> None:
    """Open a form with what the sentence that asked for it says already; `guessed` is for steps of
    which it surely says nothing."""
    if await forms.start(turn, name, answers):
        said = await told(turn, text)
        noted = await forms.take(turn, {**(guessed or {}), **said.answers, **answers})
        await forms.ask(turn, resumed=forms.was_asked(turn), noted=noted)


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    lexicon = _lexicon()
    return {
        name: re.compile(filled(said, lexicon["pieces"]), re.S)
        for name, said in lexicon["patterns"].items()
    }


@cache
def _names(form: Form) -> dict[str, str]:
    """Every name of a step, to the step."""
    others = _lexicon()["names"].get(form.name, {})
    return {
        name.lower(): step.name
        for step in form.steps
        for name in (form.label(step.name), *others.get(step.name, ()))
    }


@cache
def _starts(form: Form) -> re.Pattern[str]:
    """Where a clause begins with the name of a step."""
    lead = _lexicon()["pieces"]["lead"]
    names = "|".join(re.escape(name) for name in sorted(_names(form), key=len, reverse=True))
    return re.compile(f"(?:^|(?<=[，,;；。、\n ]))(?:{lead})*(?P<name>{names})")


__all__: Sequence[str] = ("Told", "begin", "told")
