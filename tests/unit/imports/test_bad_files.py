"""Files that must be refused: each with one clear Chinese line, nothing half-done."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.helpers import workbooks as w
from villageapp.errors import AppError, Cancelled, Trouble, ValidationFailed
from villageapp.services.imports import read_plan


def refusal(path: Path) -> AppError:
    with pytest.raises(AppError) as caught:
        read_plan(path)
    error = caught.value
    assert path.name in error.message
    assert error.remedy
    assert "\n" not in error.line()
    return error


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "名单.xlsx"


def test_missing_file_and_folder(target: Path, tmp_path: Path) -> None:
    assert "不存在" in refusal(target).message
    assert "不是文件" in refusal(tmp_path).message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 cut short",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"<html><table><tr><td>x</td></tr></table></html>",
        b"%PDF-1.7 \x00\x01",
        b"\xff\xfe\x00\x01binary\x00",
        b"\x81\x20\xff",
    ],
)
def test_not_a_workbook(target: Path, content: bytes) -> None:
    target.write_bytes(content)
    assert isinstance(refusal(target), Trouble)


def test_zip_that_is_no_workbook(target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert isinstance(refusal(target), Trouble)


def test_cut_workbook(target: Path) -> None:
    whole = w.write_list(target, w.person()).read_bytes()
    for share in (0.3, 0.6, 0.95):
        target.write_bytes(whole[: int(len(whole) * share)])
        assert isinstance(refusal(target), Trouble)


def test_zip_bomb_by_ratio_and_by_lying_directory(target: Path) -> None:
    w.bomb(target, 30)
    assert refusal(target).code == "import_bomb"
    content = target.read_bytes()
    true_size = (30 * 1_000_000 + len(b"<worksheet><sheetData>")).to_bytes(4, "little")
    target.write_bytes(content.replace(true_size, (1000).to_bytes(4, "little")))
    assert refusal(target).code == "import_bomb"


def test_part_without_a_name(target: Path) -> None:
    w.write_list(target, w.person())
    content = target.read_bytes()
    at = content.rindex(b"PK\x01\x02")
    target.write_bytes(content[: at + 28] + b"\0\0" + content[at + 30 :])
    assert isinstance(refusal(target), Trouble)


def test_doubled_part_names(target: Path) -> None:
    w.write_list(target, w.person())
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert refusal(target).code == "import_bomb"


def raw_sheet(target: Path, sheet: str) -> None:
    """Replace the sheet of an ordinary workbook."""
    w.write_list(target, w.person())
    with zipfile.ZipFile(target) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def test_200_000_rows(target: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 200_001))
    raw_sheet(target, f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>")
    error = refusal(target)
    assert error.code == "import_too_long"
    assert "60000 行" in error.message


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1048576"><v>1</v></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row>',
        "<row r = '1'><c r = 'XFD1'><v>1</v></c></row>",
        '<row spans="1:1" r="1048576"><c><v>1</v></c></row>',
    ],
)
def test_one_cell_far_out_does_not_make_the_reader_allocate_a_world(target: Path, cells: str) -> None:
    raw_sheet(target, f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>")
    assert refusal(target).code in ("import_too_long", "import_too_wide")


def test_sheet_under_an_unusual_part_name_is_looked_at_too(target: Path) -> None:
    w.write_list(target, w.person())
    with zipfile.ZipFile(target) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    del parts["xl/worksheets/sheet1.xml"]
    far = '<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row></sheetData>'
    parts["xl/other.xml"] = f"<worksheet {MAIN}>{far}</worksheet>".encode()
    for name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        parts[name] = parts[name].replace(b"worksheets/sheet1.xml", b"other.xml")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    assert refusal(target).code == "import_too_wide"


def test_formatted_blanks_far_below_are_harmless(target: Path) -> None:
    w.write_list(target, w.person())
    with zipfile.ZipFile(target) as old:
        sheet = old.read("xl/worksheets/sheet1.xml").decode()
    blanks = '<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'
    raw_sheet(target, sheet.replace("</sheetData>", blanks))
    assert len(read_plan(target).members) == 1


def test_too_large_a_file(target: Path) -> None:
    with target.open("wb") as file:
        file.truncate(50_000_001)
    assert refusal(target).code == "import_too_large"


@pytest.mark.parametrize(
    "rows",
    [
        [["姓名", "电话"], ["张示范", "1"]],
        [["序号", "户编号", "姓名", "与户主关系", "民族", "文化程度", "健康状况", "劳动技能"]],
        [[]],
    ],
)
def test_wrong_layout_says_what_is_missing(target: Path, rows: w.Rows) -> None:
    error = refusal(w.write_xlsx(target, rows))
    assert error.code == "import_layout"
    assert "表头" in error.line()


def test_sheet_without_household_number(target: Path) -> None:
    headings = [h for h in w.LIST_2022 if h != "户编号"]
    assert "户编号" in refusal(w.write_list(target, w.person(), headings=headings)).message


def test_only_headings(target: Path) -> None:
    assert refusal(w.write_list(target)).code == "import_empty"


def test_numeric_household_number_rejects_the_whole_group(target: Path) -> None:
    lost = 1499000000000001.0
    error = refusal(
        w.write_list(target, w.person(户编号=lost), w.person(户编号=lost, 姓名="李样例", 证件号码=w.LI))
    )
    assert error.code == "import_rejected"
    assert "G2、G3：户编号" in error.message
    assert "15 位" in error.message
    kept = w.person(户编号=w.HH_2, 姓名="王测试", 证件号码=w.WANG)
    plan = read_plan(w.write_list(target, w.person(户编号=lost), kept))
    assert [m.values["name"] for m in plan.members] == ["王测试"]
    assert [(r.row, r.cell) for r in plan.rejected] == [(2, "G2")]


def test_merged_numeric_household_number_rejects_its_rows(target: Path) -> None:
    rows = w.list_rows(
        w.person(户编号="1.499E+15"),
        w.person(户编号=None, 姓名="李样例", 证件号码=w.LI),
        w.person(户编号=w.HH_2, 证件号码=w.WANG),
    )
    plan = read_plan(w.write_xlsx(target, rows, merges=[("G2:G3", "1.499E+15")]))
    assert [r.row for r in plan.rejected] == [2, 3]


def test_wrong_check_digit_is_named_with_its_cell(target: Path) -> None:
    error = refusal(w.write_list(target, w.person(证件号码="149901196203150011")))
    assert isinstance(error, ValidationFailed)
    assert "J2" in error.message
    assert "校验码" in error.message


def test_column_of_codes_stops_and_asks(target: Path) -> None:
    people = [w.person(民族="01"), w.person(民族=2, 姓名="李样例", 证件号码=w.LI)]
    error = refusal(w.write_list(target, *people))
    assert error.code == "import_codes"
    assert "民族" in error.message


def test_cancelled_while_reading(target: Path) -> None:
    class Impatient:
        def step(self, done: int, total: int, what: str) -> None: ...

        def check_cancelled(self) -> None:
            raise Cancelled

    w.write_list(target, w.person())
    with pytest.raises(Cancelled):
        read_plan(target, Impatient())
