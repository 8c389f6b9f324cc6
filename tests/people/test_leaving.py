"""Leaving a firm: who takes over, and what is parked."""

from __future__ import annotations

from sqlalchemy import func, select

from db.models import Need, SignUp
from tests.chat import Chat, Somebody
from tests.people.acts import (
    CODE,
    number,
    post_need,
    who,
)


async def test_leaving_hands_everything_to_a_colleague(
    chat: Chat, wang: Somebody, li: Somebody
) -> None:
    """What will happen is said first; needs, seat and office go over; then another firm is free."""
    await wang.taps("同意")
    await post_need(wang)
    await wang.presses(wang.last, "events.sign_up:1")
    await wang.says("我的资料")
    await wang.taps("我换公司了")
    assert "1 个需求、1 个活动名额，交给 李工" in wang.last
    assert "李工 接任管理员" in wang.last
    await wang.taps("确认离开")
    assert "您已离开" in wang.last
    assert "您现在是企业管理员" in li.last
    heir = await who(chat, "李工")
    assert await number(chat, select(Need.person_id).where(~Need.demo)) == heir
    assert await number(chat, select(SignUp.person_id).filter_by(state="confirmed")) == heir
    await wang.taps("我换公司了")
    assert "不需要离开" in wang.last
    await wang.taps("注册企业")
    assert "信用代码" in wang.last


async def test_the_last_one_leaves_the_needs_parked(
    chat: Chat, wang: Somebody, organizer: Somebody
) -> None:
    """Nothing is deleted, the organizer is told; the next of the firm finds the need again."""
    await post_need(wang)
    await wang.presses(wang.last, "events.sign_up:1")
    await wang.says("我的资料")
    await wang.taps("我换公司了")
    assert "没有其他联系人" in wang.last
    await wang.taps("确认离开")
    assert "已搁置" in organizer.last
    assert await number(chat, select(func.count(Need.id)).filter_by(state="parked")) == 1
    assert await number(chat, select(func.count(SignUp.id)).filter_by(state="confirmed")) == 0
    zhao = await chat.somebody("赵")
    for said in ("注册", "同意，开始注册", CODE, "赵工", "13712345678", "工程机械"):
        await zhao.says(said)
    await zhao.taps("提交")
    assert "没有重复建档" in zhao.seen
    mine = select(Need.person_id).where(~Need.demo, Need.state == "review")
    assert await number(chat, mine) == await who(chat, "赵工")


async def test_an_old_confirmation_leaves_no_other_firm(chat: Chat, wang: Somebody) -> None:
    """The button of the first firm does nothing in the second."""
    await wang.says("我的资料")
    await wang.taps("我换公司了")
    old = wang.last
    await wang.taps("确认离开")
    for said in ("注册", "91430100MA4L16J02Y", "长沙另一家测试有限公司", "王工", "13812345678",
                 "长沙", "工程机械"):  # fmt: skip
        await wang.says(said)
    await wang.taps("提交")
    assert "注册好了" in wang.last
    await wang.taps("确认离开", old)
    assert "不需要离开" in wang.last
    await wang.says("我的资料")
    assert "长沙另一家测试有限公司" in wang.last
