"""What a person wants, read from one message: a pure function over data/intents.toml."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from rapidfuzz import fuzz, process

from .hearing import heard
from .learning import strengths
from .lexicon import Intent, load
from .spelling import aligned, core, spelled


@dataclass(frozen=True, slots=True)
class Reading:
    """`intent` with how sure we are (0 to 1); below the lexicon's mark the bot asks first.

    `guesses` are the three best intents, `slots` what the message already says, as it was written.
    """

    intent: str
    score: float
    decision: Literal["act", "ask"]
    guesses: tuple[str, ...]
    slots: dict[str, str]


def read_intent(text: str, role: str, ctx: str | None = None) -> Reading:
    """What `text` wants from somebody of `role` (ent, org, staff) with the screen `ctx` open."""
    decide, line = load().decide, aligned(text)
    said = spelled(line)
    totals = strengths(heard(said, role, ctx))
    for name, likeness in _likeness(core(said), role, ctx).items():
        totals[name] += decide["typed"] * likeness
    first, second, third = sorted(totals, key=totals.__getitem__, reverse=True)[:3]
    score = round(min(1.0, (totals[first] - totals[second]) / decide["clear"]), 3)
    return Reading(
        intent=first,
        score=score,
        decision="act" if score >= decide["act"] else "ask",
        guesses=(first, second, third),
        slots=_slots(_intents()[first], text, line),
    )


@cache
def _intents() -> dict[str, Intent]:
    return {intent.name: intent for intent in load().intents}


def _likeness(short: str, role: str, screen: str | None) -> dict[str, float]:
    """How like (0 to 1) a short message is to the commands of an intent: a slip of the finger."""
    decide = load().decide
    if not 1 < len(short) <= decide["short"]:
        return {}
    commands = _commands(role, screen)
    near = process.extract(
        short, commands.keys(), scorer=fuzz.ratio, score_cutoff=decide["alike"], limit=5
    )
    return {commands[command]: ratio / 100 for command, ratio, _ in reversed(near)}


@cache
def _commands(role: str, screen: str | None) -> dict[str, str]:
    """The short examples that such a person may mean on such a screen, to their intents."""
    return {
        core(spelled(aligned(example.text))): intent.name
        for intent in load().intents
        if role in intent.roles
        for example in intent.examples
        if example.screen in (None, screen) and len(example.text) <= load().decide["short"]
    }


def _slots(intent: Intent, text: str, line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pattern in intent.slots:
        if match := pattern.search(line):
            for name, value in match.groupdict().items():
                if value and name not in found:
                    found[name] = text[match.start(name) : match.end(name)]
    return found


__all__ = ["Reading", "read_intent"]
