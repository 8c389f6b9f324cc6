"""The concepts that a message speaks of, and where."""

from collections.abc import Iterator

from .lexicon import Lexicon, load
from .spelling import core, strange

Seen = dict[str, tuple[int, int]]  # a concept, to where it first and last begins


def seen_in(line: str, role: str, screen: str | None) -> Seen:
    """The concepts of a spelled `line`, with #role and @screen among them."""
    lexicon = load()
    seen: Seen = dict.fromkeys(_marks(role, screen), (0, 0))
    for start, concepts in _spoken(line, lexicon):
        for concept in concepts:
            first, last = seen.get(concept, (start, start))
            seen[concept] = (min(first, start), max(last, start))
    return seen


def _marks(role: str, screen: str | None) -> list[str]:
    # "my_event" is also @event, so that one rule may speak of every screen about an event.
    screen = screen or "none"
    return [f"#{role}", f"@{screen}", *(f"@{part}" for part in screen.split("_"))]


def _spoken(line: str, lexicon: Lexicon) -> Iterator[tuple[int, frozenset[str]]]:
    free = strange(line)
    for start, char in enumerate(line):
        # Not every 发 publishes: within a known word (研发) a character means that word only.
        if free[start] and (concepts := lexicon.words.get(char)):
            yield start, concepts
        for end in range(start + 2, min(start + lexicon.longest, len(line)) + 1):
            if concepts := lexicon.words.get(line[start:end]):
                yield start, concepts
    for pattern, concepts in lexicon.patterns:
        if match := pattern.search(line):
            yield match.start(), concepts
    if concepts := lexicon.whole.get(core(line)):
        yield 0, concepts
