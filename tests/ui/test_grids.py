"""The spreadsheet-like grid and the in-memory list: typing, copy and paste, fill down, undo, sorting, narrowing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from villageapp.domain.household import HOUSEHOLD
from villageapp.errors import Problem
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.ledger_grid import GridColumn, GridRow, LedgerGrid
from villageapp.ui.widgets.list_table import ListColumn, ListTable

COLUMNS = (
    GridColumn("head", "户主", 80),
    GridColumn("phone", "电话", 120, HOUSEHOLD["phone"]),
    GridColumn("per_capita", "人均", 90, HOUSEHOLD["per_capita"]),
    GridColumn("water_safe", "饮水", 70, HOUSEHOLD["water_safe"]),
)


@pytest.fixture
def grid(qtbot: QtBot) -> LedgerGrid:
    made = LedgerGrid(COLUMNS, "收入")
    qtbot.addWidget(made)
    rows = [
        GridRow("a", {"head": "张示范", "phone": "13800000001", "per_capita": 812_125}),
        GridRow("b", {"head": "王测试"}),
        GridRow("c", {"head": "赵演示"}, locked="已签字，不能改"),
    ]
    made.show_rows(rows)
    made.resize(600, 300)
    made.show()
    return made


def select(grid: LedgerGrid, cells: Sequence[tuple[int, int]]) -> None:
    grid.clearSelection()
    flag = QItemSelectionModel.SelectionFlag.Select
    grid.setCurrentIndex(grid.model_.index(*cells[0]))
    for row, column in cells:
        grid.selectionModel().select(grid.model_.index(row, column), flag)


def test_typing_changes_cells_until_it_is_saved(qtbot: QtBot, grid: LedgerGrid) -> None:
    grid.setCurrentIndex(grid.model_.index(1, 2))
    qtbot.keyClicks(grid, "9")
    editor = QApplication.focusWidget()
    assert editor is not None
    qtbot.keyClicks(editor, "000.5")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(grid.has_unsaved)
    assert grid.changed_rows() == {"b": {"per_capita": "9000.5"}}
    assert grid.model_.headerData(1, Qt.Orientation.Vertical, int(Qt.ItemDataRole.DisplayRole)) == "● 2"
    grid.stack.undo()
    assert grid.changed_rows() == {}
    grid.stack.redo()
    assert grid.has_unsaved()


def test_a_block_from_a_spreadsheet_is_pasted_and_refused_cells_are_named(grid: LedgerGrid) -> None:
    QApplication.clipboard().setText(
        "13800000002\t一千\t是\r\n13800000003\t2000\t否\r\n13900000000\t1\t否\r\n"
    )
    select(grid, [(0, 1)])
    grid.paste()
    assert grid.changed_rows() == {
        "a": {"phone": "13800000002", "per_capita": "一千", "water_safe": "是"},
        "b": {"phone": "13800000003", "per_capita": "2000", "water_safe": "否"},
    }, "the locked row stays"
    [(row, problem)] = grid.problems()
    assert (row, problem.field) == ("a", "per_capita")
    cell = grid.model_.index(0, 2)
    assert cell.data().startswith("✕")
    grid.stack.undo()
    assert grid.changed_rows() == {}


def test_fill_down_gives_every_row_the_topmost_value(qtbot: QtBot, grid: LedgerGrid) -> None:
    select(grid, [(0, 1), (1, 1), (2, 1)])
    qtbot.keyClick(grid, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert grid.changed_rows() == {"b": {"phone": "13800000001"}}


def test_copying_gives_what_a_spreadsheet_takes(qtbot: QtBot, grid: LedgerGrid) -> None:
    select(grid, [(0, 0), (0, 1), (1, 0), (1, 1)])
    qtbot.keyClick(grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "张示范\t13800000001\n王测试\t"


def test_delete_empties_and_a_service_can_mark_cells(qtbot: QtBot, grid: LedgerGrid) -> None:
    select(grid, [(0, 1)])
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    assert grid.changed_rows() == {"a": {"phone": None}}
    left = grid.show_problems("a", [Problem("phone", "不能空"), Problem("other", "别的")])
    assert [problem.field for problem in left] == ["other"]
    assert grid.problems()[0][1].message == "不能空"


@dataclass(frozen=True)
class Line:
    id: str
    name: str
    amount: int


@pytest.fixture
def table(qtbot: QtBot) -> ListTable[Line]:
    columns = (
        ListColumn("name", "姓名", 80, lambda r: r.name, is_optional=False),
        ListColumn("amount", "金额", 80, lambda r: str(r.amount), order=lambda r: r.amount),
        ListColumn("light", "灯", 60, lambda r: Badge("红", Mood.BAD) if r.amount > 50 else ""),
    )
    made = ListTable(columns, "清单", lambda r: r.id, many=True)
    qtbot.addWidget(made)
    made.show_rows([Line("1", "张示范", 9), Line("2", "王测试", 100), Line("3", "赵演示", 20)])
    made.show()
    return made


def test_rows_are_sorted_as_numbers_and_keep_their_selection(qtbot: QtBot, table: ListTable[Line]) -> None:
    table.choose("2")
    header = table.horizontalHeader()
    at = header.sectionPosition(1) + 10
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 5))
    assert [row.id for row in table.rows.rows()] == ["1", "3", "2"]
    assert table.current_id() == "2"


def test_narrowing_and_copying(qtbot: QtBot, table: ListTable[Line]) -> None:
    with qtbot.waitSignal(table.counted) as counted:
        table.narrow("红 王")
    assert counted.args == [1, 3]
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "姓名\t金额\t灯\n王测试\t100\t红"
    table.hide_columns(["light"])
    table.copy()
    assert QApplication.clipboard().text() == "姓名\t金额\n王测试\t100"
    opened: list[str] = []
    table.opened.connect(opened.append)
    table.choose("2")
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == ["2"]
