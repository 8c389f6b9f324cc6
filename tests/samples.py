"""A value for every variable that a template declares, with the variants that matter.

A name means the same thing in every template; where a template has its own meaning for one, it is
listed under that template.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from types import SimpleNamespace as Thing
from typing import Any

from conversations.steps import Option
from handlers.packs import said_of
from services import attention, event_changes, people, policy, policy_askers
from services.assessment_digest import Figures
from services.deadlines import Counts
from services.desk import FirmCard, Line
from services.digests import Item as Gathered
from services.event_cadence import Gap, Month
from services.gaps import Asked
from services.industries import IndustryNode
from services.late import Missed
from services.lists import Problem
from services.order_book import Order, Wanted
from services.patent_import import Line as PatentLine
from services.patent_import import Report as PatentReport
from services.patent_rows import PatentRow
from services.patents import Lost
from services.policy_trials import Worse
from services.push_echo import Echo
from services.push_figures import Exposure
from services.push_figures import Figures as PushFigures
from services.push_figures import Round as PushRound
from services.push_firms import Item
from services.push_reasons import Why
from services.pushes import REASONS
from services.ticket_routes import Member
from tests import notice_samples, samples_door

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=17)


SEGMENT = Thing(id=3, name="液压与关键件", synonyms=["液压"])


def event(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "id": 12, "kind": "一月一对接", "title": "12月专利转化对接会", "starts_at": LATER,
        "ends_at": LATER + timedelta(hours=3), "city": "长沙", "venue": "企业服务中心三楼（演示）",
        "industries": ["A1"], "agenda": ["政策解读", "专利推介"], "capacity": 80, "taken": 3,
        "signup_until": LATER - timedelta(days=2), "state": "open", "sequence": 0,
        "per_firm": 2, "cancel_until": None, "questions": ["想谈哪项专利？"],
    }  # fmt: skip
    return Thing(**values | changes)


def patent(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "id": 7, "number": "202019000001.9", "kind": "发明", "title": "一种负载型镍催化剂",
        "abstract": "以介孔氧化铝为载体负载镍，低温脱除杂质，寿命长、可再生。", "segment_id": 3,
        "keywords": ["催化剂"], "applicant": "星城工业大学（演示）", "inventors": ["演示发明人1"],
        "filed_on": date(2020, 8, 6), "granted_on": date(2022, 4, 12), "status": "有效",
        "modes": ["转让", "许可"], "price": "35万元", "maturity": 6, "open_licence": True,
        "ipc": ["B01J23/83"], "publication": "CN199000001B", "problem": None, "effect": None,
        "price_low": None, "price_high": None, "price_unit": None, "licence_fee": "5万元/年",
        "licence_until": date(2027, 12, 31), "rough_dates": [], "status_since": date(2026, 6, 3),
        "college": "化工学院", "tier": "A",
    }  # fmt: skip
    return Thing(**values | changes)


def need(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "id": 5, "problem": "滑靴磨损快，想找表面处理技术", "target": "寿命翻倍",
        "budget_low": 500_000, "budget_high": 500_000, "wanted_by": date(2026, 12, 31),
        "modes": ["许可"], "state": "review", "created_at": NOW,
        "gap": "现在 500 小时，想到 2000 小时",
        "anonymous": False, "rough": False, "question": None, "answer": None,
        "promised_at": LATER, "handled_at": None,
    }  # fmt: skip
    return Thing(**values | changes)


def need_card(need: Thing, files: int = 2, matches: int = 1) -> Thing:
    return Thing(need=need, segment="液压与关键件", files=files, matches=matches)


BARE: dict[str, Any] = {
    "target": None,
    "gap": None,
    "budget_low": None,
    "wanted_by": None,
    "modes": [],
}
ASKED = {"question": "现在磨损多少？", "handled_at": NOW, "promised_at": NOW}
NEEDS: list[Any] = [
    need(),
    need(rough=True, anonymous=True, promised_at=NOW - timedelta(days=1), **BARE),
    need(state="returned", **ASKED),
    need(state="parked", **ASKED),
    *(need(state=state, handled_at=NOW) for state in ("published", "met", "solved", "closed")),
]
NEED_CARDS = [need_card(one, files=at % 2, matches=at % 3) for at, one in enumerate(NEEDS)]
NEED_CHANGES = [
    Thing(need=NEEDS[0], field=field, before=before, after=after, reviewed=field == "gap",
          secrets=["配方"] if field == "gap" else [])
    for field, before, after in (
        ("budget", None, (500_000, 800_000)), ("wanted_by", None, date(2026, 12, 31)),
        ("modes", [], ["许可"]), ("visibility", False, True), ("gap", "1", "2"),
        ("segment", "种业", "种业"), ("more", "一", "一\n二"),
    )
]  # fmt: skip


def ticket(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "id": 9, "question": "能补多少钱", "reason": "not_stated", "department": "省财政厅",
        "state": "open", "promised_at": NOW + timedelta(days=1), "created_at": NOW,
        "answer": "以当年通知为准。", "answered_at": NOW, "person_id": 1, "answered_by": 2,
        "claimed_by": None, "after_id": None, "rating": None,
    }  # fmt: skip
    return Thing(**values | changes)


CARDS = [
    Thing(id=3, question="质押登记收费吗", aliases=aliases, text="不收官费。",
          department=department, expires_on=date(2027, 11, 23), approved_at=approved)
    for aliases, department, approved in ((["要交钱吗"], "省知识产权局", None), ([], None, NOW))
]  # fmt: skip
TICKETS = [
    ticket(), ticket(claimed_by=2, after_id=3), ticket(state="asked", claimed_by=3),
    ticket(state="answered", department=None, reason="asked"),
]  # fmt: skip
ALIKE = [Thing(ticket=ticket(id=3), name="王工"), Thing(ticket=ticket(id=4), name=None)]
FIRM_CARD = FirmCard("湘澜泵阀（演示）", "湘潭", "王工", "138****5678", 2)
STRANGER = FirmCard(None, None, None, None, 0)


def citation(**changes: Any) -> policy.Citation:
    values: dict[str, Any] = {
        "clause_id": 3, "document": "湖南省专利转化运用专项行动实施方案",
        "number": "湘政办发〔2024〕15号", "clause": "二、（四）2", "heading": "知识产权金融",
        "quote": "由省财政厅牵头。", "lead": "省财政厅",
        "departments": ("省财政厅", "省委金融办"), "status": "现行", "verbatim": True,
        "as_of": NOW.date(),
    }  # fmt: skip
    return policy.Citation(**values | changes)


def answer(status: Any = "answered", **changes: Any) -> policy.Answer:
    passed = (policy.Passed("到2024年底", date(2024, 12, 31), "盘点全覆盖"),)
    values: dict[str, Any] = {"citations": (citation(),), "passed": passed, "score": 0.8} | changes
    return policy.Answer("质押融资谁牵头", status, **values)


def place(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "event": event(), "code": "482913", "state": "new", "seats_left": 76, "until": None,
        "position": None, "came_in": None,
    }  # fmt: skip
    return Thing(**values | changes)


PLACES = [
    place(), place(state="already"), place(state="held", until=NOW + timedelta(hours=20)),
    place(state="offered", until=NOW + timedelta(minutes=30)), place(state="waiting", position=4),
    place(state="cancelled", event=event(state="cancelled")),
    place(state="already", came_in=NOW),
]  # fmt: skip
COLLEAGUES = [Thing(signup=7, name="王**", state="confirmed"),
              Thing(signup=8, name="李**", state="waiting")]  # fmt: skip


def attendee(state: str = "confirmed", **changes: Any) -> Thing:
    values: dict[str, Any] = {
        "id": 7, "state": state, "checked_in_at": None, "open_until": None, "reason": None,
        "answers": {"要不要停车位？": "要"},
    }  # fmt: skip
    position = 2 if state == "waiting" else None
    row = Thing(**values | changes)
    return Thing(signup=row, name="王工", firm="湘澜泵阀（演示）", position=position)


ATTENDEES = [
    attendee(), attendee(checked_in_at=NOW), attendee("offered", open_until=LATER),
    attendee("waiting"), attendee("cancelled", reason="lapsed"),
    Thing(signup=attendee().signup, name=None, firm=None, position=None),
]  # fmt: skip


def matched(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "patent": patent(), "score": 1.0, "coverage": 0.7, "terms": ("滑靴", "磨损"),
        "reason_segment": "液压与关键件", "sure": True,
    }  # fmt: skip
    return Thing(**values | changes)


def page(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "patents": [patent()], "page": 2, "pages": 3, "total": 12, "near": False,
        "segment": SEGMENT, "ended": {7: "expired"}, "by": "words", "name": "",
    }  # fmt: skip
    return Thing(**values | changes)


PATENTS = [
    patent(problem="杂质难脱除", effect="寿命长", price_low=350_000, price_high=400_000),
    patent(id=8, open_licence=False, price=None, modes=[], maturity=None, publication=None,
           abstract="", granted_on=None, segment_id=None),
    patent(id=9, price_low=0, price_high=50_000, price_unit="年", licence_until=None),
]  # fmt: skip
PATENT_CARDS = [
    Thing(patent=one, end=end, instead=PATENTS[:2] if end else [], kept=end != "expired")
    for one in PATENTS for end in (None, "withdrawn", "expired", "sold", "licensed")
]  # fmt: skip
TIERS = [Thing(code="A", name="重点推介", promotion="专人介绍", rules=({"ended": False},)),
         Thing(code="D", name="不推广", promotion="只作说明", rules=())]  # fmt: skip
TRIED = [Thing(tier=TIERS[0], fits=False, rules=[[
    Thing(name=name, wanted=wanted, holds=at % 2) for at, (name, wanted) in enumerate(asked)]])
    for asked in (
        [("ended", False), ("granted", True), ("maturity_from", 7), ("open_licence", True)],
        [("ended", True), ("granted", False), ("maturity_to", 7), ("open_licence", False)],
        [("kinds", ["发明", "实用新型"]), ("priced", True), ("matched_from", 2), ("kept_from", 3)],
        [("priced", False)],
    )]  # fmt: skip


FIRM = Thing(name="湘澜泵阀（演示）", city="湘潭", uscc="91439999MA9D00013W", id=5, park="九华",
             tags=["专精特新"])  # fmt: skip
PERSON = Thing(id=1, name="王工", phone="+8613812345678", admin=True, role="ent")


def admission(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "id": 3, "kind": "join", "asks": "admin", "state": "waiting", "due_at": LATER,
        "question": None, "answer": None, "wish": None,
    }  # fmt: skip
    return Thing(**values | changes)


def admission_card(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "admission": admission(), "firm": FIRM, "person": PERSON, "colleagues": ["王**"],
        "admin": "王**",
    }  # fmt: skip
    return Thing(**values | changes)


ADMISSIONS = [
    admission_card(),
    admission_card(admission=admission(kind="admin", asks="organizer"), admin=None),
    admission_card(
        admission=admission(kind="found", asks="organizer", question="住所在哪？", answer="长沙"),
        firm=Thing(name="湘澜泵阀（演示）", city=None, uscc=None, park=None),
        colleagues=[],
    ),
    admission_card(admission=admission(kind="rename", asks="organizer", wish="湘澜智造（演示）")),
]
LEAVING = [Thing(firm=FIRM, heir=PERSON, needs=2, seats=1, admin=True, requests=[3],
                 assessments=2, waits=1),
           Thing(firm=FIRM, heir=None, needs=0, seats=0, admin=False, requests=[],
                 assessments=1, waits=0)]  # fmt: skip
LOST = Thing(id=1, name="王工", firm="湘澜泵阀（演示）", phone="+8613812345678", since=NOW)
ERASING = [Thing(person=PERSON, leaving=plan, tickets=tickets, drafts=1, files=0, messages=9)
           for plan in (*LEAVING, None) for tickets in ([3], [])]  # fmt: skip
INDUSTRY = IndustryNode("A1", "优势产业", "工程机械", [SEGMENT])  # type: ignore[list-item]
OPTIONS = [
    Option("a", "转让"),
    Option("b", "许可"),
    *(Option(f"c{i}", f"选项{i}") for i in range(5)),
]
REPORT = Thing(id=7, question="质押融资谁牵头")
VIEW = policy.ClauseView(citation(), "全文。", 1, 2, answer().passed)

PROBLEM = {"line": 3, "column": "uscc", "reason": "code_check", "value": "91", "sheet": ""}
IMPORTED = [
    Thing(batch=4, lines=9, created=5, updated=2, unchanged=0, skipped=[PROBLEM] * 2,
          incomplete=[PROBLEM | {"column": "city", "reason": "city_unknown"}] * 12),
    Thing(batch=4, lines=0, created=0, updated=0, unchanged=0, skipped=[], incomplete=[]),
]  # fmt: skip


def assessed(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "id": 3, "enterprise_id": 5, "patent_id": 7, "person_id": 1, "prospect": 4,
        "improvement": "要降成本", "intent": "license", "reason": None, "comment": None,
        "state": "valid", "before_id": None, "created_at": NOW, "exported_at": None,
        "registered_at": None,
    }  # fmt: skip
    return Thing(**values | changes)


NO = assessed(prospect=1, intent="none", reason="price", comment="样机试过，漏油少一半")
VIEWS = [
    Thing(row=assessed(), who="王工"),
    Thing(row=NO, who=None),
    Thing(row=assessed(id=4, state="proposed"), who="李工"),
]
WITHDRAWN = patent(status="已撤回")


def assessment_card(**changes: Any) -> Thing:
    values: dict[str, Any] = {
        "patent": patent(), "valid": VIEWS[0], "proposed": [], "versions": 1, "decides": False,
        "own": True,
    }  # fmt: skip
    return Thing(**values | changes)


ASSESSMENT_CARDS = [
    assessment_card(),
    assessment_card(proposed=[VIEWS[2]], decides=True, versions=2, own=False),
    assessment_card(patent=WITHDRAWN, valid=VIEWS[1]),
    assessment_card(valid=Thing(row=assessed(exported_at=NOW, registered_at=NOW), who="王工")),
    assessment_card(valid=None, versions=2),
]
FIGURES = Figures(
    4, Counter({"4": 3, "1": 1}), Counter({"要降成本": 3, "漏油": 1}), Counter(license=3, none=1),
    Counter(price=1),
)  # fmt: skip
DIGESTS = [
    Thing(university="星城工业大学（演示）", since=NOW, until=NOW, figures=FIGURES,
          patents=[(patent(), FIGURES)], few=1, spoke=True,
          echo=Echo(5, 41, 3, Counter(dear=2, unfit=1))),
    *(Thing(university="星城工业大学（演示）", since=None, until=NOW, figures=None, patents=[],
            few=few, spoke=few > 0, echo=echo)
      for few, echo in ((1, None), (0, Echo(None, None, None, None)))),
]  # fmt: skip
RETURNED = [
    Thing(ticked=2, before=1, open=1, batch=4, unknown=[Thing(line=3, said="9 甲")] * 12),
    Thing(ticked=0, before=0, open=0, batch=None, unknown=[]),
]
MY_ASSESSMENTS = [
    Thing(rows=[(assessed(), patent(), 1), (NO, WITHDRAWN, 0)], page=2, pages=3, total=17),
    Thing(rows=[], page=1, pages=1, total=0),
]


def item(**changes: Any) -> Item:
    values: dict[str, Any] = {
        "patent": patent(effect="寿命长"), "terms": ["滑靴", "磨损"], "need": need(person_id=1),
        "segment": None, "again": None,
    }  # fmt: skip
    return Item(**values | changes)


ITEMS = [
    item(),
    item(need=need(person_id=2), again="dear"),
    item(need=None, segment=SEGMENT, again="early", terms=["液压"]),
    item(need=None, segment=SEGMENT, again="later", terms=[]),
    item(need=None, patent=patent(open_licence=False), again="dear"),
]
WHYS = [
    Why(ITEMS[0], 0.97, 1, "王工", NOW, None),
    Why(ITEMS[1], 0.65, 2, "李工", None, "dear"),
    Why(ITEMS[2], 1.0, None, None, NOW, "unfit"),
    Why(ITEMS[4], 0.0, None, None, None, "later"),
]
DEADLINE = Thing(id=3, title="专利密集型产品备案申报", text="找市州知识产权局。", due_at=LATER)
RING = Thing(id=4, title="交材料", due_at=NOW)
WISHES = [
    attention.Wishes(frozenset(), "each"),
    attention.Wishes(frozenset({"notices", "patents"}), "day"),
    attention.Wishes(frozenset(attention.TOPICS), "week"),
]
GATHERED = [
    (Gathered("deadlines", "明天截止", LATER, ("完成", "deadlines.done:3")), "明天截止：备案申报"),
    (Gathered("notices", "通知", None, None), "通知 明天活动照常"),
]
FOREVER = datetime(9000, 1, 1, tzinfo=UTC)
PUSH_FIGURES = [
    PushFigures(
        PushRound(NOW.date(), 20, 1, 38, 2, 25, Counter(dear=3, unfit=1), 4), LATER,
        Exposure(None, 60, 12, 30), [Exposure("星城工业大学（演示）", 13, 4, 2)],
    ),
    PushFigures(None, LATER, Exposure(None, 0, 0, 0), []),
]  # fmt: skip


def patent_report(**changes: Any) -> PatentReport:
    """One line of each sort."""
    wrong = Problem(7, "number", "check_digit", "202019000001.8 → 9", "盘点表")
    rows = [PatentRow(5, number="202019000001.9"), PatentRow(6, problems=[wrong] * 12, tier="A")]
    lines = [
        PatentLine(rows[0], "import", "new"), PatentLine(rows[1], "warn", "changed"),
        PatentLine(rows[1], "reject"), PatentLine(rows[1], "duplicate"),
    ]  # fmt: skip
    values: dict[str, Any] = {
        "owner": "星城工业大学（演示）", "unknown": [], "without": [], "batch": 4, "lines": lines,
    }  # fmt: skip
    return PatentReport(**values | changes)


PATENT_REPORTS = [
    patent_report(without=["填表说明"]), patent_report(owner=None, lines=[]),
    patent_report(batch=None, unknown=["成果去向"]),
]  # fmt: skip

BY_NAME: dict[str, list[Any]] = {
    "agreed": [True, False],
    "forever": [FOREVER],
    "items": [ITEMS, ITEMS[:2], ITEMS[:1]],
    "me": [1],
    "segments": [[SEGMENT], []],
    "topics": ["锂电", None],
    "accepted": [True, False],
    "admin": ["王工", None],
    "admission": [3],
    "admissions": [[(admission(), "湘澜泵阀（演示）")], []],
    "amounts": [(Thing(low=500_000, high=500_000), Thing(low=0, high=80_000))],
    "answer": [answer(reason="duties", named=("省委金融办",)),
               answer(reason="duties", named=("省财政厅",), passed=()),
               answer(related=(policy.Related(3, "质押能线上办吗"),)),
               answer(passed=(), citations=(citation(verbatim=False), citation()))],
    "asks": ["admin", "organizer"],
    "at": [NOW],
    "broadcast_id": [4],
    "by": ["李工", None],
    "card": ADMISSIONS,
    "change": [people.Change("王工", "李工"), people.Change(None, ["工程机械"])],
    "channel": ["web", "telegram"],
    "chats": [[Thing(id=2**52, channel="web")], []],
    "choices": [["转让", "许可"], []],
    "claim": ["", "abcdefghijkl"],
    "code": ["482913", None],
    "count": [3],
    "counts": [{"needs": 1, "assessments": 1, "signups": 0, "tickets": 2, "messages": 40,
                "favourites": 1, "reminders": 2}],
    "cut": [1, 0, 2],
    "created": [True, False],
    "currency": ["美元"],
    "date": [date(2026, 1, 2)],
    "dates": [(date(2026, 12, 1), date(2026, 12, 10))],
    "day": [31],
    "days": [0, 1, 7],
    "deadline": [DEADLINE],
    "reminder": [RING],
    "decided": [Thing(card=card, accepted=yes) for card in ADMISSIONS for yes in (True, False)],
    "demo": [True, False],
    "due": [LATER],
    "edited": [True, False],
    "end": [LATER, NOW - timedelta(days=1)],
    "carried": ["轴承", None],
    "ended": [{7: "withdrawn"}, {}],
    "ids": [[7, 8]],
    "tier": TIERS[:1],
    "event": [event(), event(state="cancelled"), event(taken=80, ends_at=None, agenda=[])],
    "event_id": [12],
    "events": [[event(), event(taken=80)], []],
    "expected": [18, "D"],
    "extra": [1],
    "field": ["contact", "phone", "city"],
    "files": [[{"name": "活动.ics", "url": "/files/x"}], []],
    "firm": ["湘澜泵阀（演示）有限公司", None],
    "firms": [[FIRM], []],
    "first": [True, False],
    "form": ["need"],
    "found": ["9"],
    "here": [True, False],
    "high": [8],
    "hint": ["0", None],
    "hour": [25],
    "industries": [[INDUSTRY], []],
    "industry": [INDUSTRY],
    "invited": ["湘澜泵阀（演示）", None],
    "kind": ["photo", "other"],
    "large": [True, False],
    "least": [2],
    "length": [5000],
    "letter": ["I"],
    "link": ["https://t.me/zhiqiao_bot?start=abcdefghijkl", None],
    "lines": [[Line(NOW, "person", "能补多少钱"), Line(NOW, "bot", "文件未写明")], []],
    "low": [5],
    "many": [True, False],
    "matches": [[matched(), matched(terms=(), sure=False)]],
    "mine": [True, False],
    "merge_id": [2],
    "minute": [61],
    "misses": [0, 2, 3],
    "missed": [Thing(since=NOW, again=2, titles=["明天活动照常"], more=3, events=[event()]),
               Thing(since=NOW, again=0, titles=[], more=0, events=[])],
    "missing": [2],
    "month": [2],
    "most": [1000],
    "name": ["need"],
    "names": [["王**"], ["王**", "李**", "张**", "赵**"]],
    "need": NEEDS,
    "need_id": [26],
    "needs": [NEEDS, []],
    "noted": [[], [Thing(label="预算", before="30万元", after="50万元"),
                   Thing(label="指标", before=None, after=None)]],
    "now": [NOW],
    "number": [3],
    "numbers": [(5, 8)],
    "offset": ["7d", "1d", "1h"],
    "one": [LOST, Thing(id=1, name="王工", firm=None, phone=None, since=None)],
    "open": [True, False],
    "optional": [True, False],
    "options": [OPTIONS, OPTIONS[:2], []],
    "organizer": [True, False],
    "organizes": [True, False],
    "owner": [Thing(name="星城工业大学（演示）", patents=4)],
    "university": ["星城工业大学（演示）"],
    "digest": DIGESTS,
    "own": [True, False],
    "patent_id": [7],
    "page": [page(), page(page=1, pages=1)],
    "pages": [12],
    "park": ["长沙高新区", None],
    "patent": [patent(), patent(price=None, maturity=None, open_licence=False, status="已撤回",
                                modes=[], filed_on=None, granted_on=None, inventors=[]),
               patent(number="CN199000001B", rough_dates=["granted_on"], status_since=None)],
    "patents": [[patent()], []],
    "pending": [True, False],
    "people": [[(LOST, "138****5678")], []],
    "person": [Thing(firm="湘澜泵阀（演示）", name="王工", phone="+8613812345678"),
               Thing(firm=None, name=None, phone=None)],
    "phone": ["138****5678", None],
    "phones": [("+8613812345678", "+8613912345678")],
    "picked": [[], ["a"]],
    "place": PLACES,
    "places": [PLACES, []],
    "plan": LEAVING,
    "problem": [None, "太短了"],
    "profile": [Thing(person=PERSON, firm=FIRM, industries=["工程机械"]),
                Thing(person=Thing(id=1, name=None, phone=None, admin=False, role="org"), firm=None,
                      industries=[])],
    "query": ["轴承"],
    "question": ["大概多少预算？"],
    "receipt": ["SC-20261123-4F7KQM"],
    "reached": [True, False],
    "reason": ["no_firm", None],
    "result": ["wrong", "too_many", "same", "two_firms"],
    "resumed": [True, False],
    "role": ["ent", "org", "staff", "uni"],
    "stamp": [1_795_424_400],
    "sender": ["省知识产权局", None],
    "source": ["web"],
    "state": ["published", "closed"],
    "step": ["budget"],
    "text": ["明天活动照常"],
    "ticket": [ticket(), ticket(state="answered", department=None, reason="asked", after_id=3)],
    "ticket_id": [9],
    "tickets": [[ticket()], []],
    "time": [NOW],
    "title": ["提技术需求"],
    "total": [5],
    "until": [LATER - timedelta(days=2), NOW - timedelta(days=1)],
    "version": [1],
    "view": [VIEW],
    "views": [VIEWS],
    "who": ["李工", None],
    "waits": [None, "湘澜泵阀（演示）"],
    "wanted": ["企业注册"],
    "ways": [["取消"], []],
    "wishes": [["needs.post", "events.list"], []],
}  # fmt: skip

MOVED = [
    event_changes.Line("title", "旧名称", "新名称"),
    event_changes.Line("starts_at", LATER, LATER + timedelta(days=1)),
    event_changes.Line("ends_at", None, LATER + timedelta(days=1, hours=3)),
    event_changes.Line("city", "长沙", "岳阳"),
    event_changes.Line("agenda", [], ["政策解读"]),
    event_changes.Line("capacity", 80, 120),
]
ENDED = [event_changes.Line("state", "open", "cancelled")]
MONTHS = [
    Month(date(2026, 11, 1), {"长沙": [event()], "岳阳": []},
          [Gap("岳阳", "一月一对接", event(id=3)), Gap("岳阳", "一月一链", None)], late)
    for late in (True, False)
] + [Month(date(2026, 11, 1), {"岳阳": [event()]}, [], True)]  # fmt: skip
NEWS: dict[str, list[Any]] = {
    "change": [4], "lines": [MOVED, ENDED], "event": [event()], "seat": [True, False],
    "clashes": [[event(id=5)], []], "instead": [[event(id=6)], []],
}  # fmt: skip
EVENT_PROBLEM = {"line": 5, "column": "starts_at", "reason": "date_past", "value": "10月1日",
                 "sheet": ""}  # fmt: skip
EVENT_REPORTS = [
    Thing(batch=4, lines=14, created=12, unchanged=1, new=[event()] * 12, skipped=[EVENT_PROBLEM],
          incomplete=[EVENT_PROBLEM | {"column": "event_kind", "reason": "event_kind_unknown"}]),
    Thing(batch=None, lines=1, created=0, unchanged=1, new=[], skipped=[], incomplete=[]),
]  # fmt: skip


BY_TEMPLATE: dict[str, dict[str, list[Any]]] = {
    "attention/settings": {
        "topics": [attention.TOPICS, ("events", "notices", "deadlines")], "wishes": WISHES,
        "changed": [None, "notices"], "begin": [time(22)], "end": [time(8)],
        "cap": [{"days": 7, "notices": 5}], "hour": ["09:00"],
    },
    "attention/digest": {
        "items": [GATHERED, GATHERED[1:]], "more": [0, 3], "first": [GATHERED[0][0], None],
    },
    "attention/missed": {
        "things": [[Missed("event", "对接会", NOW, over), Missed("deadline", "备案", NOW, True),
                    Missed("notice", "通知 明天活动照常")] for over in (True, False)],
    },
    "events/later": {"ways": [["hour", "tomorrow"], ["hour"], []]},
    "events/snoozed": {"moment": [LATER, None]},
    "deadlines/created": {"counts": [Counts(1200, 0, 0)], "moments": [[NOW, LATER], []]},
    "deadlines/list": {"deadlines": [[(DEADLINE, Counts(1200, 3, 2))], []]},
    "deadlines/mine": {"reminders": [[RING], []], "deadlines": [[DEADLINE], []]},
    "deadlines/marked": {"state": ["done", "needless", "snoozed"], "until": [LATER]},
    **{name: {"event": [event(), None], **own} for name, own in notice_samples.BY_TEMPLATE.items()},
    "needs/orders": {
        "orders": [[], [Order("种业", [Wanted(one, None, "长沙") for one in NEEDS], 2)]],
        "page": [0, 1], "total": [0, 9], "more": [True, False],
    },
    "needs/order": {
        "order": [
            Order(None, [Wanted(NEEDS[0], "长沙某厂", None)] * 9, 9),
            Order("种业", [Wanted(one, None, "长沙") for one in NEEDS], 2),
        ]
    },
    "patents/card": {"card": PATENT_CARDS, "link": ["https://t.me/x?start=pt7", None],
                     "why": [None, *WHYS[:3]]},
    "patents/matches": {"refused": [{}, {7: "dear"}]},
    "introductions/asked": {"introduction": [Thing(id=2, university="星城工业大学（演示）", state=s)
                                             for s in ("asked", "agreed", "declined")],
                            "new": [True, False]},
    "introductions/question": {"introduction": [Thing(id=2, university="星城工业大学（演示）")]},
    "introductions/met": {"other": [Thing(house="甲厂（演示）", name=name, phone=phone)
                                    for name, phone in (("王工", "+8613812345678"), (None, None))]},
    "pushes/pack": {"said": [said_of(ITEMS)], "names": [{2: "李工"}, {}], "at": [NOW, None]},
    "pushes/why": {"found": [WHYS, *([one] for one in WHYS)]},
    "pushes/reasons": {"refused": ["early", None]},
    "pushes/refused": {"reason": [*REASONS], "need": [need(), None], "shrunk": [SEGMENT, None]},
    "pushes/settings": {"until": [None, LATER, FOREVER]},
    "pushes/paused": {"until": [None, LATER, FOREVER]},
    "pushes/figures": {"figures": PUSH_FIGURES},
    "patents/segments": {"counts": [{3: 2}, {}]},
    "patents/licence": {"firm": ["湘澜泵阀（演示）", None]},
    "patents/notice": {"firm": ["湘澜泵阀（演示）", None], "patent": PATENTS},
    "patents/partners": {"patents": [PATENTS[:1], PATENTS[:2]], "others": [PATENTS[2:], []]},
    "patents/compare": {"patents": [PATENTS[:2], PATENTS, [PATENTS[0]] * 2]},
    "favourites/list": {"page": [page(), page(pages=1, page=1, patents=PATENTS),
                                 page(total=0, patents=[], pages=1, page=1)]},
    "favourites/let_go": {"count": [0, 2]},
    "patents/open": {"page": [page(), page(total=0, patents=[], pages=1, page=1)]},
    "tiers/counts": {"counts": [[(TIERS[0], 1200), (TIERS[1], 0)]]},
    "tiers/list": {"page": [page(), page(total=0, patents=[], pages=1, page=1)]},
    "tiers/why": {"tried": [TRIED[:1], [*TRIED, Thing(tier=TIERS[1], fits=True, rules=[])]]},
    "needs/colleague_joined": {"name": ["李工", None], "problem": ["滑靴磨得快"]},
    "assessments/saved": {"row": [assessed(), NO], "patent": [patent(), WITHDRAWN],
                          "kind": ["first", "changed", "same"], "why": [True, False]},
    "assessments/reasoned": {"row": [NO]},
    "assessments/undone": {"row": [assessed(), None]},
    "assessments/decided": {"row": [assessed()]},
    "assessments/card": {"card": ASSESSMENT_CARDS},
    "assessments/differs": {"card": [ASSESSMENT_CARDS[1]], "decides": [True, False], "own": [4]},
    "assessments/list": {"mine": MY_ASSESSMENTS},
    "assessments/another_open": {"open": ["提技术需求"]},
    "assessments/export": {"outlook": [
        Thing(new=2, again=1, disputed=1, registered=9),
        Thing(new=0, again=0, disputed=0, registered=0),
    ]},
    "assessments/returned_done": {"report": RETURNED},
    "assessments/returned_dry_run": {"report": RETURNED, "file": [7], "name": ["专利评估.xlsx"]},
    "assessments/returned_report": {"report": RETURNED},
    "assessments/returned_undone": {"batch": [4]},
    "universities/which": {"owners": [[Thing(name="星城工业大学（演示）", patents=4)] * 2, []],
                           "name": ["工业"]},
    "register/done": {"firm": [Thing(name="湘澜泵阀（演示）")], "left": ["assessment", None],
                      "title": ["评估专利"]},
    "refused/looks_vague": {"problem": ["要先进技术"]},
    "refused/looks_doubled": {"need": [need()], "days": [0, 3]},
    "needs/posted": {"card": [*NEED_CARDS[:2], need_card(need(rough=True))]},
    "needs/show": {"card": NEED_CARDS},
    "needs/review_card": {"card": [
        *(Thing(card=card, need=card.need, firm=FirmCard("湘澜泵阀", "湘潭", "王工", None, 2))
          for card in NEED_CARDS),
        Thing(card=NEED_CARDS[1], need=NEED_CARDS[1].need, firm=None),
    ]},
    "needs/changed": {"change": NEED_CHANGES},
    "needs/which": {"outcome": ["solved", None]},
    "refused/looks_secret": {"words": [["配方"]]},
    "unfit/segment_many": {"names": [["种业", "农机装备"]]},
    "desk/ticket_card": {
        "firm": [FIRM_CARD, STRANGER],
        "clause": [Thing(ref="二、（四）2", heading="知识产权金融"), None],
        "lines": [[], [Line(NOW, "person", "能补多少钱")]], "staff": [2], "claimed": [None, "张"],
        "ticket": TICKETS, "past": [ALIKE, []], "alike": [0, 3],
        "more": [[Thing(side=side, created_at=NOW, text="再问一句")
                  for side in ("person", "staff", "note")], []],
    },
    "desk/answered": {"ticket": TICKETS, "firm": [FIRM_CARD, STRANGER], "alike": [0, 3]},
    "desk/sent": {"ticket": TICKETS, "firm": [FIRM_CARD, STRANGER]},
    "desk/claimed": {"ticket": TICKETS, "firm": [FIRM_CARD, STRANGER]},
    "desk/unreached": {"firm": [FIRM_CARD, STRANGER], "phone": ["13812345678", None]},
    "desk/handed_back": {"ticket": TICKETS, "by": ["张", None], "how": ["solved", "idle"],
                         "form": [("needs", "提需求"), None]},
    "desk/left": {"ticket": TICKETS},
    "desk/idle": {"ticket": TICKETS},
    "desk/heard": {"who": ["王工", None], "text": ["还有一问"], "mine": [True, False]},
    "desk/said": {"text": ["请看原文。"], "by": ["张", None], "department": ["省财政厅", None]},
    "desk/taken": {"by": ["张", None]},
    "desk/taken_over": {"by": ["张", None]},
    "desk/watched": {"by": ["张", None]},
    "desk/passed": {"who": ["张", None]},
    "desk/file": {"name": ["说明.pdf"]},
    "desk/person_left": {"who": ["王工", None]},
    "desk/late": {"moved": [True, False]},
    "desk/due": {"by": ["张", None]},
    "desk/watching": {"on": [True, False]},
    "desk/where_to": {"departments": [[("1a", "省财政厅"), ("2b", "省知识产权局")]]},
    "desk/rated": {"ticket": [ticket(rating="good"), ticket(rating="poor")]},
    "desk/alike": {"alike": [ALIKE * 12, []]},
    "desk/alike_answered": {"count": [3], "lost": [0, 1]},
    "desk/preview": {"past": [ticket(id=3)]},
    "desk/post": {"member": [Member(2, "张", "省财政厅", "lead", ("长沙",), ("A1",), LATER),
                             Member(2, None, None)], "away": [(0, 1)],
                  "industries": [{"A1": "工程机械"}]},
    "desk/fields": {"industries": [{"A1": "工程机械"}], "chosen": [["A1"], []]},
    "cards/drafted": {"card": CARDS, "alone": [True, False]},
    "cards/review": {"card": CARDS, "owner": ["张", None]},
    "cards/refused/own_card": {"card_id": [3]},
    "cards/list": {"cards": [CARDS, []]},
    "policy/worse": {"worse": [[Worse("能补多少", "二、（四）2", None)] * 11]},
    "cards/worse": {"card": CARDS, "worse": [[Worse("能补多少", "二、（四）2", None)] * 9]},
    **{f"cards/{name}": {"card": CARDS} for name in ("live", "retired", "renewed", "expiring")},
    "desk/gaps": {"gaps": [[Asked("far", ["没有的钱怎么补", "补多少钱"], {1, None})] * 2, []]},
    "desk/calendar": {"year": [2027]},
    "desk/departments": {"departments": [[("1a", "省财政厅")], []]},
    "desk/cities": {"cities": [("长沙", "株洲")], "chosen": [["长沙"], []]},
    "desk/stuck": {"label": ["预算", None]},
    "forms/doubt": {"said": ["怎么提高滑靴寿命？"], "label": ["问题"], "mark": ["a1"]},
    "edits/unfit": {"label": ["预算"]},
    "forms/moved": {"channel": ["web", "wecom", "x"]},
    "forms/noted": {"noted": [[Thing(label="预算", before=None, after="50万元")]]},
    "menu/guesses": {"misses": [1, 2, 3], "ticket": [ticket(), None]},
    "forms/another_open": {"open": ["企业注册"], "name": ["need"]},
    "forms/review": {"files": [0, 2],
                     "lines": [[{"step": "budget", "label": "预算", "shown": "50万元"},
                                {"step": "target", "label": "指标", "shown": None}]]},
    "people/already": {"firm": ["湘澜泵阀（演示）"]},
    "approvals/accepted": {"kind": ["join", "found", "admin", "rename"]},
    "approvals/turned_down": {"seats": [0, 2], "kind": ["join", "found", "admin", "rename"]},
    "approvals/told_admin": {"kind": ["join", "admin", "rename"], "person": ["王工"]},
    "imports/dry_run": {"report": IMPORTED, "file": [7], "name": ["名单.xlsx"]},
    "imports/done": {"report": IMPORTED, "name": ["名单.xlsx"]},
    "imports/looking": {"name": ["名单.xlsx", ""]},
    "imports/not_fetched": {"name": ["名单.xlsx", ""]},
    "imports/taken_before": {"batch": [4]},
    "imports/undoing": {"batch": [4]},
    "privacy/plan": {"plan": ERASING},
    "privacy/tickets_closed": {"tickets": [[9, 10]]},
    "people/claim_code": {"firm": ["湘澜泵阀（演示）", None]},
    "people/invite_member": {"firm": ["湘澜泵阀（演示）"]},
    "people/changed": {"field": ["contact", "phone", "city", "uscc"]},
    "people/rename_asked": {"name": ["湘澜智造（演示）"]},
    "people/refused/same_name": {"name": ["湘澜智造（演示）"]},
    "people/refused/code_fixed": {"uscc": ["91439999MA9D00013W"]},
    "people/roles": {"wanted": ["组织者", "企业", "管理员", ""]},
    "refused/name_taken": {"name": ["湘澜智造（演示）"]},
    "people/import_report": {
        "batch": [4, None], "created": [2], "updated": [1], "unchanged": [0],
        "lines": [5],
        "skipped": [[PROBLEM], []],
        "incomplete": [[PROBLEM | {"column": "city", "reason": "city_unknown"}] * 30, []],
    },
    "imports/undone": {"kind": ["patents", "enterprises", "events"], "removed": [2],
                       "restored": [1], "kept": [0, 1]},
    "imports/patents_dry_run": {"report": PATENT_REPORTS, "file": [7], "name": ["清单.xlsx"]},
    "imports/patents_done": {"report": PATENT_REPORTS, "name": ["清单.xlsx"]},
    "imports/patents_report": {"report": PATENT_REPORTS},
    "imports/template": {"kind": ["patents", "enterprises", "events"]},
    "imports/which_column": {"header": ["成果去向"], "owner": ["星城工业大学（演示）", None],
                             "file": [7], "mark": [4_294_967_295], "more": [0, 2]},
    "imports/refused/another_list": {"kind": ["patents", "enterprises", "events", ""],
                                     "found": ["events", "patents", "enterprises"]},
    "patents/gone": {"patent": [patent(status="已撤回", status_since=date(2026, 6, 3)),
                                patent(status="已终止", status_since=None)],
                     "lost": [Lost(1, need(), False), Lost(1, None, True), Lost(1, None, False)],
                     "instead": [[], [patent(), patent(id=2)]]},
    "imports/refused/not_a_table": {
        "why": ["empty", "large", "picture", "pdf", "archive", "document", "password", "macro",
                "external", "too_much", "too_many_rows", "encoding", "page", "unreadable"],
    },
    "imports/refused/no_header": {"found": [["序号", "备注"]],
                                  "kind": ["patents", "enterprises", "events", ""]},
    "imports/refused/batch_unknown": {"batch": [4]},
    "people/waiting": {"kind": ["join", "found", "rename", "admin"]},
    "people/handed_over": {"name": ["王工", None]},
    "unfit/code_mismatch": {"name": ["湘澜泵阀（演示）"]},
    "policy/not_stated": {"answer": [answer("not_stated", missing="amount"),
                                     answer("not_stated", missing="address", passed=())]},
    "policy/escalate": {"answer": [answer("escalate", citations=(), passed=()),
                                   answer("escalate", reason="case")]},
    "policy/declined": {"answer": [answer("declined", citations=(), passed=())]},
    "policy/smalltalk": {"answer": [answer("smalltalk", citations=(), passed=())]},
    "policy/refused/not_a_text": {
        "kind": ["picture", "old_word", "archive", "encoding", "unknown"]
    },
    "policy/refused/other_text": {"number": ["湘政办发〔2024〕15号"], "there": ["实施方案"]},
    "policy/changed": {
        "change": [
            policy_askers.Change("实施方案", [(3, "二、（四）2", "质押融资谁牵头")]),
            policy_askers.Change("实施方案", (), [(4, "第六条", "登记吗"), (None, "附则", "何时")]),
        ]
    },
    "policy/report_card": {"report": [REPORT], "pulled": [True, False],
                           "clause": [Thing(id=3, ref="二、（四）2", heading="知识产权金融")]},
    "policy/reported": {"pulled": [True, False]},
    "policy/pulled": {"report": [REPORT]},
    "policy/lifted": {"report": [REPORT]},
    "events/already": {"place": [PLACES[1], PLACES[6]]},
    "events/held": {"place": [PLACES[2]]},
    "events/waiting": {"place": [PLACES[4]]},
    "events/another_open": {"act": ["events.replace:12:7"], "said": ["anyway+first"],
                            "open": ["提技术需求"]},
    "events/attendee": {"one": ATTENDEES},
    "events/attendees": {
        "found": [Thing(event=event(), rows=ATTENDEES[:4], counts={"confirmed": 11, "waiting": 1},
                        page=page, pages=2) for page in (1, 2)]
        + [Thing(event=event(), rows=[], counts={}, page=1, pages=1)],
        "phones": [{7: "138****5678"}],
    },
    "events/replaced": {"place": [PLACES[1], PLACES[4]]},
    "events/removed": {"reason": ["不在本场邀请范围"]},
    "events/removed_you": {"reason": ["不在本场邀请范围"]},
    **{f"events/news/{news}": {"place": [1, 3], "until": [LATER]}
       for news in ("offered", "lapsed", "unheld", "let_in", "moved_up")},
    "events/refused/clash": {"other": [event(title="另一场")], "act": ["events.replace:12:7"]},
    "events/refused/firm_full": {"limit": [2], "colleagues": [COLLEAGUES],
                                 "may_replace": [True, False]},
    "events/refused/sign_up_closed": {"waitlist": [True, False]},
    "unfit/choice_many": {"found": [(1, 2)]},
    "trouble/wecom": {"code": [60020, 50003, 48002, 43012, 40001, 301002],
                      "detail": ["not allow to access from your ip: 203.0.113.7", ""]},
    "refused/code_mismatch": {"name": ["湘澜泵阀（演示）"]},
    "events/draft_dropped": {"title": ["12月专利转化对接会", None]},
    "events/alarm": {"month": [
        MONTHS[0], Month(date(2026, 11, 1), {"岳阳": [], "长沙": []},
                         [Gap("岳阳", "一月一链", None), Gap("长沙", "一月一链", None)], True),
    ]},
    "events/month": {"month": MONTHS},
    "events/gap": {"month": MONTHS[:1], "city": ["岳阳"], "gaps": [MONTHS[0].gaps, []]},
    "events/announced": {"what": ["moved", "cancelled", "restored"]},
    "events/effect": {
        "effect": [Thing(event=event(), seats=86, waiting=5, reminders=3,
                         change=Thing(id=4, changes=changes))
                   for changes in ({"state": ["open", "cancelled"]}, {"capacity": [80, 120]})],
        "lines": [ENDED, MOVED], "loud": [True, False],
    },
    "events/changed": {"change": [
        Thing(id=4, announced_at=None, announce_at=NOW + timedelta(minutes=10)),
        Thing(id=4, announced_at=NOW, announce_at=NOW),
    ]},
    "events/news_moved": NEWS, "events/news_cancelled": NEWS, "events/news_restored": NEWS,
    "events/still_coming": {"change": [4]},
    "events/stays": {"change": [4, None]},
    "events/silent": {"count": [3]},
    "events/to_call": {"people": [
        [(Thing(one=LOST, reached=False), "138****0000"),
         (Thing(one=LOST, reached=True), "138****0000")], [],
    ]},
    "events/which": {"wish": ["cancelled", "open"]},
    "events/refused/capacity_taken": {"taken": [3]},
    "events/refused/not_your_city": {"city": ["长沙"], "own": ["岳阳"]},
    "imports/events_done": {"report": EVENT_REPORTS[:1], "name": ["安排.xlsx"]},
    "imports/events_dry_run": {"report": EVENT_REPORTS, "name": ["安排.xlsx"], "file": [7]},
    "imports/events_report": {"report": EVENT_REPORTS},
}  # fmt: skip

BY_TEMPLATE |= samples_door.by_template(event, NOW)


class Samples:
    """Variables for a template: every variant of each, without multiplying them all out."""

    def each(self, template: str, names: set[str]) -> Iterator[dict[str, Any]]:
        variants = {name: self._values(template, name) for name in sorted(names)}
        most = max((len(values) for values in variants.values()), default=1)
        combinations = list(product(*variants.values()))
        chosen = (
            combinations if len(combinations) <= 64 else combinations[:: len(combinations) // 64]
        )
        assert len(chosen) >= most
        for values in chosen:
            yield dict(zip(variants, values, strict=True))

    def one(self, template: str, names: set[str]) -> dict[str, Any]:
        return {name: self._values(template, name)[0] for name in names}

    def _values(self, template: str, name: str) -> list[Any]:
        own = BY_TEMPLATE.get(template, {})
        if name not in own and name not in BY_NAME:
            raise AssertionError(
                f"{template}: give the variable {name} a sample in tests/samples.py"
            )
        return own.get(name) or BY_NAME[name]


SAMPLES = Samples()
