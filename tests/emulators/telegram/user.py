"""A person with Telegram open on the phone: what they do, and what they see."""

import re
from itertools import chain

from tests.emulators.telegram.errors import Json
from tests.emulators.telegram.markup import utf16_length
from tests.emulators.telegram.state import Group, Message, Person, Popup, Query, World

_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?")
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a picture"


class User:
    """Every verb queues the update that Telegram would send, and returns at once."""

    def __init__(self, world: World, person: Person) -> None:
        self.world = world
        self.person = person
        self.read_until = 0

    # What they see

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def messages(self) -> list[Message]:
        """What the bot wrote and did not delete, as it now stands, from top to bottom."""
        return [m for m in self.person.chat if m.by_bot and not m.deleted]

    @property
    def last(self) -> Message:
        """The message that the bot sent or edited last."""
        assert self.messages, f"{self.person.name} has heard nothing"
        return max(self.messages, key=lambda message: message.seen)

    @property
    def popups(self) -> list[Popup]:
        """What presses on buttons answered, oldest first; empty texts count."""
        return self.person.popups

    async def waits_for(self, text: str, timeout: float = 5) -> Message:
        """The next message, sent or edited since the last act or wait, that shows `text`."""
        message = await self.world.signal.wait_for(lambda: self._news(text), timeout)
        seen = [message.text for message in self.messages[-5:]]
        assert message, f"{self.person.name} waited {timeout} s for {text!r}, saw {seen}"
        self.read_until = message.seen
        return message

    def _news(self, text: str) -> Message | None:
        news = [m for m in self.messages if m.seen > self.read_until and text in m.text]
        return min(news, key=lambda message: message.seen, default=None)

    # What they do

    async def starts(self, payload: str = "") -> Message:
        """Presses Start, or opens a link t.me/bot?start=payload; unblocks the bot if need be."""
        if self.person.state == "blocked":
            await self.unblocks()
        return await self.says(f"/start {payload}".strip())

    async def says(self, text: str) -> Message:
        return self._write(self._words(text))

    async def replies_to(self, message: Message | int, text: str) -> Message:
        reply = self._words(text)
        reply.reply_to = self._find(message)
        return self._write(reply)

    async def edits(self, message: Message | int, text: str) -> Message:
        mine = self._find(message)
        assert not mine.by_bot, "nobody edits the bot's messages but the bot"
        mine.text, mine.entities = text, _commands(text)
        mine.edited = int(self.world.now())
        self._push("edited_message", mine.as_json())
        return mine

    async def sends_photo(self, data: bytes = PICTURE, caption: str = "") -> Message:
        return self._send_file("photo", data, "photo.jpg", "image/jpeg", caption)

    async def sends_document(
        self, name: str, data: bytes, mime: str = "application/octet-stream", caption: str = ""
    ) -> Message:
        return self._send_file("document", data, name, mime, caption)

    async def sends_sticker(self) -> Message:
        return self._send_file("sticker", b"RIFF sticker", "sticker.webp", "image/webp", "")

    async def shares_contact(self, phone: str) -> Message:
        message = self.world.new_message(self.person, by_bot=False)
        message.kind = "contact"
        named = {"first_name": self.person.name, "user_id": self.id}
        message.contact = {"phone_number": phone} | named
        return self._write(message)

    async def taps(self, label: str, message: Message | int | None = None) -> str:
        """Presses the newest visible button of that label; returns the callback query's id.

        A reply keyboard's button says its label. AssertionError where there is no such button.
        """
        searched = [self._find(message)] if message else list(reversed(self.messages))
        for candidate in searched:
            for button in chain(*candidate.keyboard):
                if button["text"] == label:
                    assert "callback_data" in button, f"{label} opens a page: {button}"
                    return await self.forges(button["callback_data"], candidate)
        offered = [label for candidate in searched for label in chain(*candidate.buttons)]
        assert not message, f"no button {label!r} on that message, only {offered}"
        assert label in chain(*self.person.reply_keyboard), f"no {label!r} among {offered}"
        await self.says(label)
        return ""

    async def forges(self, data: str, message: Message | int) -> str:
        """Presses a button that is not there: a client may send any data for any message."""
        query_id = str(4_000_000_000 + next(self.world.numbers))
        body: Json = {"id": query_id, "from": self.person.as_user(), "data": data}
        body |= {"chat_instance": str(-self.id), "message": self._find(message).as_json()}
        self.world.queries[query_id] = Query(self.person, self.world.now())
        self._act()
        self._push("callback_query", body)
        return query_id

    async def blocks(self) -> None:
        self._change_membership("blocked", "member", "kicked")

    async def unblocks(self) -> None:
        self._change_membership("started", "kicked", "member")

    async def deletes_account(self) -> None:
        self.person.state = "deactivated"

    # What they do in a group. The bot hears all of it, as without privacy mode.

    async def lets_in(self, group: Group) -> None:
        self._change_room(group, "started", "left", "member")

    async def shows_out(self, group: Group) -> None:
        self._change_room(group, "kicked", "member", "kicked")

    async def says_in(self, group: Group, text: str, reply_to: Message | None = None) -> Message:
        number, date = next(self.world.numbers), int(self.world.now())
        message = Message(number, date, group.as_chat(), self.person.as_user(), reply_to=reply_to)
        message.text, message.entities = text, _commands(text) + _mentions(text)
        self.world.post(group, message)
        self.world.updates.push("message", message.as_json(), group.id)
        return message

    async def taps_in(self, group: Group, label: str) -> None:
        """Presses the newest button of that label under a message of the bot's."""
        shown = [
            (message, button)
            for message in reversed(group.chat) if message.by_bot
            for button in chain(*message.keyboard) if button["text"] == label
        ]  # fmt: skip
        assert shown, f"no button {label!r} in {group.name}"
        message, button = shown[0]
        query_id = str(4_000_000_000 + next(self.world.numbers))
        body: Json = {
            "id": query_id,
            "from": self.person.as_user(),
            "data": button["callback_data"],
        }
        body |= {"chat_instance": str(group.id), "message": message.as_json()}
        self.world.queries[query_id] = Query(self.person, self.world.now())
        self.world.updates.push("callback_query", body, group.id)

    async def upgrades(self, group: Group) -> Group:
        """Makes a supergroup of it; both say so."""
        new = self.world.upgrade(group)
        for chat, said in (
            (group, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": group.id}),
        ):  # fmt: skip
            number, date = next(self.world.numbers), int(self.world.now())
            message = Message(number, date, chat.as_chat(), self.person.as_user())
            self.world.updates.push("message", message.as_json() | said, chat.id)
        return new

    def _act(self) -> None:
        """Whoever writes or presses has the chat open, and has read what stands there."""
        name, state = self.person.name, self.person.state
        assert state in ("new", "started"), f"{name} cannot write: {state}"
        self.person.state = "started"
        self.read_until = max((message.seen for message in self.person.chat), default=0)

    def _words(self, text: str) -> Message:
        message = self.world.new_message(self.person, by_bot=False)
        message.text, message.entities = text, _commands(text)
        return message

    def _send_file(self, kind: str, data: bytes, name: str, mime: str, caption: str) -> Message:
        message = self._words(caption)
        message.kind, message.file = kind, self.world.add_file(data, name, mime)
        return self._write(message)

    def _write(self, message: Message) -> Message:
        self._act()
        self.world.post(self.person, message)
        self._push("message", message.as_json())
        return message

    def _find(self, message: Message | int) -> Message:
        number = message if isinstance(message, int) else message.id
        found = [known for known in self.person.chat if known.id == number]
        assert found, f"{self.person.name} has no message {number}"
        return found[0]

    def _change_membership(self, state: str, old: str, new: str) -> None:
        self._change_room(self.person, state, old, new)

    def _change_room(self, chat: Person, state: str, old: str, new: str) -> None:
        chat.state = state
        body = {"chat": chat.as_chat(), "from": self.person.as_user()}
        both = {"old_chat_member": self._membership(old), "new_chat_member": self._membership(new)}
        dated: Json = {"date": int(self.world.now())}
        body |= dated | both
        self.world.updates.push("my_chat_member", body, chat.id)

    def _membership(self, status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.world.bot, "status": status} | until

    def _push(self, kind: str, body: Json) -> None:
        self.world.updates.push(kind, body, self.id)


def _commands(text: str) -> list[Json]:
    """The entities by which a client marks /commands; PTB's CommandHandler looks for them."""
    return [
        {"type": "bot_command", "offset": utf16_length(text[: m.start()]), "length": len(m[0])}
        for m in _COMMAND.finditer(text)
    ]


def _mentions(text: str) -> list[Json]:
    return [
        {"type": "mention", "offset": utf16_length(text[: m.start()]), "length": len(m[0])}
        for m in re.finditer(r"(?<!\S)@\w+", text)
    ]
