"""``print sheet``: every form of the list, options that it does not know refused."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.pdf_pages import page_texts
from tests.helpers.stores import WANG, ZHANG
from tests.unit.cli.conftest import Run
from villageapp.services.output_kinds import Ask
from villageapp.services.sheet_outputs import SHEETS


def test_every_sheet_is_printed_blank_or_filled(run: Run, tmp_path: Path) -> None:
    for sheet in SHEETS:
        blank = ("--blank",) if Ask.BLANK in sheet.output.asks else ()
        made = run("print", "sheet", sheet.output.key, *blank, "--out", "a.pdf", "--json").json
        assert made["pages"] == len(page_texts(tmp_path / "a.pdf")), sheet.output.key
        assert made["missing_glyphs"] == []


def test_one_household_and_a_group(run: Run, tmp_path: Path) -> None:
    assert "1 页" in run("print", "sheet", "income", "--household", ZHANG, "--out", "a.pdf").out
    assert "张示范" in page_texts(tmp_path / "a.pdf")[0]
    made = run("print", "sheet", "contact", "--group", "二组", "--out", "b.pdf", "--json").json
    assert (made["items"], made["pages"]) == (2, 2)


def test_a_case_by_its_household(leader: Run, tmp_path: Path) -> None:
    leader("case", "open", "--household", WANG, "--set", "category=2", "--set", "risk_1=因病")
    made = leader("print", "sheet", "case", "--case", WANG, "--out", "a.pdf", "--json").json
    assert made["pages"] == 10
    assert "王测试" in page_texts(tmp_path / "a.pdf")[0]


def test_coupons_of_a_month(run: Run, tmp_path: Path) -> None:
    coupon = ("--set", "round=1", "--set", "face_value=200", "--set", "received_on=2023-03-06")
    assert run("record", "add", "coupon", "--household", ZHANG, *coupon).code == 0
    run("print", "sheet", "receipt", "--month", "2023-03", "--out", "a.pdf")
    assert "200.00" in page_texts(tmp_path / "a.pdf")[0]
    run("print", "sheet", "receipt", "--month", "2023-02", "--out", "a.pdf")
    assert "200.00" not in page_texts(tmp_path / "a.pdf")[0]


def test_refusals(run: Run, tmp_path: Path) -> None:
    unknown = run("print", "sheet", "weather", "--out", "a.pdf", "--json")
    assert unknown.code == 1
    assert "income" in unknown.json["error"]["remedy"]
    own = run("print", "sheet", "card", "--out", "a.pdf", "--json")
    assert own.code == 1
    assert "print card" in own.json["error"]["remedy"]
    unasked = run("print", "sheet", "contact", "--case", WANG, "--out", "a.pdf", "--json")
    assert unasked.code == 1
    assert "--case" in unasked.json["error"]["message"]
    assert not list(tmp_path.glob("*.pdf"))
