"""Samples of what the templates of a door, of pitches and of feedback declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.door import Entry, Verdict
from services.door_figures import Figures
from services.door_guests import Guest
from services.feedback import Results

VERDICTS: tuple[Verdict, ...] = (
    "in", "again", "cancelled", "waiting", "offered", "held", "elsewhere", "unknown", "forged",
)  # fmt: skip


def guest(now: datetime, **changes: Any) -> Guest:
    values: dict[str, Any] = {
        "id": 5, "event_id": 12, "person_id": 1, "code": "482913", "state": "confirmed",
        "name": "王工", "firm": "湘澜泵阀（演示）", "phone": "138****5678", "checked_in_at": now,
        "by": "李", "walked_in": False,
    }  # fmt: skip
    return Guest(**values | changes)


def by_template(event: Callable[..., Any], now: datetime) -> dict[str, dict[str, list[Any]]]:
    bare = guest(now, name=None, firm=None, phone=None, by=None, walked_in=True)
    out = guest(now, checked_in_at=None, state="waiting")
    there, full = event(door_closed_at=None), event(door_closed_at=now, taken=80)
    entries: list[Any] = [
        Entry(verdict, one, bare if may else guest(now), there, may)
        for verdict in VERDICTS
        for one in (there, full)
        for may in (True, False)
    ]
    figures = [
        Figures(there, 80, 46, 3, 5, 1, 1, 2, [guest(now), bare], [(now, 3), (now, 0)]),
        Figures(full, 0, 0, 0, 0, 0, 0, 0, [], []),
    ]
    guests = [guest(now), bare, out]
    results = [
        Results(there, 46, Counter(good=3, open=2), Counter({("good", "meet"): 2})),
        Results(there, 0, Counter(), Counter()),
    ]
    return {
        "feedback/why": {"verdict": ["good", "none"]},
        "feedback/thanks": {"verdict": ["good", "open"], "reason": ["papers", "price"]},
        "feedback/results": {"results": results},
        "door/open": {"figures": figures},
        "door/entry": {"entry": entries},
        "door/found": {"event_id": [12], "said": ["王"], "guests": [guests, []]},
        "door/undone": {"guest": [guest(now), guest(now, state="cancelled")]},
        "door/renamed": {"guest": guests},
        "door/status": {"figures": figures},
        "door/left": {"event_id": [12, None]},
        "door/closed": {"figures": figures, "late": [True, False]},
        "door/ticket": {"guest": guests},
        "door/no_ticket": {"state": ["waiting", "offered", "held", "cancelled", None]},
        "door/stewards": {"stewards": [[(3, "李"), (4, None)], []]},
        "door/steward_code": {"code": ["st-abcdefghijklmnop"]},
        "refused/door_closed": {"event": [full], "may_open": [True, False]},
        "refused/door_full": {"guest": [guest(now), None]},
        "refused/too_early": {"opens": [now]},
        "door/refused/not_in": {"name": ["王工", None]},
    }
