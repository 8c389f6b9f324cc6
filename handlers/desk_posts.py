"""我的岗位: what somebody of the staff is responsible for, and when they are away."""

from __future__ import annotations

from telegram import Update

from handlers.desk_talk import department_named, mark
from pipeline.turn import OldButton, Turn
from services import ticket_routes
from services.enterprise_rows import FIRMS
from services.ticket_routes import Member

AWAY = (0, 1, 3, 7, 14)  # days


async def show(update: Update, turn: Turn) -> None:
    """Their department, rank and cities, and whether they are there."""
    found = await ticket_routes.member(turn.session, turn.person.id)
    member = found or Member(turn.person.id, turn.person.name, turn.person.department)
    turn.reply("desk/post", member=member, now=turn.now, away=AWAY)


async def departments(update: Update, turn: Turn) -> None:
    """All departments to choose from."""
    names = await ticket_routes.departments(turn.session)
    turn.reply("desk/departments", departments=[(mark(name), name) for name in names])


async def department(update: Update, turn: Turn) -> None:
    """Theirs from now on; none: all of them."""
    marked = turn.button.word(0)
    name = await department_named(turn, marked) if marked else ""
    await ticket_routes.take_post(turn.session, turn.person.id, turn.now, department=name)
    await show(update, turn)


async def rank(update: Update, turn: Turn) -> None:
    """Whether they answer first, second, or are called last."""
    wanted = turn.button.word(0)
    if wanted not in ticket_routes.RANKS:
        raise OldButton
    await ticket_routes.take_post(turn.session, turn.person.id, turn.now, rank=wanted)
    await show(update, turn)


async def cities(update: Update, turn: Turn) -> None:
    """Of which city's firms; all of them where none is chosen."""
    found = await ticket_routes.member(turn.session, turn.person.id)
    chosen = list(found.cities) if found else []
    wanted = turn.button.word(0)
    if wanted:
        if wanted not in _cities():
            raise OldButton
        chosen = [c for c in chosen if c != wanted] if wanted in chosen else [*chosen, wanted]
        await ticket_routes.take_post(turn.session, turn.person.id, turn.now, cities=chosen)
    turn.reply("desk/cities", cities=_cities(), chosen=chosen)


async def away(update: Update, turn: Turn) -> None:
    """Others stand in until they are back."""
    days = turn.button.number(0)
    if days not in AWAY:
        raise OldButton
    until = ticket_routes.away_until(days, turn.now)
    await ticket_routes.take_post(turn.session, turn.person.id, turn.now, away_until=until)
    await show(update, turn)


def _cities() -> tuple[str, ...]:
    return tuple(FIRMS.words["values"]["cities"])
