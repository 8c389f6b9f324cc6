"""Reading what people type on phones: numbers, money, days, times, phones, codes, choices.

Each reader returns the value or raises Unfit, whose code says what is wrong with the text. All
are pure and take time linear in the text's length. Their words are in data/reading.toml.
"""

from .answers import asks, read_yes
from .choices import pick
from .codes import read_uscc
from .dates import read_date
from .moments import of_events, read_moment, without_moment
from .money import Money, read_money
from .numbers import read_number
from .phones import read_phone
from .spans import Span, find_values
from .text import plain, simplified, tidy
from .times import read_span, read_time
from .unfit import CODES, Unfit

__all__ = [
    "CODES",
    "Money",
    "Span",
    "Unfit",
    "asks",
    "find_values",
    "of_events",
    "pick",
    "plain",
    "read_date",
    "read_moment",
    "read_money",
    "read_number",
    "read_phone",
    "read_span",
    "read_time",
    "read_uscc",
    "read_yes",
    "simplified",
    "tidy",
    "without_moment",
]
