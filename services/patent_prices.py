"""What a patent is to cost: as it is written in a list, and in yuan."""

from __future__ import annotations

import re
from functools import cache

from services.patent_cells import PATENTS, remembered

THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
BRACKETS = re.compile(r"[(（].*?[)）]")
PARTS = re.compile("[,;，；]")


@remembered
def price(said: str, header: str) -> str | None:
    """As it is written; a bare number gets the unit that stands in the column's header, and a sign
    before it becomes the word for it behind it."""
    money = PATENTS.words["money"]
    bare = _bare().fullmatch(said)
    if bare is None:
        return said[:60]
    sign, low, high, bound, note = bare.groups(default="")
    if not float(low) and not float(high or 0):
        return None
    unit = next((each for each in (money["unit"], money["yuan"]) if each in header), "")
    amount = f"{float(low):g}-{float(high):g}" if high else f"{float(low):g}"
    about = sign if sign == money["about"] else ""
    return f"{about}{amount}{unit}{money['signs'].get(sign, bound)}{note}"[:60]


@cache
def _bare() -> re.Pattern[str]:
    """A number without a unit, or two."""
    money = PATENTS.words["money"]
    signs, bounds = [money["about"], *money["signs"]], [*money["at_most"], *money["at_least"]]
    number = r"(\d+(?:\.\d+)?)"
    return re.compile(
        rf"({'|'.join(signs)})?\s*{number}(?:\s*[{money['to']}]+\s*{number})?"
        rf"\s*({'|'.join(bounds)})?\s*(\(.*\))?"
    )


@remembered
def price_bounds(said: str) -> tuple[int | None, int | None, str | None]:
    """A price in yuan, from and to, and each what; nothing where it is not said in money."""
    money = PATENTS.words["money"]
    parts = PARTS.split(THOUSANDS.sub("", said))
    found = next(
        filter(None, (re.fullmatch(money["pattern"], _plain(each)) for each in parts)), None
    )
    if found is None:
        return None, None, None
    units: dict[str, int] = money["units"]
    scale = units[found["unit"] or found["first"] or ""]
    low = float(found["low"]) * (units[found["first"]] if found["first"] else scale)
    high = float(found["high"]) * scale if found["high"] else low
    most, least = found["bound"] in money["at_most"], found["bound"] in money["at_least"]
    return (None if most else round(low)), (None if least else round(high)), found["each"] or None


def _plain(said: str) -> str:
    """人民币叁万元整 as 3万元, 不低于20万 as 20万以上."""
    money = PATENTS.words["money"]
    text = BRACKETS.sub("", said.lower().replace(" ", ""))
    for written, meant in money["also"].items():
        text = text.replace(written, meant)
    for sign, bound in money["before"].items():
        if text.startswith(sign):
            text = text.removeprefix(sign) + bound
    return _numeral().sub(lambda found: str(_value(found[0])), text)


@cache
def _numeral() -> re.Pattern[str]:
    money = PATENTS.words["money"]
    return re.compile(f"[{''.join([*money['digits'], *money['tens']])}]+")


def _value(numeral: str) -> int:
    """12 for 壹拾贰."""
    money, value, digit = PATENTS.words["money"], 0, 0
    for sign in numeral:
        if sign in money["tens"]:
            value, digit = value + (digit or 1) * money["tens"][sign], 0
        else:
            digit = money["digits"][sign]
    return int(value + digit)
