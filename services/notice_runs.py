"""How a notice goes out: sent or planned, agreed to by a second organizer where it reaches many,
paused, resumed and stopped.

What is in flight when it is paused or stopped is finished; what waits is put on hold, or cancelled,
in one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Broadcast, Outgoing
from errors import Refused
from services import audiences, audit, broadcasts, notice_limits, queue
from services.broadcasts import RUNNING, BroadcastStarted

LEAST_LEAD = timedelta(minutes=1)
LOOK = timedelta(minutes=1)


class NoText(Refused):
    """Facts: broadcast_id."""


class NobodyMeant(Refused):
    """Facts: broadcast_id."""


class ValuesMissing(Refused):
    """Facts: broadcast_id, missing (pairs of a value and a count), count, left."""


class NobodyToAgree(Refused):
    """Facts: broadcast_id, most. There is no second organizer."""


class NotAsked(Refused):
    """Facts: broadcast_id, state. It waits for nobody's yes."""


class OwnNotice(Refused):
    """Facts: most. Whoever wrote it cannot be the second pair of eyes."""


class TimePast(Refused):
    """Facts: broadcast_id, at."""


class NotRunning(Refused):
    """Facts: broadcast_id, state."""


@dataclass(frozen=True)
class Halted:
    """How many had been sent when it was paused or stopped, how many were still in flight, and how
    many it held up."""

    broadcast: Broadcast
    sent: int
    flying: int
    held: int


def about(broadcast_id: int) -> str:
    return f"broadcast:{broadcast_id}"


async def send(
    session: AsyncSession, broadcast_id: int, organizer: int, now: datetime,
    values: Sequence[str] = (),
) -> Broadcast:  # fmt: skip
    """Let it go out, now or when it is planned for; or ask a second organizer first. `values` are
    what its text says of the reader. Pressed twice, it goes out once."""
    broadcast = await broadcasts.handled(session, broadcast_id, organizer, lock=True)
    if broadcast.state != "draft":
        return broadcast
    if not broadcast.text:
        raise NoText(broadcast_id=broadcast_id)
    receivers = await _receivers(session, broadcast, values, now)
    if not receivers:
        raise NobodyMeant(broadcast_id=broadcast_id)
    most = notice_limits.settings()["second_pair_above"]
    if receivers > most and broadcast.approved_by is None:
        if not await broadcasts.others(session, broadcast):
            raise NobodyToAgree(broadcast_id=broadcast_id, most=most)
        broadcast.state = "asked"
    else:
        await release(session, broadcast, now)
    await session.flush()
    return broadcast


async def _receivers(
    session: AsyncSession, broadcast: Broadcast, values: Sequence[str], now: datetime
) -> int:
    if broadcast.corrects is not None:
        return await reached(session, broadcast.corrects)
    reach = await audiences.reach(session, broadcast.audience, now)
    await _check_values(session, broadcast, values, reach.people)
    return reach.receivers


async def reached(session: AsyncSession, broadcast_id: int) -> int:
    """How many have a message of it that can be changed."""
    return await session.scalar(select(func.count()).where(*had(broadcast_id))) or 0


def had(broadcast_id: int) -> tuple[ColumnElement[bool], ...]:
    """The rows that arrived, and that the network knows by a number."""
    of_it = Outgoing.about == about(broadcast_id)
    return of_it, Outgoing.state == "sent", Outgoing.message_id.is_not(None)


async def _check_values(
    session: AsyncSession, broadcast: Broadcast, values: Sequence[str], people: int
) -> None:
    *each, count = await audiences.lacking(session, broadcast.audience, values)
    if count:
        missing = [(value, number) for value, number in zip(values, each, strict=True) if number]
        raise ValuesMissing(
            broadcast_id=broadcast.id, missing=missing, count=count, left=people - count
        )


async def release(session: AsyncSession, broadcast: Broadcast, now: datetime) -> None:
    """A correction stops what it corrects."""
    if broadcast.corrects is not None:
        wrong = await broadcasts.get(session, broadcast.corrects, lock=True)
        if wrong.state in RUNNING:
            wrong.state = "stopped"
            await hold_up(session, wrong.id, "cancelled")
    if broadcast.send_at is not None and broadcast.send_at > now:
        broadcast.state = "planned"
    else:
        broadcast.state, broadcast.send_at = "sending", now
    await plan_next(session, broadcast.id, 0, broadcast.send_at)


async def plan_next(session: AsyncSession, broadcast_id: int, after: int, moment: datetime) -> None:
    """The job that writes the rows of those who come after a person (or a row)."""
    key = f"{about(broadcast_id)}:after:{after}"
    await queue.plan(
        session, "broadcasts.fan_out", key, moment, broadcast=broadcast_id, after=after
    )


async def plan_again(session: AsyncSession, broadcast_id: int, now: datetime) -> None:
    """The same from the beginning, in a while: rows that are there are not written again."""
    at = now + LOOK
    key = f"{about(broadcast_id)}:after:0:{at:%Y%m%d%H%M}"
    await queue.plan(session, "broadcasts.fan_out", key, at, broadcast=broadcast_id, after=0)


async def plan_look(session: AsyncSession, broadcast_id: int, moment: datetime) -> None:
    """The job that looks whether all have it."""
    key = f"{about(broadcast_id)}:look:{moment:%Y%m%d%H%M}"
    await queue.plan(session, "broadcasts.look", key, moment, broadcast=broadcast_id)


async def plan_at(
    session: AsyncSession, broadcast_id: int, organizer: int, at: datetime, now: datetime
) -> Broadcast:
    """When it shall go out; it still has to be sent."""
    broadcast = await broadcasts.handled(session, broadcast_id, organizer, lock=True)
    if broadcast.state not in ("draft", "planned"):
        raise BroadcastStarted(broadcast_id=broadcast_id, state=broadcast.state)
    if at < now + LEAST_LEAD:
        raise TimePast(broadcast_id=broadcast_id, at=at)
    broadcast.send_at = at
    if broadcast.state == "planned":
        await plan_next(session, broadcast_id, 0, at)
    await session.flush()
    return broadcast


async def take_back(session: AsyncSession, broadcast_id: int, organizer: int) -> Broadcast:
    """A draft again: what is planned, or asked for, does not happen."""
    broadcast = await broadcasts.handled(session, broadcast_id, organizer, lock=True)
    if broadcast.state not in ("draft", "asked", "planned"):
        raise BroadcastStarted(broadcast_id=broadcast_id, state=broadcast.state)
    await queue.unplan(session, f"{about(broadcast_id)}:after:")
    broadcast.state, broadcast.send_at, broadcast.approved_by = "draft", None, None
    await session.flush()
    return broadcast


async def agree(
    session: AsyncSession, broadcast_id: int, organizer: int, now: datetime
) -> Broadcast:
    """The second organizer says yes; said twice, it is one yes."""
    broadcast = await _asked(session, broadcast_id, organizer)
    broadcast.approved_by = organizer
    await release(session, broadcast, now)
    audit.note(session, organizer, "broadcast.agreed", about(broadcast_id), "asked",
               broadcast.state, now)  # fmt: skip
    await session.flush()
    return broadcast


async def give_back(
    session: AsyncSession, broadcast_id: int, organizer: int, now: datetime
) -> Broadcast:
    """The second organizer says no: a draft again."""
    broadcast = await _asked(session, broadcast_id, organizer)
    broadcast.state = "draft"
    audit.note(session, organizer, "broadcast.returned", about(broadcast_id), "asked", "draft", now)
    await session.flush()
    return broadcast


async def _asked(session: AsyncSession, broadcast_id: int, organizer: int) -> Broadcast:
    broadcast = await broadcasts.handled(session, broadcast_id, organizer, lock=True)
    if broadcast.created_by == organizer:
        raise OwnNotice(most=notice_limits.settings()["second_pair_above"])
    if broadcast.state != "asked":
        raise NotAsked(broadcast_id=broadcast_id, state=broadcast.state)
    return broadcast


async def pause(session: AsyncSession, broadcast_id: int, organizer: int, now: datetime) -> Halted:
    """Nothing more leaves until it is resumed."""
    return await _halt(session, broadcast_id, organizer, "paused", "paused", now)


async def stop(session: AsyncSession, broadcast_id: int, organizer: int, now: datetime) -> Halted:
    """Nothing more leaves, ever."""
    return await _halt(session, broadcast_id, organizer, "stopped", "cancelled", now)


async def _halt(
    session: AsyncSession, broadcast_id: int, organizer: int, state: str, rows: str, now: datetime
) -> Halted:
    broadcast = await broadcasts.handled(session, broadcast_id, organizer, lock=True)
    if broadcast.state not in RUNNING:
        raise NotRunning(broadcast_id=broadcast_id, state=broadcast.state)
    audit.note(session, organizer, f"broadcast.{state}", about(broadcast_id), broadcast.state,
               state, now)  # fmt: skip
    broadcast.state = state
    await hold_up(session, broadcast_id, rows)
    count = await states_of(session, broadcast_id)
    await session.flush()
    return Halted(
        broadcast, count.get("sent", 0), count.get("claimed", 0) + count.get("sending", 0),
        count.get(rows, 0),
    )  # fmt: skip


async def hold_up(session: AsyncSession, broadcast_id: int, state: str) -> None:
    """What waits is in this state from now on, in one statement."""
    waiting = update(Outgoing).where(
        Outgoing.about == about(broadcast_id), Outgoing.state.in_(("waiting", "paused"))
    )
    await session.execute(waiting.values(state=state))


async def resume(
    session: AsyncSession, broadcast_id: int, organizer: int, now: datetime
) -> Broadcast:
    """What was put on hold goes on; resumed twice, it goes on once."""
    broadcast = await broadcasts.handled(session, broadcast_id, organizer, lock=True)
    if broadcast.state not in RUNNING:
        raise NotRunning(broadcast_id=broadcast_id, state=broadcast.state)
    broadcast.state = "sending"
    await hold_up(session, broadcast_id, "waiting")
    await plan_look(session, broadcast_id, now + LOOK)
    await session.flush()
    return broadcast


async def states_of(session: AsyncSession, broadcast_id: int) -> dict[str, int]:
    """How many rows are in each state."""
    rows = await session.execute(
        select(Outgoing.state, func.count())
        .where(Outgoing.about == about(broadcast_id))
        .group_by(Outgoing.state)
    )
    return dict(rows.all())


async def look(session: AsyncSession, broadcast_id: int, now: datetime) -> bool:
    """Whether it has just come to its end; else there is another look when something is due."""
    broadcast = await broadcasts.get(session, broadcast_id, lock=True)
    if broadcast.state != "sending":
        return False
    open_ones = (
        Outgoing.about == about(broadcast_id),
        Outgoing.state.in_(("waiting", "claimed", "sending")),
    )
    due = await session.scalar(select(func.min(Outgoing.due_at)).where(*open_ones))
    if due is None:
        broadcast.state = "sent"
        await session.flush()
        return True
    await plan_look(session, broadcast_id, max(now, due) + LOOK)
    return False
