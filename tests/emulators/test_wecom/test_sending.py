"""message/send: who gets it, and what WeCom refuses."""

import pytest

from tests.emulators.test_wecom.conftest import Client
from tests.emulators.wecom import User, WeComEmulator


async def test_a_text_is_shown(api: Client, liu: User) -> None:
    """To the member, whatever the case of the id."""
    answer = await api.text("您好", touser="liuyang")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "")
    assert liu.last.text == "您好"
    assert "response_code" not in answer


async def test_a_long_text_is_cut_and_says_so(api: Client, liu: User) -> None:
    """2048 bytes, at a whole character: 682 of Chinese."""
    await api.text("专" * 700)
    assert liu.last.truncated
    assert liu.last.text == "专" * 682
    await api.text("专" * 682)
    assert not liu.last.truncated


async def test_who_is_unknown_is_named_in_small_letters(
    wecom: WeComEmulator, api: Client, liu: User
) -> None:
    """The others get it; if nobody is left the call fails."""
    wecom.user("ZhaoQi")
    answer = await api.text("您好", touser="LiuYang|Ghost01|ZhaoQi|Ghost02")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "ghost01|ghost02")
    assert len(wecom.user("zhaoqi").messages) == 1
    assert (await api.text("您好", touser="Ghost01"))["errcode"] == 81013


async def test_who_has_no_licence_is_named_apart(
    wecom: WeComEmulator, api: Client, liu: User
) -> None:
    """In small letters too, and sees nothing."""
    wecom.user("ZhaoQi")
    wecom.home.unlicensed.add("zhaoqi")
    answer = await api.text("您好", touser="LiuYang|ZhaoQi")
    assert (answer["invaliduser"], answer["unlicenseduser"]) == ("", "zhaoqi")
    assert len(liu.messages) == 1 and wecom.user("zhaoqi").messages == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"agentid": None}, 41011),
        ({"agentid": "1000012"}, 40056),
        ({"agentid": 7}, 40056),
        ({"touser": ""}, 82001),
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40032),
        ({"toparty": "|".join(map(str, range(101)))}, 82002),
        ({"totag": "|".join(map(str, range(101)))}, 82003),
        ({"msgtype": "sticker"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": None}, 44004),
        ({"text": {"content": 5}}, 40058),
        ({"safe": 2}, 40058),
    ],
)
async def test_wrong_calls_are_refused(
    api: Client, liu: User, more: dict[str, object], code: int
) -> None:
    """With WeCom's own code, and nobody sees anything."""
    assert (await api.text("您好", **more))["errcode"] == code
    assert liu.messages == []
