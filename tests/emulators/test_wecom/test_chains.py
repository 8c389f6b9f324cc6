"""上下游: a token and an agentid for each corp; 互联企业: one call, no cards."""

import pytest

from tests.emulators.test_wecom.conftest import Callback, Client
from tests.emulators.wecom import WeComEmulator
from tests.emulators.wecom.errors import Json

SHARES = "corpgroup/corp/list_app_share_info"


async def test_shares_come_page_by_page(wecom: WeComEmulator, api: Client) -> None:
    """Without the corps that have not confirmed."""
    for n in range(5):
        wecom.downstream(f"wwdown{n}", f"企业{n}", 100 + n, confirmed=n != 3)
    asked = {"agentid": wecom.agentid, "business_type": 1, "limit": 3}
    first = await api.post(SHARES, asked)
    second = await api.post(SHARES, asked | {"cursor": first["next_cursor"]})
    found = [corp["corpid"] for page in (first, second) for corp in page["corp_list"]]
    assert found == ["wwdown0", "wwdown1", "wwdown2", "wwdown4"]
    assert (first["ending"], second["ending"]) == (0, 1)
    assert (await api.post(SHARES, asked | {"limit": 101}))["errcode"] == 40058
    assert (await api.post(SHARES, asked | {"corpid": "wwdown4"}))["corp_list"] == [
        {"corpid": "wwdown4", "corp_name": "企业4", "agentid": 104}
    ]


async def test_each_corp_has_its_own_token(
    wecom: WeComEmulator, api: Client, bot: Callback
) -> None:
    """With the upstream token a downstream agentid is another app's."""
    down = wecom.downstream("wwdown001", "湘江新材料", 1000003)
    theirs, ours = wecom.user("LiuYang", app=down), wecom.user("LiuYang")
    asked = {"corpid": "wwdown001", "business_type": 1, "agentid": 1000003}
    token = (await api.post("corpgroup/corp/gettoken", asked))["access_token"]
    body: Json = {"touser": "LiuYang", "agentid": 1000003, "msgtype": "text"}
    body["text"] = {"content": "一月对接会"}
    assert (await api.post("message/send", body))["errcode"] == 301002
    assert (await api.post("message/send", body, access_token=token))["errcode"] == 0
    assert (len(theirs.messages), len(ours.messages)) == (1, 0)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"corpid": "wwstrange"}, 670004),
        ({"agentid": 7}, 670001),
        ({"business_type": 0}, 670001),
        ({"business_type": 5}, 40058),
    ],
)
async def test_strange_corps_get_no_token(
    wecom: WeComEmulator, api: Client, more: Json, code: int
) -> None:
    """Nor other agentids."""
    wecom.downstream("wwdown001", "湘江新材料", 1000003)
    asked = {"corpid": "wwdown001", "business_type": 1, "agentid": 1000003}
    assert (await api.post("corpgroup/corp/gettoken", asked | more))["errcode"] == code


async def test_downstream_members_come_to_the_same_address(
    wecom: WeComEmulator, bot: Callback
) -> None:
    """With their own corp and agentid; meant for whom, the test chooses."""
    down = wecom.downstream("wwdown001", "湘江新材料", 1000003)
    liu = wecom.user("LiuYang", app=down)
    wecom.upstream_receiveid()
    await liu.says("报名")
    assert bot.texts("ToUserName") == ["wwdown001"]
    assert bot.texts("AgentID") == ["1000003"]
    wecom.upstream_receiveid(False)
    delivery = await liu.says("报名")
    assert [attempt.status for attempt in delivery.attempts] == [403]  # this bot knows one corp


async def test_a_change_of_shares_is_told(wecom: WeComEmulator, bot: Callback) -> None:
    """By the system, not by a member."""
    await wecom.tells("share_chain_change")
    assert (bot.texts("Event"), bot.texts("FromUserName")) == (["share_chain_change"], ["sys"])


async def test_linked_corps_get_lists(wecom: WeComEmulator, api: Client) -> None:
    """And answer with lists of who is unknown."""
    linked = wecom.downstream("wwlinked1", "研究院", 1000009, business_type=0)
    zhao, liu = wecom.user("zhaoqi", app=linked), wecom.user("LiuYang")
    body: Json = {"touser": ["LiuYang", "wwlinked1/zhaoqi", "ghost"], "agentid": wecom.agentid}
    body |= {"toparty": ["LK1/2"], "msgtype": "text", "text": {"content": "您好"}}
    answer = await api.post("linkedcorp/message/send", body)
    assert (answer["invaliduser"], answer["invalidparty"]) == (["ghost"], ["LK1/2"])
    assert [len(user.messages) for user in (zhao, liu)] == [1, 1]
    card = body | {"msgtype": "template_card", "template_card": {}}
    assert (await api.post("linkedcorp/message/send", card))["errcode"] == 40008
    alone = body | {"touser": ["ghost"]}
    assert (await api.post("linkedcorp/message/send", alone))["errcode"] == 81013
