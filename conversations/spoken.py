"""Commands that are said with what they are about: 关联 482913, 邀请企业 某某公司.

Their forms are in data/ways.toml and so exact that they are never an answer to a question.
"""

from __future__ import annotations

import re
from functools import cache

from telegram import Update

from conversations.acting import perform
from conversations.actions import repertoire
from conversations.ways import lexicon
from pipeline.turn import Button, Turn


@cache
def commands() -> dict[str, re.Pattern[str]]:
    """Action names with what is said for them; the group is the argument."""
    return {action: re.compile(said) for action, said in lexicon()["spoken"].items()}


def pattern() -> re.Pattern[str]:
    """What any of them looks like."""
    return re.compile("|".join(said.pattern for said in commands().values()))


async def hear(update: Update, turn: Turn) -> None:
    text = (update.message and update.message.text) or ""
    for action, said in commands().items():
        if found := said.match(text):
            turn.said, turn.button = text, Button([found[1]])
            await perform(update, turn, repertoire(turn).actions[action])
            return
