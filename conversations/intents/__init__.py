"""What a person wants, read from one message: a pure function over data/intents.toml."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rapidfuzz import fuzz, process

from .hearing import heard, is_concept
from .kept import kept
from .learning import strengths
from .lexicon import QUESTION, ROLES, Intent, load
from .spelling import aligned, core, spelled

POLICY = "ask_policy"  # where a question goes that nobody else understands


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
    """What `text` wants from somebody of `role` (ent, org, staff) with the screen `ctx` open. Who
    is of a role that the lexicon does not know is heard like a firm."""
    role = role if role in ROLES else ROLES[0]
    decide, line = load().decide, aligned(text)
    said = spelled(line)
    features, slips = heard(said, role, ctx), _slips(core(said), role, ctx)
    totals = _totals(features, slips)
    best = sorted(totals, key=totals.__getitem__, reverse=True)
    lead = _lead(best[0], totals)
    if not slips and not any(map(is_concept, features)):
        lead = 0.0  # likely nonsense: nothing in it is a word of ours
    if QUESTION in features:
        if lead < decide["lost"] * decide["clear"] and ctx is None:
            best.sort(key=lambda name: name != POLICY)
        lead = min(lead, _lead_without_role(best[0], features, slips, role))
    score = round(min(1.0, max(0.0, lead / decide["clear"])), 3)
    return Reading(
        intent=best[0],
        score=score,
        decision="act" if score >= decide["act"] else "ask",
        guesses=tuple(best[:3]),
        slots=_slots(_intents()[best[0]], text, line),
    )


def _totals(features: list[str], slips: dict[str, float]) -> dict[str, float]:
    totals = strengths(features)
    for name, likeness in slips.items():
        totals[name] += load().decide["typed"] * likeness
    return totals


def _lead(name: str, totals: dict[str, float]) -> float:
    rivals = (total for other, total in totals.items() if other != name)
    return totals[name] - max(rivals, default=0.0)


def _lead_without_role(name: str, features: list[str], slips: dict[str, float], role: str) -> float:
    """The lead among what the role may do, by the words alone.

    Who speaks decides between wishes, but never makes an order out of a question.
    """
    totals = _totals([feature for feature in features if feature[0] != "#"], slips)
    allowed = {intent.name for intent in load().intents if role in intent.roles}
    return _lead(name, {other: totals[other] for other in allowed | {name}})


@cache
def _intents() -> dict[str, Intent]:
    return {intent.name: intent for intent in load().intents}


def _slips(short: str, role: str, screen: str | None) -> dict[str, float]:
    """How like (0 to 1) a short message is to a command of each intent, but for a slip."""
    decide = load().decide
    if not 1 < len(short) <= decide["short"]:
        return {}
    commands = _commands(role, screen)
    near = process.extract(
        short, commands.keys(), scorer=fuzz.ratio, score_cutoff=decide["alike"], limit=5
    )
    return {commands[command]: (ratio / 100) ** 4 for command, ratio, _ in reversed(near)}


@lru_cache(maxsize=128)
def _commands(role: str, screen: str | None) -> dict[str, str]:
    """The short examples that such a person may mean on such a screen, to their intents."""
    return {
        command: name
        for command, name, of_screen in _short_examples()
        if role in _intents()[name].roles and of_screen in (None, screen)
    }


@cache
def _short_examples() -> list[tuple[str, str, str | None]]:
    """Each as it is compared, with its intent and its screen."""
    found: list[tuple[str, str, str | None]] = kept("commands", _shorten_examples)
    return found


def _shorten_examples() -> list[tuple[str, str, str | None]]:
    return [
        (core(spelled(aligned(example.text))), intent.name, example.screen)
        for intent in load().intents
        for example in intent.examples
        if len(example.text) <= load().decide["short"]
    ]


def _slots(intent: Intent, text: str, line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pattern in intent.slots:
        if match := pattern.search(line):
            for name, value in match.groupdict().items():
                if value and name not in found:
                    found[name] = text[match.start(name) : match.end(name)]
    return found


__all__ = ["Reading", "read_intent"]
