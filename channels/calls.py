"""A Bot API call as a channel sees it, and the answer when it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class CallRefused(Exception):
    """Answered to the caller as Telegram would: a status and a sentence."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


@dataclass(frozen=True)
class Call:
    """`method` as Telegram spells it (sendMessage), parameters as PTB decoded them; `files` by the
    name of their parameter, each as name, content and kind."""

    method: str
    params: dict[str, Any]
    files: Mapping[str, tuple[str, bytes, str]] = field(default_factory=dict)

    @property
    def chat_id(self) -> int:
        return int(self.params["chat_id"])


class Channel(Protocol):
    """One network behind the Bot API. `call` returns the `result` of the answer as JSON."""

    name: str

    async def call(self, call: Call) -> Any: ...
