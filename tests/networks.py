"""The far end of each channel: an emulator where there is one, the settings that lead there, and
the phones that people hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

from channels.kf import assembly as kf
from channels.telegram.updates import raw_of
from channels.wecom import assembly as wecom
from services import invitations
from serving import _webhooks
from tests.emulators.serving import HOST, Server
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.wecom import WeComEmulator
from tests.phones import AtTerminal, OnTelegram, OnWeCom, Somebody

if TYPE_CHECKING:
    from tests.chat import Chat


@dataclass
class Local:
    """The page or the terminal: whoever opens a chat is somebody, in the role that they take."""

    channel: str
    settings: dict[str, Any] = field(default_factory=dict)
    by_code: bool = False
    """Whether roles come by a one-time code, as for everybody in earnest."""

    @property
    def refused(self) -> Sequence[object]:
        """What the network took amiss."""
        return []

    @asynccontextmanager
    async def connected(self, chat: Chat) -> AsyncIterator[None]:
        yield

    async def somebody(self, chat: Chat, name: str, role: str) -> Somebody:
        chat_id = await chat.programme.chats.open(self.channel, name, role)
        kind = AtTerminal if self.channel == "terminal" else Somebody
        return kind(chat, self.channel, chat_id)


class Telegram(Local):
    """What it holds for us comes in when it is fetched, as the poller would."""

    def __init__(self, emulator: TelegramEmulator, token: str) -> None:
        super().__init__(
            "telegram",
            {"telegram_token": token, "telegram_base_url": emulator.base_url},
            by_code=True,
        )
        self._emulator = emulator

    @property
    def refused(self) -> Sequence[object]:
        return self._emulator.refused

    async def somebody(self, chat: Chat, name: str, role: str) -> Somebody:
        return OnTelegram(chat, self._emulator.user(name), self.fetch)

    async def fetch(self, chat: Chat) -> None:
        queue = self._emulator.world.updates
        for entry in queue.entries:
            raw = raw_of(entry.payload)
            assert raw is not None
            await chat.programme.inbox.put(raw)
        queue.confirm(queue.next_id)


class WeCom(Local):
    """It calls us back; what it answers is as strict as the real one."""

    def __init__(self, emulator: WeComEmulator, *, cards: bool) -> None:
        super().__init__("wecom", account(emulator) | {"wecom_cards": cards}, by_code=True)
        self._emulator = emulator

    @property
    def refused(self) -> Sequence[object]:
        cut = [m for user in self._emulator.users.values() for m in user.messages if m.truncated]
        return [*self._emulator.refused, *cut, *["dropped"] * self._emulator.dropped]

    @asynccontextmanager
    async def connected(self, chat: Chat) -> AsyncIterator[None]:
        self._emulator.world.clock = lambda: chat.clock.now().timestamp()
        self._emulator.pace(1000, 10000)
        async with listening(chat) as url:
            await self._emulator.connect(url)
            yield

    async def somebody(self, chat: Chat, name: str, role: str) -> Somebody:
        return OnWeCom(chat, "wecom", self._emulator.user(f"member{len(chat.people)}"))


class Kf(WeCom):
    """Enterprises are customers in WeChat; whoever has a role is a member of the corp."""

    def __init__(self, emulator: WeComEmulator) -> None:
        super().__init__(emulator, cards=True)
        self.settings["wecom_kf_accounts"] = "all"

    async def somebody(self, chat: Chat, name: str, role: str) -> Somebody:
        if role != "ent":
            return await super().somebody(chat, name, role)
        return OnWeCom(chat, "kf", self._emulator.customer(name), self.look)

    async def look(self, chat: Chat) -> None:
        for one in chat.programme.connections:
            if isinstance(one, kf.Kf):
                await one.reader.look()


def account(emulator: WeComEmulator) -> dict[str, Any]:
    """The settings of the emulator's app."""
    return {
        "wecom_corp_id": emulator.corpid, "wecom_agent_id": emulator.agentid,
        "wecom_secret": emulator.secret, "wecom_token": emulator.token,
        "wecom_aes_key": emulator.aes_key, "wecom_base_url": emulator.base_url,
        "wecom_per_second": 100,
    }  # fmt: skip


def the_app(chat: Chat) -> wecom.WeCom:
    """The connection to the emulator."""
    (found,) = (one for one in chat.programme.connections if isinstance(one, wecom.WeCom))
    return found


@asynccontextmanager
async def listening(chat: Chat) -> AsyncIterator[str]:
    """The callback's address."""
    server = Server(Starlette(routes=_webhooks(chat.programme)), 0)
    await server.start()
    try:
        yield f"http://{HOST}:{server.port}/wecom/callback"
    finally:
        await server.stop()


async def code(chat: Chat, role: str) -> str:
    """What gives its holder a role."""
    async with chat.programme.database.session() as session:
        return await invitations.invite(session, role, chat.clock.now())


@asynccontextmanager
async def _telegram() -> AsyncIterator[Local]:
    token = "123456:TEST"
    async with TelegramEmulator(token) as emulator:
        yield Telegram(emulator, token)


@asynccontextmanager
async def _wecom(cards: bool) -> AsyncIterator[Local]:
    async with WeComEmulator() as emulator:
        yield WeCom(emulator, cards=cards)


@asynccontextmanager
async def _kf() -> AsyncIterator[Local]:
    async with WeComEmulator() as emulator:
        yield Kf(emulator)


@asynccontextmanager
async def _local(channel: str) -> AsyncIterator[Local]:
    yield Local(channel)


NETWORKS: dict[str, Any] = {
    "web": lambda: _local("web"),
    "terminal": lambda: _local("terminal"),
    "telegram": _telegram,
    "wecom": lambda: _wecom(True),
    "wecom text": lambda: _wecom(False),
    "kf": _kf,
}


def network(channel: str) -> AbstractAsyncContextManager[Local]:
    made: AbstractAsyncContextManager[Local] = NETWORKS[channel]()
    return made
