"""What a member sees of the chat with the app."""

from tests.emulators.wecom.messages import Sender
from tests.emulators.wecom.shown import Shown
from tests.emulators.wecom.state import App, Member, World


class Phone:
    """The chat as it now stands; `read_until` is how far the member has read."""

    def __init__(self, world: World, member: Member, sender: Sender) -> None:
        self.world = world
        self.member = member
        self.sender = sender
        self.read_until = 0

    # What they see

    @property
    def userid(self) -> str:
        return self.member.userid

    @property
    def app(self) -> App:
        return self.sender.app

    @property
    def history(self) -> list[Shown]:
        """Everything of both sides, with what was recalled and what WeCom dropped."""
        return self.member.history

    @property
    def messages(self) -> list[Shown]:
        """What the app wrote and the phone shows, from top to bottom."""
        return [m for m in self.history if m.by_bot and not m.dropped and not m.recalled]

    @property
    def last(self) -> Shown:
        """What came or changed last."""
        assert self.messages, f"{self.userid} has heard nothing"
        return max(self.messages, key=lambda shown: shown.seen)

    async def waits_for(self, text: str, timeout: float = 5) -> Shown:
        """The next message or change since the last act or wait that shows `text`."""
        shown = await self.world.signal.wait_for(lambda: self._news(text), timeout)
        seen = [message.text for message in self.messages[-5:]]
        assert shown, f"{self.userid} waited {timeout} s for {text!r}, saw {seen}"
        self.read_until = shown.seen
        return shown

    def _news(self, text: str) -> Shown | None:
        news = [m for m in self.messages if m.seen > self.read_until and text in _all_words(m)]
        return min(news, key=lambda shown: shown.seen, default=None)

    def write(self, kind: str, file: bytes | None = None, **content: object) -> None:
        """Shows their own message on their phone; what came before is read."""
        number, agentid, date = self.world.next("OWN"), self.app.agentid, self.world.now()
        own = Shown(number, kind, dict(content), agentid, date, by_bot=False, file=file)
        self.read_until = self.world.show(self.member, own).seen


def _all_words(shown: Shown) -> str:
    return "\n".join([shown.text, *shown.buttons])
