"""What stands in a cell of a patent list, in any of the ways in which people write it.

Each reader takes the tidied text and raises ValueError with the reason where it makes no sense.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache, lru_cache

from services.firm_names import BRACKETS as BRACKETS_OF_NAMES
from services.firm_names import proper_name
from services.lists import Kind

PATENTS = Kind("patents", frozenset({"number", "patent_number", "publication", "title"}), 2)

remembered = lru_cache(maxsize=20_000)  # the cells of a column repeat themselves

SERIAL_ZERO = date(1899, 12, 30)  # day 0 of a spreadsheet
SERIALS = range(28_000, 74_000)  # 1976 to 2102: five digits that stand for a day
OLDEST = 85  # 1985: a two-digit year from here on is of the last century
YMD = re.compile(r"(\d{4}|\d{2})\D+?(\d{1,2})(?:\D+?(\d{1,2}))?(?!\d)")
SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
TAIL = re.compile(r"(?<=^\d{8})\.0+$|(?<=^\d{6})\.0+$|(?<=^\d{4})\.0+$")  # it was a float
TIGHT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})?|(\d{2})(\d{2})(\d{2})")
YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
LIST_NUMBER = re.compile(r"(?:^|\s)\d+[.)]\s*|\d+(?=[\u2e80-\u9fff])")
ROLE = re.compile(r"^[^:]{1,8}:\s*")  # 第一发明人: before a name
TITLE_NUMBER = re.compile(r"^\(?\d{1,3}[、.)](?!\d)\s*")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ENGLISH = re.compile(
    r"(?P<before>\d{1,2})?[\s-]*(?P<name>[A-Za-z]{3})[a-z]*\.?[\s-]*"
    r"(?:(?P<after>\d{1,2}),?\s+)?(?P<year>\d{4}|(?<=-)\d{2})"
)
YEAR = re.compile(r"(\d{4})\D?")
CLOCK = re.compile(r"[T\s]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?$")
BRACKETS = re.compile(r"\(.*?\)|（.*?）|\[.*?\]")
TITLE_MARKS = "《》“”\"'「」 ★☆*●▲△◆※"
LEVEL = re.compile(r"(?:TRL|LEVEL)?\D{0,3}([1-9])(?:\D|$)", re.I)
HAN_GAP = re.compile(r"(?<=[\u2e80-\u9fff])\s+(?=[\u2e80-\u9fff])")
SPREAD = re.compile(r"(?<![\u2e80-\u9fff])([\u2e80-\u9fff])\s+([\u2e80-\u9fff])(?![\u2e80-\u9fff])")
FOOTNOTES = re.compile(r"[\d*#†]+$")
IPC = re.compile(r"[A-H]\d{2}[A-Z]\s*\d*(?:/\d+)?")
AFTER = re.compile("[,;(、]")  # 是 is what 是(已声明) says
MOST_NAME = 60
EMPTY_BOXES = "□☐○"
BOX = re.compile(r"([☑☒√✓✔■●□☐○])\s*([^☑☒√✓✔■●□☐○]*)")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")  # NFKC writes Ⅵ in letters
ROMAN_LEVEL = re.compile(r"(?:TRL)?\W*([IVX]+)(?![A-Z])", re.I)


@remembered
def day(said: str) -> str:
    """2023-05-01, or 2023-05 and 2023 where no more is known."""
    text = _in_digits(CLOCK.sub("", BRACKETS.sub("", said).strip()))
    if serial := SERIAL.fullmatch(text):
        return _serial(int(serial[1]))
    text = _month_in_digits(text)
    if turned := YEAR_LAST.fullmatch(text):
        return _year_last(*turned.groups())
    text = TAIL.sub("", text)
    found = TIGHT.fullmatch(text) or YMD.search(text) or YEAR.fullmatch(text)
    if found is None:
        raise ValueError("date_wrong")
    year, month, of_month = (*filter(None, found.groups()), None, None)[:3]
    assert year is not None
    if len(year) == 2:
        year = ("19" if int(year) >= OLDEST else "20") + year
    return _dated(int(year), month, of_month)


def _year_last(first: str, second: str, year: str) -> str:
    """12/31/2023 or 31/12/2023; 3/5/2023 may be either and is neither."""
    if int(first) <= 12 and int(second) <= 12 and first != second:
        raise ValueError("date_ambiguous")
    month, of_month = (second, first) if int(first) > 12 else (first, second)
    return _dated(int(year), month, of_month)


def _dated(year: int, month: str | None, of_month: str | None) -> str:
    """Month and day of a real day; 1985 is when the first Chinese patent was filed."""
    try:
        made = date(year, int(month or 1), int(of_month or 1))
    except ValueError:
        raise ValueError("date_wrong") from None
    if not 1985 <= year < 2100:
        raise ValueError("date_wrong")
    return made.isoformat()[: 10 if of_month else 7 if month else 4]


def _serial(number: int) -> str:
    if number not in SERIALS:
        raise ValueError("date_wrong")
    return (SERIAL_ZERO + timedelta(days=number)).isoformat()


def _month_in_digits(text: str) -> str:
    """5-Mar-2024 and March 5, 2024 as 2024-3-5."""
    found = ENGLISH.fullmatch(text)
    if found is None or found["name"].lower() not in MONTHS:
        return text
    month = MONTHS.index(found["name"].lower()) + 1
    return f"{found['year']}-{month}-{found['before'] or found['after']}"


def _in_digits(text: str) -> str:
    """二〇二四年十二月三十一日 with digits."""
    numerals, ten = PATENTS.words["values"]["numerals"], PATENTS.words["values"]["ten"]
    if not any(sign in text for sign in numerals + ten):
        return text
    one = rf"[{numerals}]"
    text = re.sub(f"[{PATENTS.words['values']['zeros']}]", numerals[0], text)
    text = re.sub(rf"(?<!{one}){ten}", f"1{ten}", text)
    text = re.sub(rf"{ten}(?={one})", "", text).replace(ten, "0")
    return text.translate({ord(sign): str(value) for value, sign in enumerate(numerals)})


def title(said: str) -> str:
    bare = TITLE_NUMBER.sub("", said.strip(TITLE_MARKS)).strip(TITLE_MARKS)
    return HAN_GAP.sub("", bare).translate(BRACKETS_OF_NAMES)[:300]


@remembered
def kind(said: str) -> str:
    tight = said.replace(" ", "").lower()
    for name, signs in PATENTS.words["kinds"].items():
        if any(sign in tight for sign in signs):
            return str(name)
    raise ValueError("kind_unknown")


@cache
def kind_of_digit(digit: str) -> str:
    """The kind of a number with this digit, or nothing."""
    return next((str(k["name"]) for k in PATENTS.words["kind"] if digit in k["digits"]), "")


@remembered
def status(said: str) -> str:
    tight = said.replace(" ", "").lower()
    for each in PATENTS.words["status"]:
        if any(sign in tight for sign in each["words"]):
            return str(each["name"])
    raise ValueError("status_unknown")


@remembered
def is_state(said: str) -> bool:
    """Whether this is a state and not the day of one."""
    if not said or any(char.isdigit() for char in _in_digits(said)):
        return False
    try:
        return bool(status(said))
    except ValueError:
        return False


def ticked(said: str) -> str:
    """Of a cell with boxes (☑是 □否) what is ticked."""
    boxes = BOX.findall(said)
    if not any(words for _, words in boxes):
        return said
    return "、".join(words.strip() for box, words in boxes if box not in EMPTY_BOXES)


@cache
def granted() -> frozenset[str]:
    """The states that only a granted patent can be in."""
    return frozenset(each["name"] for each in PATENTS.words["status"] if each.get("granted"))


@remembered
def names(said: str) -> tuple[str, ...]:
    """People, each once, in their order; a blank parts them only where nothing else does, and not
    the two characters of one name."""
    values = PATENTS.words["values"]
    others = values["others"]
    said = re.sub(values["between_names"], "|", said)
    said = SPREAD.sub(r"\1\2", LIST_NUMBER.sub("|", re.sub(others, "", said)))
    said = HAN_GAP.sub("|", said) if not _parted(said) else HAN_GAP.sub("", said)
    each_bare = (ROLE.sub("", BRACKETS.sub("", each).strip()) for each in _parts(said))
    bare = (FOOTNOTES.sub("", each) for each in each_bare)
    found = [re.sub(values["ranks"], "", re.sub(others, "", each)).strip() for each in bare]
    return tuple(dict.fromkeys(each[:MOST_NAME] for each in found if each))


@remembered
def owners(said: str) -> tuple[str, ...]:
    """Firms and universities; brackets belong to a name."""
    values = PATENTS.words["values"]
    each_one = _parts(re.sub(values["between_owners"], "|", said))
    parts = (re.sub(values["of_several"], "", proper_name(each))[:100] for each in each_one)
    return tuple(dict.fromkeys(each for each in parts if each))


def _parts(said: str) -> list[str]:
    return re.split(PATENTS.words["values"]["separators"], said)


def _parted(said: str) -> bool:
    """Whether something else than blanks stands between the names (a last 、 does not)."""
    return len([each for each in _parts(said) if each.strip()]) > 1


@remembered
def words(said: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in re.split(r"[\s,，;；、/|]+", said) if each))[:20]


@remembered
def classes(said: str) -> tuple[str, ...]:
    return tuple(found.replace(" ", "") for found in IPC.findall(said.upper()))[:10]


@remembered
def modes(said: str) -> tuple[str, ...]:
    known = PATENTS.words["modes"]
    if any(sign in said for sign in known["every"]):
        return tuple(known["every_is"])
    return tuple(
        name
        for name, signs in known.items()
        if isinstance(signs, list)
        and name not in ("every", "every_is", "yes", "no")
        and any(sign in said for sign in signs)
    )


def is_open(modes_said: str, said: str) -> bool | None:
    """Whether an open licence is declared; None where nothing is said of it."""
    known = PATENTS.words["modes"]
    said = AFTER.split(said.lower())[0].strip()
    if said in known["yes"] or known["open"] in modes_said:
        return True
    return False if said in known["no"] else None


@remembered
def maturity(said: str) -> int:
    for level, signs in PATENTS.words["maturity"].items():
        if any(sign in said for sign in signs):
            return int(level)
    said = _in_digits(said)
    if (roman := ROMAN_LEVEL.match(said)) and roman[1].upper() in ROMAN:
        return ROMAN.index(roman[1].upper()) + 1
    found = LEVEL.fullmatch(said) or LEVEL.match(said)
    if found is None:
        raise ValueError("maturity_unknown")
    return int(found[1])


@remembered
def tier(said: str) -> str:
    tight = BRACKETS.sub("", said).lower().replace(" ", "")
    bare = tight.strip(PATENTS.words["values"]["tier_marks"])
    for name, signs in PATENTS.words["tiers"].items():
        if tight in signs or bare in signs:
            return str(name)
    raise ValueError("tier_unknown")


def university_in(texts: Iterable[str]) -> str | None:
    """The university that a title names."""
    sign = re.compile(PATENTS.words["values"]["universities"])
    return next((proper_name(found[0]) for text in texts if (found := sign.search(text))), None)
