"""People who chat: a test that reads like a talk.

    hua = await chat.enterprise("华锐")
    await hua.says("注册")
    assert "信用代码" in hua.last

Everything is real: database, templates, python-telegram-bot, the outbox. After each act the
programme settles, so nothing runs in the background and nothing needs to be waited for.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from application import Contents, Programme, assembled
from bot import CONTENTS
from channels import feed, updates
from channels.feed import Cursor, Entry
from channels.telegram.updates import raw_of
from pipeline import words
from pipeline.clock import Clock
from pipeline.inbox import Raw
from preparing import prepare
from services import invitations
from settings import Settings
from tests.emulators.telegram import TelegramEmulator, User
from tests.emulators.telegram.state import Message
from tests.scenario import meant


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
        if entry.edits is None:
            self.messages.append(bubble)
        else:
            bubble.id = entry.edits
            self.messages = [bubble if m.id == entry.edits else m for m in self.messages]
        self.new.append(bubble)


class AtTerminal(Somebody):
    """Somebody at a keyboard: a choice of the last question is its number, a way is its word."""

    async def taps(self, label: str, message: Bubble | None = None) -> Bubble | None:
        shown = [bubble for bubble in self.messages if bubble.rows]
        if not shown or (message is not None and message is not shown[-1]):
            return await super().taps(label, message)  # no key of a keyboard reaches an old message
        if not any(label in one for one in shown[-1].labels):
            return await super().taps(label)
        wanted = meant(label, shown[-1].labels)
        choices = [button["text"] for button in words.numbered(shown[-1].rows)]
        return await self.says(str(choices.index(wanted) + 1) if wanted in choices else wanted)


class OnTelegram(Somebody):
    """Somebody with Telegram: what they see is what Telegram accepted over HTTP."""

    def __init__(self, chat: Chat, user: User) -> None:
        super().__init__(chat, "telegram", user.id)
        self.user = user
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
        await self._chat.fetch()
        await self._chat.settle()
        return self.new[-1] if self.new else None

    async def read(self) -> None:
        said = [message for message in self.user.messages if message.seen > self._read]
        self._read = max((message.seen for message in said), default=self._read)
        self.new = [_bubble(message) for message in sorted(said, key=lambda one: one.seen)]
        self.messages = [_bubble(message) for message in self.user.messages]
        self.since += self.new


def _bubble(message: Message) -> Bubble:
    files = [{"name": message.file_name}] if message.file_name else []
    return Bubble(str(message.id), message.text, [list(row) for row in message.keyboard], files)


CHANNELS = ("web", "terminal", "telegram")


class Chat:
    """The programme and the people who use it, on a clock that the test moves.

    `channel` is where people are who are not put elsewhere.
    """

    def __init__(
        self, programme: Programme, channel: str = "web", telegram: TelegramEmulator | None = None
    ) -> None:
        self.programme = programme
        self.clock = programme.clock
        self.people: list[Somebody] = []
        self._channel = channel
        self._telegram = telegram

    def key(self) -> str:
        return secrets.token_hex(8)

    async def somebody(self, name: str, role: str = "ent", channel: str = "") -> Somebody:
        channel = channel or self._channel
        if channel == "telegram" and self._telegram is not None:
            return await self._on_telegram(name, role)
        chat_id = await self.programme.chats.open(channel, name, role)
        kind = AtTerminal if channel == "terminal" else Somebody
        person = kind(self, channel, chat_id)
        self.people.append(person)
        return person

    async def _on_telegram(self, name: str, role: str) -> Somebody:
        assert self._telegram is not None
        person = OnTelegram(self, self._telegram.user(name))
        self.people.append(person)
        if role != "ent":
            async with self.programme.database.session() as session:
                code = await invitations.invite(session, role, self.clock.now())
            await person.says(f"/start {code}")
        return person

    async def fetch(self) -> None:
        """What Telegram holds for us comes in, as the poller would bring it."""
        assert self._telegram is not None
        queue = self._telegram.world.updates
        for entry in queue.entries:
            raw = raw_of(entry.payload)
            assert raw is not None
            await self.programme.inbox.put(raw)
        queue.confirm(queue.next_id)

    async def everybody_reads(self) -> None:
        for person in self.people:
            await person.read()

    async def settle(self) -> None:
        """Everything that waits or is due happens, and everybody looks at their phone."""
        await self.programme.settle()
        await self.everybody_reads()

    async def later(self, by: timedelta) -> None:
        """Time passes; what falls due happens."""
        self.clock.forward(by)
        await self.settle()


@asynccontextmanager
async def chatting(
    data_dir: Path,
    now: datetime,
    *,
    contents: Contents = CONTENTS,
    url: str = "",
    demo: bool = True,
    channel: str = "web",
    **more: Any,
) -> AsyncIterator[Chat]:
    async with _networks(channel) as (telegram, networks):
        settings = Settings(data_dir=data_dir, database_url=url, demo=demo, **networks, **more)
        async with assembled(settings, Clock(now), contents) as programme:
            await prepare(programme.database, programme.patents, settings, now)
            yield Chat(programme, channel, telegram)


@asynccontextmanager
async def _networks(
    channel: str,
) -> AsyncIterator[tuple[TelegramEmulator | None, dict[str, Any]]]:
    """The far end of the channel, and the settings that lead there."""
    if channel != "telegram":
        yield None, {}
        return
    token = "123456:TEST"
    async with TelegramEmulator(token) as telegram:
        yield telegram, {"telegram_token": token, "telegram_base_url": telegram.base_url}
