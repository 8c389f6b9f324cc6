"""The programme, forked anew for each life: `python -m bench.faults.child SETTINGS`.

A line on standard input begins a life: the window in which it ends and at which passage of it.
Nothing in the programme knows of this: its own functions are wrapped here, from outside. Forked,
because a start would spend seconds on imports, and a process that never imported is no better.

stored      an update is in the inbox, and its network was not answered
turn        in a turn: before its commit, or just behind it
committed   a letter is written down, and nobody has begun to send it
sending     (Telegram) it is marked as being sent, and was not
sent        its network has accepted it, and nobody wrote that down
notice      in the same way a letter of a notice, or a request that takes it to many
fan_out     in the same way at a chunk of a notice's rows
remind      in the same way at a round of reminders
move        in the same way at the announcement of an event's move
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import wraps
from typing import Any

import httpcore  # noqa: F401  httpx would import it in every fork
from telegram import Update

import application
import serving
from application import Contents, assembled
from bench.faults import scenario
from bench.faults.control import unprotected
from bench.faults.scenario import DOING, doing
from bot import CONTENTS
from channels.wecom import limits
from channels.wecom.client import Client
from pipeline.clock import Clock
from pipeline.delivery import Delivery
from pipeline.inbox import Inbox
from pipeline.jobs import Due, Jobs
from pipeline.together import Together
from pipeline.turn import Callback, Turn, in_turn
from pipeline.work import BROADCAST, Letter, Work
from services import attention, notice_limits, rounds
from settings import Settings

KINDS = {"broadcasts.fan_out": "fan_out", "events.remind": "remind", "events.announce": "move"}
CHUNK = 25  # people, so that a notice has several
MANY = 10**6
Passes = Callable[[str], None]
Method = Callable[..., Coroutine[Any, Any, Any]]


def say(**line: Any) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


def dies_at(window: str, number: int) -> Passes:
    passed = 0

    def passes(name: str) -> None:
        nonlocal passed
        passed += name == window
        if name == window and passed == number:
            say(died=window)
            os.kill(os.getpid(), signal.SIGKILL)

    return passes


def around(owner: Any, name: str, *, before: Passes | None = None, window: str = "",
           after: Passes | None = None) -> None:  # fmt: skip
    """Let a method pass a window before it begins, or when it is done."""
    method: Method = getattr(owner, name)

    @wraps(method)
    async def wrapped(*args: Any, **named: Any) -> Any:
        if before is not None:
            before(window)
        result = await method(*args, **named)
        if after is not None:
            after(window)
        return result

    setattr(owner, name, wrapped)


def watch(passes: Passes) -> None:
    """Wrap what a message passes on its way."""
    around(Inbox, "_store", after=passes, window="stored")
    around(Delivery, "_deliver", before=passes, window="committed")
    around(Together, "_once", before=passes, window="committed")
    around(Client, "post", after=passes, window="sent")  # WeCom has it, and our ledger does not
    call, call_many, do, finish = Delivery._call, Together._call, Jobs._do, Work.finish

    async def calling(self: Delivery, letter: Letter) -> Any:
        passes("sending")
        answer = await call(self, letter)
        passes(accepted(letter))
        return answer

    async def calling_many(self: Together, letters: list[Letter]) -> Any:
        answer = await call_many(self, letters)
        passes(accepted(letters[0]))
        return answer

    async def doing_job(self: Jobs, due: Due) -> list[Letter]:
        with doing(KINDS.get(due.kind, due.kind)):
            letters = await do(self, due)
            passes(DOING.get())
            return letters

    async def finishing(self: Work) -> list[Letter]:
        letters = await finish(self)
        passes(DOING.get(""))
        return letters

    Delivery._call = calling  # type: ignore[method-assign]
    Together._call = calling_many  # type: ignore[method-assign]
    Jobs._do = doing_job  # type: ignore[method-assign]
    Work.finish = finishing  # type: ignore[method-assign]

    def in_turn_and_on(callback: Callback) -> Callback:
        committing = in_turn(callback)

        async def run(update: Update, turn: Turn) -> None:
            await committing(update, turn)
            passes(DOING.get(""))

        return run

    vars(scenario)["in_turn"] = in_turn_and_on


def accepted(letter: Letter) -> str:
    return "notice" if letter.priority == BROADCAST else "sent"


def hurry() -> None:
    """What makes real runs slow and hides nothing: paces, the size of a chunk, and how many notices
    a week people get."""
    application.TELEGRAM_PACE = (200, 20, 20)
    application.TICK = 0.2
    limits.PER_MEMBER = ()  # type: ignore[assignment]
    notice_limits.settings()["chunk"] = CHUNK
    vars(rounds)["CHUNK"] = CHUNK
    attention.rule("cap")["notices"] = MANY


async def live(settings: Settings, offset: float) -> None:
    clock = Clock()
    clock.forward(timedelta(seconds=offset))
    contents = Contents(
        lambda: [*scenario.handlers(), *CONTENTS.handlers()],
        CONTENTS.repertoire, CONTENTS.jobs, CONTENTS.keep_files, CONTENTS.send_lists,
        rules=CONTENTS.rules,
    )  # fmt: skip
    async with assembled(settings, clock, contents) as programme:
        await serving.serve(programme, announce=lambda address: say(up=address))


def life(order: dict[str, Any]) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(process)d %(asctime)s %(message)s")
    random.seed()
    watch(dies_at(order["window"], order["number"]))
    hurry()
    if order["control"]:
        unprotected()
    asyncio.run(live(Settings(**order["settings"]), order["offset"]))


def main() -> None:
    """One life after the other; a line says when one is over, and how it ended."""
    say(ready=os.getpid())
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                life(json.loads(line))
            finally:
                logging.shutdown()
                os._exit(0 if sys.exc_info()[0] is None else 1)
        say(pid=child)
        _, status = os.waitpid(child, 0)
        say(gone=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
