"""The second opinion: what people meant before when they spoke of the same things.

A naive Bayes classifier over the concepts of the lexicon's examples. It knows which concepts go
together; the rules know order, negation and the exceptions. Either alone is wrong twice as often.
"""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache

from .hearing import Seen, seen_in
from .lexicon import Intent, load
from .spelling import aligned, spelled

_UNSEEN = 0.3  # what a concept counts for an intent that it was never seen with


@dataclass(frozen=True, slots=True)
class Experience:
    base: dict[str, float]  # an intent, to its logarithmic cost of any concept
    gain: dict[str, dict[str, float]]  # a concept, to the intents that it speaks for


def likelihoods(seen: Seen) -> dict[str, float]:
    """For each intent, how probable it is by the examples alone; they add up to 1."""
    experience = _experience()
    scores = {name: base * len(seen) for name, base in experience.base.items()}
    for concept in seen:
        for name, gain in experience.gain.get(concept, {}).items():
            scores[name] += gain
    best = max(scores.values())
    # Concepts overlap, so they are not as independent as the arithmetic takes them to be.
    calm = load().decide["calm"] * math.sqrt(len(seen))
    odds = {name: math.exp((score - best) / calm) for name, score in scores.items()}
    total = sum(odds.values())
    return {name: value / total for name, value in odds.items()}


@cache
def _experience() -> Experience:
    counts = {intent.name: _concepts_of(intent) for intent in load().intents}
    kinds = {concept for counter in counts.values() for concept in counter}
    gain: dict[str, dict[str, float]] = {}
    for name, counter in counts.items():
        for concept, times in counter.items():
            gain.setdefault(concept, {})[name] = math.log(times / _UNSEEN + 1)
    base = {name: -math.log(c.total() / _UNSEEN + len(kinds)) for name, c in counts.items()}
    return Experience(base, gain)


def _concepts_of(intent: Intent) -> Counter[str]:
    concepts: Counter[str] = Counter()
    role = min(intent.roles, default="ent")
    for example in (*intent.phrases, *intent.examples):
        text, *marks = example.split(" @")
        concepts.update(list(seen_in(spelled(aligned(text)), role, marks[0] if marks else None)))
    return concepts
