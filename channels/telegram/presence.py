"""Who we are on Telegram: our name, which links carry, and the commands that people see.

Commands are set for everybody, and again for each chat of somebody who may do more. They have no
language of their own, so every client shows the Chinese ones. What stands already is not sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from channels.telegram.api import Api

log = logging.getLogger(__name__)

Commands = Sequence[tuple[str, str]]


async def name(api: Api) -> str:
    """Our user name, as Telegram has it."""
    return str((await api.call("getMe")).get("username") or "")


async def show_commands(api: Api, everybody: Commands, chats: Mapping[int, Commands]) -> None:
    """`chats` are those of people with more commands than everybody has."""
    await _set(api, {"type": "default"}, everybody)
    for chat_id, commands in chats.items():
        try:
            await _set(api, {"type": "chat", "chat_id": chat_id}, commands)
        except ConnectionError as error:  # that one chat is gone
            log.info("commands of chat %s: %s", chat_id, error)


async def _set(api: Api, scope: dict[str, Any], commands: Commands) -> None:
    wanted = [{"command": word, "description": said} for word, said in commands]
    if await api.call("getMyCommands", scope=scope) != wanted:
        await api.call("setMyCommands", scope=scope, commands=wanted)
