"""What people see on their phones."""

from tests.emulators.wecom.messages import Sender
from tests.emulators.wecom.shown import Shown
from tests.emulators.wecom.state import App, Member, World


class Chat:
    """The chat as it now stands; `read_until` is how far they have read."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.read_until = 0

    @property
    def history(self) -> list[Shown]:
        """Everything of both sides, with what was recalled and what WeCom dropped."""
        raise NotImplementedError

    @property
    def messages(self) -> list[Shown]:
        """What was written to them and the phone shows, from top to bottom."""
        return [m for m in self.history if m.by_bot and not m.dropped and not m.recalled]

    @property
    def last(self) -> Shown:
        """What came or changed last."""
        assert self.messages, f"{self.name} has heard nothing"
        return max(self.messages, key=lambda shown: shown.seen)

    async def waits_for(self, text: str, timeout: float = 5) -> Shown:
        """The next message or change since the last act or wait that shows `text`."""
        shown = await self.world.signal.wait_for(lambda: self._news(text), timeout)
        seen = [message.text for message in self.messages[-5:]]
        assert shown, f"{self.name} waited {timeout} s for {text!r}, saw {seen}"
        self.read_until = shown.seen
        return shown

    def _news(self, text: str) -> Shown | None:
        news = [m for m in self.messages if m.seen > self.read_until and text in _all_words(m)]
        return min(news, key=lambda shown: shown.seen, default=None)


class Phone(Chat):
    def __init__(self, world: World, member: Member, sender: Sender) -> None:
        super().__init__(world, member.userid)
        self.member = member
        self.sender = sender

    @property
    def userid(self) -> str:
        return self.member.userid

    @property
    def app(self) -> App:
        return self.sender.app

    @property
    def history(self) -> list[Shown]:
        return self.member.history

    def acts(self) -> None:
        """What came before is read. AssertionError where the app is not on the phone."""
        assert self.member.key not in self.app.outside, f"{self.userid} does not see the app"
        self.read_until = next(self.world.numbers)

    def write(self, kind: str, file: bytes | None = None, **content: object) -> None:
        """Shows their own message on their phone; what came before is read."""
        self.acts()
        number, agentid, date = self.world.next("OWN"), self.app.agentid, self.world.now()
        own = Shown(number, kind, dict(content), agentid, date, by_bot=False, file=file)
        self.read_until = self.world.show(self.member, own).seen


def _all_words(shown: Shown) -> str:
    return "\n".join([shown.text, *shown.buttons])
