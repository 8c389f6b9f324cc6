"""bot.py that is killed at a named point, as `kill -9` would: `python -m tests.crashing POINT N`.

in_turn     before a turn commits, at its Nth commit
before_send a reply is committed and has not left
after_send  the network accepted it, and nobody wrote that down yet
random      N milliseconds after the first message came
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

from pipeline.delivery import Delivery
from pipeline.inbox import Inbox
from pipeline.work import Work


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str, number: int) -> None:
    """Patch the program so that it dies at its Nth passage of the point."""
    passed = 0

    def passes() -> None:
        nonlocal passed
        passed += 1
        if passed == number:
            die()

    finish, call, put = Work.finish, Delivery._call, Inbox.put

    async def finishing(self: Work) -> Any:
        letters = await finish(self)
        passes()
        return letters

    async def before(self: Delivery, letter: Any) -> Any:
        passes()
        return await call(self, letter)

    async def after(self: Delivery, letter: Any) -> Any:
        answer = await call(self, letter)
        passes()
        return answer

    async def putting(self: Inbox, raw: Any) -> None:
        await put(self, raw)
        asyncio.get_running_loop().call_later(number / 1000, die)

    if point == "in_turn":
        Work.finish = finishing  # type: ignore[method-assign]
    elif point == "before_send":
        Delivery._call = before  # type: ignore[method-assign]
    elif point == "after_send":
        Delivery._call = after  # type: ignore[method-assign]
    else:
        Inbox.put = putting  # type: ignore[method-assign]


if __name__ == "__main__":
    point, number = sys.argv.pop(1), int(sys.argv.pop(1))
    arm(point, number)
    from bot import CONTENTS
    from commands import main

    main(CONTENTS)
