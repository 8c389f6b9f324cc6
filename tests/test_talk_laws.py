"""Whatever people do, in whatever order: the laws of the chat hold.

Lists of deeds are made by hypothesis and done in the real programme; a list that breaks a law is
made as short as it goes and printed as a chat. CI runs the same few lists each time (derandomized);
ZHIQIAO_TEST_EXAMPLES=2000 runs that many new ones.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.chat import chatting
from tests.conftest import NOW, Sqlite
from tests.talking import deeds
from tests.talking.deeds import (
    Answers,
    Asks,
    AtOnce,
    Becomes,
    Corrects,
    Deed,
    Misses,
    Moves,
    Opens,
    Repeats,
    Restarts,
    Says,
    Taps,
)
from tests.talking.fields import Broken
from tests.talking.laws import Judge
from tests.talking.talk import Talk

KNOWN: set[tuple[str, str]] = set()
"""Findings that are not mended yet: a law, and a pattern of the deed that breaks it (the comment
beside each line of a printed chat). A talk that meets one ends there. Empty it."""

EXAMPLES = int(os.environ.get("ZHIQIAO_TEST_EXAMPLES", "0"))
SHORT = 20


class Worlds:
    """A town where people are at work already; each talk gets a copy."""

    def __init__(self, folder: Path, now: datetime, engine: Sqlite) -> None:
        self._folder, self._now = folder, now
        self._numbers = itertools.count()
        self._template = engine

    async def talk(self, folder: Path) -> Talk:
        where = folder / str(next(self._numbers))
        where.mkdir()
        return Talk(self._folder, self._now, await self._template.url(where))


async def people(folder: Path, now: datetime, url: str) -> None:
    """王 speaks for a firm with two needs, of one of which the desk asks something; 李 waits for 王,
    孙 for an organizer; 赵 is new."""
    async with chatting(folder, now, url=url) as chat:
        staff = await chat.somebody("客服", "staff")
        await staff.says("菜单")
        wang = await chat.somebody("王")
        for said in (
            "注册", "同意，开始注册", "91430100MA4L16JQ9D", "长沙知桥测试装备有限公司", "王大海",
            "13812345678", "长沙", "工程机械", "提交",
        ):  # fmt: skip
            await wang.says(said)
        assert "注册好了" in wang.seen
        for problem in ("热处理后齿轮变形太大，希望少磨齿", "喷漆车间废气异味重，找吸附办法"):
            for said in (
                "提需求", problem, "跳过", "跳过", "跳过", "跳过",
                "合作方式：转让，公开范围：公开，领域：种业", "完成", "提交",
            ):  # fmt: skip
                await wang.says(said)
            assert "需求已登记" in wang.seen
        await staff.taps("退回问一句")
        await staff.says("现在的浓度是多少？")
        assert "回答" in wang.last.labels
        for said in ("转让合同有没有范本？", "人工"):
            await wang.says(said)
        assert "已转给人工" in wang.seen
    async with chatting(folder, now, url=url, approve_enterprises=True) as chat:
        organizer = await chat.somebody("组织", "org")
        await organizer.says("菜单")
        li, sun = await chat.somebody("李"), await chat.somebody("孙")
        for said in ("注册", "同意，开始注册", "91430100MA4L16JQ9D"):
            await li.says(said)
        await li.taps("加入")
        for said in ("李小河", "13912345678", "提交"):
            await li.says(said)
        assert "申请加入" in li.seen
        for said in (
            "注册", "同意，开始注册", "91430300MA4P9K2H86", "湘潭测试泵业有限公司", "孙小山",
            "13712345678", "湘潭", "工程机械", "提交",
        ):  # fmt: skip
            await sun.says(said)
        await organizer.taps("问一句")
        await organizer.says("请说明和集团的关系")
        assert "回答" in sun.last.labels


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, sqlite_engine: Sqlite) -> Worlds:
    folder = tmp_path_factory.mktemp("talks")

    async def build() -> Worlds:
        url = await sqlite_engine.url(folder)
        await people(folder, NOW, url)
        return Worlds(folder, NOW, Sqlite(folder / "zhiqiao.db"))

    return asyncio.run(build())


async def judged(worlds: Worlds, folder: Path, deeds_: list[Deed]) -> None:
    """Do all of it; the first broken law ends it, with the whole chat."""
    async with await worlds.talk(folder) as talk:
        judge = Judge(talk, await talk.look())
        try:
            for deed in [*deeds_, *leaving()]:
                async for step in talk.does(deed):
                    judge.judge(step)
        except Broken as broken:
            if broken.is_one_of(KNOWN):
                return  # what follows would only be its consequence
            broken.add_note("\n".join(talk.script))
            raise


def leaving() -> list[Deed]:
    """Wherever a talk ended: the menu, a human and the way out are there."""
    return [deeds.Says(words) for words in ("菜单", "人工", "取消", "不要了", "菜单")]


@given(made=deeds.talks(SHORT))
@settings(
    max_examples=EXAMPLES or 6,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
)
def test_the_laws_of_the_chat(
    worlds: Worlds, tmp_path_factory: pytest.TempPathFactory, made: list[Deed]
) -> None:
    """No field holds what was not meant for it, nobody is stuck, nothing is said twice, the draft
    is what is shown, every update ends."""
    asyncio.run(judged(worlds, tmp_path_factory.mktemp("talk"), made))


TALKS: dict[str, list[Deed]] = {
    "an old skip": [Says("提需求"), *[Answers(0)] * 2, Taps("跳过", 1)],
    "an old done": [Becomes(2), Opens(1), Taps("长沙"), Taps("完成"), Taps("完成", 1)],
    "a tick under the card": [
        Says("提需求"), *[Answers(0)] * 5, Taps("许可"), Taps("完成"), *[Answers(0)] * 2,
        Taps("转让"),
    ],
    "two answer one ticket": [
        Becomes(2), Opens(6), Taps("答复"), Becomes(3), Taps("答复"), Answers(0),
        Becomes(2), Answers(0),
    ],
    "a label that reads like a command": [Becomes(1), Opens(0), Answers(1), Answers(0)],
    "a skip where something is needed": [Becomes(1), Opens(0), *[Answers(0)] * 2, Says("跳过")],
    "a question for a human": [Becomes(1), Says("人工"), Answers(1)],
    "done where nothing is chosen": [Says("提需求"), *[Answers(0)] * 2, Says("完成")],
    "a command at a choice": [Becomes(2), Opens(0), Says("近期活动")],
    "a command at a free question": [Becomes(5), Taps("回答"), Says("我的资料")],
    "a form opened by a sentence": [Becomes(2), Says("群发通知"), Answers(0)],
    "an old answer is no question": [Becomes(2), Opens(2), Answers(0), Says("菜单"), Says("人工")],
    "a correction": [Says("提需求"), Answers(0), Answers(0), Corrects(0, 0), Corrects(1, 1)],
    "three misses": [Becomes(2), Opens(0), Misses(0), Misses(1), Misses(2)],
    "two phones that become one": [
        Says("关联"), Becomes(1), Opens(6), Answers(0), Says("菜单"), Becomes(0), Says("提需求"),
    ],
    "all at once, over a restart": [
        Becomes(1), Opens(0),
        AtOnce((Answers(0), Answers(0), Asks("这要钱吗？"), Answers(0)), True), Repeats(1),
        Moves(), Answers(0), Restarts(), Answers(0),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", TALKS)
async def test_talks_that_once_broke_a_law(name: str, worlds: Worlds, tmp_path: Path) -> None:
    """What the random talks found, and the ways that they take seldom."""
    await judged(worlds, tmp_path, TALKS[name])
