"""What a reader raises when it cannot read a text, and every reason there is.

A code is the name of a template; its facts are the template's variables.
"""

from __future__ import annotations

CODES: dict[str, tuple[str, ...]] = {
    "number_none": (),
    "number_many": ("numbers",),
    "number_range": ("low", "high"),
    "number_large": (),
    "money_none": (),
    "money_open": (),
    "money_secret": (),
    "money_unit": ("number",),
    "money_many": ("amounts",),
    "money_currency": ("currency",),
    "money_large": (),
    "date_none": (),
    "date_open": (),
    "date_many": ("dates",),
    "date_wrong": ("month", "day"),
    "date_past": ("date",),
    "date_far": ("date",),
    "date_after": ("date",),
    "date_lunar": (),
    "time_none": (),
    "time_missing": ("date",),
    "time_many": (),
    "time_wrong": ("hour", "minute"),
    "time_past": ("time",),
    "phone_none": (),
    "phone_short": ("count", "missing"),
    "phone_long": ("count", "extra"),
    "phone_area": (),
    "phone_unused": ("number",),
    "phone_many": ("phones",),
    "code_none": (),
    "code_length": ("count", "expected"),
    "code_letters": ("letter", "place", "hint"),
    "code_digits": ("letter", "place"),
    "code_check": ("found", "expected"),
    "choice_none": (),
    "choice_many": ("found",),
    "choice_range": ("number", "count"),
}


class Unfit(Exception):
    """The text does not fit: `code` says why, `facts` what was seen."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts
