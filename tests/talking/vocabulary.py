"""What can be said at each step of each form, and what was meant by it.

The texts are plain on purpose: whether a text *can* be read is tested elsewhere; here each is read
surely, so that whatever a draft holds tells which text it came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bot import FORMS
from conversations.form import REVIEW, Form
from conversations.steps import Step
from pipeline import words

DECLARED: Mapping[str, Form] = {form.name: form for form in FORMS}
Place = tuple[str, str]
"""A form and one of its steps, or its review card."""


@dataclass(frozen=True)
class Phrase:
    """A text, what a draft keeps of it, and how a review card shows that."""

    text: str
    kept: Any
    shown: str


def _same(*texts: str) -> list[Phrase]:
    return [Phrase(text, text, text) for text in texts]


CITIES = _same("长沙", "株洲", "湘西")
PHONES = [
    Phrase("13812345678", "+8613812345678", "13812345678"),
    Phrase("139 0731 2345", "+8613907312345", "13907312345"),
]
INDUSTRIES = ("工程机械", "轨道交通", "前沿材料")
"""Names; what is kept is their code, which a talk looks up."""

RIGHT: Mapping[Place, Sequence[Phrase]] = {
    ("register", "uscc"): _same("91430200MA4Q7T1X54", "91430100MA4L16JQ9D"),
    ("register", "name"): _same("株洲岚山精密机械有限公司", "湘潭云岭泵业有限公司", "知桥测试装备"),
    ("register", "tags"): _same("专精特新", "国有企业"),
    ("register", "contact"): _same("周小川", "吴建国"),
    ("register", "phone"): PHONES,
    ("register", "city"): CITIES,
    ("need", "problem"): _same("柱塞泵滑靴磨损快", "胶料配方老化太快", "焊缝经常开裂漏油"),
    ("need", "target"): _same("滑靴寿命", "泄漏率降到千分之一以下"),
    ("need", "gap"): _same("只能用半年想用一整年", "合格率九成想到九成九"),
    ("need", "budget"): [
        Phrase("50万", [500_000, 500_000], "50万元"),
        Phrase("30-60万", [300_000, 600_000], "30万元至60万元"),
    ],
    ("need", "wanted_by"): [
        Phrase("2027年3月1日", "2027-03-01", "2027年3月1日"),
        Phrase("12月20日", "2026-12-20", "2026年12月20日"),
    ],
    ("need", "modes"): _same("许可", "合作研发"),
    ("need", "segment"): _same("液压与关键件", "种业"),
    ("need", "visibility"): [
        Phrase("公开", "open", "公开"),
        Phrase("匿名", "anonymous", "匿名"),
    ],
    ("needs/question", "text"): _same("现在的磨损量是多少？", "样件什么时候能寄"),
    ("needs/answer", "text"): _same("五百小时磨掉两道", "样件下周寄出"),
    ("needs/change", "field"): [
        Phrase("指标", "target", "指标"),
        Phrase("预算", "budget", "预算"),
        Phrase("补充一句", "more", "补充一句"),
        Phrase("合作方式", "modes", "合作方式"),
    ],
    ("event", "kind"): _same("培训", "一月一链"),
    ("event", "name"): _same("液压技术专场对接会", "复合材料路演"),
    ("event", "starts_at"): [
        Phrase("12月10日14:00", "2026-12-10T14:00:00+08:00", "12月10日 周四 14:00"),
        Phrase("12月15日9:30", "2026-12-15T09:30:00+08:00", "12月15日 周二 09:30"),
    ],
    ("events/copy", "starts_at"): [
        Phrase("12月10日14:00", "2026-12-10T14:00:00+08:00", "12月10日 周四 14:00"),
        Phrase("12月15日9:30", "2026-12-15T09:30:00+08:00", "12月15日 周二 09:30"),
    ],
    ("event", "ends_at"): [
        Phrase("12月10日17:00", "2026-12-10T17:00:00+08:00", "12月10日 周四 17:00"),
        Phrase("12月15日12:00", "2026-12-15T12:00:00+08:00", "12月15日 周二 12:00"),
    ],
    ("event", "signup_until"): [
        Phrase("12月8日17:00", "2026-12-08T17:00:00+08:00", "12月8日 周二 17:00"),
    ],
    ("event", "per_firm"): [Phrase("2", 2, "2"), Phrase("3人", 3, "3")],
    ("event", "agenda"): [
        Phrase("政策解读、专利推介", ["政策解读", "专利推介"], "政策解读、专利推介"),
    ],
    ("event", "questions"): [Phrase("想和哪位专家谈", ["想和哪位专家谈"], "想和哪位专家谈")],
    ("events/change", "field"): [
        Phrase("名称", "title", "名称"),
        Phrase("地点", "venue", "地点"),
        Phrase("名额", "capacity", "名额"),
        Phrase("时间", "starts_at", "时间"),
    ],
    ("events/answer", "text"): _same("想见见机电方面的专家", "没有特别想见的"),
    ("events/reason", "text"): _same("客户临时来厂", "人在外地回不来"),
    ("events/removal", "text"): _same("这一场只面向泵阀企业", "重复登记了"),
    ("event", "city"): CITIES,
    ("event", "venue"): _same("麓谷会议中心三楼", "岳麓山大科城报告厅"),
    ("event", "capacity"): [Phrase("80", 80, "80"), Phrase("120人", 120, "120")],
    ("pitches/pitch", "name"): _same("高温轴承润滑涂层", "泵用陶瓷密封环"),
    ("pitches/pitch", "summary"): _same(
        "样件已装机半年，寿命翻了一倍", "中试线已经建好，良率九成五"
    ),
    ("pitches/pitch", "wanted"): _same("融资五百万元", "找首批用户"),
    ("door/walk_in", "name"): _same("周小川", "吴建国"),
    ("door/walk_in", "firm"): _same("星城机电有限公司", "某某机械厂"),
    ("door/walk_in", "phone"): PHONES,
    ("door/colleague", "name"): _same("郑晓明", "冯文"),
    ("audience/cities", "cities"): CITIES,
    ("audience/tags", "tags"): _same("专精特新", "国有企业"),
    ("audience/name", "name"): _same("泵阀老客户", "轨道交通名单"),
    ("broadcasts/when", "at"): [
        Phrase("12月10日14:00", "2026-12-10T14:00:00+08:00", "12月10日 周四 14:00"),
    ],
    ("broadcasts/reason", "text"): _same("落款写错了", "先和市里对一下"),
    ("broadcasts/correction", "text"): _same("材料改到下周五交", "停机改为一天"),
    ("broadcast", "text"): _same("请于本周五前提交年度备案材料", "下月起申报系统停机维护两天"),
    ("deadline", "name"): _same("专利密集型产品备案", "年度绩效报告提交"),
    ("deadline", "day"): [
        Phrase("2027年3月1日", "2027-03-01", "2027年3月1日"),
        Phrase("12月20日", "2026-12-20", "2026年12月20日"),
    ],
    ("deadline", "text"): _same("向市州知识产权局提交盖章件", "登录申报系统上传附件"),
    ("deadline", "cities"): CITIES,
    ("reminder", "what"): _same("交年度备案材料", "寄滑靴样件"),
    ("reminder", "when"): [
        Phrase("12月10日14:00", "2026-12-10T14:00:00+08:00", "12月10日 周四 14:00"),
        Phrase("12月15日9:30", "2026-12-15T09:30:00+08:00", "12月15日 周二 09:30"),
    ],
    ("question", "question"): _same("想请人看一下我们的转让合同", "专利年费忘交了怎么办？"),
    ("unsolved", "more"): _same("滞纳金按几个月算没说清", "补缴要去哪个窗口"),
    ("transfer", "note"): _same("问的是质押不是许可", "他上周来过电话"),
    ("reply", "text"): _same("合同可以寄到服务中心", "已请运用处的同事联系您"),
    ("people/contact", "contact"): _same("郑晓明", "冯文"),
    ("people/phone", "phone"): PHONES,
    ("people/city", "city"): CITIES,
    ("people/tags", "tags"): _same("专精特新", "国有企业"),
    ("people/uscc", "uscc"): _same("91430100MA4L16JQ9D", "91430200MA4Q7T1X54"),
    ("people/firm_name", "firm_name"): _same("长沙知桥新装备有限公司", "湘潭新测试泵业有限公司"),
    ("people/poster", "park"): _same("长沙高新区", "岳阳绿色化工园"),
    ("people/link", "code"): _same("482913"),
    ("people/invite", "firm"): _same("湘澜泵阀", "洞庭湖畔养殖"),
    ("assessment", "improvement"): _same("寿命要到两千小时才行", "噪声还得再小一半"),
    ("assessments/comment", "text"): _same("样机在我们线上试过", "漏油比现在的少一半"),
    ("universities/invite", "name"): _same("星城工业", "云梦湖科学院"),
    ("approvals/question", "text"): _same("住所和执照上的一致吗？", "请说明和集团的关系"),
    ("approvals/answer", "text"): _same("是一致的", "我们是集团的全资子公司"),
}

CHANGES = ("needs/change", "events/change")
"""Of these the last step is a value of what was chosen before."""

SHOWN = {("register", "entry", "new"): "首次登记"}
"""Of choices that are on a card before anybody was offered them."""

WRONG: Mapping[str, Sequence[str]] = {
    "segment": ("火星", "嘿嘿", "不好说"),
    "value": ("厂", "嘿", "x"),
    "text": ("厂", "一", "x"),
    "person": ("厂", "一", "x"),
    "verbatim": ("长" * 2001, "一" * 2002, "x" * 2003),
    "choice": ("火星", "嘿嘿", "不好说"),
    "many": ("火星", "嘿嘿", "不好说"),
    "number": ("很多", "嘿嘿", "不好说"),
    "money": ("很多", "嘿嘿", "不好说"),
    "date": ("火星", "嘿嘿", "不好说"),
    "time": ("火星", "嘿嘿", "不好说"),
    "phone": ("没有手机", "嘿嘿", "不好说"),
    "uscc": ("91430100MA4L16JQ9X", "嘿嘿", "不好说"),
    "code": ("12345", "嘿嘿", "不好说"),
    "list": ("长" * 101, "一" * 102, "x" * 103),
}
WRONG_AT: Mapping[Place, Sequence[str]] = {
    ("needs/change", "value"): WRONG["value"],
    ("events/change", "value"): ("长" * 1001, "一" * 1002, "x" * 1003),
    ("events/answer", "text"): ("长" * 201, "一" * 202, "x" * 203),
}
"""Where nearly everything fits."""
NONSENSE = ("阿巴阿巴", "qwzx", "嘟嘟嘟嘟")
QUESTIONS = ("质押融资谁牵头？", "高校专利怎么转让？", "这要钱吗？", "一月一链是什么意思？")
WONDERS = ("滑靴怎么才耐磨？", "焊缝为什么开裂？")
"""Of the form of a question, and perhaps an answer."""
COMMANDS = ("提需求", "看专利", "近期活动", "我的需求", "我的资料", "待答问题", "关联", "改需求")
WAYS = (
    "取消", "返回", "菜单", "人工", "跳过", "完成", "继续", "提交", "不要了", "/start", "先放着",
)  # fmt: skip
ANSWERS_VERBATIM = {"跳过", "完成", "继续", "提交", "不要了"}
"""Ways that lead nowhere where words for somebody else are asked for."""
OPENINGS: Mapping[str, Sequence[tuple[str, str]]] = {
    "ent": (
        ("注册", "people.consent"), ("提需求", "needs.post"), ("/profile", "people.edit:contact"),
        ("/profile", "people.edit:phone"), ("/profile", "people.edit:city"),
        ("/profile", "people.edit:industries"), ("/link", "linking.enter"), ("人工", ""),
        ("菜单", "approvals.answer"), ("/profile", "approvals.claim"), ("我的需求", "needs.answer"),
        ("改需求", ""), ("/profile", "people.edit:tags"), ("公司改名了", ""),
        ("改信用代码", "people.edit:uscc"), ("提需求", "needs.anyway"), ("我的需求", "needs.edit"),
        ("/start pt1", "assessments.assess"), ("/assessments", "assessments.comment"),
        ("菜单", "pitches.apply"), ("设个提醒", ""),
        ("菜单", "events.sign_up"), ("菜单", "events.why"), ("菜单", "desk.again"),
    ),
    "org": (
        ("/create", ""), ("/broadcast", ""), ("/approvals", "approvals.ask"),
        ("/tickets", "desk.reply"), ("邀请企业", ""), ("/events", "broadcasts.event"),
        ("/tickets", "desk.show"),
        ("/approvals", "approvals.show"), ("人工", ""), ("菜单", "approvals.accept"),
        ("园区海报", ""), ("/review", "needs.ask"), ("/review", "needs.review"), ("邀请高校", ""),
        ("签到台", "door.walk_in"), ("菜单", "door.colleague"),
        ("设截止日期", ""), ("改活动", ""), ("再办一场", "events.again"),
        ("菜单", "events.remove:*:own"), ("/broadcast", "broadcasts.preview"),
        ("/broadcast", "broadcasts.kind:*:cities"), ("/broadcast", "broadcasts.kind:*:parks"),
        ("/broadcast", "broadcasts.kind:*:tags"), ("/broadcast", "broadcasts.kind:*:industries"),
        ("/broadcast", "broadcasts.kind:*:event"), ("/broadcast", "broadcasts.keep"),
        ("菜单", "broadcasts.when"), ("菜单", "broadcasts.return"), ("菜单", "broadcasts.correct"),
    ),
    "staff": (
        ("/tickets", "desk.reply"), ("/tickets", "desk.show"), ("人工", ""),
        ("/link", "linking.enter"), ("/review", "needs.ask"), ("/review", "needs.review"),
        ("/review", "needs.publish"), ("/tickets", "desk.where_to"), ("/tickets", "desk.pass"),
    ),
}  # fmt: skip
"""By role: what to say, and the newest button to press instead where there is one."""


@dataclass(frozen=True)
class Open:
    """What is known where somebody speaks: industries, the choices on the screen, the answers."""

    industries: Mapping[str, str]
    choices: Sequence[Phrase] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    link_code: str | None = None


def right(place: Place, here: Open) -> Sequence[Phrase]:
    """What fits the step: the words of the list above, else the choices that are on show."""
    if place[1] == "industries":
        return [Phrase(name, here.industries[name], name) for name in INDUSTRIES]
    if place == ("people/link", "code") and here.link_code:
        return _same(here.link_code)
    if place == ("needs/change", "value"):
        meant = ("need", here.answers.get("field", "more"))
        return _same(*(one.text for one in RIGHT.get(meant, _same("再说一句", "样件可以寄"))))
    if place == ("events/change", "value"):
        field = here.answers.get("field", "title")
        meant = ("event", "name" if field == "title" else field)
        return _same(*(one.text for one in RIGHT[meant]))
    return RIGHT.get(place) or here.choices


def wrong(place: Place) -> Sequence[str]:
    return WRONG_AT.get(place) or WRONG[step(place).kind.name]


def by_name(form: str) -> list[str]:
    """The steps that can be told by their name at any time."""
    return [
        one.name
        for one in DECLARED[form].steps
        if not one.kind.verbatim
        and (form not in CHANGES or one.name == "value")
        and ((form, one.name) in RIGHT or one.name in ("industries", "value"))
    ]


def step(place: Place) -> Step:
    return DECLARED[place[0]].step(place[1])


@cache
def title(form: str) -> str:
    return str(words.word(f"{form}/labels", "title"))


def label(place: Place) -> str:
    return str(words.word(f"{place[0]}/labels", place[1]))


def said_label(place: Place) -> str:
    """As people say it: without what the card has in brackets."""
    return label(place).partition("（")[0]


SELDOM = ("firm", "entry", "tags")
"""Asked of a few only."""


def after(place: Place, answered: set[str]) -> Place:
    """Where somebody who knows the form expects to be after this step."""
    steps = [s.name for s in DECLARED[place[0]].steps if s.name not in SELDOM]
    rest = [name for name in steps if name not in answered and name != place[1]]
    return (place[0], rest[0] if rest else REVIEW)


def shown_on(text: str) -> Place | None:
    """Which question or review card a message shows."""
    for form in DECLARED.values():
        if not (title(form.name) in text and _headed(form.name).search(text)):
            continue
        if f"{title(form.name)} · 请核对" in text:
            return (form.name, REVIEW)
        for one in form.steps:
            if _question(form.name, one.name) in text:
                return (form.name, one.name)
    return None


@cache
def _headed(form: str) -> re.Pattern[str]:
    return re.compile(rf"(^|：|\n){re.escape(title(form))}( · |（可跳过）|\n)")


@cache
def _question(form: str, step: str) -> str:
    return words.plain(words.markup(f"{form}/{step}"))
