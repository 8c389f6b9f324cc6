"""The page: phones side by side, or one's own."""

from __future__ import annotations

from typing import Self

from channels.abilities import Abilities
from channels.connection import Connection, Surroundings
from channels.mailbox import Mailbox
from pipeline.pace import Network


class WebPage(Connection):
    abilities = (
        Abilities(
            "web page",
            "buttons",
            taps=True,
            changes=True,
            takes_back=True,
            files=True,
            unasked=True,
            groups=False,
            text="4,096 characters",
        ),
    )

    def __init__(self, around: Surroundings) -> None:
        self.channel = Mailbox("web", around.database)
        self.network = Network(name="web")

    @classmethod
    def connect(cls, around: Surroundings) -> Self:
        return cls(around)
