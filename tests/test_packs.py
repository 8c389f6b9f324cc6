"""What very many get alike is rendered and stored once, and reads as if written for each."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from db.models import Body, Chat, Outgoing, Person
from db.session import Database
from handlers.packs import PACK, Packs, said_of
from pipeline import words
from pipeline.work import Work, split, written
from tests.samples import ITEMS, SEGMENT, item, need, patent

HOSTILE = "<b>甲</b> & {{ 乙 }} \ue000"
NAMES = {2: "李<工>"}
MINE = item()
THEIRS = item(
    need=need(person_id=2, problem=HOSTILE * 9), terms=[HOSTILE, "滑靴", "磨损", "油", "泵", "阀"]
)
OURS = item(need=need(person_id=None), patent=patent(id=8, title=f"一种{HOSTILE * 9}"), terms=[])
OF_SEGMENT = item(need=None, segment=SEGMENT, patent=patent(id=9))


@pytest.mark.parametrize(
    "items",
    [[MINE], [THEIRS], [THEIRS, OURS], [MINE, OURS, THEIRS, MINE, OURS], [OF_SEGMENT], ITEMS[:4],
     [OF_SEGMENT, MINE], [OF_SEGMENT] * 3],
)  # fmt: skip
def test_a_pack_says_what_its_template_says(items: list[Any]) -> None:
    """Whatever stands in it, the first time and when its form is known."""
    packs, told = Packs(), {"items": items, "names": NAMES, "me": 1, "at": None}
    whole = words.render(PACK, said=said_of(items), **told)
    for _ in range(2):
        made = packs.message(items, 1, NAMES)
        assert [json.loads(part) for part in made] == split(whole)


async def test_what_many_get_alike_is_stored_once(database: Database, now: datetime) -> None:
    """Each has a row of their own under a key, and once however often they are told."""
    many = range(1, 151)
    async with database.session() as session:
        session.add_all(Person(id=id, created_at=now) for id in many)
        await session.flush()
        session.add_all(
            Chat(id=id, channel="web", address=f"{id}", person_id=id, reachable=id > 1)
            for id in many
        )
    message = words.render("pushes/paused", until=None, forever=now)
    for _ in range(2):
        async with database.writing() as connection:
            work = Work(connection, now, "test")
            said = written(message)
            for person in many:
                heard = await work.tell(
                    person, said, key=f"told:{person}", about="told", topic="patents"
                )
                assert heard == (person > 1)
            assert await work.tell(2, written(message), key="alone", about="told", topic="patents")
            await work.finish()
    async with database.session() as session:
        rows = (await session.scalars(select(Outgoing).order_by(Outgoing.chat_id))).all()
        bodies = {body.id: body.params for body in await session.scalars(select(Body))}
        told = select(func.count(Outgoing.body_id.distinct())).where(Outgoing.key != "alone")
        assert await session.scalar(told) == 1
    texts = [row.params or bodies[row.body_id or 0] for row in rows]
    assert texts == [message.params()] * (len(many) + 1)
    assert [row.state for row in rows] == ["missed", *["waiting"] * len(many)]
    assert [row.due_at for row in rows] == [now] * (len(many) + 1)
