"""The emulator in a test's own event loop."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from tests.emulators.serving import HOST, Server
from tests.emulators.wecom import control, replies
from tests.emulators.wecom.api import Api
from tests.emulators.wecom.callbacks import Callbacks, Delivery
from tests.emulators.wecom.crypto import Keys
from tests.emulators.wecom.errors import Json
from tests.emulators.wecom.kf import sync
from tests.emulators.wecom.kf.customer import Customer
from tests.emulators.wecom.kf.state import Account
from tests.emulators.wecom.knobs import Knobs
from tests.emulators.wecom.messages import Sender
from tests.emulators.wecom.state import App, Call, Corp, Member, World
from tests.emulators.wecom.user import User

CORP_ID, AGENT_ID = "wwpatentdemo000001", 1_000_012
KF_ID = "wkDemo1"
SECRET = "secret-of-the-app-for-tests"
KEYS = Keys("PatentBotToken01", "pTMleYHCHZHWMEhuMHC5gJjsbgtHQcekGR3plcEXQYD")

SENDING = {"message/send", "message/update_template_card", "message/recall"} | {
    "kf/send_msg", "kf/send_msg_on_event", "linkedcorp/message/send"
}  # fmt: skip


class WeComEmulator(Knobs):
    """Speaks WeCom's API on 127.0.0.1. `port` 0 takes any free one, `now` may be a test's clock."""

    def __init__(
        self,
        corpid: str = CORP_ID,
        agentid: int = AGENT_ID,
        secret: str = SECRET,
        keys: Keys = KEYS,
        port: int = 0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.world = World(now)
        corp = self.world.corps[corpid] = Corp(corpid, "省专利转化专项办公室")
        self.home = corp.apps[agentid] = App(corp, agentid, secret, keys)
        callbacks = Callbacks(self.world, partial(replies.apply, self.world))
        super().__init__(self.world, Api(self.world), callbacks)
        self.world.signal_kf = self._signal_kf
        self.customers: dict[tuple[str, str], Customer] = {}
        self.kf_account(KF_ID, "专利转化客服")
        self.users: dict[tuple[str, int, str], User] = {}
        self.server = Server(self.api.app(*control.routes(self)), port)
        self.api.hang_up = self.server.hang_up

    async def __aenter__(self) -> Self:
        await self.server.start()
        await self.callbacks.start()
        self.base_url = f"http://{HOST}:{self.server.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.world.closing.set()
        for task in self.world.tasks:
            task.cancel()
        await asyncio.gather(*self.world.tasks, return_exceptions=True)
        await self.callbacks.stop()
        await self.server.stop()

    # What the bot's settings need

    @property
    def corpid(self) -> str:
        return self.home.corp.corpid

    @property
    def agentid(self) -> int:
        return self.home.agentid

    @property
    def secret(self) -> str:
        return self.home.secret

    @property
    def token(self) -> str:
        return self.home.keys.token

    @property
    def aes_key(self) -> str:
        return self.home.keys.aes_key

    # The truth

    @property
    def calls(self) -> list[Call]:
        """Every call that had an answer, in order."""
        return self.world.calls

    @property
    def accepted(self) -> list[Call]:
        """Every send, change of a card and recall that was answered with ok, in order."""
        return [call for call in self.calls if call.errcode == 0 and call.path in SENDING]

    @property
    def refused(self) -> list[Call]:
        return [call for call in self.calls if call.errcode != 0]

    def count(self, path: str) -> int:
        return sum(1 for call in self.calls if call.path == path)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every callback, with its attempts and what its reply got wrong."""
        return self.callbacks.log

    @property
    def dropped(self) -> int:
        """Messages answered with ok that nobody saw."""
        return self.world.dropped

    # People and the administrator

    def user(self, userid: str, *, plugin: bool | None = None, app: App | None = None) -> User:
        """The member of that id, in the visible range from the first mention on.

        `plugin`: from now on they read in WeChat (True) or in WeCom (False).
        """
        app = app or self.home
        key = (app.corp.corpid, app.agentid, userid.lower())
        if key not in self.users:
            made = Member(userid, app.corp, userid)
            member = app.corp.members.setdefault(userid.lower(), made)
            self.users[key] = User(self.world, member, Sender(self.callbacks, app, member))
        if plugin is not None:
            self.users[key].member.plugin = plugin
        return self.users[key]

    def downstream(
        self, corpid: str, name: str, agentid: int, business_type: int = 1, confirmed: bool = True
    ) -> App:
        """Another corp with which the app is shared; members by user(userid, app=this)."""
        corp = self.world.corps.setdefault(corpid, Corp(corpid, name))
        app = App(corp, agentid, f"secret of {corpid}", self.home.keys, upstream=self.home)
        app.business_type, app.confirmed = business_type, confirmed
        return corp.apps.setdefault(agentid, app)

    async def tells(self, event: str, **own: object) -> Delivery:
        """An event of WeCom itself: share_chain_change, close_inactive_agent and others."""
        fields: Json = {"ToUserName": self.corpid, "FromUserName": "sys", "MsgType": "event"}
        fields |= {"CreateTime": self.callbacks.date(), "Event": event} | own
        return await self.callbacks.deliver(self.home, None, fields | {"AgentID": self.agentid})

    def kf_account(self, open_kfid: str, name: str, app: App | None = None) -> Account:
        account = Account(open_kfid, name, app or self.home)
        return self.world.kf.accounts.setdefault(open_kfid, account)

    def customer(self, nickname: str, open_kfid: str = KF_ID) -> Customer:
        """The person in WeChat of that name, who has not written yet."""
        key = (open_kfid, nickname)
        if key not in self.customers:
            account, who = self.world.kf.accounts[open_kfid], f"wm{nickname.encode().hex()}"
            self.world.kf.customers[who] = nickname
            self.customers[key] = Customer(self.world, self.callbacks, account, who)
        return self.customers[key]

    def _signal_kf(self, account: Account) -> None:
        fields = sync.signal(self.world, account, self.callbacks.date())
        self.world.spawn(self.callbacks.deliver(account.app, None, fields))

    async def connect(self, url: str) -> None:
        """Saves the callback's address, if it proves that it knows the keys."""
        before, self.home.callback_url = self.home.callback_url, url
        try:
            await self.callbacks.verify(self.home)
        except AssertionError:
            self.home.callback_url = before
            raise

    @property
    def callback_url(self) -> str:
        return self.home.callback_url

    @callback_url.setter
    def callback_url(self, url: str) -> None:
        """Saves it without asking."""
        self.home.callback_url = url

    @property
    def knobs(self) -> dict[str, Callable[..., object]]:
        """By name, for the control over HTTP."""
        return {name: getattr(self, name) for name in vars(Knobs) if not name.startswith("_")}
