"""Company names as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.names import NameIndex

NAMES = {
    1: "湘澜泵阀（演示）有限公司",
    2: "湖南岳泓重工（演示）股份有限公司",
    3: "长沙麓盾掘进刀具有限责任公司",
    4: "湖南湘链轨道传动有限公司",
    5: "岳阳岳泓农业机械有限公司",
    6: "株洲中车某某电气Z9（集团）有限公司",
    7: "湖南集团有限公司",
    8: "浏阳市花炮科技有限公司",
}
INDEX = NameIndex(NAMES)


def nearest(text: str) -> int:
    return INDEX.near(text, 1)[0][0]


@pytest.mark.parametrize("id_", NAMES)
def test_a_whole_name_is_found_exactly(id_: int) -> None:
    """Nothing is nearer to a name than itself."""
    found, likeness = INDEX.near(NAMES[id_], 1)[0]
    assert found == id_
    assert likeness == pytest.approx(100)


@pytest.mark.parametrize(
    ("typed", "id_"),
    [
        ("麓盾", 3),
        ("麓盾掘进", 3),
        ("岳泓重工", 2),
        ("湖南岳泓重工有限公司", 2),
        ("岳泓农机", 5),
        ("花炮科技", 8),
        ("某某电气z9", 6),
        ("ｚ９", 6),
    ],
)
def test_short_names_are_enough(typed: str, id_: int) -> None:
    """Brand and trade decide; region, brackets and legal form do not matter."""
    assert nearest(typed) == id_


@pytest.mark.parametrize(
    ("typed", "id_"),
    [
        ("湘兰蹦阀", 1),
        ("路顿掘进刀具", 3),
        ("相连轨道传动", 4),
        ("湘澜泵", 1),
        ("麓掘盾进刀具", 3),
        ("岳红重工", 2),
    ],
)
def test_misspelt_names_are_found_by_sound_and_shape(typed: str, id_: int) -> None:
    """Homophones, lost and exchanged characters."""
    assert nearest(typed) == id_


def test_a_brand_that_two_companies_bear_offers_both() -> None:
    """The caller shows several; neither is hidden by the other."""
    assert {id_ for id_, _ in INDEX.near("岳泓", 2)} == {2, 5}


def test_a_name_that_is_all_region_and_form_is_compared_whole() -> None:
    """湖南集团有限公司 has no brand, and is still a company."""
    assert nearest("湖南集团") == 7


@pytest.mark.parametrize("text", ["", "  ", "（）"])
def test_nothing_typed_is_nothing_found(text: str) -> None:
    """No letters, no guesses."""
    assert INDEX.near(text, 5) == []


def test_an_empty_index_finds_nothing() -> None:
    """Before the first company signs up."""
    assert NameIndex({}).near("湘澜", 5) == []


@given(st.text(max_size=20), st.integers(1, 8))
def test_likeness_falls_and_stays_in_bounds(text: str, k: int) -> None:
    """At most k, best first, each company once."""
    found = INDEX.near(text, k)
    scores = [likeness for _, likeness in found]
    assert len(found) <= k
    assert len({id_ for id_, _ in found}) == len(found)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 100 for score in scores)


def test_the_written_form_wins_over_its_homophone() -> None:
    """Of two names that sound alike the one that is written like this comes first."""
    index = NameIndex({1: "湖南兰图科技有限公司", 2: "湖南岚图科技有限公司"})
    assert [id_ for id_, _ in index.near("岚图科技", 2)] == [2, 1]
    assert [id_ for id_, _ in index.near("兰图科技", 2)] == [1, 2]
