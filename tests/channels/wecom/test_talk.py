"""What members say and do on WeCom, and what they see."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from db.models import Chat as ChatRow
from db.models import File, Incoming, SignUp
from tests.channels.wecom.conftest import Talk
from tests.channels.wecom.phone import OnWeCom
from tests.chat import Chat
from tests.emulators.wecom.cardview import Question, questions
from tests.scenario import CODE, FIRM
from tests.waiting import eventually


async def heard(chat: Chat) -> int:
    """How many updates came, once all are handled."""

    async def handled() -> bool:
        waiting = select(func.count()).where(Incoming.state == "new")
        async with chat.programme.database.reading() as connection:
            return not await connection.scalar(waiting)

    await eventually(handled)
    async with chat.programme.database.reading() as connection:
        return await connection.scalar(select(func.count(Incoming.id))) or 0


async def test_who_opens_the_app_is_greeted_once_a_day(talk: Talk) -> None:
    """However often they open it, and even when they just came into its range."""
    wecom, chat = talk
    liu = wecom.user("LiuYang")
    for act in (liu.joins, liu.opens_app, liu.opens_app):
        await act()
    await liu.waits_for("您好，我是知桥")
    assert await heard(chat) == 1
    chat.clock.forward(timedelta(days=1))
    await liu.opens_app()
    await liu.waits_for("您好，我是知桥")
    assert await heard(chat) == 2


async def test_the_menu_fits_and_does_what_it_says(talk: Talk) -> None:
    """FACTS 9, test 15: every entry leads somewhere; none is answered with guesses."""
    wecom, _ = talk
    liu = wecom.user("LiuYang")
    await eventually(lambda: _is_true(wecom.home.menu))
    entries = [entry for top in wecom.home.menu for entry in top["sub_button"]]
    assert len(wecom.home.menu) == 3 and len(entries) == 10
    for entry in entries:
        await liu.clicks_menu(entry["key"])
        message = await liu.waits_for("")
        assert "没听懂" not in message.text and "没太明白" not in message.text
    assert not [call for call in wecom.refused if call.path == "menu/create"]


async def _is_true(value: object) -> bool:
    return bool(value)


async def test_ticks_are_submitted_at_once(talk: Talk) -> None:
    """FACTS 9, test 11: the answer to a question of several choices is one card, in either spelling
    of its event."""
    wecom, _ = talk
    for name, tag in (("LiuYang", "OptionIds"), ("zhaoqi", "OpitonIds")):
        wecom.option_tag(tag)
        await to_the_review(OnWeCom(wecom.user(name)), name)


async def to_the_review(phone: OnWeCom, name: str) -> tuple[str, str]:
    """Through the registration; the two industries that were ticked."""
    await phone.says("注册")
    await phone.sees("注册前请您知悉")
    await phone.taps("同意")
    await phone.sees("统一社会信用代码")
    for said, asked in (
        (CODE, "企业全称"),
        (FIRM + name, "怎么称呼"),
        ("王工", "联系电话"),
        ("13812345678", "市州"),
    ):
        await phone.says(said)
        await phone.sees(asked)
    await phone.taps("长沙")
    await phone.sees("哪些产业")
    (offered,) = (await phone.card("工程机械")).options.values()
    picked = offered[0], offered[2]
    await phone.ticks(*picked)
    await phone.sees("请核对", *picked)
    return picked


async def test_an_old_card_speaks_for_its_own_question(talk: Talk) -> None:
    """Ticks that are submitted again later change that answer, not the open question's."""
    wecom, _ = talk
    phone = OnWeCom(wecom.user("LiuYang"))
    first, second = await to_the_review(phone, "LiuYang")
    await phone.taps("✏️ 电话")
    await phone.sees("电话是多少")
    await phone.ticks(second)
    await phone.sees("电话是多少", second)
    await phone.says("13912345678")
    await phone.sees("请核对", "13912345678", second)
    assert first not in phone.new


async def test_ticks_that_do_not_fit_stay_ticked(talk: Talk) -> None:
    """A card is checked like a sentence, and asked again with what was ticked."""
    wecom, _ = talk
    phone = OnWeCom(wecom.user("LiuYang"))
    await to_the_review(phone, "LiuYang")
    await phone.taps("✏️ 电话")
    await phone.sees("电话是多少")
    cards = ticked(phone)
    offered = [option["text"] for option in cards[-1].options]
    await phone.ticks(*offered[:4])
    await phone.sees("最多选 3 个产业", "哪些产业")
    await eventually(lambda: _is_true(len(ticked(phone)) > len(cards)))
    asked = ticked(phone)[-1]
    assert [o["text"] for o in asked.options if o["id"] in asked.chosen] == offered[:4]
    await phone.ticks(offered[1])
    await phone.sees("请核对", offered[1], "13812345678")


def ticked(phone: OnWeCom) -> list[Question]:
    """What the cards ask that a member can tick, the newest last."""
    return [asked for m in phone.user.messages if m.is_card for asked in questions(m.content)]


async def test_two_clicks_sign_up_once(talk: Talk) -> None:
    """FACTS 9, test 11: people double-tap; both clicks are handled, and one seat is taken."""
    wecom, chat = talk
    phone = OnWeCom(wecom.user("LiuYang"))
    await to_the_review(phone, "LiuYang")
    await phone.taps("提交")
    await phone.sees("注册好了")
    await phone.says("近期活动")
    await phone.sees("活动")
    await phone.says("1")
    await phone.sees("名额")
    card, key = next(
        (m, key) for m in phone.user.messages for key in m.keys if key.startswith("events.sign_up")
    )
    before = await heard(chat)
    wecom.duplicate()
    await asyncio.gather(phone.user.clicks_card(key, card), phone.user.clicks_card(key, card))
    assert await heard(chat) == before + 2  # three posts, one of them a repetition
    async with chat.programme.database.reading() as connection:
        assert await connection.scalar(select(func.count(SignUp.id))) == 1


async def test_who_sees_no_cards_says_so(talk: Talk) -> None:
    """FACTS 9, test 12: from then on choices are numbered text, until they want cards again."""
    wecom, _ = talk
    phone = OnWeCom(wecom.user("LiuYang", plugin=True))
    await phone.says("菜单")
    await phone.sees("回复“看不到按钮”")
    assert "看专利" not in phone.new
    await phone.says("看不到按钮")
    await phone.sees("带编号的文字")
    await phone.says("菜单")
    await phone.sees("[1] 看专利", "[6] 转人工")
    await phone.says("1")
    await phone.sees("产业")
    assert all(message.readable for message in phone.user.messages[2:])
    await phone.says("换回按钮")
    await phone.sees("以后用按钮和卡片")
    await phone.says("菜单")
    await eventually(lambda: _is_true(phone.user.last.is_card))
    assert phone.user.last.is_card


async def test_numbers_are_typed_beside_a_card_too(talk: Talk) -> None:
    """Who sees the card may still say its second choice."""
    wecom, _ = talk
    phone = OnWeCom(wecom.user("LiuYang"))
    await phone.says("菜单")
    await phone.sees("您好")
    await eventually(lambda: _is_true(phone.user.last.is_card))
    await phone.says("3")
    await phone.sees("活动")


@pytest.mark.parametrize("kind", ["image", "voice", "video", "file", "location", "sticker"])
async def test_what_is_no_text_is_answered(talk: Talk, kind: str) -> None:
    """Also what WeCom does not document; nothing is set aside with an alarm."""
    wecom, chat = talk
    phone = OnWeCom(wecom.user("LiuYang"))
    user = phone.user
    if kind == "sticker":
        await user.sender.message("sticker", Something="new")
    elif kind == "location":
        await user.sends_location(28.228, 112.9388, "长沙市岳麓区")
    elif kind == "file":
        await user.sends_file("需求.docx", b"a document")
    else:
        await getattr(user, f"sends_{kind}")()
    await phone.sees("文字")
    async with chat.programme.database.reading() as connection:
        states = set((await connection.execute(select(Incoming.state))).scalars())
    assert states == {"done"}


async def test_a_link_is_read_as_its_words(talk: Talk) -> None:
    wecom, _ = talk
    phone = OnWeCom(wecom.user("LiuYang"))
    await phone.user.sends_link("质押融资谁牵头", "https://example.org/x")
    await phone.sees("省财政厅")


async def test_a_file_of_a_member_can_be_fetched(talk: Talk) -> None:
    """By the id that came with it; it was downloaded once, before its turn, and is the member's."""
    wecom, chat = talk
    liu = wecom.user("LiuYang")
    await liu.sends_file("需求.docx", b"a document")
    await heard(chat)
    async with chat.programme.database.reading() as connection:
        raw = (await connection.execute(select(Incoming.raw))).scalars().one()
    file_id = raw["message"]["document"]["file_id"]
    bot = chat.programme.application.bot
    first, again = await bot.get_file(file_id), await bot.get_file(file_id)
    assert first.file_size == again.file_size == len(b"a document")
    async with chat.programme.database.reading() as connection:
        kept = (await connection.execute(select(File.content, File.token, File.chat_id))).all()
    assert [tuple(row) for row in kept if row.token == first.file_unique_id] == [
        (b"a document", first.file_unique_id, raw["message"]["chat"]["id"])
    ]
    assert wecom.count("media/get") == 1


async def test_a_scanned_code_is_said(talk: Talk) -> None:
    """What a QR code holds counts as typed."""
    wecom, _ = talk
    phone = OnWeCom(wecom.user("LiuYang"))
    await phone.user.sender.event(
        "scancode_waitmsg", EventKey="k", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": "菜单"}
    )
    await phone.sees("您好")


async def test_events_that_concern_nobody_are_taken_in_silence(talk: Talk) -> None:
    """Answered, and that is all."""
    wecom, chat = talk
    liu = wecom.user("LiuYang")
    await liu.reports_location(28.2, 112.9)
    await liu.leaves()
    await liu.sender.event("batch_job_result")
    await liu.sender.event("something_new_in_2027", EventKey="x")
    assert await heard(chat) == 0
    assert {a.status for d in wecom.deliveries for a in d.attempts} == {200}
    assert liu.messages == []


async def test_the_same_member_in_another_corp_is_somebody_else(talk: Talk) -> None:
    """The corp is part of the address."""
    wecom, chat = talk
    await wecom.user("LiuYang").says("菜单")
    await heard(chat)
    other = await chat.programme.chats.open("wecom", "ww2/LiuYang")
    async with chat.programme.database.reading() as connection:
        rows = (await connection.execute(select(ChatRow).order_by(ChatRow.id))).all()
    ours = [row for row in rows if row.channel == "wecom"]
    assert [row.address for row in ours] == [f"{wecom.corpid}/LiuYang", "ww2/LiuYang"]
    assert ours[0].person_id != ours[1].person_id and ours[1].id == other


async def test_a_card_of_somebody_else_does_nothing(talk: Talk) -> None:
    """Whoever learns a task id cannot press with it."""
    wecom, chat = talk
    liu, zhao = OnWeCom(wecom.user("LiuYang")), wecom.user("zhaoqi")
    await liu.says("菜单")
    await liu.sees("您好")
    theirs = liu.user.last.content["task_id"]
    before = await heard(chat)
    for task_id in (theirs, "z-unknown", ""):
        await zhao.sender.event(
            "template_card_event", EventKey="patents.browse", TaskId=task_id, ResponseCode="x"
        )
    await asyncio.sleep(0.1)
    assert await heard(chat) == before
    assert zhao.messages == []
