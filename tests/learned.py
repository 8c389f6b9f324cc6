"""What a process that is forked has done before: imported the program, and learned what it learns
of its own files at each start."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime

from bot import CONTENTS as CONTENTS  # imported for those who are forked
from db.base import Base
from db.session import Database
from preparing import warm
from services import policy_import


async def _learn() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/learned.db")
        async with database.session() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
            await policy_import.load_digest(session, datetime.now(UTC))
        await warm(database)
        await database.close()


asyncio.run(_learn())
