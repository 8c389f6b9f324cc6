"""Calls of customer service, and one person in WeChat."""

from typing import Any

from tests.emulators.test_wecom.conftest import Client
from tests.emulators.wecom import Customer
from tests.emulators.wecom.errors import Json

KF = {"open_kfid": "wkDemo1"}


async def sync(api: Client, **more: object) -> Json:
    return await api.post("kf/sync_msg", KF | more)


async def say(api: Client, to: Customer, words: str = "您好", /, **more: Any) -> int:
    body = KF | {"touser": to.external_userid, "msgtype": "text", "text": {"content": words}}
    return int((await api.post("kf/send_msg", body | more))["errcode"])


async def move(api: Client, who: Customer, state: int, **more: object) -> Json:
    body = KF | {"external_userid": who.external_userid, "service_state": state}
    return await api.post("kf/service_state/trans", body | more)
