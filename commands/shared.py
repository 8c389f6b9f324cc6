"""What all commands share: where they print, how they open the database, how they end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from rich.console import Console as Screen
from sqlalchemy.ext.asyncio import AsyncSession

import logs
import settings as configuration
from db.session import Database
from pipeline import words
from pipeline.clock import Clock
from preparing import prepare
from search.patents import PatentIndex
from settings import Settings

screen = Screen()

Json = Annotated[bool, typer.Option("--json", help="one JSON object a line, for scripts")]


async def with_session(settings: Settings, work: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
    """One unit of work."""
    async with opened(settings) as (database, _index), database.session() as session:
        return await work(session)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Database, PatentIndex]]:
    """A database that is brought up to date first, and its index."""
    database = Database(settings.database)
    await database.migrate()
    try:
        index = PatentIndex(settings.data_dir / "index")
        await prepare(database, index, settings, Clock().now())
        yield database, index
    finally:
        await database.close()


def show(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        for key, value in row.items():
            screen.print(f"{key}: {value}", markup=False, highlight=False)


def say(template: str, **variables: Any) -> None:
    text = words.plain(words.render(template, **variables).text)
    screen.print(text, markup=False, soft_wrap=True)


def settings_of(*, quiet: bool = False) -> Settings:
    settings = configuration.load()
    logs.configure("WARNING" if quiet else settings.log_level)
    return settings


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)
