"""我的资料: seeing and changing what is known of oneself and one's firm; 邀请同事; 切换身份."""

from __future__ import annotations

from typing import Any

from telegram import Update

from conversations import form, profile
from conversations.actions import ORGANIZER
from conversations.reading import Unfit
from conversations.steps import Answers
from handlers import approvals
from pipeline.turn import Filling, OldButton, Turn
from services import admissions, claims, linking, memberships, people

PREFILLED = {"contact", "phone", "firm_name", "uscc"}  # what a text is enough for


async def show(update: Update, turn: Turn) -> None:
    found = await memberships.waiting(turn.session, turn.person.id)
    turn.reply(
        "people/profile",
        profile=await people.profile(turn.session, turn.person.id),
        waits=found[1] if found else None,
        chats=await linking.other_chats(turn.session, turn.person.id, turn.chat_id),
    )


async def edit(update: Update, turn: Turn) -> None:
    """Ask for one field anew. Of several choices those that stand are ticked."""
    field = turn.button.word(0)
    if field not in profile.FIELDS:
        raise OldButton
    await _open(turn, field)


async def said(update: Update, turn: Turn) -> None:
    """Open the field that a sentence speaks of, with what it is to be; several come in turn."""
    text = turn.said
    fields = profile.fields_in(text)
    if not fields:
        await show(update, turn)
    elif fields[0] == "":
        turn.reply("people/not_kept")
    elif turn.person.name is None:
        turn.reply("people/nothing_to_edit")
    else:
        value = _value(turn, text) if fields[0] in PREFILLED else None
        await _open(turn, fields[0], value, fields[1:])


def _value(turn: Turn, text: str) -> str | None:
    return profile.value_in(text) or turn.slots.get("value")


async def _open(
    turn: Turn, field: str, value: str | None = None, more: list[str] | None = None
) -> None:
    people.check_consent(turn.person.consent)
    name, known = profile.form_of(field), await _known(turn, field)
    extra: dict[str, Any] = {"more": more} if more else {}
    if known and turn.filling is None:
        turn.filling = Filling(name, field, {field: known, **extra})
        await form.ask(turn)
        return
    if value is not None:
        extra |= _read(turn, field, value)
    await form.begin(turn, name, **extra)


async def _known(turn: Turn, field: str) -> list[str]:
    """The choices that stand; on the way it is seen whether the firm is theirs to change."""
    if field not in profile.OF_FIRM:
        return []
    firm = await people.firm_of_admin(turn.session, turn.person.id)
    if field == "industries":
        return list(await people.industries(turn.session, firm.id))
    return list(firm.tags) if field == "tags" else []


def _read(turn: Turn, field: str, value: str) -> dict[str, Any]:
    """The answer in a sentence, where it can be one."""
    try:
        return {field: form.read_as(turn, profile.form_of(field), field, value)}
    except Unfit:
        return {}


async def edited(turn: Turn, answers: Answers) -> None:
    """Old → new."""
    more = list(answers.get("more") or [])
    field = next(name for name in answers if name != "more")
    await _changed(turn, field, answers[field])
    if more:
        await _open(turn, more[0], more=more[1:])


async def _changed(turn: Turn, field: str, value: Any) -> None:
    if field == "firm_name":
        await _rename(turn, value)
    else:
        turn.reply("people/changed", field=field, change=await _change(turn, field, value))


async def _rename(turn: Turn, name: str) -> None:
    """A firm's name is everybody's business, so an organizer looks at it."""
    admission = await memberships.rename(turn.session, turn.person.id, name, turn.now)
    turn.reply("people/rename_asked", name=admission.wish, due=admission.due_at)
    await approvals.announce(turn.work, await admissions.card(turn.session, admission.id))


async def _change(turn: Turn, field: str, value: Any) -> people.Change:
    session, person, now = turn.session, turn.person.id, turn.now
    if field == "city":
        return await people.change_city(session, person, value, now)
    if field == "industries":
        return await people.change_industries(session, person, value, now)
    if field == "tags":
        return await people.change_tags(session, person, value or [], now)
    if field == "uscc":
        return await people.add_code(session, person, value, now)
    return await people.change(session, person, "name" if field == "contact" else field, value, now)


async def invite_member(update: Update, turn: Turn) -> None:
    """How a colleague comes in: with a code for the firm, and the admin's yes."""
    firm, code = await claims.invite_colleague(turn.session, turn.person.id, turn.now)
    turn.reply(
        "people/invite_member", firm=firm.name, code=code, until=turn.now + claims.VALID,
        link=link(turn, code),
    )  # fmt: skip


def link(turn: Turn, code: str) -> str | None:
    """A link that opens Telegram with the code, where the bot's name is set."""
    name = turn.bot_data["settings"].telegram_name
    return f"https://t.me/{name}?start={code}" if name else None


async def roles(update: Update, turn: Turn) -> None:
    """Which role one has, what one may do in it, and how one gets another."""
    turn.reply(
        "people/roles",
        role=turn.person.role,
        firm=turn.person.firm,
        wanted=turn.slots.get("role", ""),
        organizer=turn.person.role == ORGANIZER,
    )
