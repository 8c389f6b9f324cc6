"""What does this message mean now? The one owner of that question.

In this order: a reply to the choices just shown → a way out or on → inside a form: a correction or
several answers, a question or wish that interrupts, else the answer → outside: what the sentence
wants, a policy question, else guesses and a human. No form step ever sees a text that was not meant
for it; where that cannot be told, the person is asked.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from zlib import crc32

from telegram import Message, Update

from conversations import door, form, talk, telling, wordless
from conversations.acting import perform, press_data
from conversations.actions import repertoire
from conversations.intents import Reading, read_intent
from conversations.reading import Unfit, asks, read_number, tidy
from conversations.steps import Step
from conversations.ways import bare, lexicon, nothing, ways
from pipeline import words
from pipeline.turn import Button, Turn
from services import about, policy
from services.patent_numbers import looks_like_number

LONGEST = 4000  # characters; more is no message to a bot
OUT = {"forms.cancel", "forms.back", "forms.aside"}
FORM_WORDS = {*OUT, "forms.resume"}  # said outside a form they still speak of one
SURE = 0.9  # from this score on a wish is no answer to a free question
SHORT_COMMAND = 6  # characters; words for somebody else are longer, or are no command
COMMAND = 5  # a bare command is not longer: 提需求
SHORT = 20  # a label or a way is not longer
TALK = {"ask_policy", "none", "chitchat"}


async def hear(update: Update, turn: Turn) -> None:
    """A message that is no command and no press."""
    if update.message is not None:
        before = turn.filling
        await _hear(update, turn, update.message)
        form.remember(before, turn, update.message)


async def _hear(update: Update, turn: Turn, message: Message) -> None:
    if ticket := await talk.meant(turn, message):
        turn.button = Button([str(ticket)])
        await perform(update, turn, repertoire(turn).actions["desk.talk"])
        return
    if message.text is None and not await wordless.hear(update, turn, message):
        return
    said = message.text or message.caption or ""
    text = tidy(said)
    if not text:
        await wordless.again(turn, Unfit("empty"))
    elif len(said) > LONGEST:
        await wordless.again(turn, Unfit("too_long", most=LONGEST, length=len(said)))
    else:
        await _text(update, turn, text)


async def _text(update: Update, turn: Turn, text: str) -> None:
    if text.startswith("/") and len(text) > 1:  # a command of ours would not have come here
        text = text.lstrip("/")
    if code := door.shown(turn, text):
        await _at_the_door(update, turn, "door.scan", code)
        return
    data = await _shown_choice(turn, text) or _way(turn, text)
    if data is not None:
        await press_data(update, turn, data)
    elif turn.filling is not None:
        await _in_form(update, turn, text)
    else:
        await _outside(update, turn, text)


async def _shown_choice(turn: Turn, text: str) -> str | None:
    """The data of the button that a number or a label means, of the choices shown last.

    At the open question a number is an answer: its own choices are read by its own step.
    """
    if len(text) > SHORT:
        return None
    rows = await turn.shown_choices()
    choices = words.numbered(rows)
    own = bool(choices) and all(b["callback_data"].startswith("forms.choose") for b in choices)
    if text.isdecimal():
        there = not own and 0 < int(text) <= len(choices)
        return choices[int(text) - 1]["callback_data"] if there else None
    said = bare(text)
    labels = {bare(b["text"]): b["callback_data"] for row in rows for b in row}
    data = labels.get(said) if said else None
    return None if own and data and data.startswith("forms.choose") else data


async def chosen(turn: Turn, action: str) -> Button | None:
    """The arguments of the choice on the screen that a sentence names by its place (第二个)."""
    found = re.search(lexicon()["places"]["pattern"], turn.said)
    if found is None:
        return None
    named = await _at_places(turn, action, [next(filter(None, found.groups()))])
    return named[0] if named else None


async def several_chosen(turn: Turn, action: str, places: str) -> list[Button]:
    """The same for all the places in a part of a sentence: 第一个和第三个, 1和3."""
    return await _at_places(turn, action, re.findall(lexicon()["places"]["each"], places))


async def _at_places(turn: Turn, action: str, places: list[str]) -> list[Button]:
    shown = words.numbered(await turn.shown_choices())
    meant = [b["callback_data"] for b in shown if b["callback_data"].startswith(f"{action}:")]
    numbers = [int(read_number(place)) for place in places]
    return [Button(meant[n - 1].split(":")[1:]) for n in numbers if 0 < n <= len(meant)]


def _way(turn: Turn, text: str) -> str | None:
    """The way that these words are, if it leads anywhere from here."""
    said = bare(text)
    way = "forms.skip" if said in nothing() else ways().get(said)
    if way is None or not way.startswith("forms."):
        return way
    if turn.filling is None:
        return way if way in FORM_WORDS else None  # it says that nothing is open
    return way if _leads_on(turn, way, said) else None


def _leads_on(turn: Turn, way: str, said: str) -> bool:
    """没有 is a skip only where nothing need be said; 确认 sends what was reviewed, and is an
    answer where words to pass on are asked for."""
    declared, filling = form.opened(turn)
    if filling.step == form.REVIEW:
        return way != "forms.skip"
    step = declared.step(filling.step)
    if step.kind.verbatim:
        return way in OUT
    return step.optional or said not in nothing()


async def _in_form(update: Update, turn: Turn, text: str) -> None:
    declared, filling = form.opened(turn)
    wanted = read_intent(text, turn.person.role, "in_form")
    if filling.step == form.REVIEW:
        told = await telling.told(turn, text)
        await (_told(update, turn, told) if told else
               _interrupt(update, turn, text, wanted, Unfit("review")))  # fmt: skip
        return
    step = declared.step(filling.step)
    if step.kind.verbatim:
        await _passed_on(update, turn, step, text, wanted)
    elif await _is_a_label(turn, step, text):
        await _answer(update, turn, step, text)
    elif told := await telling.told(turn, text):
        await _told(update, turn, told)
    elif wanted.intent == declared.intent and wanted.decision == "act" and len(text) <= COMMAND:
        await form.ask(turn, resumed=True)  # the command that opened it, said again
    elif step.kind.free and asks(text):
        await _asked(update, turn, step, text, wanted)
    elif (step.kind.free and _surely_wants(wanted, declared.intent)) or (
        step.kind.chosen and _wants(wanted) and not await _names_a_choice(turn, step, text)
    ):
        await _interrupt(update, turn, text, wanted, Unfit("not_understood"))
    else:
        await _answer(update, turn, step, text, wanted)


async def _answer(
    update: Update, turn: Turn, step: Step, text: str, wanted: Reading | None = None
) -> None:
    """Take it for the answer to the open question, unless it was answered elsewhere meanwhile."""
    if form.moved_away(turn):
        await form.ask(turn, resumed=True)
        return
    try:
        if step.kind.free and bare(text) in nothing():
            raise Unfit("needed")
        value = await form.read(turn, step, text)
    except Unfit as unfit:
        if wanted is None:
            await form.ask(turn, unfit=unfit)
        else:
            await _interrupt(update, turn, text, wanted, unfit)
    else:
        await form.answer(update, turn, value)


async def _told(update: Update, turn: Turn, told: telling.Told) -> None:
    """Corrections and answers that the message gives by name; then what is left of it."""
    declared, filling = form.opened(turn)
    if told.rest and not asks(told.rest) and filling.step not in {form.REVIEW, *told.answers}:
        with suppress(Unfit):
            step = declared.step(filling.step)
            told.answers[step.name] = await form.read(turn, step, told.rest)
    noted = await form.take(turn, told.answers) if told.answers else []
    if told.wrong is not None:
        form.open_step(turn, told.wrong)
        await form.ask(turn, unfit=told.unfit, noted=noted)
    elif told.rest and asks(told.rest):
        if noted:
            turn.reply("forms/noted", noted=noted)
        turn.said, turn.asked = told.rest, True  # the form goes on below
        await perform(update, turn, repertoire(turn).actions["policy.ask"])
        await form.go_on(update, turn, (), resumed=True)
    else:
        await form.go_on(update, turn, noted)


async def _is_a_label(turn: Turn, step: Step, text: str) -> bool:
    """Whether these are the words of a choice of the open question, whatever else they may mean."""
    return bare(text) in await _labels(turn, step)


async def _names_a_choice(turn: Turn, step: Step, text: str) -> bool:
    """Whether the text holds the words of a choice, or they hold it: 对接 for 一月一对接."""
    said = bare(text)
    return any(label in said or said in label for label in await _labels(turn, step))


async def _labels(turn: Turn, step: Step) -> set[str]:
    _, filling = form.opened(turn)
    return {bare(o.label) for o in await form.options_of(turn, step, filling.answers)}


async def _passed_on(update: Update, turn: Turn, step: Step, text: str, wanted: Reading) -> None:
    """Words for somebody else go on as they are; a bare command may have been meant for us."""
    if len(text) <= SHORT_COMMAND and _wants(wanted):
        _wonder(turn, step, text)
    else:
        await _answer(update, turn, step, text)


def _wants(wanted: Reading) -> bool:
    """Whether a sentence wants an act of ours, as far as we can tell."""
    return wanted.decision == "act" and wanted.intent not in TALK


def _surely_wants(wanted: Reading, own_intent: str) -> bool:
    """A sentence at a free question is its answer, unless it surely wants something else."""
    return _wants(wanted) and wanted.score >= SURE and wanted.intent != own_intent


async def _asked(update: Update, turn: Turn, step: Step, text: str, wanted: Reading) -> None:
    """It has the form of a question. One that we know how to answer interrupts; any other may be
    how people describe what they look for (怎么提高寿命), so they are asked."""
    if step.kind.name == "person" or _surely_wants(wanted, "") or await _can_answer(turn, text):
        await _interrupt(update, turn, text, wanted, Unfit("not_understood"))
        return
    _wonder(turn, step, text)


def _wonder(turn: Turn, step: Step, text: str) -> None:
    """Ask what a sentence is meant for, and keep it until that is answered."""
    declared, filling = form.opened(turn)
    turn.filling = replace(filling, doubt=text)
    turn.asked = True
    label = declared.label(step.name)
    turn.reply("forms/doubt", said=text, label=label, mark=mark(text))


def mark(text: str) -> str:
    """Which sentence a button of a doubt speaks of; another may be in doubt by then."""
    return f"{crc32(text.encode()):x}"


async def _can_answer(turn: Turn, text: str) -> bool:
    """Whether this is a question that we know something about, if only that it is not stated."""
    if about.topic(text):
        return True
    answer = await policy.ask(turn.session, text, turn.now)
    return answer.status in ("answered", "not_stated", "smalltalk") or bool(answer.citations)


async def wondered(update: Update, turn: Turn, text: str) -> None:
    """The sentence was meant for us and not for the form."""
    wanted = read_intent(text, turn.person.role, "in_form")
    if _wants(wanted):
        await _interrupt(update, turn, text, wanted, Unfit("not_understood"))
    else:
        turn.said = text
        await perform(update, turn, repertoire(turn).actions["policy.ask"])


async def _interrupt(update: Update, turn: Turn, text: str, wanted: Reading, unfit: Unfit) -> None:
    """Do what was wanted and come back to the same question, or say why the answer does not do."""
    action = repertoire(turn).for_intent(wanted.intent)
    if _wants(wanted) and action is not None:
        turn.said, turn.slots = text, wanted.slots
        await perform(update, turn, action)
    elif asks(text):
        turn.said = text
        await perform(update, turn, repertoire(turn).actions["policy.ask"])
    else:
        await form.ask(turn, unfit=unfit)


async def _at_the_door(update: Update, turn: Turn, act: str, said: str) -> None:
    turn.said, turn.button = said, Button([said])
    await perform(update, turn, repertoire(turn).actions[act])


async def _outside(update: Update, turn: Turn, text: str) -> None:
    if await door.names(turn, text):
        await _at_the_door(update, turn, "door.find", text)
        return
    wanted = _read(turn, text)
    turn.said, turn.slots = text, dict(wanted.slots)
    if looks_like_number(text):
        turn.slots["query"] = text
        await perform(update, turn, repertoire(turn).actions["patents.browse"])
        return
    action = repertoire(turn).for_intent(wanted.intent)
    if _wants(wanted):
        if action is None:
            turn.reply("menu/not_yet")
        else:
            await perform(update, turn, action)
        return
    if wanted.decision == "ask" and door.is_name(turn, text):
        await _at_the_door(update, turn, "door.find", text)
        return
    turn.slots["guesses"] = " ".join(wanted.guesses)
    await perform(update, turn, repertoire(turn).actions["policy.ask"])


def _read(turn: Turn, text: str) -> Reading:
    """What asks about policy by itself stays so, whatever list is on the screen."""
    alone = read_intent(text, turn.person.role)
    if alone.intent == "ask_policy" and (alone.decision == "act" or asks(text)):
        return alone
    return read_intent(text, turn.person.role, _open_screen(turn))


def _open_screen(turn: Turn) -> str | None:
    """The screen without what it shows: "patent_detail:12" is patent_detail."""
    return turn.came_from.kind or (turn.screen or "").partition(":")[0] or None
