"""Two thousand broken updates among good ones: every good one is answered, once."""

from __future__ import annotations

import copy
import logging
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from telegram import Update
from telegram.ext import MessageHandler, filters

from channels import updates
from db.models import Incoming, Outgoing
from db.session import Database
from pipeline.inbox import Raw
from tests.conftest import Engine
from tests.pipeline.small import bare, bot, count, echo

BROKEN, GOOD = 2000, 200
JUNK: list[Any] = [None, True, -1, 2**63, 1.5, "", "x", "\ud800", [], [[]], {}, {"id": "x"}, [None]]
log = logging.getLogger(__name__)


def samples(chat: int, now: datetime) -> list[dict[str, Any]]:
    """One update of each kind that our networks bring."""
    return [
        updates.text(chat, "/start now", now),
        updates.press(chat, "web", "k", 7, "menu.show", "菜单", now),
        updates.file(chat, "web", "t", "a.pdf", "application/pdf", 9, now),
        updates.file(chat, "web", "t", "a.png", "image/png", 9, now),
        {"edited_message": updates.text(chat, "x", now)["message"] | {"edit_date": 1}},
    ]


def places(thing: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in nested JSON, as container and key."""
    if isinstance(thing, dict | list):
        for key in list(thing) if isinstance(thing, dict) else range(len(thing)):
            yield thing, key
            yield from places(thing[key])


def mutated(update: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A copy in which up to three values are gone or something else."""
    update = copy.deepcopy(update)
    for _ in range(chance.randint(1, 3)):
        if not (found := list(places(update))):
            break
        container, key = chance.choice(found)
        if chance.random() < 0.4:
            del container[key]
        else:
            container[key] = copy.deepcopy(chance.choice(JUNK))
    return update


@pytest.fixture
def chance() -> random.Random:
    seed = random.randrange(10**6)
    log.warning("seed %s", seed)
    return random.Random(seed)


async def test_broken_updates_stop_nobody(
    tmp_path: Path,
    now: datetime,
    sqlite_engine: Engine,
    chance: random.Random,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are handled, ignored or set aside, in the very chats in which people go on talking."""
    monkeypatch.setattr("pipeline.worker.PAUSE", 0.0)
    logging.getLogger("pipeline.worker").setLevel(logging.CRITICAL)
    async with bot(tmp_path, now, sqlite_engine) as chat:
        ids = [(await chat.somebody(f"人{n}")).chat_id for n in range(20)]
        raws = []
        for n in range(BROKEN):
            body = mutated(chance.choice(samples(ids[n % 20], now)), chance)
            raws.append(Raw("web", f"b{n}", ids[n % 20], body))
        for n in range(GOOD):
            id = ids[n % 20]
            at = chance.randrange(len(raws))
            raws.insert(at, Raw("web", f"g{n}", id, updates.text(id, f"good {n}.", now)))
        await chat.programme.inbox.put_all(raws)
        await chat.programme.settle()
        database = chat.programme.database
        assert await count(database, Incoming.id, Incoming.state == "new") == 0
        assert await count(database, Incoming.id, Incoming.state == "failed") > 100
        assert await count(database, Outgoing.id, Outgoing.state != "sent") == 0
        heard = await said(database)
    logging.getLogger("pipeline.worker").setLevel(logging.NOTSET)
    assert [n for n in range(GOOD) if heard.count(f"good {n}.") != 1] == []


async def said(database: Database) -> str:
    async with database.reading() as connection:
        rows = await connection.scalars(select(Outgoing.params).where(Outgoing.state == "sent"))
        return "\n".join(row["text"] for row in rows)


async def test_control_the_parser_raises_on_many(now: datetime, chance: random.Random) -> None:
    """Whoever parses before storing has nothing left to set aside."""
    raised = 0
    async with bare(MessageHandler(filters.ALL, echo)) as application:
        for n in range(500):
            body = mutated(chance.choice(samples(1, now)), chance) | {"update_id": n}
            try:
                Update.de_json(body, application.bot)
            except Exception:
                raised += 1
    assert raised > 50
