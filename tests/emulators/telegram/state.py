"""What the emulator remembers: people, messages, files, and the logs that tests judge by."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from pathlib import PurePath

from tests.emulators.serving import Signal
from tests.emulators.telegram.errors import Json
from tests.emulators.telegram.updates import UpdateQueue


@dataclass(frozen=True)
class File:
    id: str
    data: bytes
    name: str
    mime: str

    @property
    def path(self) -> str:
        return f"files/{self.id}{PurePath(self.name).suffix}"

    def as_json(self) -> Json:
        return {"file_id": self.id, "file_unique_id": f"u{self.id}", "file_size": len(self.data)}


@dataclass
class Person:
    """A Telegram user and the private chat with the bot, which has the same id."""

    id: int
    name: str
    state: str = "new"  # new, started, blocked, deactivated
    chat: "list[Message]" = field(default_factory=list)
    reply_keyboard: list[list[str]] = field(default_factory=list)
    popups: "list[Popup]" = field(default_factory=list)
    actions: list[str] = field(default_factory=list)

    def as_user(self) -> Json:
        named = {"id": self.id, "is_bot": False, "first_name": self.name}
        return named | {"language_code": "zh-hans"}

    def as_chat(self) -> Json:
        return {"id": self.id, "type": "private", "first_name": self.name}


@dataclass
class Group(Person):
    """A group that people are in; `state` is started while the bot is in it, else kicked.
    `successor` is the supergroup that it became."""

    type: str = "group"
    successor: int = 0

    def as_chat(self) -> Json:
        return {"id": self.id, "type": self.type, "title": self.name}


@dataclass(frozen=True)
class Popup:
    """What a press on a button answered: a toast, or an alert to close."""

    text: str
    alert: bool


@dataclass
class Message:
    """One message as it now stands. `seen` orders sends and edits as the person saw them."""

    id: int
    date: int
    chat: Json
    sender: Json
    kind: str = "text"  # text, photo, document, sticker, contact
    text: str = ""
    html: str = ""
    entities: list[Json] = field(default_factory=list)
    keyboard: list[list[Json]] = field(default_factory=list)
    file: File | None = None
    contact: Json | None = None
    reply_to: "Message | None" = None
    edited: int | None = None
    deleted: bool = False
    seen: int = 0

    @property
    def by_bot(self) -> bool:
        return bool(self.sender["is_bot"])

    @property
    def buttons(self) -> list[list[str]]:
        return [[button["text"] for button in row] for row in self.keyboard]

    @property
    def photo(self) -> bytes | None:
        return self.file.data if self.file and self.kind == "photo" else None

    @property
    def document(self) -> bytes | None:
        return self.file.data if self.file and self.kind == "document" else None

    @property
    def file_name(self) -> str | None:
        return self.file.name if self.file else None

    def as_json(self) -> Json:
        body: Json = {"message_id": self.id, "from": self.sender, "chat": self.chat}
        body |= {"date": self.date} | self._content()
        if self.edited:
            body["edit_date"] = self.edited
        if self.keyboard:
            body["reply_markup"] = {"inline_keyboard": self.keyboard}
        if self.reply_to:
            body["reply_to_message"] = self.reply_to.as_json()
        return body

    def _content(self) -> Json:
        if self.kind == "contact":
            return {"contact": self.contact}
        words, marks = ("text", "entities") if self.kind == "text" else _CAPTION
        content: Json = {words: self.text} if self.text else {}
        content |= {marks: self.entities} if self.entities else {}
        return content | (self._media(self.file) if self.file else {})

    def _media(self, file: File) -> Json:
        if self.kind == "photo":
            return {"photo": [file.as_json() | {"width": 800, "height": 600}]}
        if self.kind == "sticker":
            shape = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": file.as_json() | shape | {"type": "regular", "emoji": "👍"}}
        return {"document": file.as_json() | {"file_name": file.name, "mime_type": file.mime}}


_CAPTION = ("caption", "caption_entities")


@dataclass
class Query:
    person: Person
    date: float


@dataclass(frozen=True)
class Call:
    """One call that took effect, or (with `error`) one that was refused."""

    at: float
    method: str
    chat_id: int
    message_id: int
    text: str
    params: dict[str, str]
    error: str = ""


class World:
    def __init__(self, token: str) -> None:
        self.token = token
        bot_id = int(token.partition(":")[0])
        named = {"id": bot_id, "is_bot": True, "first_name": "知桥", "username": "zhiqiao_bot"}
        self.bot: Json = named | {"can_join_groups": True, "can_read_all_group_messages": False}
        self.skew = 0.0
        self.signal = Signal()
        self.updates = UpdateQueue(self.now, self.signal.fire)
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.chats: dict[int, Person] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.commands: dict[str, list[Json]] = {}
        self.accepted: list[Call] = []
        self.refused: list[Call] = []
        self.numbers = itertools.count(1)
        self.closing = asyncio.Event()

    def now(self) -> float:
        return time.time() + self.skew

    def person(self, name: str) -> Person:
        """The person of that name, who exists from the first mention on."""
        if name not in self.people:
            person = Person(50_000_001 + len(self.people), name)
            self.people[name] = self.chats[person.id] = person
        return self.people[name]

    def group(self, name: str) -> Group:
        """The group of that name; the bot is not in it yet."""
        number = -(1001 + len(self.groups))
        if name not in self.groups:
            self.groups[name] = self.chats[number] = Group(number, name, "kicked")
        return self.groups[name]

    def upgrade(self, group: Group) -> Group:
        """Make a supergroup of it: another id, and what was said stays behind."""
        number = -(10**12) + group.id
        new = Group(number, group.name, group.state, type="supergroup")
        group.successor = number
        self.groups[group.name] = self.chats[number] = new
        return new

    def add_file(self, data: bytes, name: str, mime: str) -> File:
        file = File(f"file{next(self.numbers)}", data, name, mime)
        return self.files.setdefault(file.id, file)

    def post(self, person: Person, message: Message) -> Message:
        person.chat.append(message)
        self.show(message)
        return message

    def new_message(self, person: Person, *, by_bot: bool) -> Message:
        sender = self.bot if by_bot else person.as_user()
        number, date = next(self.numbers), int(self.now())
        return Message(number, date, person.as_chat(), sender)

    def show(self, message: Message) -> None:
        message.seen = next(self.numbers)
        self.signal.fire()

    def find(self, person: Person, message_id: int) -> Message | None:
        found = [m for m in person.chat if m.id == message_id and not m.deleted]
        return found[0] if found else None

    def close(self) -> None:
        self.closing.set()
        self.updates.wake()
