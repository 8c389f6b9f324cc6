"""The emulator in a test's own event loop."""

from types import TracebackType
from typing import Any, Self

from tests.emulators.serving import HOST, Server
from tests.emulators.telegram import control
from tests.emulators.telegram.faults import Fault
from tests.emulators.telegram.http import BotApi
from tests.emulators.telegram.state import Call, Group, World
from tests.emulators.telegram.user import User


class TelegramEmulator:
    """Speaks the Bot API on 127.0.0.1. `port` 0 takes any free one."""

    def __init__(self, token: str = "123456:TEST", port: int = 0) -> None:
        self.world = World(token)
        self.api = BotApi(self.world)
        self.users: dict[str, User] = {}
        app = self.api.app(*control.routes(self.world, self.user, self.knobs))
        self.server = Server(app, port)
        self.api.hang_up = self.server.hang_up

    async def __aenter__(self) -> Self:
        await self.server.start()
        self.address = f"http://{HOST}:{self.server.port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.world.close()
        await self.api.stop_webhook()
        await self.server.stop()

    @property
    def base_url(self) -> str:
        return f"{self.address}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.address}/file/bot"

    @property
    def accepted(self) -> list[Call]:
        """Every send, edit and deletion that took effect, in order: the receiver's truth."""
        return self.world.accepted

    @property
    def refused(self) -> list[Call]:
        """Every call that was answered with an error, and the error."""
        return self.world.refused

    @property
    def next_update_id(self) -> int:
        return self.world.updates.next_id

    @next_update_id.setter
    def next_update_id(self, update_id: int) -> None:
        """A week without updates has passed: what waited is gone, ids go on from here."""
        self.world.updates.number_from(update_id)

    def user(self, name: str) -> User:
        """The person of that name, made up at the first mention; has not pressed Start yet."""
        if name not in self.users:
            self.users[name] = User(self.world, self.world.person(name))
        return self.users[name]

    def group(self, name: str) -> Group:
        """The group of that name; nobody has let the bot in yet."""
        return self.world.group(name)

    # Knobs. Each works for the next `times` calls of `method` (default: any but getUpdates).

    def limit(
        self, retry_after: int, times: int = 1, chat: int | None = None, method: str | None = None
    ) -> None:
        """Answers 429 with retry_after, in seconds."""
        self.api.faults.add(Fault("limit", times, retry_after, chat, method))

    def pace(self, per_second: int = 30, per_chat: int = 1) -> None:
        """Takes so many sends in any second, and answers 429 to the rest."""
        self.api.limits.per_second, self.api.limits.per_chat = per_second, per_chat

    def lose_answers(self, times: int = 1, method: str | None = None) -> None:
        """Does what is asked, then hangs up without an answer."""
        self.api.faults.add(Fault("lose", times, method=method))

    def slow(self, seconds: float, times: int = 1, method: str | None = None) -> None:
        self.api.faults.add(Fault("slow", times, seconds, method=method))

    def fail(self, status: int = 502, times: int = 1, method: str | None = None) -> None:
        """Does nothing and answers with a gateway's HTML page."""
        self.api.faults.add(Fault("fail", times, status, method=method))

    def garbage(self, times: int = 1, method: str | None = None) -> None:
        """Does what is asked, then answers 200 with half of the JSON."""
        self.api.faults.add(Fault("garbage", times, method=method))

    def deliver_twice(self, times: int = 1) -> None:
        """The next `times` updates come a second time although they were confirmed."""
        self.world.updates.repeats += times

    def inject(self, update: Any) -> None:
        """Queues an update of any shape; an object without an update_id is given one."""
        self.world.updates.inject(update)

    def later(self, seconds: float) -> None:
        """Moves the emulator's clock: queries grow old, updates expire after 24 hours."""
        self.world.skew += seconds

    @property
    def knobs(self) -> dict[str, Any]:
        turned = (self.limit, self.lose_answers, self.slow, self.fail, self.garbage)
        more = (self.deliver_twice, self.inject, self.later, self.pace)
        named = {knob.__name__: knob for knob in turned + more}
        return named | {"next_update_id": self.world.updates.number_from}
