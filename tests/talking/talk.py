"""Somebody's deeds done in the real programme, with a note of what each was meant as."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from channels import updates
from conversations.form import REVIEW
from pipeline import words
from tests.chat import Bubble, Chat, Somebody, chatting
from tests.talking import deeds, state, vocabulary
from tests.talking.deeds import Deed
from tests.talking.ledger import Ledger
from tests.talking.meaning import Line, Wording
from tests.talking.state import State
from tests.talking.vocabulary import Phrase, Place

CAST = (
    ("王", "ent"), ("赵", "ent"), ("组织", "org"), ("客服", "staff"), ("李", "ent"), ("孙", "ent"),
)  # fmt: skip
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


class Talk:
    """The programme, everybody's phones, and who holds one now."""

    def __init__(self, data_dir: Path, now: datetime, url: str) -> None:
        self.ledger = Ledger()
        self.script: list[str] = []
        self.industries: dict[str, str] = {}
        self._where = data_dir, now, url
        self._stack = AsyncExitStack()
        self._phones: dict[tuple[str, str], Somebody] = {}
        self._seat, self._channel = 0, "web"
        self._sent: list[tuple[Somebody, dict[str, Any], str, Line]] = []
        self._keys = 0
        self._seen: State
        self.chat: Chat

    async def __aenter__(self) -> Talk:
        await self._start()
        self.industries = await state.industries(self.chat.programme.database)
        for name, role in CAST:
            await self._phone(name, role, "web")
        await self.chat.settle()
        await self.look()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        data_dir, now, url = self._where
        self.chat = await self._stack.enter_async_context(
            chatting(data_dir, now, url=url, approve_enterprises=True)
        )

    async def restart(self) -> None:
        """Everything in memory is gone; the phones show what they showed."""
        self.script.append("(重启)")
        await self._stack.aclose()
        await self._start()
        known, self._phones = list(self._phones), {}
        for channel, name in known:
            await self._phone(name, dict(CAST)[name], channel)
        await self.chat.everybody_reads()

    async def _phone(self, name: str, role: str, channel: str) -> Somebody:
        if (channel, name) not in self._phones:
            self._phones[channel, name] = await self.chat.somebody(name, role, channel)
        return self._phones[channel, name]

    @property
    def me(self) -> Somebody:
        return self._phones[self._channel, CAST[self._seat][0]]

    async def look(self) -> State:
        self._seen = await state.look(self.chat.programme.database, self.chat.clock.now())
        return self._seen

    def phones_of(self, now: State, person: int) -> list[Somebody]:
        return [p for p in self._phones.values() if now.people.get(p.chat_id) == person]

    def screen(self, now: State, person: int) -> tuple[Place, Bubble] | None:
        """The question or card that the person saw last, on any of their phones."""
        bubbles = sorted(
            (b for phone in self.phones_of(now, person) for b in phone.messages),
            key=lambda bubble: int(bubble.id[1:]),
        )
        for bubble in reversed(bubbles):
            if place := vocabulary.shown_on(bubble.text):
                return place, bubble
        return None

    async def does(self, deed: Deed) -> AsyncIterator[Step]:
        """Do it; a step where anything reached the programme."""
        match deed:
            case deeds.Becomes(which):
                self._seat, self._channel = which % len(CAST), "web"
            case deeds.Moves():
                self._channel = "terminal" if self._channel == "web" else "web"
                await (await self._phone(*CAST[self._seat], self._channel)).read()
                await self.look()
            case deeds.Restarts():
                before = self._seen
                await self.restart()
                yield await self._settle([Line("(重启)", "restart")], before)
            case deeds.Repeats(back):
                if self._sent:
                    yield await self._again(self._sent[-1 - back % len(self._sent)])
            case deeds.AtOnce(texts, restart):
                yield await self._at_once(texts, restart)
            case deeds.Presses(back, button):
                if found := self._button(back, button):
                    yield await self._press(*found)
            case deeds.Taps(label, older):
                yield await self._press(*self._labelled(label)[-1 - older])
            case deeds.Opens(which):
                async for step in self._open(which):
                    yield step
            case _:
                yield await self._at_once((deed,), False)

    def _step(self, lines: list[Line], before: State, after: State) -> Step:
        person = after.people.get(self.me.chat_id) or 0
        return Step(lines, person, self.me.chat_id, before, after)

    # what is said

    async def _at_once(self, texts: Sequence[deeds.Text], restart: bool) -> Step:
        before, me = self._seen, self.me
        lines = self._meant(texts, before)
        for line in lines:
            self._note(f"{line.text}", line)
            update = updates.text(me.chat_id, line.text, self.chat.clock.now())
            await self._send(me, update, line)
        if restart:
            await self.restart()
        return await self._settle(lines, before)

    def _meant(self, texts: Sequence[deeds.Text], now: State) -> list[Line]:
        """Somebody who sends several at once knows the form: each answer is for the next step."""
        person = now.people[self.me.chat_id]
        open_form, seen = now.open(person), self.screen(now, person)
        place = seen[0] if open_form and seen else None
        answered = set(open_form.answers) if open_form else set()
        wording, lines = Wording(self.industries, self._link_code()), list[Line]()
        for text in texts:
            line = wording.line(text, place, len(texts) == 1)
            lines.append(line)
            if line.place and line.phrase:
                self._give(person, line.place, line.phrase)
            if place is None and line.text == "人工":
                place = ("question", "question")
            elif isinstance(text, deeds.Answers) and line.place and place and place[1] != REVIEW:
                answered.add(place[1])
                place = vocabulary.after(place, answered)
        return lines

    def _link_code(self) -> str | None:
        """The newest code that another phone shows."""
        shown = [
            bubble
            for phone in self._phones.values()
            if phone is not self.me
            for bubble in phone.messages
            if bubble.text.startswith("验证码 ")
        ]
        newest = max(shown, key=lambda bubble: int(bubble.id[1:]), default=None)
        return newest.text.split()[1][:6] if newest else None

    def _give(self, person: int, place: Place, phrase: Phrase) -> None:
        self.ledger.give(person, place, phrase.kept)

    # what is pressed

    def _button(self, back: int, button: int) -> tuple[Bubble, dict[str, str]] | None:
        bubbles = [bubble for bubble in self.me.messages if bubble.rows]
        if not bubbles:
            return None
        bubble = bubbles[-1 - back % len(bubbles)]
        buttons = [one for row in bubble.rows for one in row]
        return bubble, buttons[button % len(buttons)]

    def _labelled(self, label: str) -> list[tuple[Bubble, dict[str, str]]]:
        return [
            (bubble, button)
            for bubble in self.me.messages
            for row in bubble.rows
            for button in row
            if label in button["text"]
        ]

    async def _open(self, which: int) -> AsyncIterator[Step]:
        """Say what leads to a form, and press what it shows, if it shows that."""
        ways = vocabulary.OPENINGS[CAST[self._seat][1]]
        said, data = ways[which % len(ways)]
        yield await self._at_once((deeds.Says(said),), False)
        shown = [
            (bubble, button)
            for bubble in self.me.messages
            for row in bubble.rows
            for button in row
            if data and words.act(button["callback_data"]).startswith(data)
        ]
        if shown:
            yield await self._press(*shown[-1])

    async def _press(self, bubble: Bubble, button: dict[str, str]) -> Step:
        before, me = self._seen, self.me
        data, key = button["callback_data"], self._key()
        line = self._pressed(bubble, button, before)
        self._note(f"【{button['text']}】（{bubble.text.splitlines()[0][:24]}）", line)
        at = self.chat.clock.now()
        update = updates.press(
            me.chat_id, self._channel, key, int(bubble.id[1:]), data, button["text"], at
        )
        await self._send(me, update, line, key)
        return await self._settle([line], before)

    def _pressed(self, bubble: Bubble, button: dict[str, str], before: State) -> Line:
        """A button of a question was meant for that question, however old it is."""
        person = before.people[self.me.chat_id]
        name, *args = words.act(button["callback_data"]).split(":")
        place, seen = vocabulary.shown_on(bubble.text), self.screen(before, person)
        newest = seen is not None and seen[1].id == bubble.id and before.open(person) is not None
        tag = f"button {name}"
        if name.startswith("forms.") and not newest:
            tag += " of an older message"
        if name in MANNERS and place and place[1] != REVIEW:
            kept = args[2] if name == "forms.choose" else None
            phrase = Phrase(button["text"], kept, "")
            if name != "forms.done":
                self._give(person, place, phrase)
                if vocabulary.step(place).kind.many and kept is not None:
                    self._give(person, place, Phrase("", [], ""))
            return Line(button["text"], tag, place, phrase)
        return Line(button["text"], tag)

    # delivery

    def _key(self) -> str:
        self._keys += 1
        return f"law{self._keys}"

    async def _send(
        self, me: Somebody, update: dict[str, Any], line: Line, key: str | None = None
    ) -> None:
        key = key or self._key()
        self._sent.append((me, update, key, line))
        await me.posts(update, key)

    async def _again(self, sent: tuple[Somebody, dict[str, Any], str, Line]) -> Step:
        phone, update, key, line = sent
        before = self._seen
        self.script.append(f"(再次送达: {line.text})")
        # The phone of that time, by its chat: a restart made new ones.
        same = next(p for p in self._phones.values() if p.chat_id == phone.chat_id)
        await same.posts(update, key)
        step = await self._settle([Line(line.text, "repeat")], before)
        step.repeated = True
        return step

    async def _settle(self, lines: list[Line], before: State) -> Step:
        await self.chat.programme.settle()
        after = await self.look()
        self._merge(before, after)
        step = self._step(lines, before, after)
        for phone in self._phones.values():
            if before.replies.get(phone.chat_id) == after.replies.get(phone.chat_id):
                continue  # reading costs, and nothing was said there
            await phone.read()
            if phone is self.me:
                step.heard = list(phone.new)
            for bubble in phone.new:
                self._hear(phone, bubble)
        return step

    def _merge(self, before: State, after: State) -> None:
        for chat_id, person in after.people.items():
            if (earlier := before.people.get(chat_id)) and earlier != person:
                self.ledger.same(earlier, person)

    def _note(self, said: str, line: Line) -> None:
        name = CAST[self._seat][0] + ("" if self._channel == "web" else "·终端")
        self.script.append(f"{name}: {said}        # {line.tag}")

    def _hear(self, phone: Somebody, bubble: Bubble) -> None:
        (channel, name), _ = next(one for one in self._phones.items() if one[1] is phone)
        buttons = "".join(f"[{label}]" for label in bubble.labels[:8])
        text = " / ".join(line for line in bubble.text.splitlines() if line)
        self.script.append(
            f"    → {name}{'' if channel == 'web' else '·终端'}: {text[:150]} {buttons}"
        )
