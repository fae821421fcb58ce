"""Old binary workbooks: read through our own container, damage ends in a message."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest

from tests.helpers import workbooks as w
from villageapp.errors import AppError, Trouble
from villageapp.services.imports import read_plan
from villageapp.services.imports.xls_guard import compound_of


def write(path: Path, stream: bytes, name: str = "Workbook") -> Path:
    path.write_bytes(compound_of(name, stream))
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "名单.xls"


def refusal(path: Path) -> AppError:
    with pytest.raises(AppError) as caught:
        read_plan(path)
    return caught.value


def test_large_workbook_whose_tables_need_a_list_of_their_own(target: Path) -> None:
    people = [w.person(户编号=f"14990000{n:08d}", 证件号码=i) for n, i in enumerate(w.citizens(1300))]
    rows = [[*row, *["备" * 300] * 10] for row in w.list_rows(*people)]
    write(target, w.biff(rows))
    assert target.stat().st_size > 110 * 127 * 512
    assert len(read_plan(target).members) == 1300


def test_claimed_size_is_not_believed(target: Path) -> None:
    write(target, w.biff(w.list_rows(w.person()), sizes=(2**31, 2**15)))
    assert len(read_plan(target).members) == 1


def test_password(target: Path) -> None:
    write(target, w.biff(w.list_rows(w.person()), first=w.biff_record(0x002F, bytes(6))))
    assert "密码" in refusal(target).message
    assert "密码" in refusal(write(target, b"x", "EncryptedPackage")).message


def test_compound_file_of_something_else(target: Path) -> None:
    assert "不是 Excel" in refusal(write(target, b"x", "WordDocument")).message


def test_more_strings_than_bytes(target: Path) -> None:
    strings = w.biff_record(0x00FC, struct.pack("<II", 1, 2**31 - 1))
    assert isinstance(refusal(write(target, w.biff(w.list_rows(w.person()), first=strings))), Trouble)


@pytest.mark.parametrize(
    ("row", "column", "code"), [(65_000, 0, "import_too_long"), (1, 16_000, "import_unreadable")]
)
def test_cell_far_out(target: Path, row: int, column: int, code: str) -> None:
    cell = w.biff_record(0x0203, struct.pack("<HHHd", row, column, 0, 1.0))
    assert refusal(write(target, w.biff([["x"]], first=cell))).code == code


def test_sheet_outside_of_the_stream(target: Path) -> None:
    sheet = w.biff_record(0x0085, struct.pack("<IH", 2**31, 0) + b"\x01\x00x")
    assert isinstance(refusal(write(target, w.biff(w.list_rows(w.person()), first=sheet))), Trouble)


@pytest.mark.parametrize("at", [30, 44, 48, 60, 68, 76, 512, 516])
def test_damaged_container(target: Path, at: int) -> None:
    w.write_xls(target, w.list_rows(w.person()))
    content = bytearray(target.read_bytes())
    for word in (b"\xfe\xff\xff\x7f", b"\x01\x00\x00\x00", b"\x00\x00\x00\x00"):
        content[at : at + 4] = word
        target.write_bytes(bytes(content))
        with contextlib.suppress(Trouble):
            assert len(read_plan(target).members) == 1
