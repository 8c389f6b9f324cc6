"""A Bot API call as a channel sees it, and the answer when it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class CallRefused(Exception):
    """Answered to the caller as Telegram would: a status and a sentence."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


@dataclass(frozen=True)
class Call:
    """`method` as Telegram spells it (sendMessage), parameters as PTB decoded them."""

    method: str
    params: dict[str, Any]

    @property
    def chat_id(self) -> int:
        return int(self.params["chat_id"])


class Channel(Protocol):
    """One network behind the Bot API. `call` returns the `result` of the answer as JSON."""

    name: str

    async def call(self, call: Call) -> Any: ...
