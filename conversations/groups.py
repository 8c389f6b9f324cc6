"""What a message in a group means. We answer only when we are addressed, and nothing personal:
policy, events, help. For the rest there is the private chat.

A group is no person. Nothing that is said there is anybody's own, so whoever asks is a visitor,
each question stands alone, and no form is opened.
"""

from __future__ import annotations

from typing import Any

from telegram import ChatMember, Message, MessageEntity, Update
from telegram.constants import ChatType
from telegram.ext import BaseHandler

from conversations import links
from conversations.acting import perform
from conversations.actions import ENTERPRISE, Action, repertoire
from conversations.intents import read_intent
from conversations.reading import tidy
from pipeline.turn import Button, OldButton, Passing, Turn
from services import about, policy

HELP = {"menu.show", "menu.start"}
ANSWERED = ("answered", "declined", "smalltalk")
LONGEST = 1000  # characters of a question in a group
GONE = (ChatMember.LEFT, ChatMember.BANNED)


class InGroup(BaseHandler[Update, Turn, None]):
    """The entrance for all that happens in a group; who comes and goes is heard elsewhere."""

    def check_update(self, update: object) -> bool:
        if not isinstance(update, Update) or update.my_chat_member is not None:
            return False
        chat = update.effective_chat
        return chat is not None and chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)


async def hear(update: Update, turn: Turn) -> None:
    turn.came_from = Passing()
    if update.callback_query is not None:
        await _press(update, turn, update.callback_query.data or "")
    elif (message := update.message) is not None:
        if message.migrate_to_chat_id or message.migrate_from_chat_id:
            await _moved(turn, message)
        else:
            await _message(update, turn, message)
    turn.screen = None  # what one person looks at is nothing that the next one speaks of


async def _moved(turn: Turn, message: Message) -> None:
    old = message.migrate_from_chat_id or message.chat.id
    new = message.migrate_to_chat_id or message.chat.id
    turn.reachable = turn.chat_id == new
    await turn.move_room(old, new)


async def _message(update: Update, turn: Turn, message: Message) -> None:
    said = addressed(message, turn.bot.id, turn.bot.username)
    if said is None or len(said) > LONGEST:
        return
    if not said:
        turn.reply("groups/help", link=turn.link())
    elif said.startswith("/"):
        await _command(update, turn, said.removeprefix("/").partition(" ")[0])
    else:
        await _sentence(update, turn, said)


def addressed(message: Message, bot_id: int, name: str) -> str | None:
    """What was said to us without our name; None where it was said to others."""
    text = message.text or message.caption or ""
    replied = message.reply_to_message
    to_us = bool(replied and replied.from_user and replied.from_user.id == bot_id)
    for entity, part in _named(message).items():
        if part.lower().endswith(f"@{name.lower()}"):
            to_us = to_us or entity.type == MessageEntity.MENTION or entity.offset == 0
            kept = part.partition("@")[0]  # of a command, but not of a mention
            text = text.replace(part, kept, 1)
    return tidy(text) if to_us else None


def _named(message: Message) -> dict[MessageEntity, str]:
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.BOT_COMMAND]
    if message.text:
        return message.parse_entities(kinds)
    return message.parse_caption_entities(kinds) if message.caption else {}


async def _command(update: Update, turn: Turn, word: str) -> None:
    action = repertoire(turn).for_command(word)
    if action is None:
        turn.reply("groups/help", link=turn.link())
    else:
        await _act(update, turn, action)


async def _sentence(update: Update, turn: Turn, text: str) -> None:
    wanted = read_intent(text, ENTERPRISE, None)
    action = repertoire(turn).for_intent(wanted.intent)
    if action is not None and wanted.decision == "act":
        turn.said, turn.slots = text, dict(wanted.slots)
        await _act(update, turn, action)
    else:
        await _question(turn, text)


async def _press(update: Update, turn: Turn, data: str) -> None:
    try:
        action, turn.button = repertoire(turn).for_data(data)
    except OldButton:
        turn.reply("groups/help", link=turn.link())
    else:
        await _act(update, turn, action)


async def _act(update: Update, turn: Turn, action: Action) -> None:
    if action.name in HELP:
        turn.reply("groups/help", link=turn.link())
    elif action.in_groups:
        await perform(update, turn, action)
    else:
        private(turn, action, turn.button)


def private(turn: Turn, action: Action, button: Button) -> None:
    """This is for the private chat; the link leads to the same thing there."""
    turn.reply("groups/private", link=turn.link(links.payload_of(action.name, button)))


async def _question(turn: Turn, text: str) -> None:
    """As in private, but nothing is passed on to people: nobody would know whom to answer."""
    if topic := about.topic(text):
        turn.reply(f"about/{topic}")
        return
    answer = await policy.ask(turn.session, text, turn.now)
    answer = await policy.with_related(turn.session, answer, turn.now)
    await policy.record_gap(turn.session, answer, None, turn.now)
    if answer.status in ANSWERED:
        turn.reply(policy.template(answer), answer=answer)
    else:
        turn.reply("groups/unanswered", link=turn.link())


async def membership(update: Update, turn: Turn) -> None:
    """Somebody let us in or showed us out: a person, or a group that is greeted once."""
    change: Any = update.my_chat_member
    there, was = (
        member.status not in GONE for member in (change.new_chat_member, change.old_chat_member)
    )
    turn.reachable = there
    if there and not was and change.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP):
        turn.greet("groups/hello", name=turn.bot.username)
