"""What members do comes to the bot: encrypted, signed, and again if nobody answers."""

import asyncio

import pytest

from tests.emulators.test_wecom import cards
from tests.emulators.test_wecom.conftest import Callback, Client
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


async def test_a_callback_must_know_the_keys(wecom: WeComEmulator, bot: Callback) -> None:
    """The address is saved only after the exact answer to a GET."""
    assert wecom.callback_url == bot.url
    with pytest.raises(AssertionError):
        await wecom.connect("http://127.0.0.1:9/nobody")
    assert wecom.callback_url == bot.url
    answer = await wecom.callbacks.verify(wecom.home, bad=True)
    assert answer.status_code == 403


async def test_signatures_and_receivers_may_be_wrong(
    wecom: WeComEmulator, bot: Callback, liu: User
) -> None:
    """A bot refuses both; neither is repeated."""
    wecom.bad_signature()
    wecom.wrong_receiveid()
    deliveries = [await liu.says(words) for words in "一二"]
    assert [[a.status for a in d.attempts] for d in deliveries] == [[403], [200]]
    wecom.wrong_receiveid()
    assert [a.status for a in (await liu.says("三")).attempts] == [403]
    assert bot.texts("Content") == ["二"]


async def test_a_message_may_come_twice_at_once(
    wecom: WeComEmulator, bot: Callback, liu: User
) -> None:
    """With one MsgId, before the first is answered."""
    wecom.duplicate()
    bot.linger = lambda: asyncio.sleep(0.05)
    task = asyncio.create_task(liu.says("在吗"))
    await wecom.world.signal.wait_for(lambda: True if len(bot.seen) == 2 else None, 0.04)
    await task
    assert len(set(bot.texts("MsgId"))) == 1 and len(bot.seen) == 2


async def test_messages_may_come_in_another_order(
    wecom: WeComEmulator, bot: Callback, liu: User
) -> None:
    """All of them, the last first; then as always."""
    wecom.reorder(3)
    for words in "一二三四":
        await liu.says(words)
    assert bot.texts("Content") == ["三", "二", "一", "四"]


async def test_events_of_one_second(wecom: WeComEmulator, bot: Callback, liu: User) -> None:
    """Two different events with one CreateTime, whatever the clock says."""
    wecom.events_same_second(2)
    await liu.joins()
    wecom.later(5)
    await liu.opens_app()
    await liu.says("在吗")
    first, second, third = bot.texts("CreateTime")
    assert first == second != third


async def test_other_spellings(wecom: WeComEmulator, api: Client, bot: Callback, liu: User) -> None:
    """OpitonIds as in WeCom's own example; no AgentID in the XML or around it."""
    wecom.option_tag("OpitonIds")
    wecom.strip_agentid()
    await api.send("template_card", cards.vote())
    await liu.submits_card({"segment": ["equip"]})
    assert bot.texts("SelectedItems/SelectedItem/OpitonIds/OpitonId") == ["equip"]
    assert bot.texts("AgentID") == [""]


async def test_the_clock_may_be_the_tests_own() -> None:
    """And who is not in the app's range cannot do anything in it."""
    async with WeComEmulator(now=lambda: 1767229205.0) as emulator:
        delivery = await emulator.user("LiuYang").says("在吗")
        assert delivery.fields["CreateTime"] == 1767229205
        assert delivery.attempts == []
        await emulator.user("LiuYang").leaves()
        with pytest.raises(AssertionError, match="does not see the app"):
            await emulator.user("LiuYang").says("在吗")


async def test_a_bot_that_is_away_for_a_moment(
    wecom: WeComEmulator, bot: Callback, liu: User
) -> None:
    """What nobody took is sent again after a pause."""
    wecom.callback_url = "http://127.0.0.1:9/nobody"
    wecom.answer_within(5, pause=0.05)
    said = asyncio.create_task(liu.says("在吗"))
    await wecom.world.signal.wait_for(
        lambda: [d for d in wecom.deliveries if d.attempts] or None, 5
    )
    wecom.callback_url = bot.url
    assert [attempt.status for attempt in (await said).attempts] == [0, 200]
    assert bot.texts("Content") == ["在吗"]
