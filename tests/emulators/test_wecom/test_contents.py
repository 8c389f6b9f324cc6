"""Every other msgtype, media, menus and recall."""

import pytest

from tests.emulators.test_wecom.conftest import Callback, Client
from tests.emulators.wecom import User, WeComEmulator
from tests.emulators.wecom.errors import Json

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
CARD = {"title": "对接会", "description": "一月", "url": "https://x.invalid/7"}


@pytest.mark.parametrize(
    ("msgtype", "content", "code"),
    [
        ("textcard", CARD | {"title": ""}, 41016),
        ("textcard", CARD | {"title": "专" * 43}, 40058),
        ("textcard", CARD | {"description": ""}, 41033),
        ("textcard", CARD | {"description": "专" * 171}, 40058),
        ("textcard", CARD | {"url": ""}, 45034),
        ("textcard", CARD | {"url": "x.invalid/7"}, 45034),
        ("textcard", CARD | {"btntxt": "马上去报名"}, 40058),
        ("news", {"articles": []}, 45008),
        ("news", {"articles": [CARD] * 9}, 45008),
        ("news", {"articles": [CARD | {"title": ""}]}, 41016),
        ("news", {"articles": [CARD | {"picurl": "x.png"}]}, 45034),
        ("markdown", {"content": ""}, 44004),
        ("image", {"media_id": "M-9"}, 40007),
        ("file", {}, 40007),
        ("textcard", CARD | {"btntxt": "去报名"}, 0),
        ("news", {"articles": [CARD] * 8}, 0),
        ("markdown", {"content": "**好**"}, 0),
    ],
)
async def test_contents(api: Client, liu: User, msgtype: str, content: Json, code: int) -> None:
    """Bytes, required fields, schemes."""
    assert (await api.send(msgtype, content))["errcode"] == code
    assert len(liu.messages) == (code == 0)


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("image", PNG, 0),
        ("image", b"no picture", 40005),
        ("image", PNG + b"x" * (10 << 20), 40009),
        ("voice", b"#!AMR\n voice", 0),
        ("video", b"....ftypmp42", 0),
        ("video", b"ftypmp42....", 40005),
        ("file", b"rows of it", 0),
        ("file", b"12345", 40006),
        ("file", b"", 44001),
        ("poster", PNG, 40004),
    ],
)
async def test_uploads(
    wecom: WeComEmulator, api: Client, liu: User, kind: str, data: bytes, code: int
) -> None:
    """By kind and size; then it can be sent, for three days."""
    answer = await api.upload(kind, "附件.bin", data)
    assert answer["errcode"] == code
    if code:
        return
    assert (answer["type"], type(answer["created_at"])) == (kind, str)
    media = {"media_id": answer["media_id"]}
    assert (await api.send(kind, media))["errcode"] == 0
    assert (liu.last.file, "附件.bin" in liu.last.text) == (data, True)
    wecom.later(3 * 24 * 3600 + 1)
    await api.authorize()
    assert (await api.send(kind, media))["errcode"] == 40007
    assert (await api.read("media/get", media_id=answer["media_id"]))["errcode"] == 40007


async def test_the_part_is_called_media(api: Client) -> None:
    """Another name is no upload."""
    assert (await api.upload("file", "a.txt", b"rows of it", part="file"))["errcode"] == 41005


def top(**more: object) -> Json:
    return {"type": "click", "name": "活动", "key": "menu:events"} | more


def below(*entries: Json) -> Json:
    return {"name": "活动", "sub_button": list(entries)}


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([top()] * 3, 0),
        ([below(*[top(name="一二三四五六七八九十一二三")] * 5)], 0),
        ([], 40016),
        ([top()] * 4, 40016),
        ([top(name="一二三四五六")], 40018),
        ([top(name="")], 40018),
        ([top(type="press")], 40017),
        ([top(key="k" * 129)], 40019),
        ([top(type="view")], 40020),
        ([below(*[top()] * 6)], 40023),
        ([below(below(top()))], 40022),
        ([below(top(name="专" * 14))], 40025),
        ([below(top(type="press"))], 40024),
        ([below(top(key=""))], 40026),
        ([below(top(type="view", url="u" * 1025))], 40027),
    ],
)
async def test_menus(
    wecom: WeComEmulator, api: Client, bot: Callback, buttons: list[Json], code: int
) -> None:
    """Three by five, names in bytes."""
    agent = {"agentid": wecom.agentid}
    assert (await api.post("menu/create", {"button": buttons}, **agent))["errcode"] == code
    if code:
        assert (await api.read("menu/get", **agent))["errcode"] == 46003
    else:
        assert (await api.read("menu/get", **agent))["button"] == buttons
        assert (await api.read("menu/delete", **agent))["errcode"] == 0
        assert (await api.read("menu/delete", **agent))["errcode"] == 46003


async def test_a_menu_needs_a_callback_and_the_right_agent(
    wecom: WeComEmulator, api: Client
) -> None:
    """Or nobody would hear the press."""
    menu = {"button": [top()]}
    assert (await api.post("menu/create", menu, agentid=wecom.agentid))["errcode"] == 43012
    assert (await api.post("menu/create", menu, agentid=7))["errcode"] == 40056
    assert (await api.post("menu/create", menu))["errcode"] == 41011


async def test_recall_within_a_day(wecom: WeComEmulator, api: Client, liu: User) -> None:
    """The copy in the WeChat plugin stays."""
    lan = wecom.user("LanTu", plugin=True)
    msgid = (await api.text("错的", touser="LiuYang|LanTu"))["msgid"]
    late = (await api.text("也错"))["msgid"]
    assert (await api.post("message/recall", {"msgid": msgid}))["errcode"] == 0
    assert ([m.text for m in liu.messages], lan.last.text) == (["也错"], "错的")
    assert (await api.post("message/recall", {"msgid": msgid}))["errcode"] == 40058
    wecom.later(24 * 3600 + 1)
    await api.authorize()
    assert (await api.post("message/recall", {"msgid": late}))["errcode"] == 40058
    assert (await api.post("message/recall", {"msgid": "MSG-9"}))["errcode"] == 40058
