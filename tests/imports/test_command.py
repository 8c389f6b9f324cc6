"""`bot.py import patents`: in words, as JSON, with red cells, and taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import CONTENTS
from commands import cli
from errors import Refused
from tests.imports.sheets import HEADER, csv, line, number


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"ZHIQIAO_DATA_DIR": str(tmp_path / "var"), "ZHIQIAO_DEMO": "false"}


def test_the_command_imports_and_undoes(tmp_path: Path, environment: dict[str, str]) -> None:
    file, marked = tmp_path / "清单.csv", tmp_path / "marked.xlsx"
    header = [*HEADER, "去向"]
    file.write_bytes(csv([header, [*line(1), "化工学院"], [*line(2, number="见附件"), ""]]))

    def run(*args: str) -> str:
        done = CliRunner().invoke(cli, ["import", "patents", *args], obj=CONTENTS, env=environment)
        assert done.exit_code == 0, done.output
        return done.stdout

    shown = run(str(file), "--dry-run", "--marked", str(marked))
    assert "试运行，没有写入" in shown
    assert "没有认出、没有导入的列：去向" in shown
    assert marked.read_bytes().startswith(b"PK")
    report = json.loads(run(str(file), "--json", "--column", "去向=college"))
    assert (report["batch"], report["new"], report["reject"]) == (1, 1, 1)
    assert [(row["line"], row["action"], row["number"]) for row in report["rows"]] == [
        (2, "import", number(1)), (3, "reject", None),
    ]  # fmt: skip
    again = json.loads(run(str(file), "--json"))
    assert (again["same"], again["unknown"], again["rows"][0]["college"]) == (1, [], "化工学院")
    assert "删除新增专利 1 项" in run("--undo", "1")


@pytest.mark.parametrize(
    ("args", "said"),
    [(["--column", "去向=nothing"], "one of"), ([], "give a file")],
)
def test_a_wrong_call_is_explained(
    tmp_path: Path, environment: dict[str, str], args: list[str], said: str
) -> None:
    file = tmp_path / "清单.csv"
    file.write_bytes(csv([HEADER, line(1)]))
    given = [str(file), *args] if args else []
    done = CliRunner().invoke(cli, ["import", "patents", *given], obj=CONTENTS, env=environment)
    assert done.exit_code == 2
    assert said in done.output


def test_another_list_is_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    file = tmp_path / "名单.csv"
    file.write_bytes(csv([["企业名称", "市州"], ["某某有限公司", "长沙"]]))
    done = CliRunner().invoke(cli, ["import", "patents", str(file)], obj=CONTENTS, env=environment)
    assert isinstance(done.exception, Refused)
