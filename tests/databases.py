"""On which databases a test runs that asks for one, and what they hold from the start."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services import demo
from tests.conftest import NOW

# For what is said of words, files or times: both would run the same lines over the same rows.
# A test of what SQL does (conditions, order, locks, types) runs on both.
any_database = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def demo_data(session: AsyncSession) -> None:
    """For a module's `holding`."""
    await demo.load(session, NOW)
