"""What people do, as data: hypothesis makes lists of these, and makes them shorter."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.talking import vocabulary


@dataclass(frozen=True)
class Answers:
    """The question that is shown gets a fitting answer; a card is sent; else a form is opened."""

    which: int


@dataclass(frozen=True)
class Misses:
    """Something that does not fit the question."""

    which: int


@dataclass(frozen=True)
class Asks:
    question: str


@dataclass(frozen=True)
class Corrects:
    """刚才的预算改成50万: one of the form's steps, by its label."""

    which: int
    step: int


@dataclass(frozen=True)
class Names:
    """联系人：周小川，电话：13812345678: two of the form's steps by their labels."""

    first: int
    second: int


@dataclass(frozen=True)
class AnswersAndAsks:
    """13812345678，这要钱吗？"""

    question: str


@dataclass(frozen=True)
class Wonders:
    """Of the form of a question, and perhaps an answer."""

    which: int


@dataclass(frozen=True)
class Sends:
    """What is no text: a contact card, a picture with or without words, a file, something passed
    on."""

    what: str


@dataclass(frozen=True)
class Says:
    """A way or a command."""

    words: str


@dataclass(frozen=True)
class Opens:
    """Whatever leads to a form of this role."""

    which: int


@dataclass(frozen=True)
class Presses:
    """A button of some earlier message, counted from the last."""

    back: int
    button: int


@dataclass(frozen=True)
class Taps:
    """The newest button of these words, or one of so many before it. For talks made by hand."""

    label: str
    before: int = 0


@dataclass(frozen=True)
class Resolves:
    """The newest doubt card's button: it is the answer, or it is for the programme."""

    meant: bool


@dataclass(frozen=True)
class Repeats:
    """The network delivers an earlier update again."""

    back: int


Text = Answers | Misses | Asks | Corrects | Says | Names | AnswersAndAsks | Wonders | Sends


@dataclass(frozen=True)
class AtOnce:
    """Several messages arrive before anything is handled, perhaps with a restart between."""

    texts: tuple[Text, ...]
    restart: bool


@dataclass(frozen=True)
class Restarts:
    """The programme stops and starts."""


@dataclass(frozen=True)
class Moves:
    """The person goes on in their other channel."""


@dataclass(frozen=True)
class Becomes:
    """Somebody else acts."""

    which: int


Deed = Text | Opens | Presses | Taps | Resolves | Repeats | AtOnce | Restarts | Moves | Becomes

THINGS = ("card", "photo", "captioned", "file", "sticker", "forwarded")
_few = st.integers(0, 3)
_openings = st.integers(0, max(map(len, vocabulary.OPENINGS.values())) - 1)
_texts: SearchStrategy[Text] = st.one_of(
    st.builds(Answers, st.integers(0, 2)),
    st.builds(Answers, st.integers(0, 2)),
    st.builds(Misses, st.integers(0, 2)),
    st.builds(Asks, st.sampled_from(vocabulary.QUESTIONS)),
    st.builds(Corrects, st.integers(0, 1), st.integers(0, 10)),
    st.builds(Names, st.integers(0, 10), st.integers(0, 10)),
    st.builds(AnswersAndAsks, st.sampled_from(vocabulary.QUESTIONS)),
    st.builds(Wonders, st.integers(0, 1)),
    st.builds(Sends, st.sampled_from(THINGS)),
    st.builds(Says, st.sampled_from(vocabulary.WAYS + vocabulary.COMMANDS)),
)
_deeds: SearchStrategy[Deed] = st.one_of(
    st.builds(Answers, st.integers(0, 2)),
    st.builds(Answers, st.integers(0, 2)),
    st.builds(Answers, st.integers(0, 2)),
    _texts,
    _texts,
    st.builds(Presses, st.integers(0, 12), st.integers(0, 9)),
    st.builds(Presses, st.integers(0, 2), st.integers(0, 9)),
    st.builds(Opens, _openings),
    st.builds(Resolves, st.booleans()),
    st.builds(Repeats, _few),
    st.builds(AtOnce, st.lists(_texts, min_size=2, max_size=4).map(tuple), st.booleans()),
    st.builds(Restarts),
    st.builds(Moves),
)


def talks(most: int) -> SearchStrategy[list[Deed]]:
    """Somebody begins with some form; who acts changes now and then."""
    spell = st.tuples(
        st.builds(Becomes, st.integers(0, 9)),
        st.builds(Opens, _openings),
        st.lists(_deeds, min_size=1, max_size=most),
    ).map(lambda parts: [parts[0], parts[1], *parts[2]])
    return st.lists(spell, min_size=1, max_size=3).map(
        lambda spells: [deed for spell in spells for deed in spell]
    )
