"""The page's own rules: who may come in, what is taken, what every answer carries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from channels.web.app import LARGEST_FILE, Page, web_app
from channels.web.seats import Seats, SignedIn, ThreePhones
from db.models import Chat as Chat_
from db.models import File, Incoming
from pipeline.work import Work
from services import invitations
from serving import LOCAL_HOSTS
from tests.chat import Chat

BASE = "http://127.0.0.1:8080"


def client(chat: Chat, seats: Seats, hosts: frozenset[str] = LOCAL_HOSTS) -> httpx.AsyncClient:
    programme = chat.programme
    page = Page(programme.database, chat.clock, programme.inbox, seats, programme.readers)
    app = web_app(page, seats.routes(), hosts=hosts)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)


@pytest.fixture
async def page(chat: Chat) -> AsyncIterator[httpx.AsyncClient]:
    async with client(chat, ThreePhones(chat.programme.chats)) as page:
        yield page


async def stored(chat: Chat) -> int:
    async with chat.programme.database.reading() as connection:
        return await connection.scalar(select(func.count(Incoming.id))) or 0


ACT = {"seat": "企业", "key": "k1", "text": "菜单"}


async def test_the_page_shows_three_phones_and_forbids_the_rest(page: httpx.AsyncClient) -> None:
    """Nothing inline, nothing from elsewhere, in no frame."""
    answer = await page.get("/")
    assert answer.text.count('role="region"') == 3
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text and "style=" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_act_is_stored_before_it_is_answered_and_once(
    chat: Chat, page: httpx.AsyncClient
) -> None:
    """The client's key makes a repetition harmless."""
    for _ in range(3):
        assert (await page.post("/say", json=ACT)).status_code == 200
    assert await stored(chat) == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (ACT, {"origin": "http://evil.example"}, 403),
        (ACT | {"seat": "别人"}, {}, 403),
        (ACT | {"text": 5}, {}, 400),
        ([], {}, 400),
        (ACT | {"text": "长" * 30_000}, {}, 413),
    ],
)
async def test_what_is_not_taken_is_said_in_a_sentence(
    chat: Chat, page: httpx.AsyncClient, body: object, headers: dict[str, str], status: int
) -> None:
    """Another site's page, a seat of nobody, a broken body, too much: nothing is stored."""
    answer = await page.post("/say", json=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert await stored(chat) == 0


async def test_another_host_name_is_refused(chat: Chat, page: httpx.AsyncClient) -> None:
    """A page elsewhere cannot make its own name point here."""
    assert (await page.get("/", headers={"host": "evil.example"})).status_code == 421


async def test_a_file_is_kept_under_a_name_of_ours(chat: Chat, page: httpx.AsyncClient) -> None:
    """What the visitor called it is shown, and never a path; it downloads, and does not run."""
    form = {"seat": "企业", "key": "f1"}
    evil = ("../../x.html", b"<script>alert(1)</script>", "text/html")
    assert (await page.post("/send", data=form, files={"file": evil})).status_code == 200
    async with chat.programme.database.reading() as connection:
        token = await connection.scalar(select(File.token))
    answer = await page.get(f"/files/{token}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert (await page.get("/files/nothing")).status_code == 404
    await chat.settle()
    large = ("a.bin", b"x" * (LARGEST_FILE + 1), "application/octet-stream")
    answer = await page.post("/send", data=form | {"key": "f2"}, files={"file": large})
    assert answer.status_code == 413
    assert (await page.post("/send", data=form)).status_code == 400


async def test_somebody_elses_file_is_shown_to_whom_it_was_sent(chat: Chat) -> None:
    """A firm's photo is a stranger's never, and the staff's from when they were given it."""

    async def redeem(code: str) -> str | None:
        async with chat.programme.database.session() as session:
            return await invitations.redeem(session, code, chat.clock.now())

    seats = SignedIn(chat.programme.chats, redeem)
    database = chat.programme.database
    firm = await chat.programme.chats.open("web", "企业", "ent")
    async with database.session() as session:
        code = await invitations.invite(session, "staff", chat.clock.now())
        token = "firms-photo"
        photo = {"name": "磨损.jpg", "mime": "image/jpeg", "content": b"x"}
        file = File(token=token, chat_id=firm, created_at=chat.clock.now(), **photo)
        session.add(file)
        await session.flush()
    async with client(chat, seats, frozenset()) as page:
        await page.post("/sign-in", data={"token": code})
        assert (await page.get(f"/files/{token}")).status_code == 404
        async with database.writing() as connection:
            staff = select(Chat_.id).where(Chat_.channel == "web", Chat_.id != firm)
            (to,) = (await connection.execute(staff)).scalars()
            work = Work(connection, chat.clock.now(), "test")
            work.send_file(to, file.id)
            await work.finish()
        assert (await page.get(f"/files/{token}")).status_code == 200


async def test_a_signed_in_visitor_has_one_chat_by_a_one_time_link(chat: Chat) -> None:
    """No link, no page; a preview of the link uses nothing up; a second use is refused; the
    session sees its own chat only."""

    async def redeem(code: str) -> str | None:
        async with chat.programme.database.session() as session:
            return await invitations.redeem(session, code, chat.clock.now())

    seats = SignedIn(chat.programme.chats, redeem)
    async with chat.programme.database.session() as session:
        code = await invitations.invite(session, "org", chat.clock.now())
        late = await invitations.invite(session, "org", chat.clock.now() - timedelta(minutes=11))
    async with client(chat, seats, frozenset()) as page:
        assert (await page.get("/")).status_code == 401
        assert (await page.post("/say", json=ACT | {"seat": "我"})).status_code == 403
        assert (await page.get(f"/in/{code}")).status_code == 200
        assert (await page.post("/sign-in", data={"token": late})).status_code == 403
        entered = await page.post("/sign-in", data={"token": code})
        assert entered.status_code == 303
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie
        shown = await page.get("/")
        assert shown.text.count('role="region"') == 1
        assert (await page.post("/say", json=ACT | {"seat": "我"})).status_code == 200
        assert (await page.post("/sign-in", data={"token": code})).status_code == 403
