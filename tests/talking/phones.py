"""Everybody's phones over the running programme, and what each shows."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from pipeline import words
from tests.chat import Bubble, Chat, Somebody, chatting
from tests.talking import vocabulary
from tests.talking.state import State
from tests.talking.vocabulary import Phrase, Place

CAST = (
    ("王", "ent"), ("赵", "ent"), ("组织", "org"), ("客服", "staff"), ("李", "ent"), ("孙", "ent"),
)  # fmt: skip
Button = dict[str, str]


class Phones:
    """`labels` are the choices that anybody ever saw; `asked` is which question or card a message
    was when it came, for it may be changed later; `doubts` which answer a card was in doubt of."""

    def __init__(self, data_dir: Path, now: datetime, url: str) -> None:
        self._where = data_dir, now, url
        self._stack = AsyncExitStack()
        self.all: dict[tuple[str, str], Somebody] = {}
        self.labels: dict[tuple[Place, str], str] = {}
        self.asked: dict[tuple[int, str], Place] = {}
        self.doubts: dict[tuple[int, str], tuple[Place, str]] = {}
        self.chat: Chat

    async def start(self) -> None:
        data_dir, now, url = self._where
        self.chat = await self._stack.enter_async_context(
            chatting(data_dir, now, url=url, approve_enterprises=True)
        )

    async def stop(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        """Everything in memory is gone; the phones show what they showed."""
        await self.stop()
        await self.start()
        known, self.all = list(self.all), {}
        for channel, name in known:
            await self.get(name, dict(CAST)[name], channel)
        await self.chat.everybody_reads()

    async def get(self, name: str, role: str, channel: str) -> Somebody:
        if (channel, name) not in self.all:
            self.all[channel, name] = await self.chat.somebody(name, role, channel)
        return self.all[channel, name]

    def by_chat(self, chat_id: int) -> Somebody:
        return next(phone for phone in self.all.values() if phone.chat_id == chat_id)

    def of(self, now: State, person: int) -> list[Somebody]:
        return [p for p in self.all.values() if now.people.get(p.chat_id) == person]

    def screen(self, now: State, person: int) -> tuple[Place, Bubble] | None:
        """The question or card that the person saw last, on any of their phones."""
        for bubble in sorted(
            (b for phone in self.of(now, person) for b in phone.messages), key=number, reverse=True
        ):
            if place := vocabulary.shown_on(bubble.text):
                return place, bubble
        return None

    def last_asked(self, phone: Somebody) -> tuple[Place, Bubble] | None:
        """The question that this phone saw last, though it may say by now that it moved."""
        for bubble in sorted(phone.messages, key=number, reverse=True):
            if place := self.asked.get((phone.chat_id, bubble.id)):
                return place, bubble
        return None

    def hear(self, phone: Somebody, bubble: Bubble, now: State) -> None:
        key = phone.chat_id, bubble.id
        if place := vocabulary.shown_on(bubble.text):
            self.asked[key] = place
            for choice in choices(bubble, place):
                self.labels[place, str(choice.kept)] = choice.shown
        draft = now.open(now.people.get(phone.chat_id, 0))
        if draft and (found := DOUBT.match(bubble.text)):
            self.doubts[key] = (draft.form, draft.step), found[1]

    def link_code(self, me: Somebody) -> str | None:
        """The newest code that another phone shows."""
        shown = [
            bubble
            for phone in self.all.values()
            if phone is not me
            for bubble in phone.messages
            if bubble.text.startswith("验证码 ")
        ]
        newest = max(shown, key=number, default=None)
        return newest.text.split()[1][:6] if newest else None

    def name(self, phone: Somebody) -> str:
        (channel, name), _ = next(one for one in self.all.items() if one[1] is phone)
        return f"{name}{'' if channel == 'web' else '·终端'}"


DOUBT = re.compile(r"“(.+)”：这是要填的")


def number(bubble: Bubble) -> int:
    return int(bubble.id[1:])


def buttons(phone: Somebody) -> list[tuple[Bubble, Button]]:
    return [(bubble, one) for bubble in phone.messages for row in bubble.rows for one in row]


def leading_to(phone: Somebody, data: str) -> list[tuple[Bubble, Button]]:
    """The buttons of an action, which may have `*` for an argument."""
    return [
        found
        for found in buttons(phone)
        if data and fnmatch(words.act(found[1]["callback_data"]), f"{data}*")
    ]


def choices(bubble: Bubble, place: Place) -> list[Phrase]:
    """The choices of the open question, as they would be said."""
    found = []
    for row in bubble.rows:
        for one in row:
            name, *args = one["callback_data"].split(":")
            if name == "forms.choose" and args[:2] == [*place]:
                label = one["text"].removeprefix("✓ ")
                found.append(Phrase(label, args[2], label))
    return found


def at(bubbles: list[Any], back: int) -> Any:
    return bubbles[-1 - back % len(bubbles)]
