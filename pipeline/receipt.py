"""What the caller of the Bot API and the channel that answers tell each other beside the call."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Many:
    """A call to many chats (`chat_ids`): the letters by their chats, and what became of each.

    `message_ids` says under which id a chat has got it, `refused` why nobody is there, `alone`
    who must be written to one by one. Of a call that raises, the error holds for all.
    """

    letters: dict[int, int]
    message_ids: dict[int, int] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    alone: set[int] = field(default_factory=set)


@dataclass
class Receipt:
    """What a network may know and note about the letter it is taking: which one it is, and an id
    for calls that answer none."""

    message_id: int | None = None
    letter: int | None = None
    many: Many | None = None


RECEIPT: ContextVar[Receipt] = ContextVar("receipt")
