"""A person is not a company: joining, approval, consent, one's own data, leaving."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.models import Admission, Audit, Enterprise, Need, Person, SignUp
from services import people
from tests.chat import Bubble, Chat, Somebody, chatting

CODE, FIRM = "91430100MA4L16JQ9D", "长沙知桥测试装备有限公司"
OTHER = "91430100MA4L5W0M4P"
DAY = timedelta(days=1)


async def register(person: Somebody, name: str = "王工", phone: str = "13812345678") -> None:
    """The first of a firm."""
    for said in ("注册", "同意，开始注册", CODE, FIRM, name, phone, "长沙", "工程机械"):
        await person.says(said)
    await person.taps("提交")


async def asks_to_join(person: Somebody, name: str = "李工", phone: str = "13912345678") -> None:
    """A colleague of the same code."""
    for said in ("注册", "同意，开始注册", CODE):
        await person.says(said)
    await person.taps("加入")
    for said in (name, phone):
        await person.says(said)
    await person.taps("提交")


async def number(chat: Chat, statement: object) -> int:
    async with chat.programme.database.reading() as connection:
        return await connection.scalar(statement) or 0  # type: ignore[call-overload]


async def change(chat: Chat, statement: object) -> None:
    async with chat.programme.database.session() as session:
        await session.execute(statement)  # type: ignore[call-overload]


async def who(chat: Chat, name: str) -> int:
    return await number(chat, select(Person.id).where(Person.name == name))


async def a_button(person: Somebody, label: str) -> tuple[Bubble, str]:
    """The newest button of these words, for somebody else to press."""
    for bubble in reversed(person.messages):
        for row in bubble.rows:
            for button in row:
                if label in button["text"]:
                    return bubble, button["callback_data"]
    raise AssertionError(f"no button {label}")


@pytest.fixture
async def organizer(chat: Chat) -> Somebody:
    person = await chat.somebody("组织者", "org")
    await person.says("菜单")
    return person


@pytest.fixture
async def wang(chat: Chat, organizer: Somebody) -> Somebody:
    """The first of the firm, so its admin."""
    person = await chat.somebody("王")
    await register(person)
    assert "注册好了" in person.seen
    return person


@pytest.fixture
async def li(chat: Chat, wang: Somebody) -> Somebody:
    """A colleague who has asked to join."""
    person = await chat.somebody("李")
    await asks_to_join(person)
    return person


# joining a firm that is there


async def test_a_colleague_joins_when_the_admin_agrees(
    chat: Chat, wang: Somebody, li: Somebody, organizer: Somebody
) -> None:
    """Who is there is said with a masked name; one company row, two people, both see the needs."""
    assert any("该企业已有 1 位联系人（王**）" in bubble for bubble in li.messages)
    assert "已向 长沙知桥测试装备有限公司 的管理员申请加入" in li.last
    assert "申请加入" in wang.last
    assert "李工 139****5678" in wang.last
    assert wang.last.labels == ["同意", "不同意"]
    assert not any("申请加入" in bubble for bubble in organizer.messages)
    await wang.taps("同意")
    assert "您已加入" in li.last
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(name=FIRM)) == 1
    firm = select(Person.enterprise_id).where(Person.name == "王工").scalar_subquery()
    assert await number(chat, select(func.count(Person.id)).filter_by(enterprise_id=firm)) == 2
    await post_need(wang)
    await li.taps("我的需求")
    assert "滑靴" in li.last


async def post_need(person: Somebody) -> None:
    await person.says("菜单")
    await person.taps("提需求")
    for said in ("柱塞泵滑靴磨损快，想找表面处理技术", "跳过", "跳过", "50万", "跳过", "许可",
                 "1", "公开"):  # fmt: skip
        await person.says(said)
    await person.taps("提交")
    assert any("1 个工作日内" in bubble for bubble in person.since)


async def test_who_waits_may_look_and_ask_and_is_told_why_not_more(
    chat: Chat, wang: Somebody, li: Somebody
) -> None:
    """Patents, events and questions work; a need and a seat wait, and the firm's needs are shut."""
    await post_need(wang)
    await li.taps("看专利")
    assert "产业" in li.last
    await li.says("质押融资谁牵头？")
    assert "省财政厅" in li.seen
    for label, wanted in (("看专利", "needs.post"), ("看专利", "needs.mine")):
        bubble, _ = await a_button(li, label)
        await li.presses(bubble, wanted)
        assert "还在等企业管理员同意" in li.last
    await li.taps("近期活动")
    await li.presses(li.last, "events.sign_up:1")
    assert "还在等企业管理员同意" in li.last
    assert await number(chat, select(func.count(SignUp.id))) == 0
    await li.presses(li.last, "needs.show:1")
    assert "滑靴" not in li.last


async def test_an_admin_may_say_no(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """The colleague is told, stays outside, and may ask again."""
    await wang.taps("不同意")
    assert "加入申请没有通过" in li.last
    assert await number(chat, select(Person.enterprise_id).where(Person.name == "李工")) == 0
    await wang.taps("同意")
    assert "处理过了" in wang.last
    assert "没有通过" in wang.last


async def test_silence_of_two_working_days_brings_it_to_the_organizers(
    chat: Chat, wang: Somebody, li: Somebody, organizer: Somebody
) -> None:
    """Monday nine o'clock: nothing on Tuesday, the organizer's card on Wednesday, once."""
    await chat.later(DAY)
    assert "申请加入" not in organizer.last
    await chat.later(DAY + timedelta(minutes=30))
    assert "申请加入" in organizer.last
    assert organizer.last.labels[:3] == ["通过", "问一句", "不通过"]
    assert "已交给组织者" in li.last
    cards = sum("申请加入" in bubble for bubble in organizer.messages)
    await chat.later(DAY)
    assert sum("申请加入" in bubble for bubble in organizer.messages) == cards
    await organizer.taps("通过")
    assert "您已加入" in li.last
    assert "组织者已同意" in wang.last
    await wang.taps("同意")
    assert "处理过了" in wang.last


async def test_only_those_asked_may_decide(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """Neither the applicant nor a stranger nor another firm's admin, whatever they press."""
    stranger = await chat.somebody("外人")
    await stranger.says("菜单")
    _, accept = await a_button(wang, "同意")
    for person in (li, stranger):
        for data in (accept, accept.replace("accept", "refuse"), "approvals.accept:999"):
            await person.presses(person.last, data)
            assert "不由您处理" in person.last
    assert await number(chat, select(Person.enterprise_id).where(Person.name == "李工")) == 0
    assert await number(chat, select(func.count(Admission.id)).filter_by(state="waiting")) == 1


async def test_a_request_can_be_withdrawn(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """The admin's card says nothing any more, and no organizer is bothered."""
    await li.taps("撤回申请")
    assert "申请已撤回" in li.last
    await wang.taps("同意")
    assert "处理过了" in wang.last
    assert await number(chat, select(Person.enterprise_id).where(Person.name == "李工")) == 0


async def test_two_who_claim_to_be_admin_are_settled_by_an_organizer(
    chat: Chat, wang: Somebody, li: Somebody, organizer: Somebody
) -> None:
    """Exactly one is; both are told, and the audit says who it was before."""
    await wang.taps("同意")
    await li.says("我的资料")
    await li.taps("我是管理员")
    assert "已有管理员" in li.last
    assert "申请当管理员" in organizer.last
    assert "管理员 王**" in organizer.last
    await organizer.taps("通过")
    assert "您现在是" in li.last
    assert "组织者定为 李工" in wang.last
    admins = select(func.count(Person.id)).where(Person.admin)
    assert await number(chat, admins) == 1
    async with chat.programme.database.reading() as connection:
        line = (await connection.execute(select(Audit).filter_by(what="enterprise.admin"))).one()
    old, new = await who(chat, "王工"), await who(chat, "李工")
    assert (line.before, line.after) == (f"person:{old}", f"person:{new}")


# approval of a new firm


@pytest.fixture
async def strict(tmp_path: Path, now: datetime, sqlite_engine: object) -> AsyncIterator[Chat]:
    url = await sqlite_engine.url(tmp_path)  # type: ignore[attr-defined]
    async with chatting(tmp_path, now, url=url, approve_enterprises=True) as chat:
        yield chat


async def test_a_new_firm_waits_for_an_organizer(strict: Chat) -> None:
    """Reading works, posting waits; a question goes there and back; then the firm is active."""
    organizer = await strict.somebody("组织者", "org")
    await organizer.says("菜单")
    founder = await strict.somebody("王")
    await register(founder)
    assert "正在等组织者审核" in founder.last
    await founder.taps("看专利")
    assert "产业" in founder.last
    await founder.presses(founder.last, "needs.post")
    assert "还在等组织者审核" in founder.last
    assert "新企业登记" in organizer.last
    await organizer.taps("问一句")
    await organizer.says("营业执照上的住所在哪里")
    assert "住所" in founder.last
    await founder.taps("回答")
    await founder.says("岳麓区某路一号")
    assert "回答已发给组织者" in founder.seen
    assert "岳麓区某路一号" in organizer.last
    await organizer.taps("通过")
    assert "审核通过了" in founder.last
    state = select(func.count(Enterprise.id)).filter_by(name=FIRM, state="active")
    assert await number(strict, state) == 1
    await post_need(founder)


async def test_a_refusal_names_its_reason(strict: Chat) -> None:
    """One of the listed reasons, told to the applicant; the firm stays out of what is active."""
    organizer = await strict.somebody("组织者", "org")
    await organizer.says("菜单")
    founder = await strict.somebody("王")
    await register(founder)
    await organizer.taps("不通过")
    await organizer.presses(organizer.last, "approvals.refuse:1:made_up")
    assert "过时" in organizer.last
    await organizer.taps("查不到这家企业")
    assert "已回绝" in organizer.last
    assert "登记没有通过" in founder.last
    assert "查不到这家企业" in founder.last
    assert await number(strict, select(func.count(Enterprise.id)).filter_by(state="refused")) == 1
    await organizer.says("菜单")
    await organizer.taps("待审申请")
    assert "没有待审" in organizer.last


# consent


async def test_without_consent_nothing_personal_is_stored(chat: Chat) -> None:
    """Reading and asking work; no row has a name or a phone."""
    person = await chat.somebody("企业")
    await person.says("注册")
    await person.taps("先不注册")
    await person.taps("看专利")
    assert "产业" in person.last
    await person.presses(person.last, "people.edit:contact")
    assert "个人信息说明" in person.last
    named = select(func.count(Person.id)).where(~Person.demo, Person.name.is_not(None))
    assert await number(chat, named) == 0


async def test_a_newer_text_is_asked_again(
    chat: Chat, wang: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is posted; the version and the time of the answer are kept."""
    monkeypatch.setattr(people, "CONSENT", 2)
    await wang.says("菜单")
    await wang.taps("提需求")
    assert "第 2 版" in wang.last
    await wang.taps("暂不同意")
    await wang.taps("看专利")
    assert "产业" in wang.last
    await wang.presses(wang.last, "needs.post")
    await wang.taps("同意")
    assert "已记下您的同意" in wang.last
    agreed = select(Person.consent).where(Person.name == "王工", Person.consented_at.is_not(None))
    assert await number(chat, agreed) == 2
    await post_need(wang)


# 我的资料


async def test_each_field_is_changed_by_one_tap(chat: Chat, wang: Somebody) -> None:
    """Old → new is shown, the card shows the new one, and the audit has a line each."""
    await wang.says("我的资料")
    for label, said, shown in (
        ("✏️ 联系人", "王总工", "王工 → 王总工"),
        ("✏️ 电话", "13612345678", "13812345678 → 13612345678"),
        ("✏️ 市州", "株洲", "长沙 → 株洲"),
    ):
        await wang.taps(label)
        await wang.says(said)
        assert shown in wang.last
        await wang.taps("我的资料")
    await wang.taps("✏️ 产业")
    assert "✓ 工程机械" in wang.last.labels
    await wang.taps("轨道交通")
    await wang.taps("完成")
    assert "工程机械 → 工程机械、" in wang.last
    assert "轨道交通" in wang.last
    await wang.taps("我的资料")
    assert "王总工" in wang.last
    assert "株洲" in wang.last
    assert await number(chat, select(func.count(Audit.id)).where(Audit.what.like("person.%"))) == 3


async def test_what_is_the_firms_is_its_admins(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """A colleague sees no such button, and a forged one is refused in words."""
    await wang.taps("同意")
    await li.says("我的资料")
    assert "✏️ 市州" not in li.last.labels
    await li.presses(li.last, "people.edit:city")
    assert "由管理员（王工）来改" in li.last
    await li.presses(li.last, "people.edit:role")
    assert "过时" in li.last


# leaving


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


# coming in by a poster's code


async def invited(chat: Chat, organizer: Somebody, firm: str) -> str:
    """An organizer gets a code for a firm that was imported."""
    now = chat.clock.now()
    async with chat.programme.database.session() as session:
        session.add(
            Enterprise(name=firm, uscc=CODE, city="株洲", phone="13800005678", tags=[],
                       created_at=now)
        )  # fmt: skip
    await organizer.says(f"邀请企业 {firm}")
    assert "的邀请码" in organizer.last
    return organizer.last.text.split("/start ")[1].split()[0]


async def test_a_code_opens_registration_with_the_firm_known(
    chat: Chat, organizer: Somebody
) -> None:
    """Only name, phone and industry are asked; the number's last digits prove it."""
    code = await invited(chat, organizer, FIRM)
    person = await chat.somebody("王")
    await person.says(f"/start {code}")
    assert "您受邀代表 长沙知桥测试装备有限公司" in person.last
    await person.taps("同意")
    for asked, said in (("怎么称呼", "王工"), ("电话", "13912345678"), ("产业", "工程机械")):
        assert asked in person.last
        await person.says(said)
    assert CODE in person.last
    await person.taps("提交")
    assert "已加入" in person.seen


async def test_a_code_in_wrong_hands_is_looked_at_by_an_organizer(
    chat: Chat, organizer: Somebody
) -> None:
    """Another telephone number than the one that the import knows: nobody is let in unseen."""
    code = await invited(chat, organizer, FIRM)
    person = await chat.somebody("王")
    await person.says(f"/start {code}")
    await person.taps("同意")
    for said in ("王工", "13912340000", "工程机械"):
        await person.says(said)
    await person.taps("提交")
    assert "正在等组织者审核" in person.last
    assert "新企业登记" in organizer.last


async def test_the_right_telephone_needs_no_approval(strict: Chat) -> None:
    """Code and last four digits: the holder acts for the firm at once."""
    organizer = await strict.somebody("组织者", "org")
    code = await invited(strict, organizer, FIRM)
    person = await strict.somebody("王")
    await person.says(f"/start {code}")
    await person.taps("同意")
    for said in ("王工", "13912345678", "工程机械"):
        await person.says(said)
    await person.taps("提交")
    assert "已加入" in person.seen


async def test_an_expired_code_says_how_to_get_another(chat: Chat, organizer: Somebody) -> None:
    """Whom to ask, and that one may register without."""
    code = await invited(chat, organizer, FIRM)
    await chat.later(31 * DAY)
    person = await chat.somebody("王")
    await person.says(f"/start {code}")
    assert "已过期" in person.last
    assert "要一个新的" in person.last
    await person.says("/start nonsense")
    assert "知桥" in person.last


async def test_a_firm_to_invite_is_found_by_a_part_of_its_name(
    chat: Chat, organizer: Somebody
) -> None:
    """Offered to choose from; nobody but an organizer makes codes."""
    await organizer.says("邀请企业")
    await organizer.says("食品")
    assert "是哪一家" in organizer.last or "的邀请码" in organizer.last
    stranger = await chat.somebody("外人")
    await stranger.says("菜单")
    await stranger.presses(stranger.last, "claims.make:1")
    assert "由组织者" in stranger.last
