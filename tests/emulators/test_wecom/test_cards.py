"""Template cards: what may be sent, what members press, how a card changes."""

import pytest

from tests.emulators.test_wecom import cards
from tests.emulators.test_wecom.conftest import Callback, Client
from tests.emulators.wecom import UNREADABLE, User, WeComEmulator, xml
from tests.emulators.wecom.errors import Json

LONG_KEY = "k" * 1025
OPTIONS = [{"id": str(n), "text": f"第{n}"} for n in range(21)]
LINK = {"type": 1, "url": "x.invalid/without-scheme"}


def box(**more: object) -> Json:
    return {"checkbox": cards.vote()["checkbox"] | more}


def selects(count: int, options: int) -> list[Json]:
    listed = OPTIONS[:options]
    return [{"question_key": f"q{n}", "option_list": listed} for n in range(count)]


def pressed(count: int) -> list[Json]:
    return [{"text": "好", "key": f"k{n}"} for n in range(count)]


@pytest.mark.parametrize(
    "card",
    [
        cards.buttons(),
        cards.vote(),
        cards.multiple(),
        cards.notice(),
        cards.news(),
        cards.buttons(button_list=pressed(6), button_selection=selects(1, 10)[0]),
        cards.multiple(select_list=selects(3, 10)),
        cards.vote(**box(option_list=OPTIONS[:20])),
        cards.notice(main_title={}, sub_title_text="只有正文"),
        cards.buttons(card_action={"type": 0}, quote_area={"title": "条款", "quote_text": "原文"}),
        cards.buttons(button_list=[{"text": "看", "type": 1, "url": "https://x.invalid"}]),
    ],
)
async def test_every_type_is_shown(api: Client, bot: Callback, liu: User, card: Json) -> None:
    """Whoever can be called back gets a response_code."""
    answer = await api.send("template_card", card)
    assert answer["errcode"] == 0
    assert ("response_code" in answer) == ("notice" not in card["card_type"])
    assert liu.last.content == card


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (cards.buttons(card_type="poster"), 40058),
        (cards.buttons(task_id=""), 42016),
        (cards.buttons(task_id="报名"), 42016),
        (cards.buttons(task_id="t" * 129), 42016),
        (cards.notice(action_menu=cards.buttons()["action_menu"]), 42016),
        (cards.buttons(button_list=pressed(7)), 40058),
        (cards.buttons(button_list=[]), 40058),
        (cards.buttons(button_list=[{"text": "好", "key": LONG_KEY}]), 40058),
        (cards.buttons(button_list=pressed(1) * 2), 40058),
        (cards.buttons(button_list=[{"text": "好"}]), 40058),
        (cards.buttons(button_list=[{"key": "k"}]), 40058),
        (cards.buttons(button_list=[{"text": "好", "key": "k", "style": 5}]), 40058),
        (cards.buttons(button_list=[{"text": "好", **LINK}]), 45034),
        (cards.buttons(button_selection=selects(1, 11)[0]), 40058),
        (cards.buttons(checkbox=cards.vote()["checkbox"]), 40058),
        (cards.buttons(replace_text="已报名"), 40058),
        (cards.buttons(horizontal_content_list=[{"keyname": "一"}] * 7), 40058),
        (cards.buttons(horizontal_content_list=[{"value": "无名"}]), 40058),
        (cards.buttons(jump_list=[{"title": "看"}] * 4), 40058),
        (cards.buttons(action_menu={"action_list": []}), 40058),
        (cards.buttons(action_menu={"action_list": pressed(4)}), 40058),
        (cards.vote(**box(option_list=OPTIONS)), 40058),
        (cards.vote(**box(mode=2)), 40058),
        (cards.vote(**box(option_list=OPTIONS[:1] * 2)), 40058),
        (cards.vote(**box(option_list=[{"id": "i" * 129, "text": "长"}])), 40058),
        (cards.vote(submit_button=None), 40058),
        (cards.multiple(select_list=selects(4, 2)), 40058),
        (cards.multiple(select_list=selects(1, 11)), 40058),
        (cards.multiple(submit_button={"text": "提交", "key": LONG_KEY}), 40058),
        (cards.notice(card_action={"type": 0}), 40058),
        (cards.notice(card_action=LINK), 45034),
        (cards.notice(main_title={"desc": "无题"}), 41016),
        (cards.news(main_title={}), 41016),
        (cards.news(card_image={"url": "https://x.invalid", "aspect_ratio": 3}), 40058),
        (cards.news(vertical_content_list=[{"title": "一"}] * 5), 40058),
        ({k: v for k, v in cards.notice().items() if k != "card_action"}, 40058),
        ({k: v for k, v in cards.news().items() if k != "card_image"}, 40058),
        ({k: v for k, v in cards.vote().items() if k != "checkbox"}, 40058),
        ("a card", 40058),
    ],
)
async def test_wrong_cards_are_refused(
    api: Client, bot: Callback, liu: User, card: Json, code: int
) -> None:
    """List lengths, keys, required parts; and nobody sees anything."""
    answer = await api.send("template_card", card)
    assert answer["errcode"] == code, answer
    assert liu.messages == []


async def test_a_task_id_is_used_once(api: Client, bot: Callback, liu: User) -> None:
    """For the whole app."""
    assert (await api.send("template_card", cards.buttons()))["errcode"] == 0
    assert (await api.send("template_card", cards.vote("ev-7@1")))["errcode"] == 42014


async def test_without_a_callback_no_card_calls_back(api: Client, liu: User) -> None:
    """A mere notice goes; one with a menu does not."""
    assert (await api.send("template_card", cards.buttons()))["errcode"] == 43012
    menu = cards.buttons()["action_menu"]
    answer = await api.send("template_card", cards.notice(task_id="t", action_menu=menu))
    assert answer["errcode"] == 43012
    assert (await api.send("template_card", cards.notice()))["errcode"] == 0


async def test_a_press_comes_with_its_key(api: Client, bot: Callback, liu: User) -> None:
    """And with the task, the type and a fresh code each time."""
    await api.send("template_card", cards.buttons())
    assert liu.last.buttons == ["报名", "不参加"]
    await liu.clicks_card("ev:7:join")
    await liu.clicks_card("ev:7:join")
    await liu.clicks_card_menu("ev:7:mute")
    assert bot.texts("EventKey") == ["ev:7:join", "ev:7:join", "ev:7:mute"]
    assert bot.texts("Event")[1:] == ["template_card_event", "template_card_menu_event"]
    assert bot.texts("TaskId") == ["ev-7@1"] * 3
    assert len(set(bot.texts("ResponseCode"))) == 3
    assert bot.texts("MsgId") == ["", "", ""]
    with pytest.raises(AssertionError, match="no 'ev:8:join' on a card"):
        await liu.clicks_card("ev:8:join")


async def test_choices_are_held_against_the_card(api: Client, bot: Callback, liu: User) -> None:
    """One answer for a list, several for a vote, only what is offered."""
    await api.send("template_card", cards.multiple())
    for wrong in ({"interest": ["high", "none"]}, {"interest": ["low"]}, {"price": ["low"]}):
        with pytest.raises(AssertionError):
            await liu.submits_card(wrong)
    await liu.submits_card({"interest": ["high"]})
    items = bot.seen[0].findall("SelectedItems/SelectedItem")
    chosen = {xml.child(i, "QuestionKey"): xml.child(i, "OptionIds/OptionId") for i in items}
    assert chosen == {"maturity": "pilot", "interest": "high"}
    await api.send("template_card", cards.vote())
    with pytest.raises(AssertionError, match="nothing is ticked"):
        await liu.submits_card({"segment": []})
    await liu.submits_card({"segment": ["new_material", "equip"]})
    ids = bot.seen[1].findall("SelectedItems/SelectedItem/OptionIds/OptionId")
    assert [each.text for each in ids] == ["new_material", "equip"]


async def test_a_click_code_changes_the_card_once(
    wecom: WeComEmulator, api: Client, bot: Callback, liu: User
) -> None:
    """The button gives way to a word, and cannot be pressed any more."""
    await api.send("template_card", cards.buttons())
    await liu.clicks_card("ev:7:join")
    change = {"userids": ["LiuYang", "ghost01"], "agentid": wecom.agentid}
    change |= {"response_code": bot.texts("ResponseCode")[0], "button": {"replace_name": "已报名"}}
    answer = await api.post("message/update_template_card", change)
    assert (answer["errcode"], answer["invaliduser"]) == (0, ["ghost01"])
    assert liu.last.buttons == ["已报名"]
    with pytest.raises(AssertionError, match="replaced already"):
        await liu.clicks_card("ev:7:join")
    again = await api.post("message/update_template_card", change)
    assert again["errcode"] == 60140


async def test_codes_die_after_72_hours(
    wecom: WeComEmulator, api: Client, bot: Callback, liu: User
) -> None:
    """The one of the send, too; until then it changes the card for everybody."""
    zhao = wecom.user("zhaoqi")
    sent = await api.send("template_card", cards.vote(), touser="LiuYang|zhaoqi")
    other = await api.send("template_card", cards.buttons())
    wecom.later(71 * 3600)
    card = cards.vote(replace_text="已截止")
    change = {"atall": 1, "agentid": wecom.agentid, "template_card": card}
    change["response_code"] = sent["response_code"]
    await api.authorize()
    assert (await api.post("message/update_template_card", change))["errcode"] == 0
    assert [user.last.buttons for user in (liu, zhao)] == [["已截止"]] * 2
    wecom.later(2 * 3600)
    await api.authorize()
    change["response_code"] = other["response_code"]
    assert (await api.post("message/update_template_card", change))["errcode"] == 60140


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"response_code": "RC-9999"}, 60140),
        ({"response_code": ""}, 60140),
        ({"button": {"replace_name": ""}}, 40058),
        ({"button": None}, 40058),
        ({"userids": []}, 82001),
        ({"userids": ["u"] * 1001}, 40032),
        ({"agentid": "1000012"}, 40056),
        ({"template_card": cards.buttons(button_list=[])}, 40058),
    ],
)
async def test_wrong_updates_leave_the_code(
    wecom: WeComEmulator, api: Client, bot: Callback, liu: User, more: Json, code: int
) -> None:
    """A refused update does not use it up."""
    sent = await api.send("template_card", cards.buttons())
    good = {"userids": ["LiuYang"], "agentid": wecom.agentid, "button": {"replace_name": "已报名"}}
    good["response_code"] = sent["response_code"]
    path = "message/update_template_card"
    assert (await api.post(path, good | more))["errcode"] == code
    assert (await api.post(path, good))["errcode"] == 0


async def test_a_notice_has_no_button_to_replace(
    wecom: WeComEmulator, api: Client, bot: Callback, liu: User
) -> None:
    """replace_name is for the three interactive types."""
    menu = cards.buttons()["action_menu"]
    sent = await api.send("template_card", cards.notice(task_id="t", action_menu=menu))
    change = {"userids": ["LiuYang"], "agentid": wecom.agentid, "button": {"replace_name": "好"}}
    change["response_code"] = sent["response_code"]
    assert (await api.post("message/update_template_card", change))["errcode"] == 40058


async def test_the_wechat_plugin_shows_no_card(
    wecom: WeComEmulator, api: Client, bot: Callback
) -> None:
    """Nor markdown; nothing on them can be pressed."""
    lan = wecom.user("LanTu", plugin=True)
    await api.send("template_card", cards.buttons(), touser="lantu")
    await api.send("markdown", {"content": "**好**"}, touser="lantu")
    assert [shown.text for shown in lan.messages] == [UNREADABLE] * 2
    assert lan.messages[0].buttons == []
    with pytest.raises(AssertionError):
        await lan.clicks_card("ev:7:join")
    card = {"title": "活动", "description": "一月", "url": "https://x.invalid"}
    await api.send("textcard", card, touser="lantu")
    assert "活动" in lan.last.text
    wecom.user("lantu", plugin=False)
    await api.send("markdown", {"content": "**好**"}, touser="lantu")
    assert lan.last.text == "**好**"
