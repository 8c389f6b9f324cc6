"""One message to many members: as few requests as it takes, each surely once.

Who needs something of their own goes alone, by sending.py: a hint before the first card, what was
begun alone, and everybody of a request that WeCom refuses for a reason that may be one member's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from channels.wecom import errors
from channels.wecom.bundles import Begun, Bundle, Bundles
from channels.wecom.cards import Shape
from channels.wecom.client import Client
from channels.wecom.errors import Paused, WeComError
from channels.wecom.ledger import Member, digest_of
from channels.wecom.sending import (
    ALREADY_THERE,
    Content,
    Fill,
    body_of,
    filled_with,
    filled_with_card,
    shape_of,
    unreached,
)
from channels.wecom.text import split
from pipeline.pace import LONG_WAIT, Pace
from pipeline.receipt import Many

Group = tuple[str, bool]
"""A corp, and whether its members get a card."""

Part = tuple[list[Any], Fill]


class ToMany:
    """One call of the Bot API to many chats; what becomes of each is noted in `many`."""

    def __init__(
        self, clients: Mapping[str, Client], bundles: Bundles, pace: Pace, many: Many, *,
        cards: bool,
    ) -> None:  # fmt: skip
        self._clients = clients
        self._bundles = bundles
        self._pace = pace
        self._many = many
        self._cards = cards
        self._begun = False

    async def say(self, params: Content) -> None:
        shapes = {cards: shape_of(params, cards=cards) for cards in (False, True)}
        for (corp_id, with_card), letters in (await self._groups(shapes)).items():
            parts = _parts(shapes[with_card])
            await self._send(self._clients[corp_id], parts, letters)

    async def _groups(self, shapes: dict[bool, Shape]) -> dict[Group, dict[int, int]]:
        """Who gets the same; the others go alone."""
        groups = defaultdict[Group, dict[int, int]](dict)
        letters = self._many.letters
        members, begun = await self._bundles.members(letters), await self._bundles.begun(letters)
        for chat_id, letter in letters.items():
            member, before = members[chat_id], begun.get(chat_id)
            with_card = self._gets_card(member, before, shapes)
            new_to_cards = with_card and not member.hinted and before is None
            if member.corp_id not in self._clients or new_to_cards or (before and before.alone):
                self._many.alone.add(chat_id)
            else:
                groups[member.corp_id, with_card][chat_id] = letter
        return groups

    def _gets_card(self, member: Member, before: Begun | None, shapes: dict[bool, Shape]) -> bool:
        """As it was begun, whatever its reader chose since: the others' repetition hangs on it."""
        if shapes[True].card is None:
            return False
        if before is not None:
            return before.digest == digest_of(_parts(shapes[True])[0][0])
        return self._cards and not member.plain

    async def _send(self, client: Client, parts: list[Part], letters: dict[int, int]) -> None:
        ids: dict[int, int] = {}
        for number, (content, fill) in enumerate(parts, 1):
            for bundle in await self._bundles.gather(number, content, letters, ids):
                ids |= bundle.message_ids
                await self._one(client, bundle, fill, is_card=content[0] == "card")
            letters = self._going_on(letters, last=number == len(parts))
            if not letters:
                return
        self._many.message_ids |= {chat: ids[chat] for chat in letters}

    def _going_on(self, letters: dict[int, int], *, last: bool) -> dict[int, int]:
        """Who gets the next part with the others: not one who would hold them up."""
        if not last:
            slow = {chat for chat in letters if self._pace.delay(chat) > LONG_WAIT}
            self._many.alone |= slow - self._many.refused.keys()
        lost = self._many.alone | self._many.refused.keys()
        return {chat: one for chat, one in letters.items() if chat not in lost}

    async def _one(self, client: Client, bundle: Bundle, fill: Fill, *, is_card: bool) -> None:
        """One request, in its turn; delivery has waited for the first."""
        if bundle.sent:
            return
        if self._begun:
            await self._pace.wait(*bundle.members)
        self._begun = True
        answer = await self._post(client, bundle, fill(bundle), is_card=is_card)
        if answer is None:
            self._many.alone |= bundle.members.keys()
            return
        lost = {
            chat: f"Forbidden: WeCom {errors.NOBODY} {why}"
            for why, names in unreached(answer).items()
            for chat in bundle.chats_of(names)
        }
        self._many.refused |= lost
        await self._bundles.sent(bundle, str(answer.get("msgid", "")), lost)

    async def _post(
        self, client: Client, bundle: Bundle, content: Content, *, is_card: bool
    ) -> Content | None:
        """The answer; None where they had better be written to one by one. A refusal means that
        nothing was sent, also of a repetition: one that had arrived is taken."""
        names = "|".join(dict.fromkeys(bundle.members.values()))
        try:
            return await client.post("message/send", body_of(client, names, content, bundle.salt))
        except WeComError as error:
            if error.code == errors.NOBODY:
                return {"invaliduser": names}
            if bundle.again and is_card and error.code in ALREADY_THERE:
                return {}
            if not (bundle.again and error.for_all):
                await self._bundles.forget(bundle)
            if error.for_all:
                raise
            return None
        except Paused:
            if not bundle.again:
                await self._bundles.forget(bundle)
            raise


def _parts(shape: Shape) -> list[Part]:
    """What is said one after the other, and how each becomes a message."""
    texts = split(shape.text) if shape.text is not None else []
    parts: list[Part] = [(["text", text], filled_with(text)) for text in texts]
    if shape.card is not None:
        parts.append((["card", shape.card], filled_with_card(shape.card)))
    return parts
