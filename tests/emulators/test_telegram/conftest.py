"""The emulator, PTB's real Bot that talks to it, and one person who has pressed Start."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from tests.emulators.telegram import TelegramEmulator, User

Refused = Callable[[str], AbstractContextManager[None]]


async def until(condition: Callable[[], object]) -> None:
    """Gives the other side time to come so far."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this PTB 22.8 warns about every RetryAfter, and a warning is an error here."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def tg() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(token="123456:TEST") as emulator:
        yield emulator


@pytest.fixture
async def bot(tg: TelegramEmulator) -> AsyncIterator[Bot]:
    # Reading the machine's certificates takes longer than a test, and this is plain HTTP.
    quick = [HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2)]
    async with Bot(
        "123456:TEST",
        base_url=tg.base_url,
        base_file_url=tg.base_file_url,
        request=quick[0],
        get_updates_request=quick[1],
    ) as bot:
        yield bot


@pytest.fixture
async def hua(tg: TelegramEmulator) -> User:
    hua = tg.user("华锐")
    await hua.starts()
    return hua


@pytest.fixture
def refused(tg: TelegramEmulator) -> Refused:
    """`with refused(words):` the call fails, and these are the emulator's exact words.

    PTB changes a description's case, so the emulator's own log is read.
    """

    @contextmanager
    def expects(words: str) -> Iterator[None]:
        before = len(tg.refused)
        with pytest.raises(TelegramError):
            yield
        assert [call.error for call in tg.refused[before:]] == [words]

    return expects
