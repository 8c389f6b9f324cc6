"""One letter to one member: as many messages as it takes, each surely once.

Each message has a place in the ledger before it leaves. When the letter is tried again, what got an
answer is passed over, and the rest is repeated with the identical body, which WeCom drops if it
has it (enable_duplicate_check).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from channels.wecom import cards, errors, limits
from channels.wecom.cards import Card, Shape, shape
from channels.wecom.client import Client
from channels.wecom.errors import Paused, WeComError
from channels.wecom.ledger import HINT, Ledger, Place
from channels.wecom.text import salted, split, text_of, without_links
from pipeline import words
from pipeline.pace import Pace
from pipeline.receipt import RECEIPT, Receipt

ALREADY_THERE = {40058, 42014, 42016}
"""What a repeated card may be answered with: its task id is known, so it had arrived."""

UNREACHED = ("invaliduser", "unlicenseduser")

Content = dict[str, Any]


class Numbered(Protocol):
    """What a message has from its place: how often it was said just before, its card's task id."""

    @property
    def salt(self) -> int: ...

    @property
    def task_id(self) -> str: ...


Fill = Callable[[Numbered], Content]


@dataclass
class Sending:
    """To whom, and how many messages of the letter have had their turn."""

    chat_id: int
    user_id: str
    hinted: bool
    part: int = 0
    begun: bool = False
    message_id: int | None = None


class Sender:
    def __init__(
        self, client: Client, ledger: Ledger, pace: Pace, sending: Sending, *, cards: bool
    ) -> None:
        self.client = client
        self._ledger = ledger
        self._pace = pace
        self._to = sending
        self._cards = cards
        self._letter = current_letter()

    async def say(self, params: Content, message_id: int | None = None) -> int:
        """Send a message of the Bot API; its id."""
        self._to.message_id = message_id or self._to.message_id
        said = shape_of(params, cards=self._cards)
        if said.text is not None:
            await self._texts(said.text)
        if said.card is not None:
            await self._hint()
            await self._card(said.card, said.plain)
        assert self._to.message_id is not None
        return self._to.message_id

    async def show(self, kind: str, media_id: str) -> int:
        """Send an uploaded file; the id of the message."""
        await self._one([kind, media_id], lambda _: {"msgtype": kind, kind: {"media_id": media_id}})
        assert self._to.message_id is not None
        return self._to.message_id

    async def change(self, message_id: int, params: Content) -> bool:
        """Put a card in the place of this message's card. False: there is none that can be
        changed, or this is nothing for a card; then an old card is closed."""
        code = await self._ledger.take_code(self._to.chat_id, message_id)
        if code is None:
            return False
        response_code, task_id = code
        said = shape_of(params, cards=self._cards)
        fits = said.card is not None and said.text is None
        card = {**(said.card or {}), "task_id": task_id}
        closed = {"button": {"replace_name": words.word(cards.WORDS, "changed")}}
        changes: Content = {"template_card": card} if fits else closed
        body = {
            "userids": [self._to.user_id], "agentid": self.client.app.agent_id,
            "response_code": response_code, **changes,
        }  # fmt: skip
        try:
            await self.client.post("message/update_template_card", body)
        except WeComError as error:
            if error.code != errors.CARD_OVER and not error.card_refused:
                raise
            return False
        return fits

    async def _texts(self, text: str) -> None:
        for part in split(text):
            try:
                await self._text(part)
            except WeComError as error:
                if error.code not in errors.CONTENT or without_links(part) == part:
                    raise
                await self._text(without_links(part))

    async def _text(self, text: str) -> None:
        await self._one(["text", text], filled_with(text))

    async def _card(self, card: Card, plain: str) -> None:
        try:
            await self._one(["card", card], filled_with_card(card))
        except WeComError as error:
            if not error.card_refused:
                raise
            await self._texts(plain)

    async def _hint(self) -> None:
        """Before their first card: who reads us in WeChat sees no cards, and cannot know why."""
        if not self._to.hinted:
            hint = words.word(cards.WORDS, "no_buttons")
            await self._one(["hint"], filled_with(hint), HINT)

    async def _one(self, content: Any, fill: Fill, part: int | None = None) -> None:
        """One message, at its place, in its turn."""
        to = self._to
        if part is None:
            to.part += 1
        place = await self._ledger.place(
            to.chat_id, self._letter, to.part if part is None else part, content, to.message_id,
            named=content[0] == "card",
        )  # fmt: skip
        to.message_id = place.message_id
        if place.sent:
            return
        if to.begun:  # delivery has waited for the first
            await self._pace.wait(to.chat_id)
        to.begun = True
        answer = await self._post(place, fill(place), is_card=content[0] == "card")
        await self._ledger.sent(place, str(answer.get("msgid", "")), answer.get("response_code"))

    async def _post(self, place: Place, content: Content, *, is_card: bool) -> Content:
        """A refusal means that nothing was sent, unless an earlier try had arrived."""
        try:
            body = body_of(self.client, self._to.user_id, content, place.salt)
            answer = await self.client.post("message/send", body)
            self._check_recipient(answer)
        except WeComError as error:
            if place.again and is_card and error.code in ALREADY_THERE:
                return {}
            if not place.again:
                await self._ledger.forget(place)
            raise
        except Paused:
            if not place.again:
                await self._ledger.forget(place)
            raise
        return answer

    def _check_recipient(self, answer: Content) -> None:
        for why, names in unreached(answer).items():
            if self._to.user_id.casefold() in names:
                raise WeComError(errors.NOBODY, why)


def current_letter() -> int | None:
    """The outbox row that is being delivered; None for a call from elsewhere."""
    return RECEIPT.get(Receipt()).letter


def shape_of(params: Content, *, cards: bool) -> Shape:
    text = text_of(params["text"], params.get("parse_mode"))
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    return shape(text, rows, cards=cards)


def body_of(client: Client, to: str, content: Content, salt: int) -> Content:
    """The same each time it is tried; another than the same words said before."""
    window = int(limits.DUPLICATE_WINDOW.total_seconds())
    return {
        "touser": to,
        "agentid": client.app.agent_id,
        **content,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": max(1, window - salt),
    }


def unreached(answer: Content) -> dict[str, set[str]]:
    """Whom a message did not reach though it was taken, by why. WeCom names them in small letters,
    whatever they are called."""
    named = {why: str(answer.get(why) or "").split("|") for why in UNREACHED}
    return {why: {name.casefold() for name in names if name} for why, names in named.items()}


def filled_with(text: str) -> Fill:
    return lambda place: {"msgtype": "text", "text": {"content": salted(text, place.salt)}}


def filled_with_card(card: Card) -> Fill:
    return lambda place: {
        "msgtype": "template_card",
        "template_card": {**card, "task_id": place.task_id},
    }
