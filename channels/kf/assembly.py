"""Customer service put together beside the app that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Self
from xml.etree.ElementTree import Element

from channels.abilities import Abilities
from channels.chats import Chats
from channels.connection import Connection, Surroundings, Work
from channels.kf import limits
from channels.kf.accounts import Accounts
from channels.kf.channel import NAME, KfChannel
from channels.kf.failing import Failures
from channels.kf.hearing import Hearing
from channels.kf.reader import Reader
from channels.kf.service import Service
from channels.kf.sessions import Sessions
from channels.wecom import channel as wecom_channel
from channels.wecom import limits as wecom_limits
from channels.wecom.assembly import WeCom
from channels.wecom.xml import field
from db.session import Database
from pipeline.clock import Clock
from pipeline.duties import Duties
from pipeline.inbox import Claim, Inbox
from pipeline.pace import Network, Pace

ALL = "all"
DUTY = "wecom.kf"


class Kf(Connection):
    """`accounts` and `servicers` as the settings name them, separated by commas; with servicers a
    talk can be handed over."""

    abilities = (
        Abilities(
            "customer service (微信客服)",
            "menus of 10",
            taps=True,
            changes=False,
            takes_back=False,
            files=True,
            unasked=False,
            groups=False,
            text="2,048 bytes; 5 messages to each of theirs",
        ),
    )

    def __init__(
        self, wecom: WeCom, accounts: str, servicers: str, per_second: int, database: Database,
        clock: Clock, chats: Chats, inbox: Inbox, duties: Duties,
    ) -> None:  # fmt: skip
        sessions = Sessions(database, clock)
        service = Service(wecom.client, sessions, listed(servicers))
        hearing = Hearing(
            database, clock, chats, inbox, sessions, service, Failures(database, clock)
        )
        pace = Pace(per_second, 1 / wecom_limits.GAP)
        self.network = Network(pace, name=NAME, counts=True, hands_over=bool(listed(servicers)))
        self.channel = KfChannel(
            wecom.client, database, wecom.ledger, wecom.files, sessions, service, pace
        )
        self._wecom = wecom
        self._duties = duties
        self._accounts = Accounts(database, clock)
        names = None if accounts == ALL else set(listed(accounts))
        self.reader = Reader(wecom.client, self._accounts, hearing.hear, clock, names)
        wecom.callback.hears["kf_msg_or_event"] = self._signalled
        wecom.callback.hears["kf_account_auth_change"] = self._relist

    @classmethod
    def connect(cls, around: Surroundings) -> Self | None:
        """It belongs to the app, which is connected before."""
        settings, wecom = around.settings, around.connected.get(wecom_channel.NAME)
        if not isinstance(wecom, WeCom) or not settings.wecom_kf_accounts:
            return None
        return cls(
            wecom, settings.wecom_kf_accounts, settings.wecom_kf_servicers,
            settings.wecom_per_second, around.database, around.clock, around.chats,
            around.inbox, around.duties,
        )  # fmt: skip

    def work(self) -> Sequence[Work]:
        """Reading goes on in one process at a time."""
        return [partial(self._duties.alone, DUTY, self.reader.run)]

    async def fetch(self, claim: Claim) -> None:
        await self._wecom.fetch(claim)

    async def _signalled(self, root: Element) -> None:
        open_kfid = field(root, "OpenKfId")
        if open_kfid and len(open_kfid) <= limits.OPEN_KFID:
            await self._accounts.signal(open_kfid, field(root, "Token")[: limits.TOKEN])

    async def _relist(self, root: Element) -> None:
        self.reader.listing.set()
        self._accounts.signalled.set()


def listed(setting: str) -> Sequence[str]:
    return [name.strip() for name in setting.split(",") if name.strip()]
