"""The one form of a Chinese patent number, whatever somebody writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.patent_numbers import (
    DigitsLost,
    NotAPatentNumber,
    PublicationNumber,
    UnknownKind,
    WrongCheckDigit,
    canonical,
    check_digit,
    looks_like_number,
    neighbours,
)

SHARED = Path(__file__).parents[1].parent / "shared" / "data"

bodies = st.builds(
    "{}{}{:07}".format, st.integers(2003, 2030), st.sampled_from("12389"), st.integers(0, 9999999)
)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("201710601862.3", "201710601862.3"),
        ("ZL201710601862.3", "201710601862.3"),
        ("2017106018623", "201710601862.3"),
        ("２０１７１０６０１８６２．３", "201710601862.3"),
        ("ZL 2017 1 0601862.3", "201710601862.3"),
        ("'2017106018623", "201710601862.3"),
        ("cn201710601862.3", "201710601862.3"),
        ("专利号：zl2017106018623（发明）", "201710601862.3"),
        ("ZL201710601862.3/CN107123456B", "201710601862.3"),
        ("201710601862", "201710601862.3"),
        ("2017106018623.0", "201710601862.3"),
        ("200310102344", "200310102344.5"),
        ("97101765", "97101765.4"),
        ("95115608", "95115608.X"),
        ("95115608.x", "95115608.X"),
        ("88100001", "88100001"),
    ],
)
def test_every_writing_of_a_number_is_the_same_number(written: str, number: str) -> None:
    """Prefix, dot, blanks, width, case, a spreadsheet's traces: none of them makes it another."""
    assert canonical(written) == number
    assert looks_like_number(written)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("201710601862.4", WrongCheckDigit),
        ("89103229.2", WrongCheckDigit),
        ("2017406018623", UnknownKind),
        ("2.01711E+12", DigitsLost),
        ("CN107123456A", PublicationNumber),
        ("CN1030001A", PublicationNumber),
        ("PCT/CN2023/123456", NotAPatentNumber),
        ("WO2023/123456A1", NotAPatentNumber),
        ("91439999MA9D00013W", NotAPatentNumber),
        ("", NotAPatentNumber),
    ],
)
def test_what_is_no_application_number_says_why(written: str, error: type[Exception]) -> None:
    """A number that cannot be used is named, never repaired in silence."""
    with pytest.raises(NotAPatentNumber) as refusal:
        canonical(written)
    assert type(refusal.value) is error


def test_a_wrong_check_digit_names_the_right_one() -> None:
    """Whoever mistyped a number is told what the last place should be."""
    with pytest.raises(WrongCheckDigit) as refusal:
        canonical("ZL2017106018624")
    assert refusal.value.facts == {"number": "201710601862.4", "expected": "3"}
    assert refusal.value.code == "wrong_check_digit"


@given(bodies)
def test_the_canonical_form_is_a_fixed_point(body: str) -> None:
    """Reading a canonical number again changes nothing, with or without its dot and prefix."""
    number = canonical(body)
    assert number == f"{body}.{check_digit(body)}"
    assert canonical(number) == canonical(f"ZL{number.replace('.', '')}") == number


@given(bodies, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body: str, at: int, by: int) -> None:
    """The check digit catches every single slip, and the number that was meant is a neighbour."""
    wrong = body[:at] + str((int(body[at]) + by) % 10) + body[at + 1 :]
    written = f"{wrong}.{check_digit(body)}"
    with pytest.raises(NotAPatentNumber):
        canonical(written)
    assert canonical(body) in neighbours(written)


@pytest.mark.parametrize("slip", ["20171601862.3", "2017106018632", "20171006018623"])
def test_a_digit_too_few_too_many_or_swapped_is_one_slip(slip: str) -> None:
    """The nearest numbers include the one that was meant."""
    assert "201710601862.3" in neighbours(slip)


@pytest.mark.parametrize(
    "text", ["13800000001", "预算50万，2023年5月1日", "轴承", "0731-00001234", "20230501", ""]
)
def test_other_digits_are_not_taken_for_a_patent_number(text: str) -> None:
    """A telephone number, a date, an amount: they go the way of words."""
    assert not looks_like_number(text)


@pytest.mark.shared
def test_every_number_of_a_messy_list_is_read_or_refused_rightly() -> None:
    """All 200 rows of an office's list: the number where there is one, else the named reason."""
    if not SHARED.exists():
        pytest.skip("the development material is not beside the project")
    truth = json.loads((SHARED / "patents_messy_truth.json").read_text(encoding="utf-8"))
    expected = {row["line"]: row["expected"] for row in truth["rows"] if row["kind"] == "data"}
    with (SHARED / "patents_messy_utf8bom.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = {line: row[3] for line, row in enumerate(csv.reader(file), 1) if line in expected}
    assert len(cells) == 200
    for line, cell in cells.items():
        assert _read(cell) == expected[line]["app_no"], cell


def _read(cell: str) -> str | None:
    """As an import would: a wrong check digit is flagged, with the right one proposed."""
    try:
        return canonical(cell)
    except WrongCheckDigit as wrong:
        return f"{wrong.facts['number'][:-1]}{wrong.facts['expected']}"
    except NotAPatentNumber:
        return None
