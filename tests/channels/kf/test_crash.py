"""kill -9 while a customer is answered: the program in one process, WeCom in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import Engine
from tests.emulators.wecom import WeComProcess
from tests.emulators.wecom.emulator import AGENT_ID, CORP_ID, KEYS, SECRET
from tests.server import Running, started
from tests.waiting import eventually

NAME = "小王"
FORM = [
    ("91430100MA4L16JQ9D", "企业全称"),
    ("长沙知桥测试装备有限公司", "怎么称呼"),
    ("王工", "联系电话"),
]


def settings(wecom: WeComProcess) -> dict[str, str]:
    return {
        "DEMO": "false", "WECOM_CORP_ID": CORP_ID, "WECOM_AGENT_ID": str(AGENT_ID),
        "WECOM_SECRET": SECRET, "WECOM_TOKEN": KEYS.token, "WECOM_AES_KEY": KEYS.aes_key,
        "WECOM_BASE_URL": wecom.base_url, "WECOM_KF_ACCOUNTS": "all",
    }  # fmt: skip


@asynccontextmanager
async def running(
    wecom: WeComProcess, folder: Path, module: tuple[str, ...] = ()
) -> AsyncIterator[Running]:
    async with started(folder, settings(wecom), module=module) as run:
        await wecom.connect(f"{run.address}/wecom/callback")
        yield run


async def texts(wecom: WeComProcess) -> list[str]:
    return [m["text"] for m in await wecom.customer_messages(NAME) if m["by_bot"]]


async def hears(wecom: WeComProcess, text: str) -> None:
    async def there() -> bool:
        return any(text in one for one in await texts(wecom))

    await eventually(there)
    assert await there(), f"{text} never arrived, only {await texts(wecom)}"


@pytest.mark.parametrize("point", ["in_turn", "after_send"])
async def test_a_kill_loses_nothing_and_doubles_nothing(
    sqlite_engine: Engine, tmp_path: Path, point: str
) -> None:
    """What was said to a dead program is read from the log; what WeCom had taken, it knows."""
    await sqlite_engine.url(tmp_path)
    async with WeComProcess() as wecom:
        async with running(wecom, tmp_path, ("tests.crashing", point, "4")) as run:
            await wecom.customer(NAME, "enters_kf", scene="expo")
            await hears(wecom, "知桥")
            await wecom.customer(NAME, "writes_kf", text="注册")
            await hears(wecom, "注册前请您知悉")
            await wecom.customer(NAME, "clicks_kf_menu", menu_id="people.consent")
            await hears(wecom, "统一社会信用代码")
            await wecom.customer(NAME, "writes_kf", text=FORM[0][0])
            await run.wait()
        await wecom.customer(NAME, "writes_kf", text=FORM[1][0])  # and nobody is there
        async with running(wecom, tmp_path):
            await hears(wecom, FORM[0][1])
            await hears(wecom, FORM[1][1])
            await wecom.customer(NAME, "writes_kf", text=FORM[2][0])
            await hears(wecom, FORM[2][1])
        assert [text for text, times in Counter(await texts(wecom)).items() if times > 1] == []
        assert [call for call in await wecom.calls() if call["answer"].get("errcode")] == []
