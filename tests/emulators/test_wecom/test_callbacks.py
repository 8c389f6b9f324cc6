"""What members do comes to the bot: encrypted, signed, and again if nobody answers."""

import asyncio

from tests.emulators.test_wecom.conftest import Callback
from tests.emulators.wecom import User, WeComEmulator


async def test_a_text_comes_encrypted(wecom: WeComEmulator, bot: Callback, liu: User) -> None:
    """With the corp, the member, the app and a number."""
    delivery = await liu.says("我们想找“高镍正极” <A&B> ]]>")
    (text,) = bot.texts("Content")
    assert text == "我们想找“高镍正极” <A&B> ]]>"
    assert bot.texts("FromUserName") == ["LiuYang"]
    assert bot.texts("AgentID") == [str(wecom.agentid)]
    assert [attempt.status for attempt in delivery.attempts] == [200]


async def test_without_an_answer_it_comes_three_times(
    wecom: WeComEmulator, bot: Callback, liu: User
) -> None:
    """The same message each time, another nonce."""
    wecom.answer_within(0.05)
    bot.linger = lambda: asyncio.sleep(0.2)
    delivery = await liu.says("在吗")
    assert [attempt.status for attempt in delivery.attempts] == [0, 0, 0]
    assert len(set(bot.texts("MsgId"))) == 1
    assert len({query["nonce"] for query in bot.queries}) == 3


async def test_a_refusal_is_not_repeated_unless_wished(
    wecom: WeComEmulator, bot: Callback, liu: User
) -> None:
    """The pages differ, so both can be had."""
    bot.statuses = [500]
    await liu.says("一")
    assert bot.texts("Content") == ["一"]
    wecom.retry_non_200()
    bot.statuses = [500, 400]
    await liu.says("二")
    assert bot.texts("Content") == ["一", "二", "二", "二"]
