"""What comes to the callback and should not: refused or ignored, one line in the log that tells of
nobody, and no handler hears of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from channels.wecom import limits
from tests.channels.wecom.conftest import Talk
from tests.channels.wecom.forger import MESSAGE, Forger, inbox
from tests.emulators.wecom import xml

OURS = ("application", "bot", "channels", "conversations", "handlers", "pipeline", "serving")
PERSONAL = ("LiuYang", "liuyang", "13812345678", "电话")
BOMB = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>'
WINDOW = int(limits.CALLBACK_WINDOW.total_seconds())


@pytest.fixture
def forger(talk: Talk) -> Forger:
    return Forger(*talk)


@contextmanager
def one_line(caplog: pytest.LogCaptureFixture, about: str) -> Iterator[None]:
    """All that our code writes meanwhile is one line, which says what it was about."""
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    yield
    ours = [r.getMessage() for r in caplog.records if r.name.partition(".")[0] in OURS]
    assert len(ours) == 1, ours
    assert about in ours[0]
    assert not [word for word in PERSONAL if word in ours[0]]


async def heard_nothing(talk: Talk) -> bool:
    return await inbox(talk[1]) == []


async def test_a_forged_signature(
    talk: Talk, forger: Forger, caplog: pytest.LogCaptureFixture
) -> None:
    with one_line(caplog, "signature"):
        assert await forger.posts(xml.write(MESSAGE), msg_signature="0" * 40) == 403
    assert await heard_nothing(talk)


@pytest.mark.parametrize("age", [WINDOW + 5, -WINDOW - 5], ids=["old", "to come"])
async def test_a_timestamp_of_another_time(
    talk: Talk, forger: Forger, caplog: pytest.LogCaptureFixture, age: int
) -> None:
    with one_line(caplog, "timestamp"):
        assert await forger.posts(xml.write(MESSAGE), forger.now - age) == 403
    assert await heard_nothing(talk)


async def test_a_replayed_nonce(
    talk: Talk, forger: Forger, caplog: pytest.LogCaptureFixture
) -> None:
    """The same post again, as somebody who listened could make it: it changes nothing."""
    encrypted = forger.envelope.encrypt(xml.write(MESSAGE).encode())
    body = xml.write({"Encrypt": encrypted}).encode()
    assert await forger.sends(body, encrypted) == 200
    before = await inbox(talk[1])
    with one_line(caplog, "posted before"):
        assert await forger.sends(body, encrypted) == 200
    assert [row.id for row in await inbox(talk[1])] == [row.id for row in before]


async def test_a_receiver_who_is_not_we(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    wecom, _ = talk
    wecom.wrong_receiveid()
    with one_line(caplog, "receiver"):
        await wecom.user("LiuYang").says("电话 13812345678")
    assert await heard_nothing(talk)


@pytest.mark.parametrize(
    "inner", [BOMB, "<!DOCTYPE xml><xml/>", "<xml>", "{}"], ids=["bomb", "dtd", "open", "json"]
)
async def test_xml_that_could_bite(
    talk: Talk, forger: Forger, caplog: pytest.LogCaptureFixture, inner: str
) -> None:
    """Sealed, or around the seal."""
    with one_line(caplog, "xml"):
        assert await forger.posts(inner) == 403
    with one_line(caplog, "xml"):
        assert await forger.sends(inner.encode()) == 403
    assert await heard_nothing(talk)


async def test_what_is_not_utf_8(
    talk: Talk, forger: Forger, caplog: pytest.LogCaptureFixture
) -> None:
    encrypted = forger.envelope.encrypt(xml.write(MESSAGE).encode("gbk"))
    with one_line(caplog, "xml"):
        sealed = xml.write({"Encrypt": encrypted}).encode()
        assert await forger.sends(sealed, encrypted) == 403
    with one_line(caplog, "xml"):
        assert await forger.sends(xml.write(MESSAGE).encode("gbk")) == 403
    assert await heard_nothing(talk)


async def test_a_body_of_11_mb(
    talk: Talk, forger: Forger, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused as soon as it is too large, not when it is all there."""
    with one_line(caplog, "too large"):
        assert await forger.sends(b"<xml>" + b"13812345678" * 1024 * 1024) == 413
    assert await heard_nothing(talk)


async def test_an_event_that_nobody_knows(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    wecom, _ = talk
    with one_line(caplog, "something_new_in_2027"):
        delivery = await wecom.user("LiuYang").sender.event(
            "something_new_in_2027", EventKey="电话"
        )
    assert [attempt.status for attempt in delivery.attempts] == [200]
    assert await heard_nothing(talk)


@pytest.mark.parametrize("user", ["", "sys", "LiuYang" * 10], ids=["empty", "sys", "too long"])
async def test_a_user_that_nobody_is(
    talk: Talk, forger: Forger, caplog: pytest.LogCaptureFixture, user: str
) -> None:
    with one_line(caplog, "concerns nobody"):
        assert await forger.posts(xml.write(MESSAGE | {"FromUserName": user})) == 200
    assert await heard_nothing(talk)
