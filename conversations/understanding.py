"""What does this message mean now? The one owner of that question.

In this order: a reply to the choices just shown → a way out or on → inside a form: an answer, or
a question or wish that interrupts it → outside: what the sentence wants, a policy question, else
guesses and a human. No form step ever sees a text that was not meant for it.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from telegram import Message, Update

from conversations import form
from conversations.acting import perform, press_data
from conversations.actions import repertoire
from conversations.intents import Reading, read_intent
from conversations.reading import Unfit, read_number, tidy
from pipeline import words
from pipeline.turn import Button, Turn
from services.patent_numbers import looks_like_number

LEXICON = Path(__file__).parent.parent / "data" / "ways.toml"
LONGEST = 4000  # characters; more is no message to a bot
FORM_WORDS = {"forms.cancel", "forms.back"}  # said outside a form they still speak of one
COMMAND = 5  # a bare command is not longer: 提需求
SHORT = 20  # a label or a way is not longer
TALK = {"ask_policy", "none", "chitchat"}
ATTACHMENTS = (
    "photo", "voice", "video", "audio", "sticker", "document", "location", "contact", "animation",
    "video_note", "poll", "dice",
)  # fmt: skip


async def hear(update: Update, turn: Turn) -> None:
    """A message that is no command and no press."""
    message = update.message
    if message is None:
        return
    if message.text is None:
        await _not_text(turn, message)
        return
    text = tidy(message.text)
    if not text:
        await _again(turn, Unfit("empty"))
    elif len(message.text) > LONGEST:
        await _again(turn, Unfit("too_long", most=LONGEST, length=len(message.text)))
    else:
        await _text(update, turn, text)


async def _not_text(turn: Turn, message: Message) -> None:
    """Say what arrived and what is wanted; the open question stays open."""
    kind = next((name for name in ATTACHMENTS if getattr(message, name)), "other")
    await _again(turn, Unfit("not_text", kind=kind))


async def _again(turn: Turn, unfit: Unfit) -> None:
    if turn.filling is not None:
        await form.ask(turn, unfit=unfit)
    else:
        turn.reply(f"unfit/{unfit.code}", **unfit.facts)


async def _text(update: Update, turn: Turn, text: str) -> None:
    data = await _shown_choice(turn, text) or _way(turn, text)
    if data is not None:
        await press_data(update, turn, data)
    elif turn.filling is not None:
        await _in_form(update, turn, text)
    else:
        await _outside(update, turn, text)


async def _shown_choice(turn: Turn, text: str) -> str | None:
    """The data of the button that a number or a label means, of the choices shown last.

    Inside a form a number is an answer: its own choices are read by its own step.
    """
    if len(text) > SHORT:
        return None
    rows = await turn.shown_choices()
    asked = turn.filling is not None and turn.filling.step != form.REVIEW
    if text.isdecimal() and not asked:
        choices = words.numbered(rows)
        return choices[int(text) - 1]["callback_data"] if 0 < int(text) <= len(choices) else None
    said = _bare(text)
    labels = {_bare(b["text"]): b["callback_data"] for row in rows for b in row}
    data = labels.get(said) if said else None
    return None if asked and data and data.startswith("forms.choose") else data


async def chosen(turn: Turn, action: str) -> Button | None:
    """The arguments of the choice on the screen that a sentence names by its place (第二个)."""
    found = re.search(_lexicon()["places"]["pattern"], turn.slots.get("text", ""))
    if found is None:
        return None
    shown = words.numbered(await turn.shown_choices())
    meant = [b["callback_data"] for b in shown if b["callback_data"].startswith(f"{action}:")]
    place = int(read_number(next(filter(None, found.groups()))))
    return Button(meant[place - 1].split(":")[1:]) if 0 < place <= len(meant) else None


def _way(turn: Turn, text: str) -> str | None:
    """The way that these words are, if it leads anywhere from here."""
    way = _ways().get(_bare(text))
    if way is None or not way.startswith("forms."):
        return way
    if turn.filling is None:
        return "forms.cancel" if way in FORM_WORDS else None  # it says that nothing is open
    if way == "forms.skip" and not _skippable(turn):
        return None
    return way


def _skippable(turn: Turn) -> bool:
    """ "没有" is an answer where something must be said, and a skip where it need not."""
    declared, filling = form.opened(turn)
    return filling.step != form.REVIEW and declared.step(filling.step).optional


async def _in_form(update: Update, turn: Turn, text: str) -> None:
    declared, filling = form.opened(turn)
    wanted = read_intent(text, turn.person.role, "in_form")
    if filling.step == form.REVIEW:
        await _interrupt(update, turn, text, wanted, Unfit("review"))
        return
    step = declared.step(filling.step)
    if wanted.intent == declared.intent and wanted.decision == "act" and len(text) <= COMMAND:
        await form.ask(turn, resumed=True)  # the command that opened it, said again
        return
    if step.kind.free and _interrupts(text, wanted, declared.intent):
        await _interrupt(update, turn, text, wanted, Unfit("not_understood"))
        return
    try:
        value = await form.read(turn, text)
    except Unfit as unfit:
        await _interrupt(update, turn, text, wanted, unfit)
    else:
        await form.answer(update, turn, value)


def _interrupts(text: str, wanted: Reading, own_intent: str) -> bool:
    """A sentence at a free question is its answer, unless it asks or surely wants something."""
    if wanted.intent == own_intent:
        return False
    if asks(text):
        return True
    return wanted.decision == "act" and wanted.intent not in TALK and wanted.score >= 0.9


async def _interrupt(update: Update, turn: Turn, text: str, wanted: Reading, unfit: Unfit) -> None:
    """Do what was wanted and come back to the same question, or say why the answer does not do."""
    action = repertoire(turn).for_intent(wanted.intent)
    if wanted.decision == "act" and action is not None and wanted.intent not in TALK:
        turn.slots = wanted.slots
        await perform(update, turn, action)
    elif asks(text):
        turn.slots = {"text": text}
        await perform(update, turn, repertoire(turn).actions["policy.ask"])
    else:
        await form.ask(turn, unfit=unfit)


async def _outside(update: Update, turn: Turn, text: str) -> None:
    wanted = read_intent(text, turn.person.role, _open_screen(turn))
    turn.slots = {"text": text, **wanted.slots}
    if looks_like_number(text):
        turn.slots["query"] = text
        await perform(update, turn, repertoire(turn).actions["patents.browse"])
        return
    action = repertoire(turn).for_intent(wanted.intent)
    if wanted.decision == "act" and wanted.intent not in TALK:
        if action is None:
            turn.reply("menu/not_yet")
        else:
            await perform(update, turn, action)
        return
    turn.slots["guesses"] = " ".join(wanted.guesses)
    await perform(update, turn, repertoire(turn).actions["policy.ask"])


def _open_screen(turn: Turn) -> str | None:
    """The screen without what it shows: "policy:12" is policy."""
    return turn.screen.partition(":")[0] if turn.screen else None


def asks(text: str) -> bool:
    return any(mark in text for mark in _lexicon()["questions"]["marks"])


def _bare(text: str) -> str:
    """Letters and digits only: what remains of 【✓ 转让】 is 转让."""
    return "".join(char for char in tidy(text).lower() if char.isalnum())


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))


@cache
def _ways() -> dict[str, str]:
    return {_bare(said): way for way, list in _lexicon()["ways"].items() for said in list}
