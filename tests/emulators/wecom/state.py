"""What the emulator remembers: corps, apps, members, tokens, and the logs that tests judge by."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.serving import Signal
from tests.emulators.wecom.crypto import Keys
from tests.emulators.wecom.errors import Json
from tests.emulators.wecom.kf.state import Account, Kf
from tests.emulators.wecom.shown import Shown


@dataclass(eq=False)
class Member:
    """An employee of one corp. In the WeChat plugin (`plugin`) much cannot be read."""

    userid: str
    corp: "Corp"
    name: str
    plugin: bool = False
    departments: set[int] = field(default_factory=lambda: {1})
    tags: set[int] = field(default_factory=set)
    history: list[Shown] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.userid.lower()


@dataclass(eq=False)
class App:
    corp: "Corp"
    agentid: int
    secret: str
    keys: Keys
    name: str = "专利转化对接"
    callback_url: str = ""
    outside: set[str] = field(default_factory=set)
    unlicensed: set[str] = field(default_factory=set)
    menu: list[Json] = field(default_factory=list)
    task_ids: set[str] = field(default_factory=set)
    upstream: "App | None" = None
    business_type: int = 1  # 上下游; 0 is 互联企业
    confirmed: bool = True

    @property
    def members(self) -> list[Member]:
        """Who is in the app's visible range."""
        return [m for m in self.corp.members.values() if m.key not in self.outside]


@dataclass(eq=False)
class Corp:
    corpid: str
    name: str
    members: dict[str, Member] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)


@dataclass
class Token:
    app: App
    expires: float


@dataclass(frozen=True)
class Call:
    """One call of the API and its answer; the token is not kept."""

    at: float
    path: str
    query: dict[str, str]
    body: Json
    answer: Json

    @property
    def errcode(self) -> int:
        return int(self.answer.get("errcode", 0))


@dataclass
class Message:
    """What one message/send sent: the copies stand in the members' histories."""

    msgid: str
    app: App
    date: float
    body: Json
    recalled: bool = False


@dataclass
class Code:
    """A response_code: of a sent message, or of a click."""

    msgid: str
    app: App
    task_id: str
    expires: float
    used: bool = False


@dataclass(frozen=True)
class Medium:
    id: str
    app: App
    kind: str
    name: str
    mime: str
    data: bytes
    expires: float


@dataclass
class World:
    clock: Callable[[], float] = time.time
    skew: float = 0.0
    corps: dict[str, Corp] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    media: dict[str, Medium] = field(default_factory=dict)
    duplicates: dict[str, tuple[float, Json]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    rates: dict[Any, list[float]] = field(default_factory=lambda: defaultdict(list))
    kf: Kf = field(default_factory=Kf)
    signal_kf: Callable[[Account], None] = lambda account: None
    dropped: int = 0
    drops_to_come: int = 0
    per_minute: int = 0
    per_hour: int = 0

    def __post_init__(self) -> None:
        self.signal = Signal()
        self.numbers = itertools.count(1)
        self.tasks: set[asyncio.Task[Any]] = set()
        self.closing = asyncio.Event()

    def now(self) -> float:
        return self.clock() + self.skew

    def next(self, prefix: str) -> str:
        return f"{prefix}-{next(self.numbers):04d}"

    def show(self, member: Member, shown: Shown) -> Shown:
        member.history.append(shown)
        return self.touch(shown)

    def touch(self, shown: Shown) -> Shown:
        """The member sees it new: `seen` orders messages and changes of cards."""
        shown.seen = next(self.numbers)
        self.signal.fire()
        return shown

    def recent(self, key: Any, seconds: float) -> int:
        """How often `key` was counted in the last `seconds`."""
        return sum(1 for at in self.rates[key] if at > self.now() - seconds)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
