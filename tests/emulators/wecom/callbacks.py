"""Posts encrypted XML to the bot, as WeCom does: five seconds, three sends, answers applied."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import httpx

from tests.emulators.wecom import limits, xml
from tests.emulators.wecom.errors import Json
from tests.emulators.wecom.state import App, Member, World

OTHERS = "ww-of-somebody-else"
Apply = Callable[["Delivery", str, str], None]


@dataclass
class Attempt:
    """One POST: its status (0: none came in time) and how long that took."""

    status: int
    seconds: float
    body: str = ""


@dataclass
class Delivery:
    """One message or event on its way to the bot. `problem` is what its reply got wrong."""

    app: App
    member: Member | None
    fields: Json
    attempts: list[Attempt] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    problem: str = ""

    @property
    def xml(self) -> str:
        return xml.write(self.fields)


@dataclass
class Mischief:
    """What the next deliveries do wrong; counts run down to 0."""

    duplicates: int = 0
    bad_signatures: int = 0
    wrong_receiveids: int = 0
    reordered: int = 0
    same_second: int = 0
    retries_non_200: bool = False
    strip_agentid: bool = False
    option_tag: str = "OptionIds"
    upstream_receiveid: bool = False


@dataclass
class Callbacks:
    world: World
    apply: Apply
    mischief: Mischief = field(default_factory=Mischief)
    timeout: float = limits.ANSWER_SECONDS
    pause: float = 0
    log: list[Delivery] = field(default_factory=list)
    held: list[Delivery] = field(default_factory=list)
    second: int = 0

    async def start(self) -> None:
        self.client = httpx.AsyncClient(trust_env=False, verify=False)

    async def stop(self) -> None:
        await self.client.aclose()

    def date(self) -> int:
        """CreateTime: stands still for the next events if the test wished so."""
        if self.mischief.same_second > 0:
            self.mischief.same_second -= 1
            self.second = self.second or int(self.world.now())
            return self.second
        self.second = 0
        return int(self.world.now())

    async def deliver(self, app: App, member: Member | None, fields: Json) -> Delivery:
        """Returns when the bot has answered, or WeCom has given up."""
        if self.mischief.strip_agentid:
            fields = {name: value for name, value in fields.items() if name != "AgentID"}
        delivery = Delivery(app, member, fields)
        self.log.append(delivery)
        if self.mischief.reordered > len(self.held):
            self.held.append(delivery)
            await self._release()
        elif (app.upstream or app).callback_url:
            await self._post(delivery)
        return delivery

    async def _release(self) -> None:
        """When as many wait as were wished, they go out, the last first."""
        if len(self.held) < self.mischief.reordered:
            return
        held, self.held, self.mischief.reordered = self.held, [], 0
        for delivery in reversed(held):
            await self._post(delivery)

    async def _post(self, delivery: Delivery) -> None:
        copies = 1
        if self.mischief.duplicates > 0:
            self.mischief.duplicates -= 1
            copies = 2
        await asyncio.gather(*(self._until_taken(delivery) for _ in range(copies)))

    async def _until_taken(self, delivery: Delivery) -> None:
        faults = self._faults()
        for number in range(limits.SENDS):
            await asyncio.sleep(self.pause if number else 0)
            attempt = await self._once(delivery, *faults)
            delivery.attempts.append(attempt)
            self.world.signal.fire()
            if attempt.status == 200:
                self.apply(delivery, attempt.body, self.receiveid(delivery.app))
            if attempt.status == 200 or (attempt.status and not self.mischief.retries_non_200):
                return

    def _faults(self) -> tuple[bool, bool]:
        bad, wrong = self.mischief.bad_signatures > 0, self.mischief.wrong_receiveids > 0
        self.mischief.bad_signatures -= bad
        self.mischief.wrong_receiveids -= wrong
        return bad, wrong

    async def _once(self, delivery: Delivery, bad: bool, wrong: bool) -> Attempt:
        url, body = self._sealed(delivery, bad, wrong)
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.timeout):
                headers = {"Content-Type": "text/xml"}
                answer = await self.client.post(url, content=body, headers=headers, timeout=None)
        except (TimeoutError, httpx.HTTPError):
            return Attempt(0, time.monotonic() - began)
        return Attempt(answer.status_code, time.monotonic() - began, answer.text)

    def _sealed(self, delivery: Delivery, bad: bool, wrong: bool) -> tuple[str, bytes]:
        app, corpid = delivery.app, delivery.app.corp.corpid
        encrypted = app.keys.encrypt(delivery.xml, OTHERS if wrong else self.receiveid(app))
        envelope: Json = {"ToUserName": corpid}
        if "AgentID" in delivery.fields:
            envelope["AgentID"] = str(app.agentid)
        body = xml.write(envelope | {"Encrypt": encrypted}).encode()
        return self._url(app, encrypted, bad), body

    def _url(self, app: App, encrypted: str, bad: bool, echo: bool = False) -> str:
        timestamp, nonce = str(int(self.world.now())), str(secrets.randbelow(10**10))
        signature = app.keys.sign(timestamp, nonce, encrypted)
        signature = signature[::-1] if bad else signature
        query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
        query |= {"echostr": encrypted} if echo else {}
        # Percent-encoded with its plus signs, which many a bot reads as spaces.
        base = (app.upstream or app).callback_url
        return f"{base}{'&' if '?' in base else '?'}{urlencode(query, quote_via=quote, safe='')}"

    def receiveid(self, app: App) -> str:
        """No source says whose it is for a downstream corp; the test may choose."""
        upstream = app.upstream if self.mischief.upstream_receiveid else None
        return (upstream or app).corp.corpid

    async def verify(self, app: App, bad: bool = False) -> httpx.Response:
        """The GET with echostr that saves a callback's address. Asserts the exact answer."""
        echo = str(secrets.randbelow(10**19))
        url = self._url(app, app.keys.encrypt(echo, app.corp.corpid), bad, echo=True)
        try:
            async with asyncio.timeout(limits.VERIFY_SECONDS):
                answer = await self.client.get(url, timeout=None)
        except (TimeoutError, httpx.HTTPError) as error:
            raise AssertionError(f"the address did not answer: {error!r}") from None
        if not bad:
            told = (answer.status_code, answer.content)
            assert told == (200, echo.encode()), f"answered {told}, not the echo's text"
        return answer
