"""gettoken, and tokens that die."""

import pytest

from tests.emulators.test_wecom.conftest import Client
from tests.emulators.wecom import User, WeComEmulator


async def test_the_same_token_until_it_expires(wecom: WeComEmulator, api: Client) -> None:
    """7200 seconds, counted down."""
    first = await api.authorize()
    wecom.later(100)
    named = {"corpid": wecom.corpid, "corpsecret": wecom.secret}
    again = await api.get("gettoken", **named)
    assert (again["access_token"], again["expires_in"]) == (first, 7100)
    wecom.later(7100)
    assert (await api.get("gettoken", **named))["access_token"] != first
    assert wecom.count("gettoken") == 3


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"corpid": ""}, 41002),
        ({"corpsecret": ""}, 41004),
        ({"corpid": "wwnobody"}, 40013),
        ({"corpsecret": "guessed"}, 40001),
        ({"corpid": "wwdown1"}, 40091),
    ],
)
async def test_wrong_secrets(
    wecom: WeComEmulator, api: Client, changed: dict[str, str], code: int
) -> None:
    """Each with its own code."""
    wecom.downstream("wwdown1", "企业", 5)
    named = {"corpid": wecom.corpid, "corpsecret": wecom.secret} | changed
    assert (await api.get("gettoken", **named))["errcode"] == code


async def test_who_asks_too_often_is_held_off(wecom: WeComEmulator, api: Client) -> None:
    """30 in a minute; after it they may again."""
    named = {"corpid": wecom.corpid, "corpsecret": wecom.secret}
    codes = [(await api.get("gettoken", **named))["errcode"] for _ in range(31)]
    assert codes == [0] * 30 + [45009]
    wecom.later(61)
    assert (await api.get("gettoken", **named))["errcode"] == 0


async def test_tokens_missing_unknown_and_old(wecom: WeComEmulator, api: Client, liu: User) -> None:
    """41001, 40014, 42001; a fresh one works again."""
    await api.text("一")
    assert (await api.text("二"))["errcode"] == 0
    body = {"touser": "LiuYang"}
    assert (await api.post("message/send", body, access_token=""))["errcode"] == 41001
    assert (await api.post("message/send", body, access_token="tok"))["errcode"] == 40014
    wecom.expire_in(60)
    wecom.later(61)
    assert (await api.text("三"))["errcode"] == 42001
    await api.authorize()
    assert (await api.text("三"))["errcode"] == 0
    wecom.kill_token()
    assert (await api.text("四"))["errcode"] == 40014
    await api.authorize()
    assert (await api.text("四"))["errcode"] == 0
    assert [shown.text for shown in liu.messages] == ["一", "二", "三", "四"]


async def test_the_log_keeps_no_secret(wecom: WeComEmulator, api: Client, liu: User) -> None:
    """Not the token, not the app's secret; only gettoken's own answer has the token."""
    await api.text("一")
    assert [call.path for call in wecom.calls] == ["gettoken", "message/send"]
    assert all(set(call.query) <= {"corpid"} for call in wecom.calls)
