"""What a person hears of unasked: the card of switches, the digest, and what came too late."""

from __future__ import annotations

from telegram import Update

from pipeline import words
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import attention, digests, late

ON, OFF = "on", "off"


async def show(update: Update, turn: Turn) -> None:
    """通知设置: one card, which changes in place."""
    _card(turn, await attention.of(turn.session, turn.person.id, turn.now))


async def switch(update: Update, turn: Turn) -> None:
    """A topic on or off, by its button or in words (别再发通知了)."""
    topic, on = turn.button.word(0), turn.button.word(1) == ON
    wishes = await attention.switch(turn.session, turn.person.id, topic, on, turn.now)
    _card(turn, wishes, changed=topic)
    await turn.in_place(update)


async def together(update: Update, turn: Turn) -> None:
    """Each as it comes, or one message a day or a week."""
    said = turn.button.word(0)
    wishes = await attention.together(turn.session, turn.person.id, said, turn.now)
    _card(turn, wishes, changed="digest")
    await turn.in_place(update)


def _card(turn: Turn, wishes: attention.Wishes, changed: str | None = None) -> None:
    begin, end = attention.quiet_hours()
    turn.reply(
        "attention/settings", topics=attention.topics_of(turn.person.role), wishes=wishes,
        changed=changed, begin=begin, end=end, cap=attention.rule("cap"),
        hour=attention.rule("digest")["hour"],
    )  # fmt: skip


async def digest(work: Work, after: int = 0) -> None:
    """Tell the next people what was gathered for them, and go on."""
    people = await digests.readers(work.session, after)
    rule = attention.rule("digest")
    await work.find(people)
    for person in people:
        items = await digests.take(work.session, person, work.now)
        if items:
            said = [(i, _brief(i.text, rule["letters"])) for i in items[: rule["most"]]]
            await work.notify(
                person, "attention/digest", key=f"digest:{work.now.isoformat()}:{person}",
                priority=REMINDER, items=said, more=len(items) - len(said),
                first=next((item for item in items if item.button), None),
            )  # fmt: skip
    if len(people) == digests.PEOPLE:
        await digests.go_on(work.session, work.now, people[-1])


async def missed(work: Work, chats: list[int]) -> None:
    """Say once to each person what they were not told in time."""
    found = await late.take(work.session, chats, work.now)
    await work.find([*found])
    for person, things in found.items():
        await work.notify(
            person, "attention/missed", key=f"missed:{work.now.isoformat()}:{person}",
            priority=REMINDER, things=things,
        )  # fmt: skip


def _brief(html: str, most: int) -> str:
    lines = (line.strip() for line in words.plain(html).splitlines())
    text = " ".join(line for line in lines if line)
    return text if len(text) <= most else f"{text[: most - 1]}…"
