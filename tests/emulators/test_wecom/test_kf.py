"""Customer service: signals and pages in, five messages out."""

import pytest

from tests.emulators.test_wecom.conftest import Callback, Client
from tests.emulators.test_wecom.kf import KF, say, sync
from tests.emulators.wecom import Customer, WeComEmulator
from tests.emulators.wecom.errors import Json


async def test_a_signal_says_come_and_fetch(api: Client, bot: Callback, wang: Customer) -> None:
    """No words in it, but a token; the words come by sync_msg."""
    await wang.writes_kf("怎么报名")
    (signal,) = bot.seen
    assert bot.texts("Event") == ["kf_msg_or_event"]
    assert signal.find("FromUserName") is None and signal.find("AgentID") is None
    page = await sync(api, token=bot.texts("Token")[0])
    (entry,) = page["msg_list"]
    assert (entry["origin"], entry["text"]) == (3, {"content": "怎么报名"})
    assert (page["has_more"], entry["external_userid"]) == (0, wang.external_userid)
    again = await sync(api, cursor=page["next_cursor"])
    assert (again["msg_list"], again["next_cursor"]) == ([], page["next_cursor"])


async def test_pages_may_be_empty_and_go_on(
    wecom: WeComEmulator, api: Client, wang: Customer
) -> None:
    """has_more alone says whether there is more."""
    for n in range(5):
        await wang.writes_kf(str(n))
    wecom.kf_page(2)
    wecom.kf_empty_pages()
    pages: list[Json] = []
    cursor = ""
    while not pages or pages[-1]["has_more"]:
        pages.append(await sync(api, cursor=cursor))
        cursor = pages[-1]["next_cursor"]
    assert [len(page["msg_list"]) for page in pages] == [0, 2, 2, 1]


async def test_without_a_cursor_three_days_come_back(
    wecom: WeComEmulator, api: Client, wang: Customer
) -> None:
    """And no more."""
    await wang.writes_kf("旧")
    wecom.later(3 * 24 * 3600 + 1)
    await wang.writes_kf("新")
    assert [m["text"]["content"] for m in (await sync(api))["msg_list"]] == ["新"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"token": "ENC-0"}, 95007),
        ({"cursor": "c-99"}, 40058),
        ({"cursor": "c" * 65}, 40058),
        ({"limit": 1001}, 40058),
        ({"open_kfid": "wkNobody"}, 95000),
    ],
)
async def test_wrong_syncs_are_refused(api: Client, more: Json, code: int) -> None:
    """With the codes of customer service."""
    assert (await sync(api, **more))["errcode"] == code


async def test_a_token_lives_ten_minutes(
    wecom: WeComEmulator, api: Client, bot: Callback, wang: Customer
) -> None:
    """Then 95007; and without one few calls are let through."""
    await wang.writes_kf("在吗")
    wecom.later(601)
    assert (await sync(api, token=bot.texts("Token")[0]))["errcode"] == 95007
    codes = {(await sync(api))["errcode"] for _ in range(21)}
    assert codes == {0, 45009}


async def test_five_messages_for_each_of_theirs(api: Client, wang: Customer) -> None:
    """A sixth is refused until they write again."""
    await wang.writes_kf("在吗")
    assert [await say(api, wang, str(n)) for n in range(6)] == [0] * 5 + [95001]
    await wang.writes_kf("还在吗")
    assert await say(api, wang) == 0
    assert len(wang.messages) == 6


async def test_48_hours_after_their_last_word(
    wecom: WeComEmulator, api: Client, wang: Customer
) -> None:
    """And never before their first."""
    assert await say(api, wang) == 95018
    await wang.writes_kf("在吗")
    wecom.later(48 * 3600 + 1)
    await api.authorize()
    assert await say(api, wang) == 95002


async def test_an_own_msgid_sends_once(api: Client, wang: Customer) -> None:
    """The same again is answered as before."""
    await wang.writes_kf("在吗")
    assert [await say(api, wang, msgid="out-7") for _ in range(2)] == [0, 0]
    assert len(wang.messages) == 1
    assert await say(api, wang, msgid="m" * 33) == 40058


@pytest.mark.parametrize(
    ("msgtype", "content", "code"),
    [
        ("template_card", {}, 40008),
        ("markdown", {"content": "好"}, 40008),
        ("text", {"content": "专" * 683}, 45002),
        ("link", {"title": "看", "url": "https://x.invalid"}, 40007),
        (
            "msgmenu",
            {"list": [{"type": "click", "click": {"id": "1", "content": "好"}}] * 11},
            95008,
        ),
        ("msgmenu", {"list": [{"type": "jump", "jump": {}}]}, 95009),
        (
            "msgmenu",
            {"list": [{"type": "click", "click": {"id": "i" * 65, "content": "好"}}]},
            40058,
        ),
        ("msgmenu", {"list": [{"type": "text", "text": {"content": "专" * 86}}]}, 40058),
        ("msgmenu", {"list": [{"type": "view", "view": {"content": "看", "url": "x"}}]}, 45034),
        ("msgmenu", {"head_content": "专" * 342}, 40058),
    ],
)
async def test_wrong_contents_are_refused(
    api: Client, wang: Customer, msgtype: str, content: Json, code: int
) -> None:
    """No cards, no markdown, bytes counted."""
    await wang.writes_kf("在吗")
    assert await say(api, wang, "", **{"msgtype": msgtype, msgtype: content}) == code
    assert wang.messages == []


async def test_a_menu_is_pressed(api: Client, wang: Customer) -> None:
    """The press comes as a text with the entry's id."""
    await wang.writes_kf("报名")
    entries = [{"type": "click", "click": {"id": "101", "content": "对接会"}}]
    entries.append({"type": "text", "text": {"content": "或回复编号"}})
    menu = {"head_content": "哪一场？", "list": entries, "tail_content": "谢谢"}
    assert await say(api, wang, msgtype="msgmenu", msgmenu=menu) == 0
    assert (wang.last.text, wang.last.buttons) == ("哪一场？\n或回复编号\n谢谢", ["对接会"])
    with pytest.raises(AssertionError, match="no '102' in a menu"):
        await wang.clicks_kf_menu("102")
    await wang.clicks_kf_menu("101")
    last = (await sync(api))["msg_list"][-1]
    assert last["text"] == {"content": "对接会", "menu_id": "101"}


async def test_lists_of_customer_service(api: Client, wang: Customer) -> None:
    """Accounts, links to enter by, and who the customers are."""
    (account,) = (await api.post("kf/account/list", {"offset": 0, "limit": 100}))["account_list"]
    assert account["open_kfid"] == "wkDemo1"
    way = await api.post("kf/add_contact_way", KF | {"scene": "expo"})
    assert way["url"].startswith("https://")
    assert (await api.post("kf/add_contact_way", KF | {"scene": "s" * 33}))["errcode"] == 40058
    wanted = {"external_userid_list": [wang.external_userid, "wmGhost"]}
    told = await api.post("kf/customer/batchget", wanted)
    assert [customer["nickname"] for customer in told["customer_list"]] == ["小王"]
    assert told["invalid_external_userid"] == ["wmGhost"]


async def test_other_things_they_send(api: Client, wang: Customer) -> None:
    """Files by MediaId, places, and what they took back."""
    await wang.sends_kf("file", "需求.xlsx", b"rows of it")
    await wang.sends_kf_location(28.2, 112.9, "长沙")
    file, place = (await sync(api))["msg_list"]
    await wang.recalls_kf(file["msgid"])
    event = (await sync(api))["msg_list"][-1]["event"]
    query = {"access_token": api.token, "media_id": file["file"]["media_id"]}
    assert (await api.http.get("/cgi-bin/media/get", params=query)).content == b"rows of it"
    assert place["location"]["name"] == "长沙"
    assert (event["event_type"], event["recall_msgid"]) == ("user_recall_msg", file["msgid"])


async def test_pictures_and_links_to_them(api: Client, wang: Customer) -> None:
    """A link needs a picture that was uploaded."""
    await wang.writes_kf("在吗")
    picture = await api.upload("image", "图.png", b"\x89PNG\r\n\x1a\n picture")
    media = {"media_id": picture["media_id"]}
    assert await say(api, wang, "", msgtype="image", image=media) == 0
    assert wang.last.text == "图.png"
    link = {"title": "看", "url": "https://x.invalid", "thumb_media_id": picture["media_id"]}
    assert await say(api, wang, "", msgtype="link", link=link) == 0
    assert wang.last.text == "看\nhttps://x.invalid"
