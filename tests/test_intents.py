"""The intent reader, measured on messages that its lexicon does not hold, and its laws."""

import json
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.intents import Reading, read_intent
from conversations.intents.lexicon import LEXICON, ROLES, LexiconError, load

HERE = Path(__file__).parent
SHARED = HERE.parents[0].parent / "shared"
EVERYBODYS = {intent.name for intent in load().intents if set(intent.roles) == set(ROLES)}

TALK = {"ask_policy", "none", "chitchat"}  # what starts nothing
MEANS_THE_FORM = {"none", "register", "edit_profile", "post_need", "edit_need"}

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def own(half: str) -> list[Row]:
    return [row for row in rows(HERE / "intents_own.jsonl") if row["half"] == half]


def read(row: Row) -> Reading:
    return read_intent(row["q"], row.get("role", "ent"), row.get("ctx"))


def is_right(row: Row, reading: Reading) -> bool:
    return reading.intent in (row["intent"], *row["alt"])


def measured(sample: Iterable[Row]) -> tuple[float, float, float]:
    """The shares read rightly, acted on at all, and acted on wrongly."""
    pairs = [(row, read(row)) for row in sample]
    right = sum(is_right(*pair) for pair in pairs)
    acts = [pair for pair in pairs if pair[1].decision == "act"]
    wrong = sum(not is_right(*pair) for pair in acts)
    return right / len(pairs), len(acts) / len(pairs), wrong / len(pairs)


@pytest.mark.parametrize("half", ["tune", "check"])
def test_unseen_messages_are_read_rightly_and_hardly_ever_acted_on_wrongly(half: str) -> None:
    """Where the bot is not sure it asks back: a wrong act is worse than a question."""
    accuracy, acted, wrong = measured(own(half))
    assert accuracy >= 0.95
    assert acted >= 0.80
    assert wrong <= 0.01


@pytest.mark.shared
def test_the_development_messages_are_read_though_the_lexicon_never_learned_them() -> None:
    accuracy, acted, wrong = measured(rows(SHARED / "data" / "intents_dev.jsonl"))
    assert accuracy >= 0.95
    assert acted >= 0.85
    assert wrong <= 0.01


def test_typos_pinyin_traditional_and_full_width_are_read_as_what_was_meant() -> None:
    accuracy, _, wrong = measured(rows(HERE / "intents_typos.jsonl"))
    assert accuracy >= 0.95
    assert wrong == 0


@pytest.mark.shared
@pytest.mark.parametrize(("name", "floor"), [("dev", 0.90), ("dev_hard", 0.75)])
def test_questions_about_policy_go_to_policy(name: str, floor: float) -> None:
    readings = [read(row) for row in rows(SHARED / "policy" / f"{name}.jsonl")]
    assert sum(each.intent == "ask_policy" for each in readings) >= floor * len(readings)
    acts = [each for each in readings if each.decision == "act" and each.intent != "ask_policy"]
    assert len(acts) <= 0.05 * len(readings)


@pytest.mark.shared
def test_nobody_is_talked_into_an_organizers_act() -> None:
    """Abuse, injection, and questions out of scope never start what only organizers do.

    Who orders it in so many words (群发) is understood, and refused for their role: test_talks.
    """
    allowed = {each.name for each in load().intents if "ent" in each.roles}
    for row in rows(SHARED / "policy" / "offtopic_dev.jsonl"):
        if "群发" not in row["q"]:
            reading = read(row)
            assert reading.decision == "ask" or reading.intent in allowed, row["q"]


def test_what_a_role_may_not_do_is_still_read_as_what_it_is() -> None:
    """So that it can be refused in words: a wish belongs to nobody, only the doing does."""
    sample = []
    for row in (*own("tune"), *own("check")):
        roles = next(each.roles for each in load().intents if each.name == row["intent"])
        strangers = [role for role in ROLES if role not in roles]
        # The same word said elsewhere is often another wish (签到), so only whole sentences.
        if strangers and not row["ctx"] and len(row["q"]) > 8:
            sample.append({**row, "role": strangers[0]})
    accuracy, _, wrong = measured(sample)
    assert accuracy >= 0.9
    assert wrong <= 0.02


@pytest.mark.parametrize("screen", ["menu", "policy", "a_screen_of_tomorrow"])
def test_a_screen_that_the_lexicon_does_not_know_confuses_nobody(screen: str) -> None:
    sample = [{**row, "ctx": screen} for row in own("check") if not row["ctx"]]
    accuracy, acted, wrong = measured(sample)
    assert accuracy >= 0.95
    assert acted >= 0.8
    assert wrong <= 0.01


@pytest.mark.parametrize("role", ["org", "staff"])
def test_a_role_never_turns_a_question_into_an_order(role: str) -> None:
    """What a firm would be answered, an organizer who asks the same is answered too."""
    for row in (*own("tune"), *own("check")):
        if row["intent"] == "ask_policy" and read(row).intent == "ask_policy":
            reading = read_intent(row["q"], role)
            assert reading.decision == "ask" or reading.intent in EVERYBODYS, row["q"]


def test_every_intent_can_be_reached_by_each_of_its_roles() -> None:
    reached = {
        (read_intent(example.text, role, example.screen).intent, role)
        for intent in load().intents
        for example in intent.examples[:25]
        for role in intent.roles
    }
    assert {(intent.name, role) for intent in load().intents for role in intent.roles} <= reached


@pytest.mark.shared
def test_the_intents_are_those_that_the_project_names() -> None:
    named = {row["intent"] for row in rows(SHARED / "data" / "intents_dev.jsonl")}
    assert named == {intent.name for intent in load().intents}


@pytest.mark.parametrize(
    ("role", "screen", "intent"),
    [
        ("ent", "in_form", "cancel_flow"),
        ("ent", "my_event", "cancel_signup"),
        ("org", "event_detail", "cancel_event"),
    ],
)
def test_the_open_screen_decides_what_a_bare_word_means(
    role: str, screen: str, intent: str
) -> None:
    assert read_intent("取消", role, screen).intent == intent


def test_the_role_decides_between_wishes() -> None:
    assert read_intent("签到", "ent").intent == "checkin_self"
    assert read_intent("签到", "org").intent == "checkin"


@pytest.mark.parametrize("text", ["湖南演示科技有限公司", "50万", "13800000000", "碳化硅切割"])
def test_an_answer_to_a_form_is_never_taken_for_a_command(text: str) -> None:
    reading = read_intent(text, "ent", "in_form")
    assert reading.decision == "ask" or reading.intent == "none"


@pytest.mark.shared
def test_what_people_write_of_their_technology_does_not_end_the_form() -> None:
    """退火 in an answer is not 退出: of real technical titles hardly one is taken for a wish."""
    titles = [row["title"] for row in rows(SHARED / "data" / "csl.jsonl")[:1000]]
    readings = [read_intent(title, "ent", "in_form") for title in titles]
    wishes = [each for each in readings if each.decision == "act" and each.intent not in TALK]
    assert len(wishes) <= 0.05 * len(titles)
    assert sum(each.intent in ("cancel_flow", "go_back") for each in wishes) <= 2


def test_a_command_said_in_the_middle_of_a_form_is_still_understood() -> None:
    """Except for what changes or fills something: there the form itself is meant."""
    sample = [
        {**row, "ctx": "in_form"}
        for row in (*own("tune"), *own("check"))
        if row["role"] == "ent" and not row["ctx"] and row["intent"] not in MEANS_THE_FORM
    ]
    accuracy, _, wrong = measured(sample)
    assert accuracy >= 0.9
    assert wrong <= 0.01


@pytest.mark.parametrize("text", ["", "   ", "魑魅魍魉", "滚", "lorem ipsum dolor"])
def test_what_holds_no_word_of_ours_is_never_acted_on(text: str) -> None:
    assert read_intent(text, "ent").decision == "ask"


@pytest.mark.parametrize(
    ("role", "screen", "text", "slots"),
    [
        (
            "ent",
            None,
            "需求：高温轴承润滑，预算50万，年底前要",
            {"problem": "高温轴承润滑", "budget": "50万", "deadline": "年底前"},
        ),
        (
            "org",
            None,
            "新建一场对接会，6月18号下午两点，长沙高新区",
            {"kind": "对接会", "when": "6月18号下午两点", "place": "长沙高新区"},
        ),
        ("staff", None, "回复12号：利率以银行为准", {"number": "12", "text": "利率以银行为准"}),
        ("staff", None, "１５號派給小周", {"number": "１５", "to": "小周"}),
        ("staff", None, "#27 答：没有单独的通道", {"number": "27", "text": "没有单独的通道"}),
        ("staff", None, "回17，说明天打给他", {"number": "17", "text": "明天打给他"}),
        ("staff", "ticket", "回复：6月18日后再来", {"text": "6月18日后再来"}),
        (
            "ent",
            None,
            "联系人改为王强，电话13900001111",
            {"field": "联系人", "value": "王强", "name": "王强", "phone": "13900001111"},
        ),
        (
            "ent",
            None,
            "联系人换成李工，电话也变了",
            {"field": "联系人", "value": "李工", "name": "李工"},
        ),
        (
            "ent",
            None,
            "想找一种低温固化的胶，预算20万以内，国庆前",
            {"problem": "低温固化的胶", "budget": "20万以内", "deadline": "国庆前"},
        ),
        ("ent", None, "关注方向里加个AI和工业软件", {"topics": "AI和工业软件"}),
        ("staff", None, "12号办结", {"number": "12"}),
        ("ent", None, "有没有农机方面的专利", {"query": "农机"}),
        ("ent", "patent_list", "第二个详细说说", {"ordinal": "第二个"}),
        ("org", None, "群发：明天活动照常", {"text": "明天活动照常"}),
        ("ent", None, "报名下个月的对接会", {"event": "下个月的对接会"}),
        ("ent", None, "帮我报两个人，我和王总", {"people": "两个人"}),
        ("ent", None, "我想关注工程机械", {"topics": "工程机械"}),
        ("ent", None, "活动前两小时叫我一下", {"before": "活动前两小时"}),
        ("org", None, "给张三签个到", {"person": "张三"}),
        ("ent", None, "有三件发明，想质押200万", {"amount": "200万", "patents": "三"}),
    ],
)
def test_what_a_message_already_says_is_picked_out_as_it_was_written(
    role: str, screen: str | None, text: str, slots: dict[str, str]
) -> None:
    assert read_intent(text, role, screen).slots == slots


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(max_size=200) | st.text("的我要不专利活动报名取消?:,12号 a", max_size=60),
    role=st.sampled_from(ROLES),
    screen=st.none() | st.sampled_from(["in_form", "patent_list", "my_event", "a_new_screen"]),
)
def test_any_text_gets_a_reading(text: str, role: str, screen: str | None) -> None:
    """The best of three different guesses, a share of certainty, and slots out of the text."""
    reading = read_intent(text, role, screen)
    assert reading.guesses[0] == reading.intent
    assert len(set(reading.guesses)) == 3
    assert 0 <= reading.score <= 1
    assert all(value in text for value in reading.slots.values())
    assert reading == read_intent(text, role, screen)


@pytest.mark.parametrize("piece", ["我", "有没有专利", "需求预算老是", "a", "给我,", "１"])
def test_a_long_message_costs_little_more_than_a_short_one(piece: str) -> None:
    """Time grows at most linearly, up to the longest message that a network carries."""
    text = (piece * 4096)[:4096]
    assert _takes(text) < 8 * _takes(text[:1024])


def _takes(text: str) -> float:
    """Seconds, the least of several: whatever else the machine does counts little."""
    moments = [time.perf_counter()]
    for number in range(9):  # what was read before is remembered
        read_intent(f"{number}{text}", "ent")
        moments.append(time.perf_counter())
    return min(after - before for before, after in pairwise(moments))


def test_a_message_is_read_in_about_a_millisecond() -> None:
    sample = own("check")
    read(sample[0])  # what was learned is there
    started = time.perf_counter()
    for row in sample:
        read(row)
    assert (time.perf_counter() - started) / len(sample) < 0.005


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (('"我" = ', '"我" = "<没有这个概念>"\n"我们那" = '), "没有这个概念"),
        (('"我" = ', '"我" = "(未闭"\n"我们那" = '), "我"),
        (('roles = "org staff"', 'roles = "boss"'), "boss"),
    ],
)
def test_a_mistake_in_the_lexicon_is_named(
    tmp_path: Path, change: tuple[str, str], names: str
) -> None:
    broken = tmp_path / "intents.toml"
    broken.write_text(LEXICON.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(LexiconError, match=names):
        load(broken)
