"""The patent index: what is found, how sure it is, why it is shown, and who may write."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import needs, patents
from search.needs import Corpus
from search.patents import (
    ALONE_COVERAGE,
    LIST_COVERAGE,
    PUSH_COVERAGE,
    SEVERAL,
    Hit,
    PatentIndex,
    PatentText,
    worth_listing,
)
from search.shelf import IndexBusy
from search.tokens import grams, normalise, strip_general

ROOT = Path(__file__).parents[2]
CSL = ROOT.parent / "shared" / "data" / "csl.jsonl"
NEEDS = ROOT.parent / "shared" / "data" / "demo_enterprises.json"


def demo_texts() -> list[PatentText]:
    rows = json.loads((ROOT / "data" / "demo" / "patents.json").read_text("utf-8"))["patents"]
    return [
        PatentText(i, row["title"], row["abstract"], tuple(row["keywords"]), row["segment"])
        for i, row in enumerate(rows, start=1)
    ]


TEXTS = demo_texts()
WORDS = {
    text.id: normalise(" ".join([text.title, text.abstract, *text.keywords])) for text in TEXTS
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> PatentIndex:
    """The demo's patents; tests that write make an index of their own."""
    index = PatentIndex(tmp_path_factory.mktemp("library"))
    index.rebuild(TEXTS, "demo")
    return index


@pytest.fixture
def index(tmp_path: Path) -> PatentIndex:
    return PatentIndex(tmp_path / "patents")


def patent(id_: int, title: str, abstract: str = "", segment: str | None = None) -> PatentText:
    return PatentText(id_, title, abstract, (), segment)


def ids(hits: list[Hit]) -> list[int]:
    return [hit.id for hit in hits]


# What is found


def test_every_patent_is_found_first_by_its_title(library: PatentIndex) -> None:
    """A title names its patent, covers it wholly, and is the reason."""
    for text in TEXTS:
        best = library.search(text.title, 1)[0]
        assert best.id == text.id
        assert best.coverage == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("猪崽屙稀，饲料里又不让加抗菌药", "仔猪复合饲料添加剂"),
        ("花炮厂的机器怕一串全炸", "烟花药饼"),
        ("不扎手指测血糖", "微针阵列连续血糖传感器"),
        ("电路板的过孔镀铜有厚有薄", "印制板微孔电镀"),
        ("吊车吊着的东西晃来晃去", "起重机吊重摆角"),
    ],
)
def test_everyday_words_find_what_patents_call_otherwise(
    library: PatentIndex, said: str, title: str
) -> None:
    """Needs that share next to no word with the patent still find it."""
    found = library.search(said, 1)[0]
    assert title in next(text.title for text in TEXTS if text.id == found.id)


@pytest.mark.parametrize(
    ("misspelt", "title"),
    [
        ("柱赛泵滑鞋表面微知构", "柱塞泵滑靴"),
        ("釉下五采瓷低温块烧油料", "釉下五彩"),
        ("油茶果采首机", "油茶果采收机"),
    ],
)
def test_typing_errors_are_survived(library: PatentIndex, misspelt: str, title: str) -> None:
    """A wrong character in every word leaves enough right ones."""
    found = library.search(misspelt, 1)[0]
    assert title in next(text.title for text in TEXTS if text.id == found.id)


@pytest.mark.parametrize(
    "text", ["", "   ", "，。！", "请问有没有相关专利？", "的了吗", "𠮷" * 3, "\x00"]
)
def test_a_text_without_a_subject_finds_nothing(library: PatentIndex, text: str) -> None:
    """No hit rather than any hit."""
    assert all(hit.coverage < LIST_COVERAGE for hit in library.search(text, 5))


@given(st.text(max_size=80))
def test_no_text_is_a_query_language(library: PatentIndex, text: str) -> None:
    """Quotes, brackets, AND, field names: every text is only words, and none is an error."""
    for hit in library.search(text, 3):
        assert 0.0 <= hit.coverage <= 1.0 + 1e-9


@pytest.mark.parametrize("text", ['id:1 OR body:"钛"', "(((", "a AND", "钛*", "+钛 -金", "\\"])
def test_signs_of_a_query_language_are_only_signs(library: PatentIndex, text: str) -> None:
    """What a parser would refuse or obey is read like any text."""
    library.search(text, 3)


def test_only_the_segments_asked_for(library: PatentIndex) -> None:
    """A segment is a condition, and several are alternatives; none means all."""
    of = {text.id: text.segment for text in TEXTS}
    found = library.search("电池正极材料回收", 20, segments=["储能与电池", "种业"])
    assert found
    assert {of[hit.id] for hit in found} <= {"储能与电池", "种业"}
    everywhere = library.search("电池正极材料回收", 20)
    assert len({of[hit.id] for hit in everywhere}) > 2
    first = next(hit for hit in everywhere if hit.id == found[0].id)
    assert first.score == pytest.approx(found[0].score)


def test_hits_come_best_first_and_never_more_than_asked(library: PatentIndex) -> None:
    """Scores fall, and k is a limit."""
    hits = library.search("锂电池隔膜涂覆", 7)
    assert len(hits) == 7
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


# How sure it is


def test_coverage_is_the_share_of_the_need(library: PatentIndex) -> None:
    """Words that no patent holds weigh most: half a need unheard of is at best half covered."""
    heard = library.search("柱塞泵滑靴微织构", 1)[0].coverage
    half = library.search("柱塞泵滑靴微织构，铋镝镥靶向噬菌体冻融", 1)[0].coverage
    assert heard >= PUSH_COVERAGE
    assert half < PUSH_COVERAGE


def test_politeness_changes_nothing(library: PatentIndex) -> None:
    """How a need is asked for does not count, only what is asked for."""
    plain = library.search("苎麻脱胶", 1)[0]
    polite = library.search("您好，我们公司主要从事苎麻脱胶，希望寻求相关的专利技术", 1)[0]
    assert polite.id == plain.id
    assert polite.coverage == pytest.approx(plain.coverage)


def test_what_is_not_there_is_not_listed(library: PatentIndex) -> None:
    """A need of another world stays below the threshold."""
    for said in ("商标续展怎么办理", "潜水艇声呐吸声瓦", "婴儿纸尿裤高吸水芯体", "足球比赛门票"):
        assert all(hit.coverage < LIST_COVERAGE for hit in library.search(said, 5)), said


def test_a_technical_word_covers_the_everyday_word(library: PatentIndex) -> None:
    """拉稀 counts as found where 腹泻 stands, though a little less than the word itself."""
    same = library.search("断奶仔猪腹泻", 1)[0]
    lay = library.search("断奶仔猪拉稀", 1)[0]
    assert lay.id == same.id
    assert LIST_COVERAGE < lay.coverage < same.coverage


def test_a_leader_is_listed_though_little_is_covered() -> None:
    """Below the threshold only a first hit is worth showing that leads the second: by far where it
    holds one thing of the need alone, and only if the need says nothing else that is known."""

    def hit(score: float, covered: float, points: int = SEVERAL, missed: int = 0) -> Hit:
        return Hit(1, score, covered, ("滑靴",), points, missed)

    good, weak, poor = hit(9, LIST_COVERAGE), hit(5, 0.3), hit(5, 0.05)
    assert worth_listing([good, weak]) == [good]
    assert worth_listing([weak, hit(4, 0.3)]) == [weak]
    assert worth_listing([weak, hit(4.9, 0.3)]) == []
    assert worth_listing([poor, hit(1, 0.05)]) == []
    one = hit(5, 0.3, points=1)
    assert worth_listing([one, hit(3, 0.3)]) == [one]
    assert worth_listing([one, hit(4, 0.3)]) == []
    assert worth_listing([hit(5, 0.3, points=1, missed=1), hit(3, 0.3)]) == []
    assert worth_listing([hit(5, 0.3, points=0), hit(3, 0.3)]) == []
    assert worth_listing([hit(9, LIST_COVERAGE, points=1), hit(8, 0.3)]) == []
    assert worth_listing([alone := hit(9, ALONE_COVERAGE, points=1)]) == [alone]
    assert worth_listing([]) == []


def test_what_anybody_says_of_anything_is_neither_found_nor_missed(library: PatentIndex) -> None:
    """A firm's own way of writing leaves the coverage of its subject as it is, and 命中 shows none
    of it; a need of nothing else is still searched."""
    plain = library.search("油茶果采收", 1)[0]
    said = "公司日常生产过程中油茶果采收效率偏低、人工成本高，拟开发每天三百斤以上的先进设备"
    formal = library.search(said, 1)[0]
    assert formal.id == plain.id
    assert formal.coverage > 0.6 * plain.coverage
    assert not {"生产", "设备", "效率"} & set(formal.terms)
    assert library.search("提高生产效率", 1)


def test_words_of_the_trade_stay_whole() -> None:
    """机器 is said of anything, a 机器人 is a thing; what everyday words say stays, too."""
    assert strip_general("机器抓取机器人").split() == ["抓取机器人"]
    assert strip_general("水平仪", ["水平仪"]) == "水平仪"


def test_separate_things_are_counted_once() -> None:
    """尼龙 is one thing, also where a patent calls it 聚酰胺; 小猪 and 拉稀 are two."""
    held = set(grams("尼龙聚酰胺耐水解仔猪腹泻"))
    known = dict.fromkeys(held, 1)

    def points(text: str) -> int:
        need = needs.read(text, Corpus(lambda gram: known.get(gram, 0), 100))
        return needs.common(need, held).points

    assert [points(said) for said in ("尼龙", "尼龙耐水解", "钢琴调音")] == [1, 2, 0]
    assert points("小猪拉稀") == 2
    assert points("拉稀窜稀") == 1
    held |= {"铊"}
    known["铊"] = 1
    assert points("尼龙里有铊") == 2


def test_an_everyday_word_that_leads_to_nothing_is_missed(library: PatentIndex) -> None:
    """What helps piglets helps nothing against their noise."""
    assert [library.search(said, 1)[0].missed for said in ("小猪拉稀", "小猪拉稀，太吵")] == [0, 1]


def test_a_seam_between_two_known_words_does_not_count() -> None:
    """甲乙丙丁 with 甲乙 and 丙丁 known: 乙丙 is where they met, not a word nobody knows."""
    known = {"甲": 3, "乙": 3, "丙": 3, "丁": 3, "甲乙": 3, "丙丁": 3}
    need = needs.read("甲乙丙丁", Corpus(lambda gram: known.get(gram, 0), 100))
    assert "乙丙" not in need.frequency
    assert needs.coverage(need, set(known)) == pytest.approx(1.0)
    unknown = needs.read("甲乙丙丁", Corpus(lambda gram: 3 if gram == "甲乙" else 0, 100))
    assert {"乙丙", "丙丁"} <= unknown.frequency.keys()


def test_at_most_the_rarest_grams_are_asked() -> None:
    """Long texts cost no more than short ones: 24 grams, the rarest."""
    text = "".join(chr(0x4E00 + i) for i in range(200))
    need = needs.read(text, Corpus(lambda gram: ord(gram[0]) - 0x4E00 + 1, 10_000))
    assert len(need.rarest) == needs.QUERY_GRAMS
    assert max(map(ord, "".join(need.rarest))) < 0x4E00 + 40


def test_common_grams_are_left_out_where_much_would_be_read(
    library: PatentIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title still names its patent, and is covered as much: all of it is looked for there."""
    whole = [library.search(text.title, 1)[0] for text in TEXTS]
    monkeypatch.setattr(patents, "READ", 40)
    part = [library.search(text.title, 1)[0] for text in TEXTS]
    assert [(hit.id, hit.coverage) for hit in part] == [(hit.id, hit.coverage) for hit in whole]
    assert sum(hit.score for hit in part) < sum(hit.score for hit in whole)


# Why it is shown


def test_reasons_are_whole_words_of_the_need(library: PatentIndex) -> None:
    """Not pairs of characters, nothing inside another, the most telling first."""
    best = library.search("高压柱塞泵的滑靴不耐用，想找涂层或者微织构", 1)[0]
    assert {"高压柱塞泵", "滑靴", "微织构", "涂层"} <= set(best.terms)
    assert best.terms[0] == "高压柱塞泵"
    assert not any(a != b and a in b for a in best.terms for b in best.terms)


def test_a_reason_may_be_the_patents_own_word(library: PatentIndex) -> None:
    """Who said 拉稀 sees that 腹泻 was found."""
    assert "腹泻" in "".join(library.search("小猪拉稀", 1)[0].terms)


@pytest.mark.parametrize("text", TEXTS[::7], ids=lambda text: str(text.id))
def test_reasons_stand_in_the_patent(library: PatentIndex, text: PatentText) -> None:
    """Nothing is claimed that cannot be read there."""
    for hit in library.search(f"我们想找{text.title}，最好{text.abstract[:30]}", 5):
        assert [term for term in hit.terms if term not in WORDS[hit.id]] == []


def test_single_characters_are_a_last_resort(library: PatentIndex) -> None:
    """One character is shown only where nothing longer was found."""
    for text in TEXTS[::5]:
        for hit in library.search(text.abstract, 5):
            assert len({len(term) > 1 for term in hit.terms}) <= 1


# How it is kept


def test_an_index_that_was_never_built_is_empty(index: PatentIndex) -> None:
    """Searching it is no error, and it asks to be built."""
    assert index.stamp is None
    assert index.search("钛合金", 3) == []


def test_the_stamp_says_what_the_index_was_built_from(index: PatentIndex) -> None:
    """It moves with rebuild, and with update and delete only where they say so."""
    index.rebuild([patent(1, "钛合金")], "one")
    assert index.stamp == "one"
    index.update([patent(2, "铝合金")])
    assert index.stamp == "one"
    index.update([patent(3, "镁合金")], stamp="two")
    assert index.stamp == "two"
    index.delete([3], stamp="three")
    assert index.stamp == "three"
    assert sorted(ids(index.search("合金", 9))) == [1, 2]


def test_the_stamp_is_never_a_hit(index: PatentIndex) -> None:
    """The document that holds it has no words."""
    index.rebuild([patent(1, "钛合金")], "钛合金")
    assert ids(index.search("钛合金", 5)) == [1]


def test_rebuilding_forgets_what_was_there(index: PatentIndex) -> None:
    """The index is what the database is, also when that is nothing."""
    index.rebuild([patent(1, "钛合金"), patent(2, "铝合金")], "a")
    index.rebuild([patent(2, "铝合金")], "b")
    assert ids(index.search("合金", 9)) == [2]
    index.rebuild([], "c")
    assert (index.search("合金", 9), index.stamp) == ([], "c")


def test_an_update_replaces(index: PatentIndex) -> None:
    """The same update twice leaves one patent, with its new words."""
    index.rebuild([patent(1, "钛合金激光熔覆")], "a")
    for _ in range(2):
        index.update([patent(1, "稻谷烘干")])
    assert ids(index.search("稻谷烘干", 9)) == [1]
    assert index.search("激光熔覆", 9) == []


def test_a_rebuild_that_fails_changes_nothing(index: PatentIndex) -> None:
    """Half a library must never be served, and the next writer finds the lock free."""

    def half() -> Iterator[PatentText]:
        yield patent(2, "铝合金")
        raise ConnectionError

    index.rebuild([patent(1, "钛合金")], "a")
    with pytest.raises(ConnectionError):
        index.rebuild(half(), "b")
    assert (ids(index.search("合金", 9)), index.stamp) == ([1], "a")
    index.update([patent(3, "镁合金")])
    assert sorted(ids(index.search("合金", 9))) == [1, 3]


@pytest.mark.parametrize("damage", ["term", "meta.json", "garbled"])
def test_a_damaged_index_asks_to_be_rebuilt(
    index: PatentIndex, tmp_path: Path, damage: str
) -> None:
    """Lost or broken files give no stamp, and rebuilding mends them."""
    index.rebuild([patent(1, "钛合金")], "a")
    folder = tmp_path / "patents" / f"v{patents.VERSION}"
    if damage == "garbled":
        (folder / "meta.json").write_text("{")
    else:
        next(file for file in folder.iterdir() if file.name.endswith(damage)).unlink()
    assert PatentIndex(tmp_path / "patents").stamp is None
    again = PatentIndex(tmp_path / "patents")
    again.rebuild([patent(2, "铝合金")], "b")
    assert (ids(again.search("铝合金", 3)), again.stamp) == ([2], "b")


def test_another_version_is_rebuilt_and_the_old_one_removed(
    index: PatentIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another version of this module wrote is not read."""
    index.rebuild([patent(1, "钛合金")], "a")
    old = tmp_path / "patents" / f"v{patents.VERSION}"
    monkeypatch.setattr(patents, "VERSION", patents.VERSION + 1)
    newer = PatentIndex(tmp_path / "patents")
    assert newer.stamp is None
    newer.rebuild([patent(1, "钛合金")], "a")
    assert newer.stamp == "a"
    assert not old.exists()


def test_a_new_way_of_reading_needs_a_new_version() -> None:
    """If this fails, raise patents.VERSION and take over the new sum: old indexes must go."""
    text = "一种SiC外延片（4英寸）的PM2.5检测，β-环糊精；α_b 〇𠮷"
    sum_ = hashlib.sha256(" ".join(grams(text)).encode()).hexdigest()[:12]
    assert (patents.VERSION, patents.TITLE_TIMES, sum_) == (1, 3, "fa4844287fe7")


# Who may write


def test_a_second_reader_sees_what_was_written(index: PatentIndex, tmp_path: Path) -> None:
    """Without being told, at its next search."""
    index.rebuild([patent(1, "钛合金")], "a")
    reader = PatentIndex(tmp_path / "patents")
    assert ids(reader.search("合金", 9)) == [1]
    index.update([patent(2, "铝合金")])
    assert sorted(ids(reader.search("合金", 9))) == [1, 2]


def test_reading_needs_no_lock_and_two_writers_are_told(index: PatentIndex, tmp_path: Path) -> None:
    """While one writes, others open and search what was there; a second writer gets IndexBusy."""
    index.rebuild([patent(1, "钛合金")], "a")
    seen: list[list[int]] = []

    def texts() -> Iterator[PatentText]:
        yield patent(2, "铝合金")
        other = PatentIndex(tmp_path / "patents")
        seen.append(ids(other.search("合金", 9)))
        with pytest.raises(IndexBusy):
            other.update([patent(3, "镁合金")])
        yield patent(4, "铜合金")

    index.rebuild(texts(), "b")
    assert seen == [[1]]
    assert sorted(ids(index.search("合金", 9))) == [2, 4]


def test_a_second_process_reads_while_this_one_writes(index: PatentIndex, tmp_path: Path) -> None:
    """It always finds a whole library: the old one or the new one."""
    index.rebuild([patent(i, f"钛合金{i}") for i in range(1, 101)], "0")
    code = (
        "import sys; from pathlib import Path; from search.patents import PatentIndex\n"
        "for _ in range(300):\n"
        "    assert len(PatentIndex(Path(sys.argv[1])).search('钛合金', 200)) == 100\n"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "patents")], cwd=ROOT)
    turn = 0
    while reader.poll() is None:
        turn += 1
        index.rebuild([patent(i, f"钛合金{i}") for i in range(1, 101)], str(turn))
    assert reader.returncode == 0


def test_threads_share_one_index(index: PatentIndex) -> None:
    """Writers of one process wait for each other; readers never wait."""
    index.rebuild([patent(0, "钛合金")], "a")
    writers = [
        threading.Thread(target=index.update, args=([patent(i, f"钛合金{i}")],))
        for i in range(1, 5)
    ]
    for thread in writers:
        thread.start()
        assert index.search("钛合金", 1)
    for thread in writers:
        thread.join()
    assert sorted(ids(index.search("钛合金", 9))) == [0, 1, 2, 3, 4]


# How good it is, on texts that nobody here wrote


@pytest.mark.shared
def test_real_titles_and_keywords_find_their_abstract(tmp_path: Path) -> None:
    """2,000 real abstracts, indexed without their keywords: the measured hit rates hold."""
    if not CSL.exists():
        pytest.skip("the development material is not beside the project")
    rows = [json.loads(line) for line in CSL.read_text("utf-8").splitlines()]
    index = PatentIndex(tmp_path)
    index.rebuild((PatentText(i, r["title"], r["abstract"]) for i, r in enumerate(rows)), "csl")
    sample = list(enumerate(rows))[::10]
    by_keywords = [ids(index.search(" ".join(r["keywords"]), 10)) for _, r in sample]
    assert sum(i in found for (i, _), found in zip(sample, by_keywords, strict=True)) >= 196
    assert sum([i] == found[:1] for (i, _), found in zip(sample, by_keywords, strict=True)) >= 190


@pytest.mark.shared
def test_demo_needs_find_the_patent_that_people_chose(library: PatentIndex) -> None:
    """The patent that people graded 2 comes first for each of the 25 needs."""
    if not NEEDS.exists():
        pytest.skip("the development material is not beside the project")
    titles = {row["id"]: row["title"] for row in _shared_patents()}
    of = {text.title: text.id for text in TEXTS}
    for enterprise in json.loads(NEEDS.read_text("utf-8"))["enterprises"]:
        for need in enterprise["needs"]:
            best = library.search(f"{need['title']}，{need['desc']}", 1)[0]
            gold = max(need["gold"], key=need["gold"].__getitem__)
            assert best.id == of[titles[gold]], need["title"]


def _shared_patents() -> list[dict[str, str]]:
    text = (NEEDS.parent / "demo_patents.json").read_text("utf-8")
    rows: list[dict[str, str]] = json.loads(text)["patents"]
    return rows
