"""The emulator in a process of its own, driven over HTTP."""

import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.emulators.serving import HOST, Server
from tests.emulators.wecom import WeComProcess
from tests.emulators.wecom.emulator import AGENT_ID, CORP_ID, SECRET


@pytest.fixture
async def remote() -> AsyncIterator[WeComProcess]:
    async with WeComProcess() as remote:
        yield remote


async def test_a_whole_chat_over_the_control_api(remote: WeComProcess) -> None:
    """People act, knobs turn, and the truth is read from outside the bot."""
    await remote.member("LiuYang")
    await remote.knob("next_errors", codes=[-1])
    async with httpx.AsyncClient(base_url=remote.base_url, trust_env=False) as client:
        named = {"corpid": CORP_ID, "corpsecret": SECRET}
        got = (await client.get("/cgi-bin/gettoken", params=named)).json()
        body = {"touser": "LiuYang", "agentid": AGENT_ID, "msgtype": "text"}
        text = body | {"text": {"content": "hello"}}
        token = {"access_token": got["access_token"]}
        answers = [
            await client.post("/cgi-bin/message/send", params=token, json=text) for _ in "12"
        ]
    assert [answer.json()["errcode"] for answer in answers] == [-1, 0]
    await remote.user("LiuYang", "says", text="在吗")
    data = base64.b64encode(b"rows").decode()
    await remote.user("LiuYang", "sends_file", name="需求.xlsx", data=data)
    await remote.customer("小王", "writes_kf", text="怎么报名")
    seen = await remote.messages("LiuYang")
    assert [message["text"] for message in seen] == ["hello", "在吗", "需求.xlsx"]
    assert [m["text"] for m in await remote.customer_messages("小王")] == ["怎么报名"]
    assert [call["path"] for call in await remote.calls(since=1)] == ["message/send"] * 2
    kinds = [delivery["fields"]["MsgType"] for delivery in await remote.deliveries()]
    assert kinds == ["text", "file", "event"]
    with pytest.raises(AssertionError, match="no 'join' on a card"):
        await remote.user("LiuYang", "clicks_card", button_key="join")
    with pytest.raises(AssertionError, match="no verb dances"):
        await remote.user("LiuYang", "dances")


async def test_a_bot_that_does_not_know_the_keys(remote: WeComProcess) -> None:
    """Is not connected."""

    async def echo(request: Request) -> Response:
        return Response(request.query_params["echostr"])

    server = Server(Starlette(routes=[Route("/cb", echo)]), 0)
    await server.start()
    try:
        with pytest.raises(AssertionError, match=r"answered .200"):
            await remote.connect(f"http://{HOST}:{server.port}/cb")
    finally:
        await server.stop()


async def test_other_corps_over_the_control_api(remote: WeComProcess) -> None:
    """Their members are named with the corp."""
    shared = {"corpid": "wwdown1", "name": "湘江新材料", "agentid": 1000003}
    await remote.client.post("/control/downstream", json=shared)
    await remote.user("LiuYang", "says", corp="wwdown1", text="在吗")
    (delivery,) = await remote.deliveries()
    assert delivery["fields"]["ToUserName"] == "wwdown1"


async def test_the_page_of_phones(remote: WeComProcess) -> None:
    """Comes from the emulator itself, and needs nothing from elsewhere."""
    page = (await remote.client.get("/")).text
    assert "Add a phone" in page
    assert "https://" not in page
