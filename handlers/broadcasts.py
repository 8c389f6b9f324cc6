"""Writing a notice: whom it is for, tap by tap, what it says, and how it looks before it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram import Update

from conversations import broadcast as forms
from conversations import form, notice_words
from conversations.reading import Unfit
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import OldButton, Turn
from services import audiences, broadcasts, desk, events, notice_limits, notice_runs, notice_texts

if TYPE_CHECKING:
    from db.models import Broadcast, Event
    from services.audiences import Reader


async def write(update: Update, turn: Turn) -> None:
    """A new notice, perhaps with the words that a sentence gave; first, whom it is for."""
    notice = await broadcasts.draft(
        turn.session, turn.person.id, turn.now, text=turn.slots.get("text") or ""
    )
    await show(turn, notice)


async def of_event(update: Update, turn: Turn) -> None:
    """Invite to an event: the words are proposed, the audience is asked."""
    event = await events.get(turn.session, turn.button.number(0))
    text = words.plain(words.render("broadcasts/invitation", event=event).text)
    notice = await broadcasts.draft(turn.session, turn.person.id, turn.now, text, event.id)
    await show(turn, notice)


async def rest(update: Update, turn: Turn) -> None:
    """The same, as a new notice to those who were not sent this one."""
    before = await _mine(turn)
    notice = await broadcasts.draft(
        turn.session, turn.person.id, turn.now, before.text, before.event_id,
        {**before.audience, "unheard": before.corrects or before.id},
    )  # fmt: skip
    await show(turn, notice)


async def audience(update: Update, turn: Turn) -> None:
    """Whom the notice is for, with the count."""
    await show(turn, await _mine(turn))


async def show(turn: Turn, notice: Broadcast) -> None:
    turn.reply(
        "broadcasts/audience",
        notice=notice,
        meant=await audiences.described(turn.session, notice.audience),
        reach=await audiences.reach(turn.session, notice.audience, turn.now),
        city=await audiences.city_of(turn.session, turn.person.id),
        saved=bool(await broadcasts.saved_audiences(turn.session, turn.person.id)),
    )


async def kind(update: Update, turn: Turn) -> None:
    """Choose by city, park, tag, industry or event."""
    notice = await broadcasts.written(turn.session, turn.button.number(0), turn.person.id)
    wanted = turn.button.word(1)
    if wanted not in forms.KINDS:
        raise OldButton
    await forms.open_kind(turn, notice.id, wanted, notice.audience)


async def addressed(turn: Turn, answers: Answers) -> None:
    kinds = await forms.chosen(turn, answers)
    notice = await broadcasts.address(turn.session, int(answers["notice"]), turn.person.id, **kinds)
    await show(turn, notice)


async def everybody(update: Update, turn: Turn) -> None:
    """All firms: what was chosen before is forgotten."""
    number = turn.button.number(0)
    await show(turn, await broadcasts.address_all(turn.session, number, turn.person.id))


async def keep(update: Update, turn: Turn) -> None:
    """Keep whom it is for under a name."""
    await form.begin(turn, forms.NAME, notice=(await _mine(turn)).id)


async def named(turn: Turn, answers: Answers) -> None:
    number = int(answers["notice"])
    saved = await broadcasts.save_audience(
        turn.session, number, turn.person.id, answers["name"], turn.now
    )
    turn.reply("broadcasts/kept", name=saved.name, broadcast_id=number)


async def saved(update: Update, turn: Turn) -> None:
    """The audiences that were kept, to pick one."""
    notice = await _mine(turn)
    kept = await broadcasts.saved_audiences(turn.session, turn.person.id)
    turn.reply("broadcasts/saved", broadcast_id=notice.id, audiences=kept)


async def use(update: Update, turn: Turn) -> None:
    """Take an audience that was kept."""
    notice, audience = turn.button.number(0), turn.button.number(1)
    await show(turn, await broadcasts.address_saved(turn.session, notice, turn.person.id, audience))


async def text(update: Update, turn: Turn) -> None:
    """Ask for the words."""
    notice = await broadcasts.written(turn.session, turn.button.number(0), turn.person.id)
    await form.begin(turn, forms.TEXT, notice=notice.id)


async def written(turn: Turn, answers: Answers) -> None:
    number = int(answers["notice"])
    await preview_of(
        turn, await broadcasts.say(turn.session, number, turn.person.id, answers["text"])
    )


async def preview(update: Update, turn: Turn) -> None:
    """What it says and whom it reaches; without words, they are asked for."""
    notice = await _mine(turn)
    if notice.text or notice.corrects:
        await preview_of(turn, notice)
    else:
        await text(update, turn)


async def preview_of(turn: Turn, notice: Broadcast) -> None:
    event = await notice_words.event_of(turn.session, notice)
    problem = _problem(notice, event)
    if problem is not None:
        turn.reply("broadcasts/unfit", broadcast_id=notice.id, problem=problem)
        return
    if notice.corrects is not None:
        wrong = await broadcasts.get(turn.session, notice.corrects)
        reached = await notice_runs.reached(turn.session, wrong.id)
        turn.reply("broadcasts/correction", notice=notice, wrong=wrong, reached=reached)
    else:
        turn.reply("broadcasts/preview", **await facts(turn, notice, event))


async def facts(turn: Turn, notice: Broadcast, event: Event | None) -> dict[str, Any]:
    """What the cards before sending say."""
    return {
        "notice": notice,
        "meant": await audiences.described(turn.session, notice.audience),
        "reach": await audiences.reach(turn.session, notice.audience, turn.now),
        "event": event if notice.event_id else None,
        "most": notice_limits.settings()["second_pair_above"],
    }


def _problem(notice: Broadcast, event: Event | None) -> Any:
    """What is wrong with its variables, in words."""
    try:
        notice_words.check(notice.text, event)
    except Unfit as unfit:
        return words.markup(f"unfit/{unfit.code}", **unfit.facts)
    return None


async def looks(update: Update, turn: Turn) -> None:
    """As three of its readers will see it, each on their network."""
    notice = await _mine(turn)
    event = await notice_words.event_of(turn.session, notice)
    readers = await audiences.examples(turn.session, notice.audience, turn.now)
    turn.reply(
        "broadcasts/looks",
        broadcast=notice,
        views=[_view(reader, notice_words.message(notice, event, reader.values))
               for reader in readers],
    )  # fmt: skip


def _view(reader: Reader, message: words.Message) -> dict[str, Any]:
    return {
        "name": reader.values["name"],
        "firm": reader.values["firm"],
        "phone": desk.masked(reader.phone or ""),
        "channel": reader.channel,
        "text": words.plain(message.text),
        "buttons": [button["text"] for row in message.rows for button in row],
    }


async def test(update: Update, turn: Turn) -> None:
    """Send it to oneself, with the values of one who will get it."""
    notice = await _mine(turn)
    event = await notice_words.event_of(turn.session, notice)
    reader = next(iter(await audiences.examples(turn.session, notice.audience, turn.now, 1)), None)
    turn.reply("broadcasts/test", reader=reader)
    said = notice_words.parts(notice, event)
    values = {**notice_words.of_event(event), **(reader.values if reader else {})}
    renamed = notice_texts.renamed(notice.text, notice_words.names())
    turn.reply("broadcasts/notice", **{**said, "text": notice_texts.fill(renamed, values)})


async def receipt(update: Update, turn: Turn) -> None:
    """Ask its readers to say that they have read it, or not."""
    number = turn.button.number(0)
    await preview_of(turn, await broadcasts.ask_receipt(turn.session, number, turn.person.id))


async def leave_out(update: Update, turn: Turn) -> None:
    """Leave out those of whom something is not known that the text says."""
    notice = await _mine(turn)
    used = notice_words.values_in(notice.text)
    await preview_of(
        turn, await broadcasts.address(turn.session, notice.id, turn.person.id, complete=used)
    )


async def drop(update: Update, turn: Turn) -> None:
    await broadcasts.drop(turn.session, turn.button.number(0), turn.person.id)
    turn.reply("broadcasts/dropped")


async def listed(update: Update, turn: Turn) -> None:
    """The notices of late, each with its state."""
    notices = await broadcasts.recent(turn.session, turn.person.id)
    turn.reply("broadcasts/list", notices=notices)


async def _mine(turn: Turn) -> Broadcast:
    return await broadcasts.handled(turn.session, turn.button.number(0), turn.person.id)
