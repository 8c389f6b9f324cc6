"""How a door fares: who came, who is still expected, and when; as figures and as a picture."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, SignUp
from services import door_guests
from services.door_guests import Guest
from services.door_staff import ZONE

LAST = 5
SPAN = 10  # minutes
COLUMNS = 18  # of the picture: the last three hours

WIDTH, HEIGHT, EDGE = 720, 360, 24
INK, CAME, WALKED, EMPTY = "#333333", "#2f7d4f", "#e0a030", "#dddddd"


@dataclass(frozen=True)
class Figures:
    """`expected` have a confirmed seat and signed up; `came` are those of them who are in;
    `walked_in` came without. `arrivals` are counted from each ten minutes on."""

    event: Event
    expected: int
    came: int
    walked_in: int
    waiting: int
    held: int
    offered: int
    cancelled: int
    latest: Sequence[Guest]
    arrivals: Sequence[tuple[datetime, int]]

    @property
    def inside(self) -> int:
        return self.came + self.walked_in

    @property
    def missing(self) -> int:
        return self.expected - self.came


async def figures(session: AsyncSession, event: Event) -> Figures:
    came, walked = SignUp.checked_in_at.is_not(None), SignUp.firm.is_not(None)
    rows = await session.execute(
        select(SignUp.state, came, walked, func.count())
        .where(SignUp.event_id == event.id)
        .group_by(SignUp.state, came, walked)
    )
    counted = {(state, bool(is_in), bool(new)): count for state, is_in, new, count in rows}
    states = Counter[str]()
    for (state, is_in, new), count in counted.items():
        states[state] += 0 if is_in or new else count
    came_in = counted.get(("confirmed", True, False), 0)
    return Figures(
        event=event,
        expected=states["confirmed"] + came_in,
        came=came_in,
        walked_in=counted.get(("confirmed", True, True), 0),
        waiting=states["waiting"],
        held=states["held"],
        offered=states["offered"],
        cancelled=states["cancelled"],
        latest=await door_guests.latest(session, event.id, LAST),
        arrivals=await _arrivals(session, event.id),
    )


async def _arrivals(session: AsyncSession, event_id: int) -> Sequence[tuple[datetime, int]]:
    """From the first to the last arrival every ten minutes, the empty ones too."""
    came = select(SignUp.checked_in_at).where(
        SignUp.event_id == event_id, SignUp.checked_in_at.is_not(None)
    )
    counted = Counter(_span(at) for at in await session.scalars(came) if at is not None)
    if not counted:
        return []
    first, last = min(counted), max(counted)
    steps = int((last - first) / timedelta(minutes=SPAN)) + 1
    spans = [first + timedelta(minutes=SPAN * step) for step in range(steps)]
    return [(span, counted[span]) for span in spans]


def _span(at: datetime) -> datetime:
    here = at.astimezone(ZONE)
    return here.replace(minute=here.minute // SPAN * SPAN, second=0, microsecond=0)


def picture(figures: Figures) -> bytes:
    """A bar of those inside among all expected, and under it a column for each ten minutes. Only
    digits stand in it, so that no font is needed; the caption says what they count."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    _bar(draw, figures)
    _columns(draw, figures.arrivals[-COLUMNS:])
    made = io.BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


def _bar(draw: ImageDraw.ImageDraw, figures: Figures) -> None:
    width, top, bottom = WIDTH - 2 * EDGE, EDGE + 40, EDGE + 80
    whole = max(figures.expected + figures.walked_in, 1)
    came = EDGE + width * figures.came // whole
    walked = came + width * figures.walked_in // whole
    text = f"{figures.came} + {figures.walked_in} / {figures.expected}"
    draw.text((EDGE, EDGE - 6), text, INK, ImageFont.load_default(32))
    draw.rectangle((EDGE, top, EDGE + width, bottom), EMPTY)
    for left, right, colour in ((EDGE, came, CAME), (came, walked, WALKED)):
        if right > left:
            draw.rectangle((left, top, right, bottom), colour)


def _columns(draw: ImageDraw.ImageDraw, arrivals: Sequence[tuple[datetime, int]]) -> None:
    floor, tallest = HEIGHT - EDGE - 16, HEIGHT - 2 * EDGE - 140
    most = max((count for _, count in arrivals), default=1)
    step, small = (WIDTH - 2 * EDGE) // COLUMNS, ImageFont.load_default(13)
    draw.line((EDGE, floor, WIDTH - EDGE, floor), INK)
    for at, (moment, count) in enumerate(arrivals):
        left, top = EDGE + at * step, floor - tallest * count // most
        if count:
            draw.rectangle((left + 3, top, left + step - 3, floor), CAME)
            draw.text((left + 5, top - 17), str(count), INK, small)
        if at % 2 == 0:
            draw.text((left + 1, floor + 4), f"{moment:%H:%M}", INK, small)
