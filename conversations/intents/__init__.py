"""What a person wants, read from one message: a pure function over data/intents.toml."""

import re
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process

from .experience import likelihoods
from .hearing import Seen, seen_in
from .lexicon import Intent, Lexicon, Rule, load
from .spelling import aligned, core, spelled


@dataclass(frozen=True, slots=True)
class Reading:
    """`intent` with how sure we are (0 to 1); below the lexicon's mark the bot asks first."""

    intent: str
    score: float
    decision: Literal["act", "ask"]
    guesses: tuple[str, ...]
    slots: dict[str, str]


def read_intent(text: str, role: str, ctx: str | None = None) -> Reading:
    """What `text` wants from somebody of `role` (ent, org, staff) with the screen `ctx` open."""
    lexicon, line = load(), aligned(text)
    said = spelled(line)
    ranked = _ranked(lexicon, seen_in(said, role, ctx), core(said), role)
    intent, strength = ranked[0]
    score = _sureness(strength, strength - ranked[1][1], lexicon.decide)
    return Reading(
        intent=intent.name,
        score=score,
        decision="act" if score >= lexicon.decide["act"] else "ask",
        guesses=tuple(each.name for each, _ in ranked[:3]),
        slots=_slots(intent, text, line),
    )


def _ranked(lexicon: Lexicon, seen: Seen, short: str, role: str) -> list[tuple[Intent, float]]:
    decide, likeness, likely = lexicon.decide, _likeness(lexicon, short), likelihoods(seen)
    strengths: list[tuple[Intent, float]] = []
    for intent in lexicon.intents:
        strength = _by_rules(intent, seen, likeness.get(intent.name, 0.0))
        strength += decide["examples"] * likely[intent.name]
        if intent.roles and role not in intent.roles:
            strength -= decide["stranger"]
        strengths.append((intent, max(0.0, strength)))
    return sorted(strengths, key=lambda pair: -pair[1])


def _likeness(lexicon: Lexicon, short: str) -> dict[str, float]:
    """How strongly the nearest short commands speak for their intents, by edit distance."""
    decide = lexicon.decide
    if not 1 < len(short) <= decide["short"]:
        return {}
    near = process.extract(
        short, lexicon.phrases.keys(), scorer=fuzz.ratio, score_cutoff=decide["alike"], limit=5
    )
    return {
        lexicon.phrases[phrase]: ratio / 10 - (0.5 if ratio == 100 else decide["unlike"])
        for phrase, ratio, _ in reversed(near)
    }


def _by_rules(intent: Intent, seen: Seen, likeness: float) -> float:
    strongest = max((rule.weight for rule in intent.rules if _holds(rule, seen)), default=0.0)
    if not max(strongest, likeness):
        return 0.0
    hints = sum(hint.weight for hint in intent.hints if _holds(hint, seen))
    return max(0.0, max(strongest, likeness) + hints)


def _holds(rule: Rule, seen: Seen) -> bool:
    return (
        rule.needs <= seen.keys()
        and rule.lacks.isdisjoint(seen)
        and not any(group.isdisjoint(seen) for group in rule.options)
        and all(a in seen and b in seen and seen[a][0] < seen[b][1] for a, b in rule.orders)
    )


def _sureness(strength: float, gap: float, decide: dict[str, float]) -> float:
    """0 to 1: strong, and well before the next intent."""
    clear = min(1.0, 0.5 + 0.5 * gap / decide["clear"])
    return round(min(strength / decide["full"], 1.0) * clear, 3)


def _slots(intent: Intent, text: str, line: str) -> dict[str, str]:
    """What `text` already says of the intent's particulars, as it was written."""
    found: dict[str, str] = {}
    for pattern in intent.slots:
        if match := pattern.search(line):
            for name, value in match.groupdict().items():
                if value and name not in found:
                    found[name] = text[match.start(name) : match.end(name)]
    return found


__all__ = ["Reading", "read_intent"]
