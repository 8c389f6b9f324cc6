"""A person in WeChat who writes to customer service."""

from tests.emulators.wecom import limits, media
from tests.emulators.wecom.callbacks import Callbacks, Delivery
from tests.emulators.wecom.errors import Json
from tests.emulators.wecom.fields import size
from tests.emulators.wecom.kf import sync
from tests.emulators.wecom.kf.common import event_code
from tests.emulators.wecom.kf.state import ENDED, HUMAN, POOL, UNTREATED, Account, Session
from tests.emulators.wecom.phone import Chat
from tests.emulators.wecom.request import Upload
from tests.emulators.wecom.shown import Shown
from tests.emulators.wecom.state import World


class Customer(Chat):
    """Every verb returns when the bot has answered the signal, not when it has fetched."""

    def __init__(
        self, world: World, callbacks: Callbacks, account: Account, external_userid: str
    ) -> None:
        super().__init__(world, external_userid)
        self.callbacks = callbacks
        self.account = account
        self.external_userid = external_userid

    @property
    def session(self) -> Session:
        return self.account.session(self.external_userid)

    @property
    def history(self) -> list[Shown]:
        return self.session.history

    # What they do

    async def enters_kf(self, scene: str = "", scene_param: str = "") -> Delivery:
        """Opens the chat by a link. A code to welcome them comes along where WeCom gives one."""
        assert size(scene) <= limits.KF_SCENE_BYTES, "the scene is too long"
        assert size(scene_param) <= limits.KF_SCENE_PARAM_BYTES, "the parameter is too long"
        own: Json = {"scene": scene, "scene_param": scene_param}
        if self._may_be_welcomed():
            who, seconds = self.external_userid, limits.KF_CODE_SECONDS
            own["welcome_code"] = event_code(self.world, "welcome", self.account, who, seconds)
        sync.note_event(self.world, self.account, "enter_session", self.external_userid, **own)
        return await self._signal()

    def _may_be_welcomed(self) -> bool:
        """Not greeted and silent for 48 hours, and no welcome set up in the account itself."""
        times = (self.session.welcomed, self.session.last_customer)
        since = self.world.now() - limits.KF_WINDOW
        return not self.account.native_welcome and all(t is None or t < since for t in times)

    async def writes_kf(self, text: str) -> Delivery:
        return await self._write("text", {"content": text})

    async def clicks_kf_menu(self, menu_id: str) -> Delivery:
        """Presses an entry of the newest menu that has it: a text comes, with the id."""
        for shown in reversed(self.messages):
            if menu_id in shown.keys:
                return await self._write(
                    "text", {"content": shown.keys[menu_id], "menu_id": menu_id}
                )
        offered = [key for shown in self.messages for key in shown.keys]
        raise AssertionError(f"no {menu_id!r} in a menu, only {offered}")

    async def sends_kf(self, kind: str, name: str, data: bytes) -> Delivery:
        """An image, voice, video or file."""
        upload = Upload(name, "application/octet-stream", data)
        medium = media.keep(self.world, self.account.app, kind, upload)
        return await self._write(kind, {"media_id": medium.id})

    async def sends_kf_location(self, latitude: float, longitude: float, name: str) -> Delivery:
        place = {"latitude": latitude, "longitude": longitude}
        return await self._write("location", place | {"name": name, "address": name})

    async def recalls_kf(self, msgid: str) -> Delivery:
        note = {"recall_msgid": msgid}
        who = self.external_userid
        sync.note_event(self.world, self.account, "user_recall_msg", who, **note)
        return await self._signal()

    # What the humans of customer service do

    async def servicer_says(self, userid: str, text: str) -> Delivery:
        """In the client; it comes to the bot with origin 5."""
        assert self.session.state == HUMAN, "no human has the session"
        own = {"external_userid": self.external_userid, "servicer_userid": userid}
        sync.note(self.world, self.account, 5, "text", text={"content": text}, **own)
        number, agentid = self.world.next("K"), self.account.app.agentid
        shown = Shown(number, "text", {"content": text}, agentid, self.world.now())
        self.history.append(self.world.touch(shown))
        return await self._signal()

    async def servicer_takes(self, userid: str) -> Delivery:
        """Out of the pool."""
        assert self.session.state == POOL, "nobody waits"
        self.session.state, self.session.servicer = HUMAN, userid
        return await self._changed(1, new_servicer_userid=userid, msg_code=self._code("queue"))

    async def servicer_ends(self) -> Delivery:
        """The session is over until the customer writes again."""
        assert self.session.state == HUMAN, "no human has the session"
        old, self.session.servicer = self.session.servicer, ""
        self.session.state = ENDED
        return await self._changed(3, old_servicer_userid=old, msg_code=self._code("ended"))

    def _code(self, kind: str) -> str:
        return event_code(
            self.world, kind, self.account, self.external_userid, limits.KF_CODE_SECONDS
        )

    async def _changed(self, change_type: int, **own: object) -> Delivery:
        who, named = self.external_userid, "session_status_change"
        sync.note_event(self.world, self.account, named, who, change_type=change_type, **own)
        return await self._signal()

    async def _write(self, kind: str, content: Json) -> Delivery:
        session, who = self.session, self.external_userid
        session.last_customer, session.sent_since = self.world.now(), 0
        if session.state == ENDED:
            session.state = UNTREATED
        self._to_a_human(session)
        own = {"external_userid": who, kind: content}
        msgid = sync.note(self.world, self.account, 3, kind, **own)
        agentid = self.account.app.agentid
        shown = Shown(msgid, kind, dict(content), agentid, self.world.now(), by_bot=False)
        self.history.append(shown)
        self.read_until = self.world.touch(shown).seen
        return await self._signal()

    def _to_a_human(self, session: Session) -> None:
        """With "human first" a session goes to whoever receives, and the bot must be silent."""
        receiving = [userid for userid, on in self.account.servicers.items() if on]
        if session.state == UNTREATED and self.world.kf.human_first and receiving:
            session.state, session.servicer = HUMAN, receiving[0]

    async def _signal(self) -> Delivery:
        fields = sync.signal(self.world, self.account, self.callbacks.date())
        return await self.callbacks.deliver(self.account.app, None, fields)
