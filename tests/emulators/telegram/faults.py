"""The knobs that make the network misbehave: each fault spends itself after some calls."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response

from tests.emulators.telegram.args import Args
from tests.emulators.telegram.errors import ApiError


@dataclass
class Fault:
    kind: str  # limit, lose, slow, fail, garbage
    times: int
    value: float = 0
    chat: int | None = None
    method: str | None = None

    def meets(self, args: Args) -> bool:
        # A poll meets only a fault meant for polls, or the bot's own loop would use it up.
        is_poll = args.method.lower() == "getupdates"
        right_method = args.method == self.method if self.method else not is_poll
        return right_method and self.chat in (None, args.number("chat_id"))


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def spend(self, kind: str, args: Args) -> Fault | None:
        """The next fault of this kind that meets the call, one time less of it."""
        found = [f for f in self.waiting if f.kind == kind and f.meets(args)]
        if not found:
            return None
        found[0].times -= 1
        self.waiting = [fault for fault in self.waiting if fault.times > 0]
        return found[0]


@dataclass
class Limits:
    """What the network takes in a second, over all chats and in one; 0 is any number. A call that
    was refused does not count."""

    per_second: int = 0
    per_chat: int = 0
    taken: deque[float] = field(default_factory=deque)
    by_chat: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def over(self, chat: int, now: float) -> bool:
        limits = ((self.taken, self.per_second), (self.by_chat[chat], self.per_chat))
        for taken, most in limits:
            while taken and taken[0] <= now - 1:
                taken.popleft()
            if most and len(taken) >= most:
                return True
        for taken, _ in limits:
            taken.append(now)
        return False


def too_many_requests(seconds: int) -> ApiError:
    words = f"Too Many Requests: retry after {seconds}"
    return ApiError(429, words, {"retry_after": seconds})


def gateway_page(status: int) -> Response:
    title = f"{status} {HTTPStatus(status).phrase}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return HTMLResponse(page, status)


def cut_off(response: Response) -> Response:
    """Half of the answer, complete as far as HTTP can tell."""
    half = bytes(response.body)[: len(response.body) // 2]
    return Response(half, media_type="application/json")
