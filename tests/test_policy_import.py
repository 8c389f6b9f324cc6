"""From a file to the clauses that answers quote."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import pypdf
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Clause, Document
from errors import Refused
from pipeline import words
from services import policy, policy_import
from services.policy_files import EmptyText, LockedText, NotAText, ScannedText
from services.policy_knowledge import digest, knowledge
from services.policy_reading import NoClauses, OfficialText, read
from tests.databases import any_database
from tests.policy_texts import LAW, NOTICE, docx_file, pdf_file, text_file

POLICY = Path(__file__).parents[1].parent / "shared" / "policy"
PLAN = "plan_xiangzhengbanfa_2024_15.txt"
LAWS = {
    "law_patent_2020.txt": 82,
    "law_pipl_2021.txt": 74,
    "law_sme_2017.txt": 61,
    "law_sti_transfer_2015.txt": 52,
    "rules_patent_2010_OLD.txt": 123,
    "rules_patent_2023.txt": 149,
}


def shared(name: str) -> Path:
    if not (POLICY / name).exists():
        pytest.skip("needs the development material")
    return POLICY / name


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


# What is read from a file.


@pytest.fixture(params=["utf-8", "utf-8-sig", "gb18030", "utf-16", "docx", "pdf"])
def notice(request: pytest.FixtureRequest, tmp_path: Path) -> OfficialText:
    """The same notice in every container that is taken."""
    if request.param == "docx":
        return read(docx_file(tmp_path / "notice.docx", NOTICE))
    if request.param == "pdf":
        half = NOTICE.index("二、重点工作")
        return read(pdf_file(tmp_path / "notice.pdf", [NOTICE[:half], NOTICE[half:]]))
    return read(text_file(tmp_path / "notice.txt", NOTICE, request.param))


def test_a_notice_is_read_from_every_container(notice: OfficialText) -> None:
    """Title, number, issuer, date and clauses do not depend on the kind of file."""
    assert notice.title == "某某市专利促进办法"
    assert notice.number == "某政办发〔2025〕7号"
    assert notice.issuer == "某某市人民政府办公室"
    assert notice.issued_on == date(2025, 3, 5)
    assert [passage.ref for passage in notice.passages] == [
        "印发通知", "前言", "一、总体要求", "二、（一）1", "二、（一）2", "三、（一）",
    ]  # fmt: skip


def test_cut_words_are_mended(notice: OfficialText) -> None:
    """What a line or page end cut is found and quoted whole, and the page number is gone."""
    school = notice.passages[4]
    assert school.heading == "支持企业把专利用起来，开展专利促进行动 › 开办专利夜校"
    assert "讲授专利知识。" in school.text
    assert school.text.startswith("2.开办专利夜校。到2026年6月底前，")


def test_the_closing_bracket_names_the_departments_in_order(notice: OfficialText) -> None:
    """The first leads; brackets that name them otherwise are understood too."""
    assert notice.passages[3].departments == ["市科技局", "市财政局"]
    assert notice.passages[4].departments == ["市教育局", "市科技局"]
    assert notice.passages[2].departments == []


def test_deadlines_are_found_in_the_text(notice: OfficialText) -> None:
    """A month ends on its last day, a year in December."""
    [year], [month] = notice.passages[2].dates, notice.passages[4].dates
    assert (year["quote"], year["date"]) == ("到2027年", "2027-12-31")
    assert (month["quote"], month["date"]) == ("到2026年6月底前", "2026-06-30")


def test_a_law_is_read_article_by_article(tmp_path: Path) -> None:
    """An enumeration stays with its article, and a cut reference to an article is no article."""
    law = read(text_file(tmp_path / "law.txt", LAW))
    assert [p.ref for p in law.passages] == ["第一条", "第二条", "第三条", "第四条"]
    assert law.passages[1].text.endswith("依照第一条作出的决定适用本条例。")
    assert law.passages[1].text.count("\n") == 3
    assert law.passages[2].heading == "第二章 示范 › 第一节 展览"
    assert law.passages[3].text == "第四条 展览应当登记。"
    assert law.title == "中华某某示范条例"


def test_a_ref_that_comes_twice_is_told_apart(tmp_path: Path) -> None:
    """An annex counts from one again; both clauses are kept."""
    text = NOTICE + "\n一、总体要求\n\n另一份文件的总体要求在这里。\n"
    refs = [p.ref for p in read(text_file(tmp_path / "twice.txt", text)).passages]
    assert refs[2] == "一、总体要求"
    assert refs[-1] == "一、总体要求 (2)"


# What is refused, each by its name.


def archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return path


def blank_pdf(path: Path) -> Path:
    writer = pypdf.PdfWriter()
    for _ in range(3):
        writer.add_blank_page(595, 842)
    writer.write(path)
    return path


def wrong_file(kind: str, path: Path) -> Path:
    contents = {
        "nothing": b"",
        "blanks": b"\xef\xbb\xbf \n\n\t\n",
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(40),
        "old_word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "locked_word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "binary": bytes(range(256)) * 4,
        "half_zip": b"PK\x03\x04" + bytes(30),
        "half_pdf": b"%PDF-1.7\nnot really",
        "poem": "床前明月光，疑是地上霜。\n".encode(),
    }
    made = {
        "spreadsheet": lambda: archive(path, "xl/workbook.xml"),
        "slides": lambda: archive(path, "ppt/presentation.xml"),
        "archive": lambda: archive(path, "readme.md"),
        "scan": lambda: blank_pdf(path),
        "locked_pdf": lambda: pdf_file(path, [NOTICE], password="secret"),
    }
    if kind in made:
        return made[kind]()
    path.write_bytes(contents[kind])
    return path


@any_database
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("nothing", EmptyText()),
        ("blanks", EmptyText()),
        ("picture", NotAText(kind="picture")),
        ("spreadsheet", NotAText(kind="spreadsheet")),
        ("slides", NotAText(kind="slides")),
        ("archive", NotAText(kind="archive")),
        ("old_word", NotAText(kind="old_word")),
        ("binary", NotAText(kind="unknown")),
        ("half_zip", NotAText(kind="unknown")),
        ("half_pdf", NotAText(kind="unknown")),
        ("locked_word", LockedText()),
        ("locked_pdf", LockedText()),
        ("scan", ScannedText(pages=3)),
        ("poem", NoClauses(title="")),
    ],
)
async def test_a_wrong_file_is_refused_by_name(
    kind: str, error: Refused, tmp_path: Path, session: AsyncSession, now: datetime
) -> None:
    """The person learns what was sent and what is wanted; nothing is stored."""
    with pytest.raises(type(error)) as refusal:
        await policy_import.import_text(session, wrong_file(kind, tmp_path / "file"), now)
    assert refusal.value.facts == error.facts
    said = words.render(f"policy/refused/{error.code}", **error.facts)
    assert said.text
    assert await session.scalar(select(func.count()).select_from(Document)) == 0


# What is stored.


async def stored(session: AsyncSession, path: Path, now: datetime) -> policy_import.Imported:
    return await policy_import.import_text(session, path, now)


async def test_the_same_text_again_changes_nothing(
    session: AsyncSession, tmp_path: Path, now: datetime
) -> None:
    """What points at a clause (an old button, a ticket) still finds it after another import."""
    first = await stored(session, text_file(tmp_path / "a.txt", NOTICE), now)
    ids = [clause.id for clause in first.document.clauses]
    again = await stored(session, text_file(tmp_path / "b.txt", NOTICE), now)
    assert (first.clauses, first.replaced) == (6, False)
    assert (again.clauses, again.replaced) == (6, True)
    assert [clause.id for clause in again.document.clauses] == ids
    assert await session.scalar(select(func.count()).select_from(Clause)) == 6


async def test_a_changed_text_replaces_the_old_clause_by_clause(
    session: AsyncSession, tmp_path: Path, now: datetime
) -> None:
    """A changed clause keeps its id, one that is gone is gone."""
    first = await stored(session, text_file(tmp_path / "a.txt", NOTICE), now)
    market = next(c.id for c in first.document.clauses if c.ref == "二、（一）1")
    changed = NOTICE.replace("集中展示", "每周展示").split("三、保障措施")[0]
    again = await stored(session, text_file(tmp_path / "b.txt", changed), now)
    clause = await session.get_one(Clause, market)
    assert again.clauses == 5
    assert "每周展示" in clause.text
    assert {c.ref for c in again.document.clauses}.isdisjoint({"三、（一）"})


@pytest.mark.parametrize("newest_first", [True, False])
async def test_of_two_texts_with_one_title_the_newer_is_in_force(
    session: AsyncSession, tmp_path: Path, now: datetime, newest_first: bool
) -> None:
    """The older one is kept, marked, and never used, in whatever order they come."""
    newer = LAW.replace("2020年5月1日", "2024年5月1日").replace("三十日", "十日")
    files = [text_file(tmp_path / "old.txt", LAW), text_file(tmp_path / "new.txt", newer)]
    for path in reversed(files) if newest_first else files:
        await stored(session, path, now)
    documents = (await session.scalars(select(Document))).all()
    states = {document.issued_on: document.status for document in documents}
    assert states == {date(2020, 5, 1): "已被替代", date(2024, 5, 1): "现行有效"}
    known = await knowledge(session)
    assert len(known.sources) == 4
    assert any("十日" in s.text and "三十日" not in s.text for s in known.sources.values())


async def test_the_digest_goes_in_once(session: AsyncSession, now: datetime) -> None:
    """Every start may load it; it is our own words and marked so."""
    await policy_import.load_digest(session, now)
    await policy_import.load_digest(session, now)
    [document] = (await session.scalars(select(Document))).all()
    assert not document.official
    assert await session.scalar(select(func.count()).select_from(Clause)) == 22
    goal = await session.scalar(select(Clause).where(Clause.ref == "一、工作目标"))
    assert goal is not None and len(goal.targets) == 6


# The official texts themselves.


@pytest.mark.shared
def test_the_plan_is_rebuilt_to_the_letter() -> None:
    """Refs, texts, departments in order and deadlines are those of the reference."""
    wanted = json.loads(shared("plan_clauses.json").read_text(encoding="utf-8"))
    plan = read(shared(PLAN))
    assert (plan.title, plan.number) == (wanted["title"], wanted["number"])
    assert (plan.issuer, str(plan.issued_on)) == (wanted["issuer"], wanted["date"])
    for passage, clause in zip(plan.passages, wanted["clauses"], strict=True):
        assert passage.ref == clause["ref"]
        assert passage.text == clause["text"]
        assert passage.departments == clause["departments"]
        assert next(iter(passage.departments), None) == clause["lead"]
        dates = [(d["quote"], d["date"]) for d in clause["deadlines"]]
        assert [(d["quote"], d["date"]) for d in passage.dates] == dates


@pytest.mark.shared
def test_the_headings_of_the_plan_stay_with_their_clauses() -> None:
    """The four plan titles stand in no clause; who asks for them must find them."""
    wanted = json.loads(shared("plan_clauses.json").read_text(encoding="utf-8"))["parts"]
    headings = {p.heading.split(" › ")[0] for p in read(shared(PLAN)).passages if p.departments}
    assert headings == set(wanted.values())


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), LAWS.items())
def test_laws_come_whole(name: str, count: int) -> None:
    """Every article once, in order, and nothing of the text lost."""
    law = read(shared(name))
    assert len(law.passages) == count
    assert len({passage.ref for passage in law.passages}) == count
    source = bare(shared(name).read_text(encoding="utf-8"))
    for passage in law.passages:
        assert bare(passage.text) in source


@pytest.mark.shared
async def test_the_rules_of_2010_are_replaced_by_those_of_2023(
    session: AsyncSession, now: datetime
) -> None:
    """The older text never answers beside the newer."""
    for name in ("rules_patent_2023.txt", "rules_patent_2010_OLD.txt"):
        await stored(session, shared(name), now)
    known = await knowledge(session)
    assert len(known.sources) == 149
    assert {source.number for source in known.sources.values()} == {"国务院令第769号"}


@pytest.mark.shared
def test_the_digest_is_no_copy_of_the_plan() -> None:
    """No run of sixteen signs of the plan stands in it, but for names that have no other form."""
    names = [
        "湖南省专利转化运用专项行动实施方案",
        "国家海外知识产权纠纷应对指导中心",
        "长株潭一体化知识产权保护中心共同体",
    ]
    plan = bare(shared(PLAN).read_text(encoding="utf-8"))
    for text in _strings(digest()):
        said = bare(text)
        for name in names:
            said = said.replace(name, "|")
        runs = (said[i : i + 16] for i in range(len(said) - 15))
        assert not [run for run in runs if run in plan], text


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in _strings(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.shared
def test_the_digest_has_the_facts_of_the_plan() -> None:
    """The same clauses, departments in order, dates and figures."""
    wanted = json.loads(shared("plan_clauses.json").read_text(encoding="utf-8"))["clauses"]
    for note, clause in zip(digest()["clauses"], wanted, strict=True):
        assert note["ref"] == clause["ref"]
        assert note["departments"] == clause["departments"]
        assert [d["date"] for d in note["dates"]] == [d["date"] for d in clause["deadlines"]]
        values = [str(t["value"]) for t in clause["targets"] if not isinstance(t["value"], list)]
        assert set(values) <= {target["value"] for target in note["targets"]}


async def test_chosen_articles_of_several_laws_come_as_a_list(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """With or without their names in the text; the whole law, when it comes, takes their place."""
    rows = [
        {"law": "某某税法", "article": "第四条", "text": "第四条 税率为百分之二十五。"},
        {"law": "某某税法", "article": "第五条", "text": "应纳税所得额按年计算。"},
        {"law": "某某条例", "article": "第一条", "text": "技术转让所得不超过五百万元的部分免征。"},
    ]
    file = tmp_path / "articles.json"
    file.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    done = await policy_import.import_file(session, file, now)
    assert [(one.document.title, one.clauses) for one in done] == [("某某税法", 2), ("某某条例", 1)]
    answer = await policy.ask(session, "技术转让所得多少万以内免征", now)
    assert answer.citations[0].clause == "第一条"
    file.write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(NotAText):
        await policy_import.import_file(session, file, now)
