"""The terminal, for scripts and for who has nothing else."""

from __future__ import annotations

from typing import Self

from channels.abilities import Abilities
from channels.connection import Connection, Surroundings
from channels.mailbox import Mailbox
from pipeline.pace import Network


class Terminal(Connection):
    abilities = (
        Abilities(
            "terminal",
            "numbers",
            taps=False,
            changes=False,
            takes_back=False,
            files=True,
            unasked=True,
            groups=False,
            text="4,096 characters",
        ),
    )

    def __init__(self, around: Surroundings) -> None:
        self.channel = Mailbox("terminal", around.database)
        self.network = Network(name="terminal")

    @classmethod
    def connect(cls, around: Surroundings) -> Self:
        return cls(around)
