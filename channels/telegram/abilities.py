"""Telegram needs no Connection: the Bot API, which all others are spoken to in, is its own."""

from __future__ import annotations

from channels.abilities import Abilities

ABILITIES = (
    Abilities(
        "Telegram",
        "buttons",
        taps=True,
        changes=True,
        takes_back=True,
        files=True,
        unasked=True,
        groups=True,
        text="4,096 characters",
    ),
)
