"""What each feature says for and against each intent, learned from the lexicon's examples.

An averaged perceptron with a margin. On messages that nobody had seen it read as rightly as a
support vector machine over the same features, and more rightly than hand-weighted rules.

What a feature says of all intents is one whole number, 32 bits an intent: so a message is weighed
by one addition a feature, and some thousand examples are learned in seconds, once:
what was learned is kept.
"""

import random
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from .hearing import heard
from .kept import kept
from .lexicon import ROLES, Intent, load
from .spelling import aligned, spelled

_MARGIN = 50  # an example is learned until its intent leads by so much
_ROUNDS = 8
_PARTS = 4
_BITS = 32
_MIDDLE = 1 << (_BITS - 1)  # added to each place, so that none is below nothing


Lesson = tuple[list[str], int]  # the features of an example, and the place of its intent


@dataclass(frozen=True, slots=True)
class Learned:
    says: dict[str, int]  # a feature, to what it says of every intent, place by place
    states: int  # whose sum they are


def strengths(features: Iterable[str]) -> dict[str, float]:
    """How strongly `features` speak for each intent."""
    learned, names = _learned(), [intent.name for intent in load().intents]
    totals = _places(sum(learned.says.get(feature, 0) for feature in features), len(names))
    return {
        name: (total - _MIDDLE) / learned.states for name, total in zip(names, totals, strict=True)
    }


def _places(packed: int, count: int) -> list[int]:
    """The `count` numbers in `packed`, each with _MIDDLE added."""
    shifted = packed + _middles(count)
    return array("I", shifted.to_bytes(count * _BITS // 8, "little")).tolist()


@cache
def _middles(count: int) -> int:
    return sum(_MIDDLE << (_BITS * place) for place in range(count))


@cache
def _learned() -> Learned:
    return Learned(kept("learned", learn), _ROUNDS * _PARTS)


def learn() -> dict[str, int]:
    """What every feature of the examples says, summed over all states."""
    intents = load().intents
    lessons = [
        (lesson, place) for place, intent in enumerate(intents) for lesson in _lessons(intent)
    ]
    order = random.Random(0)  # the same examples must always give the same reader
    says = dict.fromkeys((feature for lesson, _ in lessons for feature in lesson), 0)
    sums = dict(says)
    for _ in range(_ROUNDS):
        order.shuffle(lessons)
        for start in range(_PARTS):
            _learn(lessons[start::_PARTS], says, len(intents))
            # The mean over many states errs less than the last one.
            sums = {feature: so_far + says[feature] for feature, so_far in sums.items()}
    return sums


def _learn(lessons: list[Lesson], says: dict[str, int], count: int) -> None:
    for features, right in lessons:
        wrong = _confused(sum(map(says.__getitem__, features)), right, count)
        if wrong is not None:
            change = (1 << (_BITS * right)) - (1 << (_BITS * wrong))
            for feature in features:
                says[feature] += change


def _lessons(intent: Intent) -> Iterator[list[str]]:
    for index, example in enumerate(intent.examples):
        # Of six examples the first role says four, so that it is met more often than the others.
        role = intent.roles[min(max(0, index % 6 - 3), len(intent.roles) - 1)]
        if index % 12 == 11:
            role = next((other for other in ROLES if other not in intent.roles), role)
        # What is said with no screen in mind is said in the middle of a form, too.
        screen = example.screen or ("in_form" if index % 4 == 3 else None)
        yield heard(spelled(aligned(example.text)), role, screen)


def _confused(packed: int, right: int, count: int) -> int | None:
    """The place of the intent that comes too close to the right one, if any."""
    totals = _places(packed, count)
    enough = totals[right] - _MARGIN
    totals[right] = 0
    nearest = max(totals)
    return totals.index(nearest) if nearest >= enough else None
