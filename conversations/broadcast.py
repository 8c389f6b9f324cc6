"""群发通知: the questions of a notice, each a form of its own, so that any of them is one tap away:
whom it is for, kind by kind, its text, when; and what a second organizer or a mistake makes of it.

While the audience is chosen the title counts whom it reaches, tick by tick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from zlib import crc32

from conversations import choices, form, notice_words
from conversations.form import Form, Submit
from conversations.steps import CHOICE, MANY, TIME, Answers, Option, Step, text, verbatim
from errors import Refused
from pipeline import words
from pipeline.turn import Filling, Turn
from services import audiences, broadcasts, industries

KINDS = ("cities", "parks", "tags", "industries", "event")
TEXT, NAME, WHEN = "broadcast", "audience/name", "broadcasts/when"
REASON, CORRECTION = "broadcasts/reason", "broadcasts/correction"
LONGEST = 800


class NoParks(Refused):
    """Facts: broadcast_id. No firm there names its park."""


class NoEvents(Refused):
    """Facts: broadcast_id."""


@dataclass(frozen=True)
class Submits:
    """What is done with the answers."""

    written: Submit
    addressed: Submit
    named: Submit
    planned: Submit
    returned: Submit
    corrected: Submit


def forms(submits: Submits) -> tuple[Form, ...]:
    said = Step("text", verbatim(LONGEST), check=_check_variables)
    one = partial(Form, intent="broadcast", review=False, topic="broadcasts")
    return (
        one(TEXT, steps=(said,), submit=submits.written),
        *(
            one(of_kind(kind), steps=steps, submit=submits.addressed, subject=counted)
            for kind, steps in _STEPS.items()
        ),
        one(NAME, steps=(Step("name", text(broadcasts.LONGEST_NAME)),), submit=submits.named),
        one(WHEN, steps=(Step("at", TIME),), submit=submits.planned),
        one(REASON, steps=(Step("text", verbatim(200)),), submit=submits.returned),
        one(CORRECTION, steps=(said,), submit=submits.corrected),
    )


def of_kind(kind: str) -> str:
    return f"audience/{kind}"


async def open_kind(turn: Turn, notice: int, kind: str, audience: Mapping[str, Any]) -> None:
    """Ask for one kind anew; what stands is ticked."""
    if kind == "parks" and not await _parks(turn, {"notice": notice}):
        raise NoParks(broadcast_id=notice)
    if kind == "event" and not await _events(turn, {}):
        raise NoEvents(broadcast_id=notice)
    stands = {kind: audience[kind]} if kind in audience and kind != "event" else {}
    if kind == "industries" and audience.get("segments"):
        stands = {kind: await _industries_of(turn, audience)}
    if kind == "parks" and stands:
        stands = {kind: [_short(park) for park in audience["parks"]]}
    name = of_kind(kind)
    if stands and turn.filling is None:
        turn.filling = Filling(name, kind, {"notice": notice, **stands})
        await form.ask(turn)
    else:
        await form.begin(turn, name, notice=notice)


async def _industries_of(turn: Turn, audience: Mapping[str, Any]) -> list[str]:
    leaves = set(map(int, audience["segments"]))
    tree = await industries.tree(turn.session)
    of_leaves = [n.code for n in tree if leaves & {segment.id for segment in n.segments}]
    return [*(audience.get("industries") or []), *of_leaves]


async def chosen(turn: Turn, answers: Answers) -> dict[str, Any]:
    """The kinds that the answers so far are about. An industry of which some leaves are chosen is
    these leaves."""
    kinds = {kind: answers.get(kind) for kind in ("cities", "tags") if kind in answers}
    if "parks" in answers:
        picked_parks = answers["parks"] or []
        kinds["parks"] = [o.label for o in await _parks(turn, answers) if o.key in picked_parks]
    if "industries" in answers:
        leaves = set(map(int, answers.get("segments") or []))
        picked = set(answers["industries"] or [])
        nodes = [n for n in await industries.tree(turn.session) if n.code in picked]
        in_part = {n.code for n in nodes if leaves & {segment.id for segment in n.segments}}
        kinds["industries"] = [n.code for n in nodes if n.code not in in_part]
        kinds["segments"] = sorted(leaves)
    if "event" in answers and "state" in answers:
        kinds["event"] = {"id": int(answers["event"]), "state": answers["state"]}
    return kinds


async def counted(turn: Turn, answers: Answers) -> str:
    """Whom the notice would reach as it is being chosen."""
    notice = await broadcasts.get(turn.session, int(answers["notice"]))
    city = await audiences.city_of(turn.session, turn.person.id)
    wanted = {**notice.audience, **await chosen(turn, answers)}
    if city is not None:
        wanted["cities"] = [city]
    reach = await audiences.reach(turn.session, wanted, turn.now)
    return words.plain(words.render("broadcasts/count", reach=reach).text)


async def _check_variables(turn: Turn, said: str) -> None:
    _, filling = form.opened(turn)
    await notice_words.checked(turn.session, int(filling.answers["notice"]), said)


async def _parks(turn: Turn, answers: Answers) -> Sequence[Option]:
    notice = await broadcasts.get(turn.session, int(answers["notice"]))
    names = await audiences.parks(turn.session, notice.audience.get("cities") or [])
    return [Option(_short(name), name) for name in names]


def _short(park: str) -> str:
    """A button carries less than the name of a park may have."""
    return f"{crc32(park.encode()):x}"


async def _segments(turn: Turn, answers: Answers) -> Sequence[Option]:
    picked = answers.get("industries") or []
    nodes = [n for n in await industries.tree(turn.session) if n.code in picked]
    return [Option(str(segment.id), segment.name) for n in nodes for segment in n.segments]


async def _no_segments(turn: Turn, answers: Answers) -> list[str] | None:
    """Without an industry there are no leaves to ask for."""
    return None if answers.get("industries") else []


async def _events(turn: Turn, answers: Answers) -> Sequence[Option]:
    city = await audiences.city_of(turn.session, turn.person.id)
    found = await audiences.events(turn.session, city)
    return [Option(str(one.id), words.filtered("titled", "", one.title)) for one in found]


_STEPS: Mapping[str, tuple[Step, ...]] = {
    "cities": (Step("cities", MANY, optional=True, options=choices.cities),),
    "parks": (Step("parks", MANY, optional=True, options=_parks),),
    "tags": (Step("tags", MANY, optional=True, options=choices.listed("register", "tags")),),
    "industries": (
        Step("industries", MANY, optional=True, options=choices.industries),
        Step("segments", MANY, optional=True, options=_segments, known=_no_segments),
    ),
    "event": (
        Step("event", CHOICE, options=_events),
        Step("state", CHOICE, options=choices.paired("audience/event", "state")),
    ),
}
