"""Somebody's deeds done in the real programme, with a note of what each was meant as."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from channels import updates
from conversations.form import REVIEW
from pipeline import words
from tests.chat import Bubble, Somebody
from tests.talking import deeds, meaning, phones, state, vocabulary
from tests.talking.deeds import Deed
from tests.talking.ledger import Ledger
from tests.talking.meaning import Line
from tests.talking.phones import CAST, Button, Phones
from tests.talking.state import State
from tests.talking.vocabulary import Open, Phrase, Place

MANNERS = ("forms.choose", "forms.skip", "forms.done")


@dataclass
class Step:
    """A deed that was done: for the laws to judge."""

    lines: list[Line]
    who: int
    chat_id: int
    before: State
    after: State
    repeated: bool = False
    heard: list[Bubble] = field(default_factory=list)

    @property
    def tag(self) -> str:
        return " + ".join(dict.fromkeys(line.tag for line in self.lines))

    @property
    def alone(self) -> Line | None:
        """The only line, of a step that is judged by what it said."""
        return self.lines[0] if len(self.lines) == 1 and not self.repeated else None


class Talk:
    """The programme, everybody's phones, and who holds one now."""

    def __init__(self, data_dir: Path, now: datetime, url: str) -> None:
        self.ledger = Ledger()
        self.script: list[str] = []
        self.industries: dict[str, str] = {}
        self.phones = Phones(data_dir, now, url)
        self._seat, self._channel = 0, "web"
        self._sent: list[tuple[int, dict[str, Any], str, Line]] = []
        self._keys = 0
        self._seen: State

    async def __aenter__(self) -> Talk:
        await self.phones.start()
        self.industries = await state.industries(self.phones.chat.programme.database)
        for name, role in CAST:
            await self.phones.get(name, role, "web")
        await self.phones.chat.settle()
        now = await self.look()
        for phone in self.phones.all.values():
            for bubble in phone.messages:
                self.phones.hear(phone, bubble, now)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.phones.stop()

    async def restart(self) -> None:
        self.script.append("(重启)")
        await self.phones.restart()

    @property
    def me(self) -> Somebody:
        return self.phones.all[self._channel, CAST[self._seat][0]]

    async def look(self) -> State:
        self._seen = await state.look(
            self.phones.chat.programme.database, self.phones.chat.clock.now()
        )
        return self._seen

    async def does(self, deed: Deed) -> AsyncIterator[Step]:
        """Do it; a step where anything reached the programme."""
        match deed:
            case deeds.Becomes(which):
                self._seat, self._channel = which % len(CAST), "web"
            case deeds.Moves():
                self._channel = "terminal" if self._channel == "web" else "web"
                await (await self.phones.get(*CAST[self._seat], self._channel)).read()
                await self.look()
            case deeds.Restarts():
                before = self._seen
                await self.restart()
                yield await self._settle([Line("(重启)", "restart")], before)
            case deeds.Repeats(back):
                if self._sent:
                    yield await self._again(*phones.at(self._sent, back))
            case deeds.AtOnce(texts, restart):
                yield await self._at_once(texts, restart)
            case deeds.Presses(back, button):
                if shown := [bubble for bubble in self.me.messages if bubble.rows]:
                    bubble = phones.at(shown, back)
                    each = [one for row in bubble.rows for one in row]
                    yield await self._press(bubble, each[button % len(each)])
            case deeds.Taps(label, older):
                found = [f for f in phones.buttons(self.me) if label in f[1]["text"]]
                yield await self._press(*found[-1 - older])
            case deeds.Resolves(meant):
                data = "forms.meant" if meant else "forms.wondered"
                if found := phones.leading_to(self.me, data):
                    yield await self._press(*found[-1])
            case deeds.Opens(which):
                async for step in self._open(which):
                    yield step
            case _:
                yield await self._at_once((deed,), False)

    # what is said

    async def _at_once(self, texts: Sequence[deeds.Text], restart: bool) -> Step:
        before, me = self._seen, self.me
        lines = self._meant(texts, before)
        for line in lines:
            self._note(f"{line.text}", line)
            update = updates.text(me.chat_id, line.text, self.phones.chat.clock.now())
            if line.thing:
                del update["message"]["text"], update["message"]["entities"]
                update["message"] |= line.thing
            await self._send(me, update, line)
        if restart:
            await self.restart()
        return await self._settle(lines, before)

    def _meant(self, texts: Sequence[deeds.Text], now: State) -> list[Line]:
        """Somebody who sends several at once knows the form: each answer is for the next step. On
        a phone that did not see where the form went on, what is said is for what it saw."""
        person = now.people[self.me.chat_id]
        open_form, seen = now.open(person), self.phones.screen(now, person)
        here = self._here(seen if open_form else None, open_form)
        place = seen[0] if open_form and seen else None
        if stale := self._missed(open_form, seen):
            return [self._missed_line(texts[0], stale, here, person)]
        answered = set(open_form.answers) if open_form else set()
        lines = list[Line]()
        for text in texts:
            line = meaning.line(text, place, here, len(texts) == 1)
            lines.append(line)
            self._give(person, line)
            if place is None:  # what was said just before goes along with 人工
                self.ledger.give(person, ("question", "question"), line.text)
            if place is None and line.text == "人工":
                place = ("question", "question")
            elif isinstance(text, deeds.Answers) and line.place and place and place[1] != REVIEW:
                answered.add(place[1])
                place = vocabulary.after(place, answered)
        return lines

    def _missed(
        self, open_form: Any | None, seen: tuple[Place, Bubble] | None
    ) -> tuple[Place, Bubble] | None:
        """The older question that this phone shows, where the form was asked here before."""
        mine = self.phones.last_asked(self.me)
        shown = open_form.notes.get("shown", {}) if open_form else {}
        if not (seen and mine and open_form) or str(self.me.chat_id) not in shown:
            return None
        return None if mine[1].id == seen[1].id or mine[0][0] != open_form.form else mine

    def _missed_line(
        self, text: deeds.Text, stale: tuple[Place, Bubble], here: Open, person: int
    ) -> Line:
        line = meaning.line(text, stale[0], here, True)
        self._give(person, line)
        named = isinstance(text, deeds.Corrects | deeds.Names | deeds.Says)
        expected = line.expected if named else "moved"
        return replace(line, tag=f"{line.tag} on a phone left behind", expected=expected)

    def _here(self, seen: tuple[Place, Bubble] | None, open_form: Any | None) -> Open:
        return Open(
            self.industries,
            phones.choices(seen[1], seen[0]) if seen else (),
            open_form.answers if open_form else {},
            self.phones.link_code(self.me),
        )

    def _give(self, person: int, line: Line) -> None:
        for place, phrase in line.given:
            self.ledger.give(person, place, phrase.kept)

    # what is pressed

    async def _open(self, which: int) -> AsyncIterator[Step]:
        """Say what leads to a form, and press what it shows, if it shows that."""
        ways = vocabulary.OPENINGS[CAST[self._seat][1]]
        said, data = ways[which % len(ways)]
        yield await self._at_once((deeds.Says(said),), False)
        if shown := phones.leading_to(self.me, data):
            yield await self._press(*shown[-1])

    async def _press(self, bubble: Bubble, button: Button) -> Step:
        before, me = self._seen, self.me
        data, key = button["callback_data"], self._key()
        line = self._pressed(bubble, button, before)
        self._note(f"【{button['text']}】（{bubble.text.splitlines()[0][:24]}）", line)
        at = self.phones.chat.clock.now()
        update = updates.press(
            me.chat_id, self._channel, key, phones.number(bubble), data, button["text"], at
        )
        await self._send(me, update, line, key)
        return await self._settle([line], before)

    def _pressed(self, bubble: Bubble, button: Button, before: State) -> Line:
        """A button of a question was meant for that question, however old it is."""
        person = before.people[self.me.chat_id]
        name, *args = words.act(button["callback_data"]).split(":")
        place, seen = vocabulary.shown_on(bubble.text), self.phones.screen(before, person)
        newest = seen is not None and seen[1].id == bubble.id and before.open(person) is not None
        tag = f"button {name}"
        if name.startswith("forms.") and not newest:
            tag += " of an older message"
        line = Line(button["text"], tag)
        if name in MANNERS and place and place[1] != REVIEW:
            line = self._manner(line, name, args, place)
        elif name in ("needs.edit", "events.edit") and len(args) > 1:
            field = (name.replace(".edit", "/change"), "field")
            line = replace(line, more=((field, Phrase("", args[1], "")),))
        elif name in ("forms.meant", "forms.wondered"):
            line = self._resolved(line, name, bubble)
        self._give(person, line)
        return line

    def _manner(self, line: Line, name: str, args: list[str], place: Place) -> Line:
        phrase = Phrase(line.text, args[2] if name == "forms.choose" else None, "")
        if name == "forms.done":
            return replace(line, more=((place, Phrase("", [], "")),))
        many = vocabulary.step(place).kind.many and phrase.kept is not None
        none = ((place, Phrase("", [], "")),) if many else ()
        return replace(line, place=place, phrase=phrase, more=none)

    def _resolved(self, line: Line, name: str, bubble: Bubble) -> Line:
        place, said = self.phones.doubts[self.me.chat_id, bubble.id]
        phrase = Phrase(said, said, said)
        if name == "forms.meant":
            return replace(line, place=place, phrase=phrase, expected="meant")
        return replace(line, place=place, expected="wondered")

    # delivery

    def _key(self) -> str:
        self._keys += 1
        return f"law{self._keys}"

    async def _send(
        self, me: Somebody, update: dict[str, Any], line: Line, key: str | None = None
    ) -> None:
        key = key or self._key()
        self._sent.append((me.chat_id, update, key, line))
        await me.posts(update, key)

    async def _again(self, chat_id: int, update: dict[str, Any], key: str, line: Line) -> Step:
        before = self._seen
        self.script.append(f"(再次送达: {line.text})")
        await self.phones.by_chat(chat_id).posts(update, key)
        step = await self._settle([Line(line.text, "repeat")], before)
        step.repeated = True
        return step

    async def _settle(self, lines: list[Line], before: State) -> Step:
        await self.phones.chat.programme.settle()
        after = await self.look()
        for chat_id, person in after.people.items():
            if (earlier := before.people.get(chat_id)) and earlier != person:
                self.ledger.same(earlier, person)
        me = self.me
        step = Step(lines, after.people.get(me.chat_id) or 0, me.chat_id, before, after)
        for phone in self.phones.all.values():
            if before.replies.get(phone.chat_id) == after.replies.get(phone.chat_id):
                continue  # reading costs, and nothing was said there
            await phone.read()
            if phone is me:
                step.heard = list(phone.new)
            for bubble in phone.new:
                self.phones.hear(phone, bubble, after)
                self._write(phone, bubble)
        return step

    def _note(self, said: str, line: Line) -> None:
        self.script.append(f"{self.phones.name(self.me)}: {said}        # {line.tag}")

    def _write(self, phone: Somebody, bubble: Bubble) -> None:
        shown = "".join(f"[{label}]" for label in bubble.labels[:8])
        text = " / ".join(line for line in bubble.text.splitlines() if line)
        self.script.append(f"    → {self.phones.name(phone)}: {text[:150]} {shown}")
