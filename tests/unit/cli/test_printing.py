"""``print`` and ``export`` on the command line: JSON, files, refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from tests.helpers.pdf_pages import page_texts
from tests.helpers.stores import WANG, ZHANG
from tests.unit.cli.conftest import Run

Write = Callable[[Any], str]


def test_export_and_print_a_ledger(run: Run, tmp_path: Path) -> None:
    run("problem", "add", "--household", ZHANG, "--category", "住房安全", "--title", "漏雨")
    made = run("export", "ledger", "problems", "--out", "问题.xlsx", "--json").json
    assert (made["file"], made["rows"]) == (str(tmp_path / "问题.xlsx"), 1)
    sheet = CalamineWorkbook.from_path(made["file"]).get_sheet_by_index(0).to_python()
    assert "漏雨" in sheet[3]
    printed = run("print", "ledger", "problems", "--out", "问题.pdf", "--on", "2023-02-03", "--json").json
    assert set(printed) == {"file", "pages", "items", "seconds", "missing_glyphs"}
    assert (printed["pages"], printed["items"], printed["missing_glyphs"]) == (1, 1, [])
    assert "2023-02-03" in page_texts(tmp_path / "问题.pdf")[0]
    assert "1 条" in run("print", "ledger", "problems", "--out", "问题.pdf").out, "the file is replaced"


def test_an_empty_ledger(run: Run, tmp_path: Path) -> None:
    run("problem", "add", "--household", ZHANG, "--category", "住房安全", "--title", "漏雨")
    made = run("print", "ledger", "problems", "--blank", "--out", "a.pdf", "--json").json
    assert made["pages"] == 1
    (text,) = page_texts(tmp_path / "a.pdf")
    assert "问题排查整改台账" in text
    assert "漏雨" not in text


def test_refusals_write_nothing(run: Run, tmp_path: Path) -> None:
    for argv in (
        ("export", "ledger", "weather", "--out", "a.xlsx"),
        ("print", "ledger", "weather", "--out", "a.pdf"),
        ("print", "ledger", "problems", "--out", "nowhere/a.pdf"),
        ("print", "ledger", "problems", "--out", "a.pdf", "--on", "31.31.2023"),
        ("print", "visit", "--blank", "0", "--out", "a.pdf"),
        ("print", "visit", "--household", "没有此人", "--out", "a.pdf"),
        ("print", "notice", ZHANG, "--out", "a.pdf"),
        ("print", "month", "2023-13", "--out", "a.pdf"),
    ):
        outcome = run(*argv, "--json")
        assert outcome.code == 1, argv
        assert outcome.json["error"]["message"]
    assert run("print", "visit", "--out", "a.pdf").code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["village"]


def test_visit_sheets(run: Run, write: Write, tmp_path: Path) -> None:
    values = {"kind": "01", "started_at": "2023-03-05 10:00", "result": "见到户主", "demand": "想装暖气"}
    visit = run("visit", "add", "--household", ZHANG, "--from", write(values), "--json").json["visit_id"]
    expected = (
        (("--household", ZHANG, WANG, ZHANG), 2, "张示范"),
        (("--all",), 4, "赵演示"),
        (("--all", "--group", "二组"), 2, "王测试"),
        (("--blank", "3"), 3, "入户走访记录表"),
        (("--blank", "1", "--short"), 1, "入户排查记录表"),
        (("--visit", visit), 1, "想装暖气"),
    )
    for argv, count, word in expected:
        made = run("print", "visit", *argv, "--out", "a.pdf", "--json").json
        assert (made["items"], made["pages"]) == (count, count)
        assert word in "".join(page_texts(tmp_path / "a.pdf"))


def test_closing_slip_by_its_ledger_number(run: Run, tmp_path: Path) -> None:
    run("problem", "add", "--household", ZHANG, "--category", "住房安全", "--title", "漏雨")
    number = run("problem", "list", "--json").json["rows"][0]["ledger_no"]
    made = run("print", "closing", number, "--out", "a.pdf", "--json").json
    assert (made["items"], made["pages"]) == (1, 1)
    assert number in page_texts(tmp_path / "a.pdf")[0]
    assert run("print", "closing", "nothing", "--out", "b.pdf").code == 1


def test_empty_card_slip_and_month_sheet(run: Run, tmp_path: Path) -> None:
    run("problem", "add", "--household", ZHANG, "--category", "住房安全", "--title", "漏雨")
    for kind, pages, word in (
        ("card", 2, "户帮扶明白卡"),
        ("closing", 1, "销号单"),
        ("month", 1, "月调度表"),
    ):
        assert "空白" in run("print", kind, "--blank", "--out", "a.pdf").out
        texts = page_texts(tmp_path / "a.pdf")
        assert len(texts) == pages
        assert word in texts[0]
        assert not any(filled in "".join(texts) for filled in ("张示范", "漏雨", "未知"))
    for both in (("card", "--all"), ("month", "2023-03"), ("closing", "2023-1")):
        assert run("print", *both, "--blank", "--out", "b.pdf").code == 2, both
    for neither in ("card", "month", "closing"):
        assert run("print", neither, "--out", "b.pdf").code == 2, neither
    assert not (tmp_path / "b.pdf").exists()


def test_notice_and_month_sheet(leader: Run, tmp_path: Path) -> None:
    leader("case", "open", "--household", WANG, "--set", "category=2", "--set", "risk_1=因病")
    assert leader("print", "notice", WANG, "--out", "a.pdf").code == 1
    leader("case", "fill", WANG, "--set", "village_review_on=2023-03-09")
    made = leader("print", "notice", WANG, "--out", "a.pdf", "--json").json
    assert (made["items"], made["pages"]) == (1, 1)
    assert "王测试" in page_texts(tmp_path / "a.pdf")[0]
    assert leader("print", "month", "2023-03", "--out", "m.pdf", "--json").json["pages"] == 1


def test_the_list_of_people_is_exported_for_the_importer(run: Run) -> None:
    run("export", "ledger", "people", "--out", "人员.xlsx", "--group", "二组")
    report = run("import", "人员.xlsx", "--dry-run", "--json").json
    assert report["households"] == {"new": 0, "changed": 0, "unchanged": 2}
    assert report["rejected"] == []
    assert run("ledger", "people", "--household", ZHANG, "--json").json["rows"][0]["member.name"] == "张示范"
