"""A member's phone, as tests/scenario.py wants one: whatever a message offers can be tapped."""

from __future__ import annotations

from tests.emulators.wecom import User
from tests.emulators.wecom.cardview import questions
from tests.emulators.wecom.shown import Shown
from tests.phones import Act, meant, offered
from tests.waiting import eventually


class OnWeCom:
    """Presses cards; where there are none, says the number."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._read = 0

    async def says(self, text: str) -> None:
        self._act()
        await self.user.says(text)

    async def taps(self, label: str) -> None:
        await eventually(lambda: self._shows(label))  # a card may come behind its text
        acts = self._acts()
        act = acts[meant(label, list(acts))]
        self._act()
        await act()

    async def _shows(self, label: str) -> bool:
        return any(label in shown for shown in self._acts())

    def _acts(self) -> dict[str, Act]:
        """Everything that can be done, the newest last."""
        acts: dict[str, Act] = {}
        for message in sorted(self.user.messages, key=lambda message: message.seen):
            for shown, act in offered(self.user, message).items():
                acts.pop(shown, None)
                acts[shown] = act
        return acts

    async def ticks(self, *labels: str) -> None:
        """Ticks these and no others on the newest card of ticks, and submits it."""
        card = await self.card(*labels)
        (question,) = questions(card.content)
        ids = [o["id"] for o in question.options if o["text"] in labels]
        self._act()
        await self.user.submits_card({question.key: ids}, card)

    async def card(self, *labels: str) -> Shown:
        """The newest card of ticks, as soon as it offers these: it may come behind its text."""

        def offers(card: Shown) -> bool:
            return set(labels) <= {one for options in card.options.values() for one in options}

        def newest() -> list[Shown]:
            return [shown for shown in self.user.messages if shown.options][-1:]

        async def there() -> bool:
            return any(map(offers, newest()))

        await eventually(there)
        (card,) = newest()
        assert offers(card), f"{labels} are not all in {card.options}"
        return card

    async def sees(self, *texts: str) -> None:
        await eventually(lambda: self._has(texts))
        for text in texts:
            assert text in self.new, f"{text} is not in: {self.new}"

    @property
    def new(self) -> str:
        return "\n".join(message.text for message in self.user.messages if self._is_new(message))

    def _is_new(self, message: Shown) -> bool:
        return message.seen > self._read

    async def _has(self, texts: tuple[str, ...]) -> bool:
        return all(text in self.new for text in texts)

    def _act(self) -> None:
        self._read = max((m.seen for m in self.user.history), default=0)
