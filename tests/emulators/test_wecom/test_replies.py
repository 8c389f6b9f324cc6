"""What a bot answers a callback with: checked, shown, and otherwise ignored with a reason."""

from xml.etree.ElementTree import Element

from tests.emulators.test_wecom import cards
from tests.emulators.test_wecom.conftest import Callback, Client
from tests.emulators.wecom import User, WeComEmulator, xml
from tests.emulators.wecom.errors import Json


def inner(root: Element, kind: str, **more: object) -> str:
    """To and From change places."""
    names = {"ToUserName": xml.child(root, "FromUserName")}
    names |= {"FromUserName": xml.child(root, "ToUserName"), "MsgType": kind}
    return xml.write(names | {"CreateTime": 1767240000} | more)


async def test_a_text_is_shown(wecom: WeComEmulator, bot: Callback, liu: User) -> None:
    """Cut at 2048 bytes; "success" and nothing at all say nothing."""
    bot.reply = lambda root: bot.sealed(inner(root, "text", Content="收到" * 400))
    await liu.says("在吗")
    assert liu.last.truncated
    bot.reply = lambda root: "success"
    assert (await liu.says("在吗")).problem == ""
    assert len(liu.messages) == 1


async def test_a_button_changes(
    api: Client, bot: Callback, liu: User, wecom: WeComEmulator
) -> None:
    """For the clicker only."""
    zhao = wecom.user("zhaoqi")
    await api.send("template_card", cards.buttons(), touser="LiuYang|zhaoqi")
    word = {"ReplaceName": "已提交"}
    bot.reply = lambda root: bot.sealed(inner(root, "update_button", Button=word))
    assert (await liu.clicks_card("ev:7:join")).problem == ""
    assert (liu.last.buttons, zhao.last.buttons) == (["已提交"], ["报名", "不参加"])


async def test_a_card_changes(api: Client, bot: Callback, liu: User) -> None:
    """Written in XML, held to the rules of JSON."""
    await api.send("template_card", cards.buttons())
    card: Json = {"CardType": "button_interaction", "MainTitle": {"Title": "改期了"}}
    card["ButtonList"] = [{"Text": "知道了", "Style": 1, "Key": "ev:7:seen"}]
    bot.reply = lambda root: bot.sealed(inner(root, "update_template_card", TemplateCard=card))
    assert (await liu.clicks_card("ev:7:join")).problem == ""
    assert (liu.last.text, liu.last.buttons) == ("改期了", ["知道了"])
    card["ButtonList"] = []
    assert "button_list" in (await liu.clicks_card("ev:7:seen")).problem


async def test_wrong_replies_are_ignored(api: Client, bot: Callback, liu: User) -> None:
    """The delivery keeps why."""
    bot.reply = lambda root: "ok"
    assert "no XML" in (await liu.says("一")).problem
    bot.reply = lambda root: bot.sealed(inner(root, "text", Content="错")).replace("990011", "1")
    assert "MsgSignature" in (await liu.says("二")).problem
    bot.reply = lambda root: bot.sealed(
        xml.write({"ToUserName": "zhaoqi", "FromUserName": "x", "MsgType": "text"})
    )
    assert "ToUserName" in (await liu.says("三")).problem
    await api.send("template_card", cards.buttons())
    bot.reply = lambda root: bot.sealed(inner(root, "text", Content="好"))
    assert "takes no reply" in (await liu.clicks_card("ev:7:join")).problem
    bot.reply = lambda root: bot.sealed(inner(root, "update_button", Button={"ReplaceName": "好"}))
    assert "only a click" in (await liu.says("四")).problem
    assert [shown.kind for shown in liu.messages] == ["template_card"]


async def test_pictures_and_news(api: Client, bot: Callback, liu: User) -> None:
    """A picture must have been uploaded."""
    picture = await api.upload("image", "图.png", b"\x89PNG\r\n\x1a\n picture")
    image = {"MediaId": picture["media_id"]}
    bot.reply = lambda root: bot.sealed(inner(root, "image", Image=image))
    assert (await liu.says("图")).problem == ""
    assert (liu.last.text, liu.last.kind) == ("图.png", "image")
    image["MediaId"] = "M-9"
    assert "MediaId" in (await liu.says("图")).problem
    item = {"Title": "对接会", "Description": "一月", "PicUrl": "", "Url": "https://x.invalid"}
    articles = {"ArticleCount": 1, "Articles": {"item": [item]}}
    bot.reply = lambda root: bot.sealed(inner(root, "news", **articles))
    assert (await liu.says("活动")).problem == ""
    assert liu.last.text == "对接会\n一月\nhttps://x.invalid"
    bot.reply = lambda root: bot.sealed(inner(root, "music"))
    assert "no reply of type" in (await liu.says("歌")).problem
