"""关联: one person on several phones and networks."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.actions import repertoire
from conversations.linking import six_digits
from conversations.reading import Unfit
from conversations.steps import Answers
from pipeline.turn import Turn
from services import linking, merging


async def show(update: Update, turn: Turn) -> None:
    """A code to type in the other chat."""
    if turn.args:
        await enter(update, turn)
        return
    code = await linking.offer(turn.session, turn.person.id, turn.chat_id, turn.now)
    turn.reply("people/link_code", code=code, until=turn.now + linking.VALID)


async def enter(update: Update, turn: Turn) -> None:
    """The code from the other chat: said at once, or asked for."""
    said = turn.button.word(0) or "".join(turn.args or ())
    if not said:
        await form.begin(turn, "people/link")
        return
    try:
        code = six_digits(said)
    except Unfit as unfit:
        turn.reply(f"unfit/{unfit.code}", **unfit.facts)
    else:
        await _redeem(turn, code)


async def entered(turn: Turn, answers: Answers) -> None:
    # The form belongs to whoever typed, who may be another person in a moment.
    await turn.keep()
    await _redeem(turn, answers["code"])


async def _redeem(turn: Turn, code: str) -> None:
    outcome = await linking.redeem(turn.session, turn.person.id, turn.chat_id, code, turn.now)
    if outcome.result != "linked":
        turn.reply("people/not_linked", result=outcome.result)
        return
    await turn.lay_aside()  # as every draft of both was
    await show_commands(turn, outcome.person)
    if not outcome.merge_id:
        turn.reply("people/moved_here", cut=outcome.cut)
        return
    turn.reply("people/linked", merge_id=outcome.merge_id, channel=turn.channel, here=True)
    turn.work.say(
        outcome.chat_id, "people/linked", merge_id=outcome.merge_id, channel=turn.channel,
        here=False,
    )  # fmt: skip


async def cut(update: Update, turn: Turn) -> None:
    """An old phone or account: nothing arrives there any more."""
    channel = await linking.cut(
        turn.session, turn.person.id, turn.button.number(0), turn.chat_id, turn.now
    )
    turn.reply("people/chat_cut", channel=channel)


async def undo(update: Update, turn: Turn) -> None:
    done = await merging.undo(turn.session, turn.button.number(0), turn.person.id, turn.now)
    await turn.lay_aside()  # what is open may be the other's now
    await show_commands(turn, done.kept_id, done.gone_id)
    turn.reply("people/unlinked")


async def show_commands(turn: Turn, *people: int) -> None:
    """On Telegram they stand beside the field that is typed in, and are others for each role."""
    for chat_id, role in (await linking.roles_on_telegram(turn.session, *people)).items():
        turn.show_commands(repertoire(turn).commands(role), chat_id)
