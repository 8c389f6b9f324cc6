"""A person edits a message of their own: corrected, answered anew, or told that it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from db.models import Draft, Enterprise, Need, Person, Ticket
from services import people
from tests.channels.telegram.phones import on_telegram
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.telegram import Message, TelegramEmulator, User
from tests.pipeline.small import count, until

SLOW = 30  # seconds: the first question of a process builds what it searches in


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))


@dataclass
class Talk:
    telegram: TelegramEmulator
    chat: Chat
    hua: User

    async def says(self, text: str, answer: str) -> Message:
        message = await self.hua.says(text)
        await self.hua.waits_for(answer, SLOW)
        return message

    async def edits(self, message: Message, text: str, answer: str) -> str:
        self.hua.read_until = max(m.seen for m in self.hua.person.chat)
        await self.hua.edits(message, text)
        return (await self.hua.waits_for(answer, SLOW)).text

    async def quiet(self) -> int:
        """All that came is handled; how much was said so far."""
        await until(lambda: self.telegram.world.updates.entries == [])
        await self.chat.programme.worker.round()
        await self.chat.programme.delivery.drain()
        return len(self.hua.messages)

    async def draft(self) -> dict[str, object]:
        async with self.chat.programme.database.reading() as connection:
            found = await connection.scalar(select(Draft.answers).where(Draft.active))
        return dict(found or {})


@pytest.fixture
async def talk(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> AsyncIterator[Talk]:
    """Somebody of a firm, who may post needs."""
    async with on_telegram(tmp_path, now, sqlite_engine, demo=True) as (telegram, chat):
        talk = Talk(telegram, chat, telegram.user("华"))
        await talk.says("菜单", "我是知桥")
        async with chat.programme.database.session() as session:
            person = await session.scalar(select(Person).where(Person.demo.is_(False)))
            firm = await session.scalar(select(Enterprise).order_by(Enterprise.id))
            assert person is not None
            assert firm is not None
            person.enterprise_id, person.consent = firm.id, people.CONSENT
        yield talk
        assert telegram.refused == []


async def test_an_edited_answer_is_corrected(talk: Talk) -> None:
    """Old → new is shown, only that step changes, and the same question stays open."""
    await talk.says("提需求", "第 1 步")
    problem = await talk.says("柱塞泵滑靴磨损快", "第 2 步")
    await talk.says("寿命翻倍", "第 3 步")
    said = await talk.edits(problem, "柱塞泵滑靴磨损太快，三个月就换", "第 3 步")
    assert "柱塞泵滑靴磨损快 → 柱塞泵滑靴磨损太快，三个月就换" in said
    assert await talk.draft() == {
        "problem": "柱塞泵滑靴磨损太快，三个月就换", "target": "寿命翻倍",
    }  # fmt: skip


async def test_an_answer_may_be_edited_again_and_at_the_review(talk: Talk) -> None:
    """Each time it is the same answer; the card that follows shows the last."""
    await talk.says("提需求", "第 1 步")
    await talk.says("柱塞泵滑靴磨损快", "第 2 步")
    await talk.says("跳过", "第 3 步")
    await talk.says("跳过", "第 4 步")
    budget = await talk.says("30万", "第 5 步")
    assert "30万元 → 50万元" in await talk.edits(budget, "50万", "第 5 步")
    for said, then in (("跳过", "第 6 步"), ("转让", "第 7 步"), ("说不准", "第 8 步"),
                       ("公开", "请核对")):  # fmt: skip
        await talk.says(said, then)
    assert "50万元 → 80万元" in await talk.edits(budget, "80万", "请核对")


async def test_several_answers_of_one_message_are_corrected_together(talk: Talk) -> None:
    """预算 and 时间 were said at once; what did not change is not repeated."""
    await talk.says("提需求", "第 1 步")
    await talk.says("柱塞泵滑靴磨损快", "第 2 步")
    both = await talk.says("预算30万，指标寿命翻倍", "第 3 步")
    said = await talk.edits(both, "预算60万，指标寿命翻倍", "第 3 步")
    assert "30万元 → 60万元" in said
    assert "指标" not in said.partition("第 3 步")[0]


async def test_an_edit_that_does_not_do_leaves_the_old_answer(talk: Talk) -> None:
    """It says which and why, and asks the open question again."""
    await talk.says("提需求", "第 1 步")
    await talk.says("柱塞泵滑靴磨损快", "第 2 步")
    await talk.says("跳过", "第 3 步")
    await talk.says("跳过", "第 4 步")
    budget = await talk.says("30万", "第 5 步")
    before = await talk.draft()
    await talk.edits(budget, "不好说", "没改成")
    await talk.hua.waits_for("第 5 步")
    assert await talk.draft() == before


async def test_an_edited_question_is_answered_anew(talk: Talk) -> None:
    """Also in the middle of a form, which then goes on."""
    question = await talk.says("质押融资谁牵头？", "省财政厅")
    await talk.edits(question, "一月一链是什么意思？", "一月一链")
    await talk.says("提需求", "第 1 步")
    await talk.edits(question, "质押融资谁牵头？", "省财政厅")
    await talk.hua.waits_for("第 1 步")
    assert await talk.draft() == {}


@pytest.mark.parametrize("edited", ["提需求2", "/cancel", "不用了", "关联 123456"])
async def test_what_was_done_is_not_done_again(talk: Talk, edited: str) -> None:
    """A command or a wish that is edited is told that the earlier one stands: no second form, no
    way out, no code is taken."""
    wish = await talk.says("提需求", "第 1 步")
    await talk.says("柱塞泵滑靴磨损快", "第 2 步")
    before = await talk.draft()
    await talk.edits(wish, edited, "仍按原来的算")
    assert await talk.draft() == before


async def test_after_the_form_is_sent_the_answer_stands(talk: Talk) -> None:
    """The need is posted as it was reviewed."""
    await talk.says("提需求", "第 1 步")
    problem = await talk.says("茶园滴灌的喷头总堵", "第 2 步")
    for said, then in (("跳过", "第 3 步"), ("跳过", "第 4 步"), ("跳过", "第 5 步"),
                       ("跳过", "第 6 步"), ("转让", "第 7 步"), ("说不准", "第 8 步"),
                       ("公开", "请核对")):  # fmt: skip
        await talk.says(said, then)
    await talk.hua.taps("提交")
    await talk.hua.waits_for("需求")
    await talk.quiet()
    await talk.edits(problem, "别的问题", "仍按原来的算")
    async with talk.chat.programme.database.reading() as connection:
        problems = list(await connection.scalars(select(Need.problem).where(Need.person_id > 0)))
    assert "茶园滴灌的喷头总堵" in problems
    assert "别的问题" not in problems


async def test_an_edit_that_changes_nothing_says_nothing(talk: Talk) -> None:
    """A preview of a link, or the same update delivered twice: not a word, and no second ticket."""
    question = await talk.says("质押融资能补多少钱？", "文件未写明")
    before = await talk.quiet()
    await talk.hua.edits(question, "质押融资能补多少钱？")
    talk.telegram.deliver_twice()
    await talk.hua.edits(question, "质押融资能补多少钱？")
    assert await talk.quiet() == before
    assert await count(talk.chat.programme.database, Ticket.id) == 1


async def test_an_edit_right_behind_its_message_comes_second(talk: Talk) -> None:
    """Both wait in one batch: the answer first, then its correction, in one voice."""
    await talk.says("提需求", "第 1 步")
    problem = await talk.hua.says("柱塞泵滑靴磨损块")
    await talk.hua.edits(problem, "柱塞泵滑靴磨损快")
    await talk.hua.waits_for("→ 柱塞泵滑靴磨损快")
    assert await talk.draft() == {"problem": "柱塞泵滑靴磨损快"}


async def test_an_edit_of_what_never_came_asks_for_it(talk: Talk) -> None:
    """It was written while nobody listened for more than a day."""
    lost = talk.hua._words("我想报名")
    talk.telegram.world.post(talk.hua.person, lost)
    await talk.edits(lost, "我想报名下周那场", "重新发一遍")
