"""How a call reaches the emulator: tokens, methods, bodies."""

import httpx
import pytest
from telegram import Bot
from telegram.error import EndPointNotFound, InvalidToken

from tests.emulators.telegram import TelegramEmulator, User


async def test_the_bot_knows_itself(bot: Bot) -> None:
    """The bot's id is the first part of its token."""
    assert (bot.id, bot.username) == (123456, "zhiqiao_bot")


@pytest.mark.parametrize(
    ("token", "status"), [("123456:OTHER", 401), ("123456", 404), ("x:y", 404)]
)
async def test_the_token_is_checked(tg: TelegramEmulator, token: str, status: int) -> None:
    """A wrong token is unauthorized, what is no token is not found."""
    words = {401: "Unauthorized", 404: "Not Found"}[status]
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{tg.base_url}{token}/getMe")
    assert response.status_code == status
    assert response.json() == {"ok": False, "error_code": status, "description": words}
    with pytest.raises(InvalidToken):
        async with Bot(token, base_url=tg.base_url):
            pass


async def test_an_unknown_method_is_not_found(bot: Bot) -> None:
    """Whatever the emulator does not offer shows in tests."""
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("getNothing")


async def test_a_call_comes_in_four_ways(tg: TelegramEmulator, hua: User) -> None:
    """Query, form, multipart and JSON; the method's name in any case."""
    values = {"chat_id": str(hua.id), "text": "一"}
    url = f"{tg.base_url}123456:TEST/sendMESSAGE"
    async with httpx.AsyncClient() as client:
        answers = [
            await client.get(url, params=values),
            await client.post(url, data=values),
            await client.post(url, files={name: (None, text) for name, text in values.items()}),
            await client.post(url, json={"chat_id": hua.id, "text": "一"}),
        ]
    assert [answer.json()["result"]["text"] for answer in answers] == ["一"] * 4


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_a_body_that_is_no_object_is_refused(tg: TelegramEmulator, body: str) -> None:
    """400, not a crash."""
    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient() as client:
        url = f"{tg.base_url}123456:TEST/getMe"
        answer = await client.post(url, content=body, headers=headers)
    assert answer.json()["description"] == "Bad Request: can't parse JSON request body"
