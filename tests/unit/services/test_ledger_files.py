"""Ledgers as workbooks and as PDF: what is read back is what the ledger holds."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.helpers.days import on
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import SHAN, WANG, ZHANG, add_family, family_id, member_id
from villageapp.domain import dates
from villageapp.domain.fields import Kind
from villageapp.errors import Cancelled, NotFound, Trouble
from villageapp.models.ids import new_id
from villageapp.models.records import Measure
from villageapp.services import ledger_files, ledgers, measures, problems, records, visits
from villageapp.services.imports import Counts, preview_import
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
SON = member_id(ZHANG, "149901198801010016")


class Impatient:
    """Progress of somebody who cancels once something has been done."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    def step(self, done: int, total: int, what: str) -> None:
        self.steps.append((done, total))

    def check_cancelled(self) -> None:
        if any(done for done, _ in self.steps):
            raise Cancelled


def sheet_rows(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def _fill(work: Workspace) -> None:
    on(work, "2023-03-10")
    given = {"category": "住房安全", "title": "=1+1", "reported_on": "2023-03-01", "grade": "I"}
    problems.add_problem(work, {**given, "household_id": HOME, "owner_id": work.identity.user_id})
    measures.record_measure(
        work,
        HOME,
        {"item": "M0202", "title": "交通补贴", "status": "已完成", "member_id": SON, "amount": "1500.05"},
    )
    visits.record_visit(
        work, HOME, {"kind": "01", "started_at": "2023-03-05 10:00", "result": "见到户主", "edu_ok": True}
    )


def _expected(column: ledgers.Column, value: Any) -> Any:
    """What a spreadsheet shows for a clean value."""
    if value is None:
        return ""
    if column.field.kind is Kind.MONEY:
        return value / 100
    if column.field.kind in (Kind.INTEGER, Kind.DECIMAL):
        return float(value)
    if column.field.kind is Kind.DATE:
        return value
    if column.field.kind is Kind.INSTANT:
        return value.astimezone(dates.CHINA).replace(tzinfo=None)
    return column.text(value)


def _as_read(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) and value.time() == datetime.min.time() else value


@pytest.mark.parametrize("kind", ["problems", "measures", "visits", "people"])
def test_a_workbook_read_back_is_the_ledger(work: Workspace, tmp_path: Path, kind: str) -> None:
    _fill(work)
    report = ledger_files.export_ledger(work, kind, tmp_path / "a.xlsx")
    found = ledgers.ledger(work, kind)
    title, about, headings, *rows = sheet_rows(tmp_path / "a.xlsx")
    assert (title[0], report.rows, report.columns) == (found.title, len(rows), len(headings))
    assert "示例村" in about[0]
    assert "2023-03-10" in about[0]
    assert headings == [column.heading for column in found.columns]
    expected = [[_expected(column, row[column.name]) for column in found.columns] for row in found.rows]
    assert expected, "something is compared"
    assert [[_as_read(value) for value in row] for row in rows] == expected


def test_numbers_of_people_and_households_stay_exact_and_nothing_is_a_formula(
    work: Workspace, tmp_path: Path
) -> None:
    _fill(work)
    ledger_files.export_ledger(work, "people", tmp_path / "people.xlsx")
    cells = {cell for row in sheet_rows(tmp_path / "people.xlsx") for cell in row}
    assert {ZHANG, WANG, SHAN, "14990119620315001X", "149901196507080022", "单䶮"} <= cells
    assert date(1962, 3, 15) in {_as_read(cell) for cell in cells}
    ledger_files.export_ledger(work, "problems", tmp_path / "problems.xlsx")
    assert "=1+1" in {cell for row in sheet_rows(tmp_path / "problems.xlsx") for cell in row}


def test_the_list_of_people_comes_back_without_a_change(work: Workspace, tmp_path: Path) -> None:
    ledger_files.export_ledger(work, "people", tmp_path / "people.xlsx")
    report = preview_import(work, tmp_path / "people.xlsx")
    assert (report.households, report.members) == (Counts(unchanged=4), Counts(unchanged=7))
    assert (report.rejected, report.missing, report.duplicates) == ((), (), ())


def test_spells_of_work_come_back_without_a_change(work: Workspace, tmp_path: Path) -> None:
    person = {"household_id": HOME, "member_id": SON, "working": True, "channel": "灵活就业"}
    records.record(
        work, "employment", {**person, "start_ym": "202203", "end_ym": "202212", "month_pay": "3500"}
    )
    records.record(work, "employment", {**person, "start_ym": "202303", "transport_subsidy": "600"})
    assert ledger_files.export_ledger(work, "employment-month", tmp_path / "务工.xlsx").rows == 2
    report = preview_import(work, tmp_path / "务工.xlsx")
    assert (report.kind, report.employment) == ("employment", Counts(unchanged=2))
    assert (report.rejected, report.duplicates, report.warnings) == ((), (), ())
    ledger_files.print_ledger(work, "employment-month", tmp_path / "务工.pdf")
    assert "149901198801010016" in page_texts(tmp_path / "务工.pdf")[0]


def test_a_group_alone(work: Workspace, tmp_path: Path) -> None:
    _fill(work)
    assert ledger_files.export_ledger(work, "people", tmp_path / "a.xlsx", group="二组").rows == 2
    assert ledger_files.print_ledger(work, "problems", tmp_path / "a.pdf", group="二组").items == 0
    assert "没有内容" in page_texts(tmp_path / "a.pdf")[0]


def test_a_printed_ledger_holds_every_cell_within_its_margins(work: Workspace, tmp_path: Path) -> None:
    _fill(work)
    report = ledger_files.print_ledger(work, "problems", tmp_path / "a.pdf", date(2023, 3, 12))
    assert (report.pages, report.items, report.missing_glyphs) == (1, 1, ())
    (text,) = page_texts(tmp_path / "a.pdf")
    row = problems.list_problems(work, open_only=False)[0]
    for part in (
        "问题排查整改台账",
        "示例村",
        "2023-03-12",
        "=1+1",
        "张示范",
        "一组",
        "周队员",
        row["ledger_no"],
    ):
        assert part in text
    for name in ("due_verify", "due_opinion", "due_plan", "due_solve"):
        assert str(row[name]) in text
    assert "第 1 页 共 1 页" in text
    assert page_sizes_mm(tmp_path / "a.pdf") == [(420, 297)]
    assert ink_at_the_edges(tmp_path / "a.pdf", 9) == 0
    ledger_files.print_ledger(work, "problems", tmp_path / "a.pdf", paper="A4")
    assert set(page_sizes_mm(tmp_path / "a.pdf")) == {(297, 210)}


def test_subtotals_of_measures(work: Workspace, tmp_path: Path) -> None:
    _fill(work)
    measures.record_measure(
        work,
        HOME,
        {"item": "M0703", "title": "医疗救助", "status": "实施中", "amount": "2000", "member_id": SON},
    )
    ledger_files.print_ledger(work, "measures", tmp_path / "a.pdf")
    (text,) = page_texts(tmp_path / "a.pdf")
    assert {"小计 就业帮扶", "小计 健康帮扶", "合计"} <= {part for part in _SUMS if part in text}
    assert "3,500.05" in text


_SUMS = ("小计 就业帮扶", "小计 健康帮扶", "合计")


def test_a_long_text_goes_on_over_pages_and_the_heading_with_it(work: Workspace, tmp_path: Path) -> None:
    told = "".join(f"第{number}句说到这里" for number in range(180))[:1990]
    values = {"category": "住房安全", "title": "漏雨", "description": told, "reported_on": "2023-03-01"}
    problems.add_problem(on(work, "2023-03-10"), {**values, "household_id": HOME})
    report = ledger_files.print_ledger(work, "problems", tmp_path / "a.pdf", paper="A4")
    texts = page_texts(tmp_path / "a.pdf")
    assert report.pages == len(texts) > 1
    assert all("问题描述" in text and f"共 {len(texts)} 页" in text for text in texts)
    assert all(f"第{number}句" in "".join(texts) for number in range(0, 150, 7))


def test_rare_characters_are_drawn_and_a_character_without_glyph_is_refused(
    work: Workspace, tmp_path: Path
) -> None:
    ledger_files.print_ledger(work, "people", tmp_path / "a.pdf")
    assert "单䶮" in page_texts(tmp_path / "a.pdf")[0]
    family = {"national_hh_no": "1499000000000009", "group_name": "一组", "household_type": "1"}
    add_family(
        work,
        family,
        ({"name": "测\ue123", "id_no": "14990119620315001X", "relation": "户主", "labour": "2"},),
    )
    before = (tmp_path / "a.pdf").read_bytes()
    with pytest.raises(Trouble, match=r"U\+E123") as refused:
        ledger_files.print_ledger(work, "people", tmp_path / "a.pdf")
    assert refused.value.code == "missing_glyph"
    assert (tmp_path / "a.pdf").read_bytes() == before
    report = ledger_files.print_ledger(work, "people", tmp_path / "a.pdf", allow_missing=True)
    assert len(report.missing_glyphs) == 1
    assert "[U+E123]" in page_texts(tmp_path / "a.pdf")[0]


def test_a_target_that_cannot_be_written_leaves_nothing(work: Workspace, tmp_path: Path) -> None:
    for write in (ledger_files.export_ledger, ledger_files.print_ledger):
        with pytest.raises(Trouble, match="文件夹"):
            write(work, "people", tmp_path / "gone" / "a.pdf")
        with pytest.raises(Trouble, match="是文件夹"):
            write(work, "people", tmp_path)
        with pytest.raises(NotFound, match="weather"):
            write(work, "weather", tmp_path / "a.pdf")
    assert [p.name for p in tmp_path.iterdir()] == ["village"]


@pytest.fixture
def many(work: Workspace) -> Workspace:
    """A store with 5,000 measures."""
    with work.transaction() as session:
        for number in range(5000):
            measure = Measure(id=new_id())
            measure.assign(
                {
                    "household_id": HOME,
                    "year": 2023,
                    "group": "M02",
                    "item": "M0202",
                    "title": f"交通补贴第{number}笔",
                    "amount": number,
                    "status": "已完成",
                }
            )
            session.add(measure)
    return work


def test_five_thousand_rows_and_cancel(many: Workspace, tmp_path: Path) -> None:
    exported = ledger_files.export_ledger(many, "measures", tmp_path / "a.xlsx")
    printed = ledger_files.print_ledger(many, "measures", tmp_path / "a.pdf")
    assert (exported.rows, printed.items) == (5000, 5000)
    assert len(sheet_rows(tmp_path / "a.xlsx")) == 5003
    texts = page_texts(tmp_path / "a.pdf")
    assert printed.pages == len(texts)
    assert "124,975.00" in texts[-1]
    for write in (ledger_files.export_ledger, ledger_files.print_ledger):
        kept = {path.name: path.read_bytes() for path in tmp_path.glob("a.*")}
        with pytest.raises(Cancelled):
            write(
                many,
                "measures",
                tmp_path / ("a.xlsx" if write is ledger_files.export_ledger else "a.pdf"),
                progress=Impatient(),
            )
        assert {path.name: path.read_bytes() for path in tmp_path.glob("a.*")} == kept
    assert {p.name for p in tmp_path.iterdir()} == {"village", "a.xlsx", "a.pdf"}
