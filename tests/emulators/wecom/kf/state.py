"""Accounts, customers, their sessions, and the log that sync_msg pages through."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.emulators.wecom.errors import Json
from tests.emulators.wecom.shown import Shown

if TYPE_CHECKING:
    from tests.emulators.wecom.state import App

# The states of a session
UNTREATED, BOT, POOL, HUMAN, ENDED = range(5)


@dataclass
class Session:
    """One customer with one account. It starts when the customer writes."""

    state: int = ENDED
    servicer: str = ""
    last_customer: float | None = None
    sent_since: int = 0
    welcomed: float | None = None
    history: list[Shown] = field(default_factory=list)


@dataclass(eq=False)
class Account:
    open_kfid: str
    name: str
    app: "App"
    servicers: dict[str, bool] = field(default_factory=dict)  # userid: receiving?
    native_welcome: bool = False
    log: list[tuple[float, Json]] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)

    def session(self, external_userid: str) -> Session:
        return self.sessions.setdefault(external_userid, Session())


@dataclass
class EventCode:
    """What send_msg_on_event takes: welcome and ended 20 seconds, queue 48 hours."""

    kind: str
    account: Account
    external_userid: str
    expires: float
    used: bool = False


@dataclass
class Kf:
    accounts: dict[str, Account] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)  # external_userid: nickname
    codes: dict[str, EventCode] = field(default_factory=dict)
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    sent: dict[tuple[str, str], Json] = field(default_factory=dict)
    page: int = 1000
    empty_pages: int = 0
    human_first: bool = False
    failures: list[int] = field(default_factory=list)
