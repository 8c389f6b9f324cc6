"""What members do, as the bot gets it."""

import pytest

from tests.emulators.test_wecom.conftest import Callback, Client
from tests.emulators.wecom import User, WeComEmulator, xml


async def test_files_can_be_fetched(api: Client, bot: Callback, liu: User) -> None:
    """By their MediaId, for three days."""
    await liu.sends_image(b"\x89PNG\r\n\x1a\n 1")
    await liu.sends_voice()
    await liu.sends_video()
    await liu.sends_file("需求.xlsx", b"rows and rows")
    assert bot.texts("MsgType") == ["image", "voice", "video", "file"]
    assert bot.texts("Format") == ["", "amr", "", ""]
    query = {"access_token": await api.authorize(), "media_id": bot.texts("MediaId")[3]}
    answer = await api.http.get("/cgi-bin/media/get", params=query)
    assert answer.content == b"rows and rows"
    assert "attachment" in answer.headers["content-disposition"]
    assert len(set(bot.texts("MsgId"))) == 4


async def test_places_and_links(wecom: WeComEmulator, bot: Callback, liu: User) -> None:
    """AppType is there in WeCom, not in WeChat."""
    await liu.sends_location(28.228, 112.9388, "长沙市岳麓区")
    await wecom.user("LanTu", plugin=True).sends_location(28.2, 112.9, "长沙")
    await liu.sends_link("政策", "https://x.invalid/p", "全文")
    assert bot.texts("Location_X") == ["28.228", "28.2", ""]
    assert bot.texts("AppType") == ["wxwork", "", ""]
    assert bot.texts("Url") == ["", "", "https://x.invalid/p"]


async def test_coming_and_going(api: Client, bot: Callback, liu: User) -> None:
    """Who left is not reached any more."""
    await liu.opens_app()
    await liu.leaves()
    assert (await api.text("在吗"))["errcode"] == 81013
    assert (await api.read("user/get", userid="LiuYang"))["errcode"] == 60011
    await liu.joins()
    assert (await api.text("在吗"))["errcode"] == 0
    assert bot.texts("Event") == ["enter_agent", "unsubscribe", "subscribe"]
    assert bot.texts("MsgId") == [""] * 3


async def test_reported_places(bot: Callback, liu: User) -> None:
    """An event, not a message."""
    await liu.reports_location(28.2, 112.9)
    assert (bot.texts("Event"), bot.texts("Latitude")) == (["LOCATION"], ["28.2"])


MENU = {
    "button": [
        {
            "name": "找专利",
            "sub_button": [
                {"type": "click", "name": "推荐给我", "key": "menu:rec"},
                {"type": "view", "name": "网页版", "url": "https://x.invalid/w"},
            ],
        },
        {"type": "scancode_waitmsg", "name": "扫码", "key": "menu:checkin"},
    ]
}


async def test_the_menu_is_pressed(
    wecom: WeComEmulator, api: Client, bot: Callback, liu: User
) -> None:
    """Only what is on it; a parent sends nothing."""
    with pytest.raises(AssertionError):
        await liu.clicks_menu("menu:rec")
    await api.post("menu/create", MENU, agentid=wecom.agentid)
    await liu.clicks_menu("menu:rec")
    await liu.clicks_menu("网页版")
    await liu.scans("TICKET-7")
    assert bot.texts("Event") == ["click", "view", "scancode_waitmsg"]
    assert bot.texts("EventKey") == ["menu:rec", "https://x.invalid/w", "menu:checkin"]
    assert xml.child(bot.seen[2], "ScanCodeInfo/ScanResult") == "TICKET-7"
    for nothing in ("找专利", "menu:sell", "扫码"):
        with pytest.raises(AssertionError):
            await liu.clicks_menu(nothing)


async def test_who_waits_sees_news_only(api: Client, bot: Callback, liu: User) -> None:
    """What came before one's own last word was read."""
    await api.text("您好一")
    await liu.says("在吗")
    with pytest.raises(AssertionError, match="waited"):
        await liu.waits_for("您好", timeout=0.05)
    await api.text("您好二")
    assert (await liu.waits_for("您好")).text == "您好二"


async def test_parties_tags_and_everybody(wecom: WeComEmulator, api: Client, liu: User) -> None:
    """Each member once."""
    zhao = wecom.user("zhaoqi")
    zhao.member.departments, zhao.member.tags = {7}, {3}
    answer = await api.text("您好", touser="", toparty="7|8", totag="3|4")
    assert (answer["invalidparty"], answer["invalidtag"]) == ("8", "4")
    await api.text("大家好", touser="@all")
    assert [len(user.messages) for user in (liu, zhao)] == [1, 2]
    told = await api.read("user/get", userid="zhaoqi")
    assert (told["name"], told["department"]) == ("zhaoqi", [7])
    assert (await api.read("user/get", userid="ghost"))["errcode"] == 60111
    assert (await api.read("getcallbackip"))["ip_list"] == ["127.0.0.1"]
