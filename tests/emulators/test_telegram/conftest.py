"""The emulator, PTB's real Bot that talks to it, and one person who has pressed Start."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from telegram import Bot
from telegram.error import TelegramError

from tests.emulators.telegram import TelegramEmulator, User

Refused = Callable[[str], AbstractContextManager[None]]


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
    url, files = tg.base_url, tg.base_file_url
    async with Bot("123456:TEST", base_url=url, base_file_url=files) as bot:
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
