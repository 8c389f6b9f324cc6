"""The API misbehaves as wished, and otherwise not."""

import asyncio

import httpx
import pytest

from tests.emulators.test_wecom.cards import buttons
from tests.emulators.test_wecom.conftest import Client
from tests.emulators.wecom import User, WeComEmulator


async def test_errors_in_order(wecom: WeComEmulator, api: Client, liu: User) -> None:
    """They do nothing, spare gettoken, and say so in the body with status 200."""
    wecom.next_errors([-1, 45009, 45033])
    codes = [(await api.text("您好"))["errcode"] for _ in range(4)]
    assert codes == [-1, 45009, 45033, 0]
    assert len(liu.messages) == 1
    assert [call.errcode for call in wecom.refused] == [-1, 45009, 45033]
    wecom.next_errors([40001], path="gettoken")
    assert (await api.get("gettoken"))["errcode"] == 40001


async def test_a_lost_answer_was_done(wecom: WeComEmulator, api: Client, liu: User) -> None:
    """The caller sees the connection close; the member sees the message."""
    await api.authorize()
    wecom.lose_answers()
    with pytest.raises(httpx.RemoteProtocolError):
        await api.text("您好")
    assert liu.last.text == "您好"


async def test_the_same_again_is_dropped_if_asked(
    wecom: WeComEmulator, api: Client, liu: User
) -> None:
    """With the first answer, inside the interval only, and only if the content is the same."""
    first = await api.text("您好", enable_duplicate_check=1)
    assert await api.text("您好", enable_duplicate_check=1) == first
    await api.text("您好！", enable_duplicate_check=1)
    await api.text("您好")
    await api.text("您好")
    assert len(liu.messages) == 4
    wecom.later(1801)
    await api.text("您好", enable_duplicate_check=1)
    assert len(liu.messages) == 5
    refused = await api.text("您好", enable_duplicate_check=1, duplicate_check_interval=14401)
    assert refused["errcode"] == 40058


async def test_a_slow_answer(wecom: WeComEmulator, api: Client, liu: User) -> None:
    """Others are not held up by it."""
    await api.authorize()
    wecom.delay(0.2, path="message/send")
    slow = asyncio.create_task(api.text("慢"))
    await asyncio.sleep(0.02)
    await api.text("快")
    await slow
    assert [shown.text for shown in liu.messages] == ["快", "慢"]


async def test_a_repeated_card_is_dropped_like_a_text(
    wecom: WeComEmulator, api: Client, liu: User
) -> None:
    """Its task_id is taken by the first of it; the same card unasked for is refused."""
    wecom.callback_url = "http://127.0.0.1:9/nobody"
    first = await api.send("template_card", buttons(), enable_duplicate_check=1)
    assert await api.send("template_card", buttons(), enable_duplicate_check=1) == first
    assert (await api.send("template_card", buttons()))["errcode"] == 42014
    assert len(liu.messages) == 1


async def test_the_31st_message_of_a_minute_is_dropped(
    wecom: WeComEmulator, api: Client, liu: User
) -> None:
    """Silently: the answer says ok."""
    assert {(await api.text(str(n)))["errcode"] for n in range(31)} == {0}
    assert (len(liu.messages), wecom.dropped, liu.history[-1].dropped) == (30, 1, True)
    wecom.later(61)
    await api.text("又来")
    assert liu.last.text == "又来"
    wecom.drop()
    assert (await api.text("没了"))["errcode"] == 0
    assert (liu.last.text, wecom.dropped) == ("又来", 2)


async def test_the_pace_may_be_set(wecom: WeComEmulator, api: Client, liu: User) -> None:
    """For a test in which the clock stands still."""
    wecom.pace(per_minute=100, per_hour=32)
    for n in range(33):
        await api.text(str(n))
    assert (len(liu.messages), wecom.dropped) == (32, 1)


async def test_an_address_that_is_not_trusted(wecom: WeComEmulator, api: Client) -> None:
    """Even for gettoken; the address is in the words."""
    wecom.trust_ip(False)
    answer = await api.get("gettoken", corpid=wecom.corpid, corpsecret=wecom.secret)
    assert answer["errcode"] == 60020
    assert "from ip: 203.0.113.7" in answer["errmsg"]
    wecom.trust_ip()
    await api.authorize()


async def test_letters_must_be_letters(wecom: WeComEmulator, api: Client, liu: User) -> None:
    r"""\uXXXX and what is no UTF-8 get 40033, a backslash before a u does not."""
    start = b'{"touser":"LiuYang","agentid":1000012,"msgtype":"text","text":{"content":"'
    for words, code in ((rb"\u60a8", 40033), (b"\xff", 40033), (rb"\\u60a8 \u0001", 0)):
        answer = await api.post("message/send", start + words + b'"}}')
        assert answer["errcode"] == code, words
    wecom.refuse_escapes(False)
    assert (await api.post("message/send", start + rb"\u60a8" + b'"}}'))["errcode"] == 0
    assert (await api.post("message/send", b"{"))["errcode"] == 40058
    assert (await api.post("message/send", b"[]"))["errcode"] == 40058


async def test_the_wrong_way_to_ask(api: Client) -> None:
    """43001 and 43002 for the method; a path that is not there."""
    assert (await api.read("message/send"))["errcode"] == 43002
    assert (await api.post("getcallbackip", {}))["errcode"] == 43001
    assert (await api.post("message/shout", {}))["errcode"] == 40080
