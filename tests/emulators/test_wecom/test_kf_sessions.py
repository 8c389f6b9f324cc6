"""Customer service: welcomes, sessions between bot and human, sends that fail."""

from tests.emulators.test_wecom.conftest import Callback, Client
from tests.emulators.test_wecom.kf import KF, move, say, sync
from tests.emulators.wecom import Customer, WeComEmulator


async def test_a_welcome_within_20_seconds(
    wecom: WeComEmulator, api: Client, wang: Customer
) -> None:
    """Once for a code, and no code for who was welcomed or has written."""
    await wang.enters_kf("expo", "ev7")
    event = (await sync(api))["msg_list"][0]["event"]
    assert (event["scene"], event["scene_param"]) == ("expo", "ev7")
    hello = {"code": event["welcome_code"], "msgtype": "text", "text": {"content": "欢迎"}}
    wrong = hello | {"msgtype": "link", "link": {}}
    assert (await api.post("kf/send_msg_on_event", wrong))["errcode"] == 40008
    answers = [await api.post("kf/send_msg_on_event", hello) for _ in range(2)]
    assert [answer["errcode"] for answer in answers] == [0, 95013]
    await wang.enters_kf()
    assert "welcome_code" not in (await sync(api))["msg_list"][-1]["event"]
    late = wecom.customer("小李")
    await late.enters_kf()
    code = (await sync(api))["msg_list"][-1]["event"]["welcome_code"]
    wecom.later(21)
    assert (await api.post("kf/send_msg_on_event", hello | {"code": code}))["errcode"] == 95013


async def test_a_session_goes_to_a_human_and_back(
    wecom: WeComEmulator, api: Client, wang: Customer
) -> None:
    """The bot is silent meanwhile; when the human ends it, the customer's next word opens it."""
    await wang.writes_kf("转人工")
    assert (await move(api, wang, 3, servicer_userid="LiuYang"))["errcode"] == 95014
    wecom.kf_servicer("LiuYang", receiving=False)
    assert (await move(api, wang, 3, servicer_userid="LiuYang"))["errcode"] == 95019
    wecom.kf_servicer("LiuYang")
    listed = await api.read("kf/servicer/list", **KF)
    assert listed["servicer_list"] == [{"userid": "LiuYang", "status": 0}]
    assert (await move(api, wang, 1))["errcode"] == 0
    assert (await move(api, wang, 0))["errcode"] == 95016
    assert (await move(api, wang, 3, servicer_userid="LiuYang"))["errcode"] == 0
    assert await say(api, wang) == 95018
    await wang.servicer_says("LiuYang", "我来")
    assert (await sync(api))["msg_list"][-1]["origin"] == 5
    await wang.servicer_ends()
    event = (await sync(api))["msg_list"][-1]["event"]
    thanks = {"code": event["msg_code"], "msgtype": "text", "text": {"content": "谢谢"}}
    assert (await api.post("kf/send_msg_on_event", thanks))["errcode"] == 0
    assert (await move(api, wang, 1))["errcode"] == 95016
    await wang.writes_kf("还有一个问题")
    body = KF | {"external_userid": wang.external_userid}
    assert (await api.post("kf/service_state/get", body))["service_state"] == 0


async def test_human_first_takes_the_session(
    wecom: WeComEmulator, api: Client, wang: Customer
) -> None:
    """The bot learns by 95018."""
    wecom.kf_servicer("LiuYang")
    wecom.kf_human_first()
    await wang.writes_kf("在吗")
    assert await say(api, wang) == 95018


async def test_the_pool_waits_for_a_human(
    wecom: WeComEmulator, api: Client, wang: Customer
) -> None:
    """Whoever waits may be told once, in words only."""
    await wang.writes_kf("转人工")
    code = (await move(api, wang, 2))["msg_code"]
    menu = {"code": code, "msgtype": "msgmenu", "msgmenu": {"head_content": "请稍候"}}
    assert (await api.post("kf/send_msg_on_event", menu))["errcode"] == 40008
    words = {"code": code, "msgtype": "text", "text": {"content": "请稍候"}}
    assert (await api.post("kf/send_msg_on_event", words))["errcode"] == 0
    await wang.servicer_takes("LiuYang")
    assert (await sync(api))["msg_list"][-1]["event"]["change_type"] == 1


async def test_a_send_may_fail_afterwards(
    wecom: WeComEmulator, api: Client, bot: Callback, wang: Customer
) -> None:
    """The answer said ok; an event says why it was not."""
    await wang.writes_kf("在吗")
    wecom.kf_fail_sends(10)
    assert await say(api, wang, msgid="out-1") == 0
    await wecom.world.signal.wait_for(lambda: len(bot.seen) > 1 or None, 5)
    event = (await sync(api))["msg_list"][-1]["event"]
    assert (event["event_type"], event["fail_msgid"], event["fail_type"]) == (
        "msg_send_fail", "out-1", 10,
    )  # fmt: skip
    assert (wang.messages, wang.history[-1].dropped) == ([], True)
