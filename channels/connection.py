"""What a network brings when it is connected, and what it is given for that.

A network is a folder here with a Connection, named in `application.NETWORKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from starlette.routing import Route

from channels.abilities import Abilities
from channels.calls import Channel
from channels.chats import Chats
from db.session import Database
from pipeline.clock import Clock
from pipeline.duties import Duties
from pipeline.inbox import Claim, Inbox
from pipeline.pace import Network
from settings import Settings

Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Surroundings:
    """`connected` are the networks that were connected before, by name."""

    settings: Settings
    database: Database
    clock: Clock
    chats: Chats
    inbox: Inbox
    duties: Duties
    connected: dict[str, Connection] = field(default_factory=dict)


class Connection:
    """One network: `channel` answers the Bot API for its chats, `network` is its manners, and
    `abilities` what docs/channels.md says of it, once for each way in which people can have it."""

    abilities: ClassVar[tuple[Abilities, ...]]
    channel: Channel
    network: Network

    @classmethod
    def connect(cls, around: Surroundings) -> Self | None:
        """None: the settings do not name this network."""
        raise NotImplementedError

    def routes(self) -> Sequence[Route]:
        """Where the network reaches us."""
        return ()

    def work(self) -> Sequence[Work]:
        """What goes on while the programme serves: until cancelled, or done."""
        return ()

    async def fetch(self, claim: Claim) -> None:
        """Keep the file of an update that is about to be handled. Never raises: the turn says what
        is missing."""

    async def close(self) -> None:
        """Let go of what was opened."""
