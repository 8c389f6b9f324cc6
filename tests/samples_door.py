"""Samples of what the templates of a door, of pitches and of feedback declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from db.models import Pitch
from services.door import Entry, Verdict
from services.door_figures import Figures
from services.door_guests import Guest
from services.feedback import Results
from services.pitch_hearts import Shown
from services.pitches import Card

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
    pitch = Pitch(
        id=4,
        event_id=12,
        enterprise_id=5,
        person_id=1,
        title="高温轴承润滑涂层",
        summary="寿命翻倍，已装机半年。",
        wanted="融资 500 万元",
        state="applied",
    )
    states = [
        Pitch(id=4, event_id=12, title="密封环", summary="耐磨。", state=state, position=1)
        for state in ("accepted", "refused", "withdrawn")
    ]
    split = [("李", True, None), (None, False, "项目还太早")]
    cards = [Card(pitch, there, "湘澜泵阀（演示）", said) for said in ([], split, split[:1])]
    cards += [Card(one, there, "湘澜泵阀（演示）", split) for one in states]
    ranked = [
        Shown(states[0], "湘澜泵阀（演示）", hearts, mine, own)
        for hearts, mine, own in ((3, False, False), (0, True, False), (2, False, True))
    ]
    return {
        "pitches/list": {
            "event": [there],
            "pitches": [ranked, []],
            "mine": [None, pitch, *states],
            "may_apply": [True, False],
        },
        "pitches/reviewed": {"card": cards, "accepts": [True, False]},
        "pitches/decided": {"card": cards[3:], "reasons": [["项目还太早"], []]},
        "pitches/hearts": {"pitch": [pitch], "hearts": [3, 0], "event": [there]},
        "pitches/caller": {
            "pitch": [pitch],
            "firm": ["湘江创投（演示）", None],
            "name": ["李"],
            "phone": ["13812345678"],
        },
        "pitches/call_me": {"pitch": [pitch]},
        "pitches/withdrawn": {"pitch": states[2:]},
        "refused/already_pitched": {"pitch": [pitch, *states]},
        "pitches/refused/already_reviewed": {"pitch": states},
        "pitches/refused/wrong_order": {"event_id": [12], "total": [3]},
        **{f"pitches/{name}": {"card": cards} for name in ("applied", "to_review", "reasons")},
        "pitches/queue": {"cards": [cards, []]},
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
