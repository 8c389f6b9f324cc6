"""What the templates of notices are tried with; a part of tests/samples.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Thing
from typing import Any

from services.audiences import Described, Reach, Reader
from services.notice_ledger import Line, Page, Report
from services.notice_runs import Halted

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SOON = NOW + timedelta(days=1)


def notice(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "id": 4, "text": "明天活动照常", "audience": {"cities": ["长沙"]}, "event_id": 12,
        "state": "draft", "created_at": NOW, "send_at": None, "receipt": False, "corrects": None,
        "created_by": 1,
    }  # fmt: skip
    return Thing(**values | changes)


STATES = ("draft", "asked", "planned", "sending", "paused", "stopped", "sent")
DRAFTS = [notice(), notice(receipt=True, send_at=SOON)]
GOING = [
    *(notice(state=one, send_at=SOON, receipt=True) for one in STATES),
    notice(state="sending", send_at=NOW, corrects=3),
    notice(state="sent", send_at=NOW, corrects=3, text=""),
]
REACHES = [Reach(1284, 1611, 43, 5, 7), Reach(10, 12), Reach(0, 0), Reach(700, 900)]
MEANT = [
    Described([], [], [], [], None, None, [], False),
    Described(["长沙"], ["长沙高新区"], ["专精特新"], ["工程机械", "液压与关键件"],
              "12月专利转化对接会", "absent", ["park", "name"], True),
]  # fmt: skip
REPORTS = [
    Report({"sent": 10, "waiting": 2, "failed": 1, "held": 2}, 3, 4, SOON, False, [notice()]),
    Report({}, 0, 0, None, True, [notice(text="")]),
]
LINES = [
    (Line(7, "王工", "湘澜泵阀（演示）", "+8613812345678", "telegram", "sent", None, NOW, NOW),
     "138****5678"),
    (Line(8, None, None, None, "wecom", "cancelled", "cap", None, None), ""),
    (Line(9, "李工", "湘澜泵阀（演示）", None, "x", "failed", "Bad Request", None, None),
     "138****5678"),
]  # fmt: skip
VIEWS = [
    {"name": name, "firm": "湘澜泵阀（演示）", "phone": "138****5678", "channel": channel,
     "text": "王工，您好", "buttons": buttons}
    for name, channel, buttons in (
        ("王工", "telegram", ["看活动、报名"]), (None, "terminal", ["已阅"]), ("李工", "x", []),
    )
]  # fmt: skip
READER = Reader("telegram", "+8613812345678", {"firm": "湘澜泵阀（演示）", "name": "王工"})
ORGANIZERS = [Thing(id=1, name="王工", city=None), Thing(id=2, name=None, city="长沙")]

PREVIEW: dict[str, list[Any]] = {"notice": DRAFTS, "meant": MEANT, "reach": REACHES, "most": [500]}
BY_TEMPLATE: dict[str, dict[str, list[Any]]] = {
    "broadcasts/count": {"reach": REACHES},
    "broadcasts/audience": {
        "notice": [notice(), notice(text="")], "meant": MEANT, "reach": REACHES,
        "city": ["长沙", None], "saved": [True, False],
    },
    "broadcasts/kept": {"name": ["长沙液压企业"]},
    "broadcasts/saved": {"audiences": [[Thing(id=2, name="长沙液压企业")], []]},
    "broadcasts/notice": {"receipt": [None, 4]},
    "broadcasts/corrected": {"receipt": [None, 4]},
    "broadcasts/void": {"receipt": [None]},
    "broadcasts/chase": {"notice": DRAFTS[:1], "first": ["明天活动照常"]},
    "broadcasts/preview": PREVIEW,
    "broadcasts/unfit": {"problem": ["变量太多了。"]},
    "broadcasts/looks": {"broadcast": DRAFTS[:1], "views": [VIEWS, []]},
    "broadcasts/test": {"reader": [READER, None]},
    "broadcasts/asked": {
        **PREVIEW, "notice": [*DRAFTS, notice(corrects=3)], "reach": REACHES[:1],
        "author": ["王工", None], "reached": [900],
    },
    "broadcasts/sent": {"notice": GOING, "most": [500]},
    "broadcasts/agreed": {"notice": GOING[2:4], "by": ["王工", "", None]},
    "broadcasts/given_back": {"notice": DRAFTS[:1]},
    "broadcasts/returned": {
        "notice": [notice(), notice(corrects=3)], "by": ["王工", None], "reason": ["日期错了"],
    },
    "broadcasts/halted": {
        "halted": [Halted(one, 9, flying, 3) for one in GOING[4:6] for flying in (0, 2)]
    },
    "broadcasts/correction": {
        "notice": [notice(corrects=3)], "wrong": [GOING[3], GOING[6]], "reached": [9],
    },
    "broadcasts/withdraw": {"notice": GOING[3:4], "report": REPORTS},
    "broadcasts/withdrawn": {"notice": GOING[-1:], "reached": [9]},
    "broadcasts/again": {"notice": GOING[3:4], "count": [0, 2]},
    "broadcasts/list": {
        "notices": [[Thing(broadcast=one, author=name) for one in GOING if one.text
                     for name in ("王工", None)], []],
    },
    "broadcasts/report": {"notice": GOING, "report": REPORTS, "now": [NOW]},
    "broadcasts/finished": {"notice": GOING[-3:], "report": REPORTS},
    "broadcasts/ledger": {
        "notice": GOING[:1], "which": ["all", "missing", "unread", "call"], "lines": [LINES, []],
        "page": [Page([], number, 3, 20) for number in (0, 1, 2)],
    },
    "broadcasts/phone": {"notice": GOING[:1], "line": [line for line, _ in LINES]},
    "broadcasts/chased": {"notice": GOING[:1], "count": [0, 2]},
    "broadcasts/refused/another_city": {"city": ["长沙"], "other": ["株洲"]},
    "broadcasts/refused/not_your_notice": {"city": ["长沙"]},
    "broadcasts/refused/broadcast_started": {"state": [*STATES]},
    "broadcasts/refused/not_asked": {"state": [*STATES]},
    "broadcasts/refused/not_running": {"state": [*STATES]},
    "broadcasts/refused/values_missing": {
        "missing": [[("park", 3), ("name", 1)]], "count": [4], "left": [0, 12],
    },
    "unfit/variable_unknown": {"name": ["职务"], "known": [["企业", "姓名"]]},
    "unfit/variable_no_event": {"name": ["活动"]},
    "unfit/variable_many": {"most": [10]},
    "organizers/list": {"people": [ORGANIZERS], "me": [1, 2], "city": [None, "长沙"]},
    "organizers/cities": {"one": ORGANIZERS, "cities": [["长沙", "株洲"]]},
    "organizers/assigned": {"one": ORGANIZERS, "own": [True, False]},
    "organizers/refused/only_for_the_province": {"city": ["长沙"]},
}  # fmt: skip
