"""Which clause answers: retrieval over a handful of clauses, then over real lay questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from search.clauses import ClauseHit, ClauseIndex, Entry
from search.questions import Synonyms
from search.sounds import sounds, spelt

SHARED = Path(__file__).parents[2].parent / "shared"

PLEDGE = Entry(
    1,
    "金融服务",
    ("完善知识产权质押融资风险补偿机制。", "鼓励银行开展质押线上办理试点。"),
    ("没有抵押物怎么贷款",),
)
FILING = Entry(
    2, "专利密集型产品", ("引导企业开展专利产品备案。", "加大快速预审和优先审查的力度。")
)
STOCK = Entry(3, "存量专利", ("全面盘点高校存量专利。", "按产业细分领域向企业匹配推送。"))
ENTRIES = (PLEDGE, FILING, STOCK)
SYNONYMS = Synonyms.of(
    [
        ("专利产品备案", ["备了案", "备案"]),
        ("快速预审和优先审查", ["插队", "快…拿证"]),
        ("全面盘点存量专利", ["清点", "摸…家底"]),
        ("省财政厅", ["财政厅"]),
        ("资金投入", ["财政"]),
    ],
    ["怎么", "吗"],
)


def found(text: str, synonyms: Synonyms | None = None) -> list[ClauseHit]:
    return ClauseIndex(ENTRIES, synonyms).search(text)


def test_the_clause_that_shares_the_telling_words_comes_first() -> None:
    """Order is by what few clauses have in common with the question."""
    assert [found(text)[0].id for text in ("质押线上办理", "优先审查", "匹配推送")] == [1, 2, 3]


def test_a_hit_names_its_best_sentence() -> None:
    """A quote can be taken from the sentence that matches, not from the clause's beginning."""
    assert found("质押能线上办理吗")[0].sentences[0][0] == 1


def test_an_alias_finds_a_clause_that_has_none_of_the_words() -> None:
    """What people ask for in their own words leads to the clause it was noted at."""
    assert found("没有抵押物，贷款怎么弄")[0].id == 1


def test_everyday_words_stand_for_official_ones() -> None:
    """Without the synonyms the same question finds nothing it could rest on."""
    assert found("报新专利能插队吗", SYNONYMS)[0].id == 2
    assert found("想快点拿证", SYNONYMS)[0].id == 2
    assert found("摸一摸家底", SYNONYMS)[0].id == 3


def test_the_longest_phrase_is_meant() -> None:
    """A department is no matter of its field: 财政厅 is not 财政."""
    question = SYNONYMS.read("财政厅")
    assert question.meant == {"财政厅": ("省财政厅",)}
    assert question.left.strip() == ""


def test_a_meaning_that_no_clause_has_is_not_meant() -> None:
    """Else a question would seem to be about matters that the documents do not speak of."""
    index = ClauseIndex(ENTRIES, SYNONYMS)
    assert index.read("财政厅").meant == {}
    assert index.read("清点").meant == {"清点": ("全面盘点存量专利",)}


def test_a_typo_by_sound_is_found() -> None:
    """Homophones reach the clause by its sound."""
    assert found("质压融资")[0].id == 1
    assert found("优先审察")[0].id == 2


def test_pinyin_is_read_in_signs() -> None:
    """A word typed in pinyin becomes the word of the clauses; other Latin words stay."""
    index = ClauseIndex(ENTRIES)
    assert index.written("zhiya融资") == "质押融资"
    assert index.written("IPO和python") == "IPO和python"
    assert index.search(index.written("beian"))[0].id == 2


def test_syllables_are_cut_as_they_are_spoken() -> None:
    """Only what is pinyin from end to end is cut."""
    assert spelt("zhishichanquan") == ("zhi", "shi", "chan", "quan")
    assert spelt("gdp") == ()
    assert sounds("质押") == ["zhiya"] and sounds("押") == ["ya"]


def test_coverage_tells_a_near_question_from_a_far_one() -> None:
    """Who shares little with every clause must be told so, whatever comes first."""
    near, far = found("质押融资风险补偿机制"), found("明天的天气好不好")
    assert near[0].coverage > 0.9
    assert not far or (far[0].coverage < 0.3 and far[0].evidence == 0)


def test_evidence_counts_words_not_signs() -> None:
    """A sign that stands alone in question and clause proves nothing."""
    assert found("备按和案板")[0].evidence == 0
    assert found("专利产品备案")[0].evidence > 1


def test_a_document_about_the_matter_draws_its_clauses_up() -> None:
    """Of two clauses as near as each other, that one comes first whose document has more of it."""
    texts = {1: "专利的期限", 2: "商标的期限", 3: "商标的转让", 4: "商标的续展", 5: "专利的期限"}
    laws = {1: "其他法", 2: "商标法", 3: "商标法", 4: "商标法", 5: "商标法"}
    entries = [Entry(i, "", (text,), document=laws[i]) for i, text in texts.items()]
    assert ClauseIndex(entries[:-1]).search("专利商标期限")[0].id == 1
    assert ClauseIndex(entries).search("专利商标期限")[0].id == 5


def test_nothing_in_common_is_no_hit() -> None:
    """No clause is offered for a text without any of its signs."""
    assert found("???") == []
    assert ClauseIndex([]).search("质押") == []


def test_a_part_of_a_clause_can_be_asked_for_its_coverage() -> None:
    """Whether the figure stands beside the words of the question."""
    index = ClauseIndex(ENTRIES)
    assert index.knows("专利产品备案", "专利产品备案2500件以上") == 1
    assert index.knows("专利产品备案", "普惠性贷款600家以上") < 0.2


@pytest.mark.shared
def test_lay_questions_find_their_statute() -> None:
    """On real lay questions (STARD) no worse than what was measured before the project began."""
    path = SHARED / "data" / "stard.json"
    if not path.exists():
        pytest.skip("needs the development material")
    data = json.loads(path.read_text(encoding="utf-8"))
    names = list(data["articles"])
    texts = [data["articles"][name] for name in names]
    index = ClauseIndex([Entry(i, names[i], (text,)) for i, text in enumerate(texts)])
    asked = data["queries"][::10]
    right = sum(
        any(names[hit.id] in query["rel"] for hit in index.search(query["q"], 3)) for query in asked
    )
    assert right / len(asked) >= 0.55
