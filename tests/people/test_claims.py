"""Coming in by a code: a poster's, a letter's, a colleague's."""

from __future__ import annotations

from tests.chat import Chat, Somebody
from tests.people.acts import (
    CODE,
    DAY,
    FIRM,
    invited,
)


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
