"""Photos and documents, both ways."""

import pytest
from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import InvalidToken

from tests.emulators.telegram import User
from tests.emulators.telegram.user import PICTURE
from tests.emulators.test_telegram.conftest import Refused


async def test_a_document_arrives_whole(bot: Bot, hua: User) -> None:
    """Name, bytes and caption are what was sent; the file id sends it again."""
    sent = await bot.send_document(
        hua.id, b"%PDF", caption="<b>协议</b>", filename="协议.pdf", parse_mode=ParseMode.HTML
    )
    assert (hua.last.document, hua.last.file_name, hua.last.text) == (b"%PDF", "协议.pdf", "协议")
    assert sent.document is not None
    await bot.send_document(hua.id, sent.document.file_id)
    assert hua.last.document == b"%PDF"


async def test_a_photo_must_be_a_picture(bot: Bot, hua: User, refused: Refused) -> None:
    """Telegram reads the picture; other bytes are refused."""
    await bot.send_photo(hua.id, PICTURE, caption="图")
    assert (hua.last.photo, hua.last.document, hua.last.text) == (PICTURE, None, "图")
    with refused("Bad Request: IMAGE_PROCESS_FAILED"):
        await bot.send_photo(hua.id, b"%PDF")
    with refused("Bad Request: too big photo; the maximum size is 10485760 bytes"):
        await bot.send_photo(hua.id, PICTURE + bytes(10 << 20))


async def test_a_file_must_be_there(bot: Bot, hua: User, refused: Refused) -> None:
    """Nothing, nothing in it, and an unknown id are three errors."""
    with refused("Bad Request: there is no document in the request"):
        await bot.send_document(hua.id, "")
    with refused("Bad Request: file must be non-empty"):
        await bot.send_document(hua.id, b"")
    with refused("Bad Request: wrong file identifier/HTTP URL specified"):
        await bot.send_document(hua.id, "nothing")


async def test_a_caption_ends_at_1024_characters(bot: Bot, hua: User, refused: Refused) -> None:
    """After entities, as for a text."""
    await bot.send_photo(hua.id, PICTURE, caption="&lt;" * 1024, parse_mode=ParseMode.HTML)
    with refused("Bad Request: message caption is too long"):
        await bot.send_photo(hua.id, PICTURE, caption="中" * 1025)


async def test_an_upload_ends_at_50_megabytes(bot: Bot, hua: User, refused: Refused) -> None:
    """Status 413."""
    with refused("Request Entity Too Large"):
        await bot.send_document(hua.id, bytes((50 << 20) + 1))


async def test_what_a_person_sends_can_be_downloaded(bot: Bot, hua: User) -> None:
    """getFile names a path below the file address."""
    sent = await hua.sends_document("需求.xlsx", b"rows", "application/xlsx")
    assert sent.file is not None
    file = await bot.get_file(sent.file.id)
    assert file.file_path is not None and file.file_path.endswith(".xlsx")
    assert bytes(await file.download_as_bytearray()) == b"rows"


async def test_a_download_ends_at_20_megabytes(bot: Bot, hua: User, refused: Refused) -> None:
    """And an unknown id is invalid."""
    big = await hua.sends_document("big.bin", bytes((20 << 20) + 1))
    assert big.file is not None
    with refused("Bad Request: file is too big"):
        await bot.get_file(big.file.id)
    with refused("Bad Request: invalid file_id"):
        await bot.get_file("nothing")


async def test_a_download_needs_the_token_and_the_path(bot: Bot) -> None:
    """401 and 404, as for a method."""
    own, other = bot.base_file_url, bot.base_file_url.replace("TEST", "OTHER")
    with pytest.raises(InvalidToken, match="Not Found"):
        await bot.request.retrieve(f"{own}/files/nothing")
    with pytest.raises(InvalidToken, match="Unauthorized"):
        await bot.request.retrieve(f"{other}/files/nothing")
