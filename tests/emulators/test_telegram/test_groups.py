"""Groups: writing there, being shown out, becoming a supergroup; commands as they stand."""

from __future__ import annotations

import pytest
from telegram import Bot, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import ChatMigrated, Forbidden

from tests.emulators.telegram import TelegramEmulator, User


async def test_a_bot_writes_where_it_was_let_in(bot: Bot, tg: TelegramEmulator, hua: User) -> None:
    """Before and after that it is forbidden."""
    group = tg.group("群")
    with pytest.raises(Forbidden, match="kicked from the group"):
        await bot.send_message(group.id, "x")
    await hua.lets_in(group)
    sent = await bot.send_message(group.id, "x")
    assert (sent.chat.type, group.chat[-1].text) == ("group", "x")
    await hua.shows_out(group)
    with pytest.raises(Forbidden, match="kicked from the group"):
        await bot.send_message(group.id, "x")


async def test_a_supergroup_has_another_id(bot: Bot, tg: TelegramEmulator, hua: User) -> None:
    """The old one says where it went; both chats get a service message."""
    group = tg.group("群")
    await hua.lets_in(group)
    new = await hua.upgrades(group)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "x")
    assert moved.value.new_chat_id == new.id
    updates = await bot.get_updates(allowed_updates=["message"])
    said = [u.message for u in updates if u.message]
    migrations = [m for m in said if m.migrate_to_chat_id or m.migrate_from_chat_id]
    assert [(m.migrate_to_chat_id, m.migrate_from_chat_id) for m in migrations] == [
        (new.id, None), (None, group.id),
    ]  # fmt: skip


async def test_commands_can_be_read_as_they_were_set(bot: Bot, hua: User) -> None:
    """Each scope has its own; one that was never set has none."""
    await bot.set_my_commands([("menu", "菜单")])
    here = BotCommandScopeChat(hua.id)
    assert await bot.get_my_commands(here) == ()
    await bot.set_my_commands([("tickets", "待答")], here)
    assert [c.command for c in await bot.get_my_commands(here)] == ["tickets"]
    assert [c.command for c in await bot.get_my_commands(BotCommandScopeDefault())] == ["menu"]
