"""What a message speaks of: the features by which it is compared with the examples."""

from collections.abc import Iterator

from .lexicon import Lexicon, load
from .spelling import Span, uncovered, words_in


def heard(line: str, role: str, screen: str | None) -> list[str]:
    """The features of a spelled `line`: its concepts and pairs of characters, #role and @screen."""
    lexicon = load()
    words = list(words_in(line))
    free = uncovered(len(line), words)
    # What no word of the lexicon covers is heard as it stands.
    found = {f"'{char}" for char, is_free in zip(line, free, strict=True) if is_free}
    found.update(f"'{line[i : i + 2]}" for i in range(len(line) - 1))
    found.update(_ends(line))
    for concepts in _concepts(line, words, free, lexicon):
        found.update(concepts)
    found.update(_marks(role, screen))
    return sorted(found)


def _ends(line: str) -> Iterator[str]:
    """How it begins and ends, and about how long it is: 取消 alone is not 取消 in a tale."""
    for length in (1, 2):
        yield f"^{line[:length]}"
        yield f"${line[-length:]}"
    yield f"~{min(len(line) // 4, 6)}"


def is_concept(feature: str) -> bool:
    return feature[0] not in "'#@^$~"


def _marks(role: str, screen: str | None) -> list[str]:
    # "my_event" is also @event: what is learned of one screen about events helps on the others.
    screen = screen or "none"
    return [f"#{role}", f"@{screen}", *(f"@{part}" for part in screen.split("_"))]


def _concepts(
    line: str, words: list[Span], free: list[bool], lexicon: Lexicon
) -> Iterator[frozenset[str]]:
    # Not every 发 publishes: within a known word (研发) a character means that word only.
    for char, is_free in zip(line, free, strict=True):
        if is_free and (concepts := lexicon.words.get(char)):
            yield concepts
    for start, end in words:
        yield lexicon.words[line[start:end]]
    for pattern, concepts in lexicon.patterns:
        if pattern.search(line):
            yield concepts
