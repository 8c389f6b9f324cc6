"""The phones that people hold in tests: what they say and tap, and what they read there."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from channels import feed, updates
from channels.feed import Cursor, Entry
from pipeline import words
from pipeline.inbox import Raw
from tests.emulators.telegram import User
from tests.emulators.telegram.state import Message
from tests.emulators.wecom import Customer
from tests.emulators.wecom import User as Member
from tests.emulators.wecom.cardview import questions
from tests.emulators.wecom.shown import Shown

if TYPE_CHECKING:
    from tests.chat import Chat

NUMBERED = re.compile(r"\[(\d+)\] (.+)")

Act = Callable[[], Awaitable[object]]
Arrives = Callable[["Chat"], Awaitable[None]] | None
"""Brings in what the network holds for us, where it does not come by itself."""


def meant(label: str, shown: Sequence[str]) -> str:
    """The newest of the labels on show that is meant, an exact one first."""
    found = [one for one in shown if one == label] or [one for one in shown if label in one]
    assert found, f"no choice {label} in {shown}"
    return found[-1]


@dataclass
class Bubble:
    """A message as a person sees it."""

    id: str
    text: str
    rows: list[words.Row]
    files: list[dict[str, Any]] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        return [button["text"] for row in self.rows for button in row]

    def __contains__(self, text: str) -> bool:
        return text in self.text


class Somebody:
    """One person on one phone."""

    def __init__(self, chat: Chat, channel: str, chat_id: int) -> None:
        self.chat_id = chat_id
        self.messages: list[Bubble] = []
        self.new: list[Bubble] = []
        self.since: list[Bubble] = []
        self._chat = chat
        self._channel = channel
        self._cursor = Cursor()

    async def says(self, text: str, key: str | None = None) -> Bubble | None:
        """Send a text; the last answer to it, None where there was none."""
        at = self._chat.clock.now()
        return await self.does(updates.text(self.chat_id, text, at), key)

    async def taps(self, label: str, message: Bubble | None = None) -> Bubble | None:
        """Press the newest button whose label holds these words, or an older message's."""
        shown = [
            (bubble, button)
            for bubble in ([message] if message else self.messages)
            for row in bubble.rows
            for button in row
        ]
        wanted = meant(label, [button["text"] for _, button in shown])
        bubble, button = next(one for one in reversed(shown) if one[1]["text"] == wanted)
        return await self.presses(bubble, button["callback_data"], wanted)

    async def ticks(self, *labels: str) -> Bubble | None:
        """Of the several choices on show, choose these and no others."""
        for shown in [button["text"] for button in words.numbered(self.last.rows)]:
            if shown.startswith(words.TICK) != (shown.removeprefix(words.TICK) in labels):
                await self.taps(shown)
        return await self.taps("完成")

    async def presses(self, bubble: Bubble, data: str, label: str = "") -> Bubble | None:
        """Press with any data, as a client of ill will could."""
        key, at = self._chat.key(), self._chat.clock.now()
        number = int(bubble.id[1:])
        update = updates.press(self.chat_id, self._channel, key, number, data, label, at)
        return await self.does(update, key)

    async def does(self, update: dict[str, Any], key: str | None = None) -> Bubble | None:
        self.since = []
        await self.posts(update, key)
        await self._chat.settle()
        return self.new[-1] if self.new else None

    async def posts(self, update: dict[str, Any], key: str | None = None) -> None:
        """Let an update arrive, and nobody handle it yet."""
        key = key or self._chat.key()
        await self._chat.programme.inbox.put(Raw(self._channel, key, self.chat_id, update))

    @property
    def last(self) -> Bubble:
        return self.messages[-1]

    @property
    def screen(self) -> str:
        """Everything that this person has before them when they scroll."""
        return "\n".join(bubble.text for bubble in self.messages)

    @property
    def buttons(self) -> list[str]:
        """What the last message lets one tap, without typing."""
        return self.last.labels

    async def sees(self, *texts: str) -> None:
        for text in texts:
            assert text in self.seen, f"{text} is not in: {self.seen}"

    @property
    def seen(self) -> str:
        """Everything that was said to this person since they acted last."""
        lines = [[bubble.text, *(file["name"] for file in bubble.files)] for bubble in self.since]
        return "\n".join(line for bubble in lines for line in bubble)

    async def read(self) -> None:
        async with self._chat.programme.database.reading() as connection:
            entries = await feed.read(connection, self.chat_id, self._cursor)
        self.new = []
        for entry in entries:
            self._cursor = self._cursor.past(entry)
            if not entry.mine:
                self._take(entry)
        self.since += self.new

    def _take(self, entry: Entry) -> None:
        bubble = Bubble(entry.id, words.plain(entry.html), entry.rows, entry.files)
        if entry.deletes is not None:
            self.messages = [m for m in self.messages if m.id != entry.deletes]
            return
        if entry.edits is None:
            self.messages.append(bubble)
        else:
            bubble.id = entry.edits
            self.messages = [bubble if m.id == entry.edits else m for m in self.messages]
        self.new.append(bubble)


class AtTerminal(Somebody):
    """Somebody at a keyboard: a choice of the last question is its number, a way is its word."""

    def __init__(self, chat: Chat, channel: str, chat_id: int) -> None:
        super().__init__(chat, channel, chat_id)
        self._printed: list[str] = []

    async def taps(self, label: str, message: Bubble | None = None) -> Bubble | None:
        shown = [bubble for bubble in self.messages if bubble.rows]
        if not shown or (message is not None and message is not shown[-1]):
            return await super().taps(label, message)  # no key of a keyboard reaches an old message
        if not any(label in one for one in shown[-1].labels):
            return await super().taps(label)
        wanted = meant(label, shown[-1].labels)
        choices = [button["text"] for button in words.numbered(shown[-1].rows)]
        return await self.says(str(choices.index(wanted) + 1) if wanted in choices else wanted)

    @property
    def screen(self) -> str:
        """What is printed stays printed."""
        return "\n".join(self._printed)

    @property
    def buttons(self) -> list[str]:
        return []

    def _take(self, entry: Entry) -> None:
        super()._take(entry)
        self._printed.append(words.plain(entry.html))

    async def ticks(self, *labels: str) -> Bubble | None:
        """All of them in one answer."""
        shown = [b["text"].removeprefix(words.TICK) for b in words.numbered(self.last.rows)]
        return await self.says("、".join(str(shown.index(label) + 1) for label in labels))


class OnTelegram(Somebody):
    """Somebody with Telegram: what they see is what Telegram accepted over HTTP."""

    def __init__(self, chat: Chat, user: User, fetch: Callable[[Chat], Awaitable[None]]) -> None:
        super().__init__(chat, "telegram", user.id)
        self.user = user
        self._fetch = fetch
        self._read = 0

    async def says(self, text: str, key: str | None = None) -> Bubble | None:
        if key is not None:  # the network says it again
            return await super().says(text, key)
        self.since = []
        await self.user.says(text)
        return await self._answer()

    async def presses(self, bubble: Bubble, data: str, label: str = "") -> Bubble | None:
        self.since = []
        await self.user.forges(data, int(bubble.id))
        return await self._answer()

    async def _answer(self) -> Bubble | None:
        await self._fetch(self._chat)
        await self._chat.settle()
        return self.new[-1] if self.new else None

    async def read(self) -> None:
        said = [message for message in self.user.messages if message.seen > self._read]
        self._read = max((message.seen for message in said), default=self._read)
        self.new = [_bubble(message) for message in sorted(said, key=lambda one: one.seen)]
        self.messages = [_bubble(message) for message in self.user.messages]
        self.since += self.new


class OnWeCom(Somebody):
    """Somebody with WeCom, or in WeChat with its customer service: what they see is what WeCom
    accepted over HTTP, and what they tap is what that offers."""

    def __init__(
        self, chat: Chat, channel: str, phone: Member | Customer, arrives: Arrives = None
    ) -> None:
        super().__init__(chat, channel, 0)
        self.phone = phone
        self._arrives = arrives
        self._read = 0

    async def says(self, text: str, key: str | None = None) -> Bubble | None:
        self.since = []
        await say(self.phone, text)
        return await self._answer()

    async def taps(self, label: str, message: Bubble | None = None) -> Bubble | None:
        acts: dict[str, Act] = {}
        for shown in sorted(self.phone.messages, key=lambda shown: shown.seen):
            if message is None or shown.msgid == message.id:
                for words_of_it, act in offered(self.phone, shown).items():
                    acts.pop(words_of_it, None)
                    acts[words_of_it] = act
        self.since = []
        await acts[meant(label, list(acts))]()
        return await self._answer()

    @property
    def screen(self) -> str:
        return "\n".join(one.text for one in self.phone.messages if not one.recalled)

    @property
    def buttons(self) -> list[str]:
        return list(self.phone.messages[-1].keys.values())

    async def _answer(self) -> Bubble | None:
        if self._arrives is not None:
            await self._arrives(self._chat)
        await self._chat.settle()
        return self.new[-1] if self.new else None

    async def read(self) -> None:
        said = [shown for shown in self.phone.messages if shown.seen > self._read]
        self._read = max((shown.seen for shown in said), default=self._read)
        self.new = [_shown(self.phone, one) for one in sorted(said, key=lambda one: one.seen)]
        self.messages = [_shown(self.phone, one) for one in self.phone.messages]
        self.since += self.new


async def say(phone: Member | Customer, text: str) -> None:
    await (phone.writes_kf(text) if isinstance(phone, Customer) else phone.says(text))


def offered(phone: Member | Customer, message: Shown) -> dict[str, Act]:
    """What this message lets one do, by its words."""
    acts: dict[str, Act] = {}
    for number, label in NUMBERED.findall(message.text if message.kind == "text" else ""):
        acts[label] = partial(say, phone, number)
    if isinstance(phone, Customer):
        return acts | {
            label: partial(phone.clicks_kf_menu, id) for id, label in message.keys.items()
        }
    for key, label in message.keys.items():
        acts[label] = partial(phone.clicks_card, key, message)
    for key, label in message.menu.items():
        acts[label] = partial(phone.clicks_card_menu, key, message)
    for question in questions(message.content) if message.options else []:
        for option in question.options:
            answer = {question.key: [option["id"]]}
            acts[option["text"]] = partial(phone.submits_card, answer, message)
    return acts


def _shown(phone: Member | Customer, message: Shown) -> Bubble:
    rows = [[{"text": label, "callback_data": ""}] for label in offered(phone, message)]
    return Bubble(message.msgid, message.text, rows)


def _bubble(message: Message) -> Bubble:
    files = [{"name": message.file_name}] if message.file_name else []
    return Bubble(str(message.id), message.text, [list(row) for row in message.keyboard], files)
