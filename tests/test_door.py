"""The door of an event: whoever has a seat is let in once, and all others hear why not."""

from __future__ import annotations

import asyncio
import io
from datetime import datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Audit, Event, Person, SignUp
from db.session import Database
from services import (
    door,
    door_codes,
    door_figures,
    door_guests,
    door_staff,
    door_walkins,
    events,
    invitations,
)
from services.door_walkins import WalkIn
from tests.door_scenario import KEY, event_of, person_of, signed_up, token_of

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ZHOU = WalkIn("周工", "星城 机电", "+8613900001111")


async def scanned(
    session: AsyncSession, by: Person, event: Event, said: str, now: datetime
) -> tuple[str, str | None]:
    """The verdict, and who was named."""
    entry = await door.scan(session, by, event.id, said, KEY, now)
    return entry.verdict, entry.guest.name if entry.guest else None


async def test_a_ticket_and_its_code_let_in_once(session: AsyncSession, now: datetime) -> None:
    """The second time says when and by whom, and changes nothing."""
    event = await event_of(session, now)
    wang = await person_of(session, now, "org", name="王")
    hua = await person_of(session, now, name="华工", firm="湘澜泵阀（演示）")
    signup = await signed_up(session, event, hua, now)
    link = f"https://t.me/some_bot?start={token_of(signup)}"
    assert await scanned(session, wang, event, link, now) == ("in", "华工")
    for said in (link, token_of(signup), signup.code):
        entry = await door.scan(session, wang, event.id, said, KEY, now + timedelta(seconds=90))
        assert entry.verdict == "again" and entry.guest is not None
        assert (entry.guest.checked_in_at, entry.guest.by) == (now, "王")


async def test_each_reason_has_its_name_and_the_next_scan_works(
    session: AsyncSession, now: datetime
) -> None:
    """Cancelled, waiting, offered, held, unknown, another event's: nobody is let in."""
    event, wang = await event_of(session, now), await person_of(session, now, "org")
    for state in ("cancelled", "waiting", "offered", "held"):
        signup = await signed_up(
            session, event, await person_of(session, now, name=state), now, state
        )
        for said in (signup.code, token_of(signup)):
            assert await scanned(session, wang, event, said, now) == (state, state)
    other = await event_of(session, now, title="隔壁")
    there = await signed_up(session, other, await person_of(session, now, name="林"), now)
    for said in (there.code, token_of(there)):
        entry = await door.scan(session, wang, event.id, said, KEY, now)
        assert entry.verdict == "elsewhere" and entry.elsewhere is not None
        assert (entry.elsewhere.title, entry.guest) == ("隔壁", None)
    used = set(await session.scalars(select(SignUp.code)))
    free = next(f"{n:06}" for n in range(10) if f"{n:06}" not in used)
    assert await scanned(session, wang, event, free, now) == ("unknown", None)
    assert await session.scalar(select(func.count(SignUp.checked_in_at))) == 0
    good = await signed_up(session, event, await person_of(session, now, name="好"), now)
    assert await scanned(session, wang, event, good.code, now) == ("in", "好")


async def test_a_forged_ticket_is_none(session: AsyncSession, now: datetime) -> None:
    """Every character changed, another key, another sign-up's mac, old digits: nobody comes in."""
    event, wang = await event_of(session, now), await person_of(session, now, "org")
    mine, hers = [
        await signed_up(session, event, await person_of(session, now, name=name), now)
        for name in "甲乙"
    ]
    token = token_of(mine)
    flipped = [
        token[:at] + ALPHABET[ALPHABET.index(token[at]) ^ 1 << bit] + token[at + 1 :]
        for at in range(len(door_codes.MARK), len(token))
        for bit in range(6)
    ]
    assert len({*flipped, token}) == 28 * 6 + 1
    swapped = token_of(hers)[:-14] + token[-14:]
    for said in (*flipped, swapped, token_of(mine, b"another key"), token[:-1], token + "A"):
        assert await scanned(session, wang, event, said, now) == ("forged", None)
    mine.code = "000000" if mine.code != "000000" else "000001"
    await session.flush()
    assert await scanned(session, wang, event, token, now) == ("forged", None)
    assert await session.scalar(select(func.count(SignUp.checked_in_at))) == 0


async def test_two_scanners_in_the_same_moment_let_in_one(
    database: Database, now: datetime
) -> None:
    """However many devices scan the same tickets at once, in transactions of their own."""
    async with database.session() as session:
        event = await event_of(session, now, capacity=20)
        scanners = [await person_of(session, now, "org", name=f"签{n}") for n in range(5)]
        people = [await person_of(session, now, name=f"客{n}") for n in range(10)]
        tokens = [token_of(await signed_up(session, event, person, now)) for person in people]

    async def scan(by: Person, token: str) -> str:
        async with database.session() as session:
            return (await door.scan(session, by, event.id, token, KEY, now)).verdict

    said = await asyncio.gather(*(scan(by, token) for token in tokens for by in scanners))
    assert (said.count("in"), said.count("again")) == (10, 40)


async def test_the_last_seat_at_the_door_goes_to_one(database: Database, now: datetime) -> None:
    """Two organizers let in two who have no seat, and only one is free: one hears DoorFull. Then
    one seat more is an organizer's word, and stands in the audit."""
    async with database.session() as session:
        event = await event_of(session, now, capacity=1)
        org = await person_of(session, now, "org")
        waits = [
            await signed_up(session, event, await person_of(session, now), now, "waiting")
            for _ in range(2)
        ]

    async def admit(signup: SignUp, over: bool = False) -> str:
        try:
            async with database.session() as session:
                entry = await door.admit(session, org, event.id, signup.id, now, over=over)
                return entry.verdict
        except door.DoorFull:
            return "full"

    assert sorted(await asyncio.gather(*map(admit, waits))) == ["full", "in"]
    assert sorted([await admit(one, over=True) for one in waits]) == ["again", "in"]
    async with database.session() as session:
        there = await session.get_one(Event, event.id)
        assert (there.taken, there.capacity) == (2, 2)
        noted = list(await session.scalars(select(Audit.what).order_by(Audit.id)))
        assert sorted(noted) == ["event.over_capacity", "signup.admitted", "signup.admitted"]


async def test_who_walks_in_takes_a_seat_once(session: AsyncSession, now: datetime) -> None:
    """The same number twice is one guest; whoever has signed up is let in by that; an undo gives
    the seat back; a full hall is never oversold silently."""
    event, org = await event_of(session, now, capacity=2), await person_of(session, now, "org")
    known = await person_of(session, now, name="李", phone="+8613911112222")
    await signed_up(session, event, known, now)
    first = await door_walkins.come(session, org, event.id, ZHOU, now)
    again = await door_walkins.come(session, org, event.id, ZHOU, now)
    assert (first.verdict, again.verdict) == ("in", "again")
    assert first.guest is not None and first.guest.walked_in
    assert (first.guest.firm, first.guest.phone) == ("星城机电", "139****1111")
    there = await door_walkins.come(
        session, org, event.id, WalkIn("李工", "某厂", "+8613911112222"), now
    )
    assert there.verdict == "in" and there.guest is not None and not there.guest.walked_in
    late = WalkIn("赵工", "某厂", "+8613933334444")
    with pytest.raises(door.DoorFull):
        await door_walkins.come(session, org, event.id, late, now)
    await door.undo(session, org, event.id, first.guest.id, now)
    with pytest.raises(door.NotIn):
        await door.undo(session, org, event.id, first.guest.id, now)
    assert (await door_walkins.come(session, org, event.id, late, now)).verdict == "in"
    await session.refresh(event)
    assert (event.taken, event.capacity) == (2, 2)


async def test_a_steward_only_scans(session: AsyncSession, now: datetime) -> None:
    """By a code that works once; everything else at the door is an organizer's."""
    event, org = await event_of(session, now), await person_of(session, now, "org")
    helper, stranger = [await person_of(session, now, name=name) for name in "助外"]
    signup = await signed_up(session, event, await person_of(session, now, name="客"), now)
    _, code = await door_staff.invite_steward(session, org, event.id, now)
    assert await invitations.redeem(session, code, now) is None  # it opens no page
    assert await invitations.bind(session, stranger.id, code, now) is None
    await door_staff.join(session, helper, code, now)
    with pytest.raises(door_staff.StewardCodeSpent):
        await door_staff.join(session, stranger, code, now)
    entry = await door.scan(session, helper, event.id, signup.code, KEY, now)
    assert (entry.verdict, entry.may_admit) == ("in", False)
    where = (event.id, signup.id)
    for refused in (
        door.pick(session, helper, *where, now), door.admit(session, helper, *where, now),
        door.undo(session, helper, *where, now), door.rename(session, helper, *where, "某", now),
        door_walkins.come(session, helper, event.id, ZHOU, now),
        door_staff.invite_steward(session, helper, event.id, now),
        door_staff.dismiss(session, helper, event.id, helper.id, now),
        door_staff.reopen(session, helper, event.id, now),
    ):  # fmt: skip
        with pytest.raises(door_staff.OrganizersOnly):
            await refused
    await door_staff.dismiss(session, org, event.id, helper.id, now)
    for one in (helper, stranger):
        with pytest.raises(door_staff.NotAtTheDoor):
            await door.scan(session, one, event.id, signup.code, KEY, now)


async def test_the_door_is_open_on_its_day(session: AsyncSession, now: datetime) -> None:
    """Not on another day, not too early, not of a cancelled event, not after it was closed."""
    org = await person_of(session, now, "org")

    async def opened(event: Event) -> None:
        await door_staff.open_door(session, org, event.id, now)

    for refusal, changes in (
        (door_staff.NotToday, {"starts_at": now + timedelta(days=1)}),
        (door_staff.NotToday, {"starts_at": now - timedelta(days=1)}),
        (door_staff.TooEarly, {"starts_at": now + timedelta(hours=3, minutes=1)}),
        (events.EventCancelled, {"state": "cancelled"}),
        (door_staff.DoorClosed, {"door_closed_at": now}),
    ):
        with pytest.raises(refusal):
            await opened(await event_of(session, now, **changes))
    event = await event_of(session, now)
    await opened(event)
    assert await door_staff.close(session, event.id, org.id, now)
    assert not await door_staff.close(session, event.id, None, now)
    await door_staff.reopen(session, org, event.id, now)
    await opened(event)


async def test_figures_are_of_those_who_came(session: AsyncSession, now: datetime) -> None:
    """Signed up, walked in, waiting; the last five; every ten minutes; and a picture of it."""
    event, org = await event_of(session, now, capacity=9), await person_of(session, now, "org")
    for at in range(4):
        person = await person_of(session, now, name=f"客{at}", firm="" if at else "湘澜")
        signup = await signed_up(session, event, person, now)
        if at < 3:
            later = now + timedelta(minutes=12 * at)
            await door.scan(session, org, event.id, signup.code, KEY, later)
    await signed_up(session, event, await person_of(session, now, name="候"), now, "waiting")
    await door_walkins.come(session, org, event.id, ZHOU, now + timedelta(minutes=29))
    counted = await door_figures.figures(session, event)
    assert (counted.expected, counted.came, counted.walked_in) == (4, 3, 1)
    assert (counted.inside, counted.missing, counted.waiting) == (4, 1, 1)
    assert [guest.name for guest in counted.latest] == ["周工", "客2", "客1", "客0"]
    assert [count for _, count in counted.arrivals] == [1, 1, 2]
    drawn = door_figures.picture(counted)
    assert Image.open(io.BytesIO(drawn)).size == (door_figures.WIDTH, door_figures.HEIGHT)
    assert len(drawn) < 20_000
    found = await door_guests.search(session, event.id, "湘")
    assert [guest.name for guest in found] == ["客0"]
    assert list(await door_guests.search(session, event.id, "%")) == []
    assert len(await door_guests.everybody(session, event.id)) == 5
