"""A customer's phone, as tests/scenario.py wants one: menus are pressed, numbers are said."""

from __future__ import annotations

from tests.emulators.wecom import Customer
from tests.phones import Act, meant, offered
from tests.waiting import eventually


class OnKf:
    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self._read = 0

    async def says(self, text: str) -> None:
        self._act()
        await self.customer.writes_kf(text)

    async def sends(self, kind: str, name: str, data: bytes) -> None:
        self._act()
        await self.customer.sends_kf(kind, name, data)

    async def taps(self, label: str) -> None:
        await eventually(lambda: self._shows(label))
        acts = self._acts()
        act = acts[meant(label, list(acts))]
        self._act()
        await act()

    async def _shows(self, label: str) -> bool:
        return any(label in shown for shown in self._acts())

    def _acts(self) -> dict[str, Act]:
        """Everything that can be done, the newest last."""
        acts: dict[str, Act] = {}
        for message in self.customer.messages:
            for shown, act in offered(self.customer, message).items():
                acts.pop(shown, None)
                acts[shown] = act
        return acts

    async def sees(self, *texts: str) -> None:
        await eventually(lambda: self._has(texts))
        for text in texts:
            assert text in self.new, f"{text} is not in: {self.new}"

    @property
    def new(self) -> str:
        return "\n".join(
            line
            for message in self.customer.messages
            if message.seen > self._read
            for line in (message.text, *message.buttons)
        )

    async def _has(self, texts: tuple[str, ...]) -> bool:
        return all(text in self.new for text in texts)

    def _act(self) -> None:
        self._read = max((m.seen for m in self.customer.history), default=0)
