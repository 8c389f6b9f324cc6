"""What enterprises think of a university's patents, in figures that name nobody.

Fewer than three firms are no figure: whoever knows the market would know whose word it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assessment, Patent, Person
from services import push_echo, queue, universities
from services.assessment_states import VALID
from services.push_echo import Echo

LEAST = 3  # firms
MOST = 5  # patents in one message
HOUR, ZONE = 9, ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Figures:
    """How many firms chose what; each counts once a patent."""

    firms: int
    prospects: Counter[str]
    improvements: Counter[str]
    intents: Counter[str]
    reasons: Counter[str]


@dataclass(frozen=True)
class Digest:
    """`figures` is None, and a patent among the `few`, where fewer than LEAST firms spoke; `spoke`
    says whether any did. `patents` are those of which most firms spoke. `echo` is what became of
    the weekly push."""

    university: str
    since: datetime | None
    until: datetime
    figures: Figures | None
    patents: Sequence[tuple[Patent, Figures]]
    few: int
    spoke: bool = True
    echo: Echo | None = None


async def digest(
    session: AsyncSession, university: str, since: datetime | None, until: datetime
) -> Digest | None:
    """What was said from `since` until `until`, or ever until now; None where nothing was."""
    found = select(Assessment, Patent).join(Patent, Patent.id == Assessment.patent_id)
    found = found.where(
        Assessment.state == VALID,
        Patent.applicant.contains(university, autoescape=True),
    )
    if since is not None:
        found = found.where(Assessment.created_at >= since, Assessment.created_at < until)
    views: dict[Patent, list[Assessment]] = {}
    for row, patent in await session.execute(found.order_by(Assessment.id)):
        if university in universities.owners(patent.applicant):
            views.setdefault(patent, []).append(row)
    echo = await push_echo.echo(session, university, since, until)
    if not views and echo is None:
        return None
    counted = [(patent, figures) for patent, rows in views.items() if (figures := _figures(rows))]
    counted.sort(key=lambda pair: (-pair[1].firms, pair[0].id))
    everything = _figures([row for rows in views.values() for row in rows])
    return Digest(
        university, since, until, everything, counted[:MOST], len(views) - len(counted),
        bool(views), echo,
    )  # fmt: skip


def _figures(rows: Sequence[Assessment]) -> Figures | None:
    firms = len({row.enterprise_id for row in rows})
    if firms < LEAST:
        return None
    return Figures(
        firms,
        Counter(str(row.prospect) for row in rows),
        Counter(row.improvement for row in rows),
        Counter(row.intent for row in rows),
        Counter(row.reason for row in rows if row.reason),
    )


async def readers(session: AsyncSession) -> Sequence[tuple[int, str]]:
    """Who hears it for which university."""
    rows = await session.execute(
        select(Person.id, Person.university)
        .where(Person.role == universities.ROLE, Person.university.is_not(None))
        .order_by(Person.id)
    )
    return [(person, university) for person, university in rows if university]


def last_month(now: datetime) -> tuple[datetime, datetime]:
    """From its first moment to the first moment after it, as the clocks here say."""
    until = _first(now)
    return _first(until - timedelta(days=1)), until


async def plan(session: AsyncSession, now: datetime) -> None:
    """The next round: on the first of a month at nine."""
    due = _first(now).replace(hour=HOUR)
    if due <= now:
        due = _first(_first(now) + timedelta(days=32)).replace(hour=HOUR)
    await queue.plan(session, "assessments.digest", f"assessments.digest:{due:%Y%m}", due)


def _first(moment: datetime) -> datetime:
    local = moment.astimezone(ZONE)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
