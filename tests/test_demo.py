"""The demo: everything to look at, marked, never out of date, and gone without a trace."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import (
    Broadcast,
    Chat,
    Draft,
    Enterprise,
    Event,
    Industry,
    Job,
    Match,
    Need,
    Patent,
    Person,
    Segment,
    SignUp,
    Ticket,
)
from db.session import Database
from preparing import prepare
from search.patents import PatentIndex
from services import demo, industries
from services.demo import Counts
from services.patent_numbers import canonical
from settings import Settings
from tests.databases import any_database

ZONE = ZoneInfo("Asia/Shanghai")
DATA = Path(__file__).parents[1] / "data"
ALL = Counts(patents=60, enterprises=20, needs=25, events=6, people=20)
NONE = Counts(0, 0, 0, 0, 0)


async def rows(session: AsyncSession) -> dict[str, int]:
    """How many rows every table has, the shelves and the schema's own aside."""
    tables = [t for t in Base.metadata.sorted_tables if t.name not in ("industries", "segments")]
    counts = [select(func.count()).select_from(t).scalar_subquery().label(t.name) for t in tables]
    return dict((await session.execute(select(*counts))).one()._mapping)


async def test_an_empty_database_is_filled_once(session: AsyncSession, now: datetime) -> None:
    """Loading gives 60 patents, 20 firms, 25 needs, 6 events; loading again gives nothing."""
    assert await demo.is_empty(session)
    assert await demo.load(session, now) == ALL
    assert not await demo.is_empty(session)
    assert await demo.load(session, now + timedelta(hours=1)) == NONE


@any_database
async def test_events_lie_ahead_on_weekdays_whenever_the_demo_is_loaded(
    session: AsyncSession, now: datetime
) -> None:
    """On no day of two months is an event past, on a weekend, or named after another month."""
    for day in range(60):
        then = now + timedelta(days=day, hours=day % 24)
        await demo.load(session, then)
        announced = (await session.scalars(select(Event))).all()
        assert len(announced) == ALL.events
        for event in announced:
            starts = event.starts_at.astimezone(ZONE)
            assert event.ends_at is not None
            assert event.signup_until is not None
            assert then < event.signup_until < event.starts_at < event.ends_at
            assert starts.weekday() < 5
            assert event.title.startswith(f"{starts.month}月")
            assert 8 <= starts.hour < 18
        await session.execute(delete(Event))


async def test_events_that_passed_are_followed_by_new_ones(
    session: AsyncSession, now: datetime
) -> None:
    """A demo that is a year old still has something to sign up for; its patents are not doubled."""
    await demo.load(session, now)
    assert await demo.load(session, now + timedelta(days=365)) == Counts(0, 0, 0, 6, 0)


async def test_events_remind_who_signs_up(session: AsyncSession, now: datetime) -> None:
    """A demo event has its reminders planned, and loses them when it goes."""
    await demo.load(session, now)
    assert await session.scalar(select(func.count(Job.id)).filter_by(kind="events.remind")) == 18
    await demo.remove(session)
    assert await session.scalar(select(func.count(Job.id))) == 0


async def test_removing_the_demo_leaves_nothing_of_it(session: AsyncSession, now: datetime) -> None:
    """After load and remove the tables are as before, industries aside."""
    before = await rows(session)
    await demo.load(session, now)
    assert await demo.remove(session) == ALL
    assert await rows(session) == before
    assert await demo.remove(session) == NONE


@pytest.fixture
async def tried_out(session: AsyncSession, now: datetime) -> dict[str, Any]:
    """A real person, firm, patent and event, tangled up with demo rows in every way."""
    await demo.load(session, now)
    demo_person = (await session.scalars(select(Person).filter_by(demo=True))).first()
    demo_event = (await session.scalars(select(Event).filter_by(demo=True))).first()
    demo_patent = (await session.scalars(select(Patent).filter_by(demo=True))).first()
    assert demo_person is not None
    assert demo_event is not None
    assert demo_patent is not None
    firm = Enterprise(name="某厂", tags=[], created_at=now)
    event = Event(
        kind="培训", title="培训", starts_at=now, city="长沙", venue="某处", industries=[],
        agenda=[], capacity=9, taken=2, created_by=demo_person.id,
    )  # fmt: skip
    person = Person(enterprise_id=demo_person.enterprise_id, created_at=now)
    session.add_all([firm, event, person])
    await session.flush()
    need = Need(enterprise_id=firm.id, person_id=demo_person.id, problem="x", modes=[])
    tried = Need(enterprise_id=demo_person.enterprise_id, person_id=person.id, problem="y")
    need.created_at = tried.created_at = now
    tried.modes = []
    session.add_all([need, tried])
    await session.flush()
    match = {"score": 1.0, "coverage": 1.0, "terms": ["x"], "created_at": now}
    seat = {"code": "123456", "created_at": now}
    draft = {"form": "need", "step": "problem", "answers": {}, "updated_at": now}
    ticket = {"question": "?", "reason": "asked", "promised_at": now, "created_at": now}
    mine = Ticket(person_id=person.id, answered_by=demo_person.id, **ticket)
    session.add_all(
        [
            Match(need_id=need.id, patent_id=demo_patent.id, **match),
            Match(need_id=tried.id, patent_id=demo_patent.id, **match),
            SignUp(event_id=event.id, person_id=person.id, **seat),
            SignUp(event_id=event.id, person_id=demo_person.id, **seat),
            SignUp(event_id=demo_event.id, person_id=person.id, **seat),
            Draft(person_id=demo_person.id, **draft),
            Draft(person_id=person.id, **draft),
            Ticket(person_id=demo_person.id, **ticket),
            Chat(id=1, channel="web", address="1", person_id=demo_person.id),
            Broadcast(text="x", audience={}, created_by=demo_person.id, created_at=now),
            Broadcast(text="y", audience={}, created_by=person.id, event_id=demo_event.id,
                      created_at=now),
            mine,
        ]
    )  # fmt: skip
    await session.flush()
    return {"firm": firm, "event": event, "person": person, "need": need, "ticket": mine}


async def test_removing_takes_what_hangs_on_the_demo_and_nothing_else(
    session: AsyncSession, tried_out: dict[str, Any]
) -> None:
    """Real rows stay and let go; rows that cannot stand without a demo row go with it."""
    assert (await demo.remove(session)).people == 20
    left = {name: count for name, count in (await rows(session)).items() if count}
    assert left == {
        "people": 1,
        "enterprises": 1,
        "needs": 1,
        "events": 1,
        "signups": 1,
        "drafts": 1,
        "tickets": 1,
        "chats": 1,
        "broadcasts": 1,
    }
    for row in tried_out.values():
        await session.refresh(row)
    assert tried_out["person"].enterprise_id is None
    assert tried_out["need"].person_id is None
    assert tried_out["event"].created_by is None
    assert tried_out["ticket"].answered_by is None


async def test_a_seat_that_a_demo_person_held_is_free_again(
    session: AsyncSession, tried_out: dict[str, Any]
) -> None:
    """A real event counts only the seats that are still taken."""
    await demo.remove(session)
    await session.refresh(tried_out["event"])
    assert tried_out["event"].taken == 1


async def test_a_database_with_anything_in_it_is_not_empty(
    session: AsyncSession, now: datetime
) -> None:
    """One real firm is enough to keep the demo out; the shelves and people who chat are not."""
    await industries.load(session)
    session.add(Person(created_at=now))
    await session.flush()
    assert await demo.is_empty(session)
    session.add(Enterprise(name="某厂", tags=[], created_at=now))
    await session.flush()
    assert not await demo.is_empty(session)


def shipped(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / "demo" / f"{kind}.json").read_text("utf-8"))[
        kind
    ]
    return found


def test_the_demo_names_nobody() -> None:
    """Every person and every organisation in the shipped data is marked as made up."""
    for patent in shipped("patents"):
        assert patent["applicant"].endswith("（演示）")
        assert all(re.fullmatch(r"演示发明人\d+", name) for name in patent["inventors"])
    for firm in shipped("enterprises"):
        assert firm["name"].endswith("（演示）")
        assert re.fullmatch(r"演示联系人[A-Z]", firm["contact"]["name"])
    assert all(event["venue"].endswith("（演示）") for event in shipped("events"))


def test_demo_numbers_are_canonical_and_never_given_out() -> None:
    """Patent serials begin with 9 and codes name a region that does not exist."""
    for patent in shipped("patents"):
        assert canonical(patent["number"]) == patent["number"]
        assert patent["number"][5] == "9"
    assert all(firm["uscc"][2:8] == "439999" for firm in shipped("enterprises"))


async def test_the_shelves_are_sixteen_and_follow_their_file(session: AsyncSession) -> None:
    """4×4 industries in order; loading again puts an edited name right and doubles nothing."""
    await industries.load(session)
    segments = await session.scalar(select(func.count(Segment.id)))
    (await session.get_one(Industry, "T1")).name = "改过"
    await session.flush()
    await industries.load(session)
    session.expire_all()
    tree = await industries.tree(session)
    assert [node.code for node in tree] == [f"{row}{i}" for row in "TANF" for i in range(1, 5)]
    assert tree[0].name == "现代石化"
    assert len({node.tier for node in tree}) == 4
    assert sum(len(node.segments) for node in tree) == segments
    assert all(node.segments for node in tree)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("液压与关键件", "液压与关键件"),
        ("转向架", "转向架与车体"),
        ("转向加与车体", "转向架与车体"),
        ("我们做柱塞泵", "液压与关键件"),
        ("igbt", "牵引与供电"),
        ("ＩＧＢＴ", "牵引与供电"),
    ],
)
async def test_a_segment_is_found_by_name_synonym_or_with_a_slip(
    session: AsyncSession, text: str, first: str
) -> None:
    """However people call their field, the first suggestion is it."""
    await industries.load(session)
    assert (await industries.find(session, text))[0].name == first


async def test_an_industrys_name_gives_its_segments(session: AsyncSession) -> None:
    """Who names the industry chooses among its segments; who names nothing gets none."""
    await industries.load(session)
    names = [segment.name for segment in await industries.find(session, "轨道交通")]
    assert names == ["牵引与供电", "转向架与车体", "智能运维"]
    assert await industries.find(session, "明天天气") == []
    assert await industries.find(session, "") == []


async def test_removed_demo_data_stays_away(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    """The next start finds an empty library and leaves it so: it is not the first start."""
    settings, index = Settings(data_dir=tmp_path), PatentIndex(tmp_path / "index")
    await prepare(database, index, settings, now)
    async with database.session() as session:
        assert not await demo.is_empty(session)
        await demo.remove(session)
    await prepare(database, index, settings, now)
    async with database.session() as session:
        assert await demo.is_empty(session)
