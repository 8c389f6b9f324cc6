"""Whatever a bot sends, WeCom answers with an errcode, and what it takes can be shown."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulators.test_wecom import cards
from tests.emulators.wecom import WeComEmulator
from tests.emulators.wecom.endpoints import POST
from tests.emulators.wecom.errors import ApiError, Json
from tests.emulators.wecom.request import Args

ODD: list[Any] = [None, True, -1, 2.5, "", "x", [], ["x"], [None], {}, {"x": 1}, [[]], [{}]]

MENU = {"head_content": "好", "list": [{"type": "click", "click": {"id": "1", "content": "好"}}]}
LINK = {"title": "看", "url": "https://x.invalid"}
BODIES: list[tuple[str, Json]] = [
    ("message/send", {"msgtype": "template_card", "template_card": card})
    for card in (cards.buttons(), cards.vote(), cards.multiple(), cards.notice(), cards.news())
]
BODIES += [
    ("message/send", {"msgtype": "text", "text": {"content": "好"}, "enable_duplicate_check": 1}),
    ("message/send", {"msgtype": "textcard", "textcard": LINK | {"description": "好"}}),
    ("message/send", {"msgtype": "news", "news": {"articles": [LINK]}}),
    ("message/send", {"msgtype": "image", "image": {"media_id": "M-1"}}),
    (
        "linkedcorp/message/send",
        {"touser": ["LiuYang"], "msgtype": "text", "text": {"content": "好"}},
    ),
    ("menu/create", {"button": [{"name": "好", "sub_button": [{"type": "click", "name": "好"}]}]}),
    ("message/recall", {"msgid": "MSG-0001"}),
    ("kf/send_msg", {"msgtype": "msgmenu", "msgmenu": MENU}),
    ("kf/send_msg", {"msgtype": "link", "link": LINK | {"thumb_media_id": "M"}}),
    ("kf/send_msg", {"msgtype": "location", "location": {"latitude": 28.2, "longitude": 112.9}}),
    ("kf/send_msg", {"msgtype": "miniprogram", "miniprogram": {"appid": "wx1", "pagepath": "p"}}),
    ("kf/send_msg", {"msgtype": "business_card", "business_card": {"userid": "LiuYang"}}),
    ("kf/sync_msg", {"cursor": "", "token": "", "limit": 10, "voice_format": 0}),
    ("kf/service_state/trans", {"service_state": 1, "servicer_userid": "x"}),
    ("kf/customer/batchget", {"external_userid_list": ["x"]}),
    ("kf/account/list", {"offset": 0, "limit": 10}),
    ("corpgroup/corp/list_app_share_info", {"business_type": 1, "limit": 10, "cursor": ""}),
    ("corpgroup/corp/gettoken", {"corpid": "wwdown1", "business_type": 1}),
]


def changed(value: Any) -> Iterator[Any]:
    """The value with one part of it, at any depth, gone or odd."""
    parts = range(len(value)) if isinstance(value, list) else list(value)
    for part in parts:
        for odd in ODD:
            yield _with(value, part, odd)
        gone = copy.deepcopy(value)
        del gone[part]
        yield gone
        if isinstance(value[part], dict | list):
            yield from (_with(value, part, inner) for inner in changed(value[part]))


def _with(value: Any, part: Any, new: Any) -> Any:
    copied = copy.deepcopy(value)
    copied[part] = new
    return copied


@pytest.mark.parametrize(("path", "body"), BODIES)
async def test_odd_bodies_never_break_it(wecom: WeComEmulator, path: str, body: Json) -> None:
    """Thousands of them: refused with a code, or taken and shown."""
    user, customer = wecom.user("LiuYang"), wecom.customer("小王")
    await customer.writes_kf("在吗")
    wecom.callback_url, wecom.home.menu = "http://127.0.0.1:9", []
    wecom.pace(1_000_000, 1_000_000)
    base: Json = {"touser": "LiuYang", "agentid": wecom.agentid} | body
    if path.startswith("kf/"):
        who = customer.external_userid
        base = body | {"open_kfid": "wkDemo1", "touser": who, "external_userid": who}
    query = {"agentid": str(wecom.agentid)}
    for odd in changed(base):
        try:
            POST[path](Args(wecom.world, path, query, odd, caller=wecom.home))
        except ApiError as error:
            assert error.code
        wecom.home.task_ids.clear()
    for shown in user.history + customer.history:
        assert isinstance(shown.as_json()["text"], str)
