"""The name stays in view while a grid scrolls to the right, as in every spreadsheet."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.domain.household import HOUSEHOLD
from villageapp.ui.widgets.ledger_grid import GridColumn, GridRow, LedgerGrid

COLUMNS = (
    GridColumn("head", "户主", 80),
    GridColumn("phone", "电话", 120, HOUSEHOLD["phone"]),
    *(GridColumn(f"note{n}", f"备注{n}", 150, HOUSEHOLD["note"]) for n in range(6)),
)
ROWS = 40


@pytest.fixture
def grid(qtbot: QtBot) -> LedgerGrid:
    made = LedgerGrid(COLUMNS, "台账", frozen=2)
    qtbot.addWidget(made)
    made.show_rows([GridRow(str(n), {"head": f"张样例{n}", "phone": "13800000001"}) for n in range(ROWS)])
    made.resize(640, 300)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def scroll(qtbot: QtBot, grid: LedgerGrid) -> None:
    """To the right end and some rows down."""
    grid.horizontalScrollBar().setValue(grid.horizontalScrollBar().maximum())
    grid.verticalScrollBar().setValue(7)
    qtbot.waitUntil(grid.frozen.isVisible, timeout=LIMIT_MS)


def test_the_name_stays_beside_its_row(qtbot: QtBot, grid: LedgerGrid) -> None:
    assert not grid.frozen.isVisible(), "nothing is scrolled"
    scroll(qtbot, grid)
    over = grid.frozen
    for row in (7, 9):
        cell = grid.model_.index(row, 0)
        there = over.viewport().mapToGlobal(over.visualRect(cell).topLeft())
        beside = grid.visualRect(grid.model_.index(row, 6))
        assert there.y() == grid.viewport().mapToGlobal(beside.topLeft()).y()
        assert over.visualRect(cell).height() == beside.height()
        assert over.indexAt(over.visualRect(cell).center()) == cell
    corner = grid.viewport().mapToGlobal(QPoint(0, 0))
    assert over.viewport().mapToGlobal(QPoint(0, 0)) == corner
    assert over.horizontalHeader().height() == grid.horizontalHeader().height()
    assert [over.isColumnHidden(n) for n in range(3)] == [False, False, True]
    assert looking.unnamed(grid) == []
    grid.horizontalScrollBar().setValue(0)
    assert not over.isVisible()


def test_type_size_and_window_keep_it_in_step(qtbot: QtBot, grid: LedgerGrid) -> None:
    scroll(qtbot, grid)
    grid.set_scale(130)
    assert grid.frozen.columnWidth(1) == grid.columnWidth(1) == 156
    assert grid.frozen.rowHeight(8) == grid.rowHeight(8) == 39
    grid.resize(700, 500)
    qtbot.waitUntil(lambda: grid.frozen.viewport().height() == grid.viewport().height(), timeout=LIMIT_MS)
    grid.resize(380, 300)
    qtbot.waitUntil(lambda: not grid.frozen.isVisible(), timeout=LIMIT_MS)  # half of it would stand still
    assert grid.horizontalScrollBar().value() > 0


def test_a_click_selects_there_without_scrolling_and_the_keyboard_stays(
    qtbot: QtBot, grid: LedgerGrid
) -> None:
    scroll(qtbot, grid)
    at = grid.horizontalScrollBar().value()
    over = grid.frozen
    cell = grid.model_.index(9, 0)
    qtbot.mouseClick(over.viewport(), Qt.MouseButton.LeftButton, pos=over.visualRect(cell).center())
    assert grid.currentIndex() == cell
    assert grid.selectedIndexes() == [cell]
    assert grid.horizontalScrollBar().value() == at
    assert QApplication.focusWidget() is grid
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.currentIndex().row() == 10
    assert grid.horizontalScrollBar().value() == at


def test_no_cell_ends_under_the_name(qtbot: QtBot, grid: LedgerGrid) -> None:
    scroll(qtbot, grid)
    grid.go_to("9", "note5")
    while grid.currentIndex().column() > 2:
        qtbot.keyClick(grid, Qt.Key.Key_Left)
        if grid.frozen.isVisible():
            assert grid.visualRect(grid.currentIndex()).left() >= grid.frozen.width_needed


def test_typing_into_a_frozen_cell_shows_the_editor(qtbot: QtBot, grid: LedgerGrid) -> None:
    grid.setCurrentIndex(grid.model_.index(9, 1))
    scroll(qtbot, grid)
    grid.setFocus()
    qtbot.keyClicks(grid, "1")
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    assert grid.horizontalScrollBar().value() == 0
    assert not grid.frozen.isVisible()
    assert grid.visualRect(grid.model_.index(9, 1)).contains(editor.geometry().center())
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(grid.has_unsaved, timeout=LIMIT_MS)
    scroll(qtbot, grid)
    over = grid.frozen
    centre = over.visualRect(grid.model_.index(9, 1)).center()
    qtbot.mouseClick(over.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    qtbot.mouseDClick(over.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert isinstance(QApplication.focusWidget(), QLineEdit)
    assert grid.horizontalScrollBar().value() == 0


def test_reading_a_locked_name_does_not_scroll(qtbot: QtBot, grid: LedgerGrid) -> None:
    grid.setCurrentIndex(grid.model_.index(9, 0))
    scroll(qtbot, grid)
    grid.setFocus()
    qtbot.keyClicks(grid, "1")
    assert grid.horizontalScrollBar().value() > 0


def test_the_wheel_over_the_name_scrolls_the_rows(qtbot: QtBot, grid: LedgerGrid) -> None:
    scroll(qtbot, grid)
    before = grid.verticalScrollBar().value()
    place = QPointF(20, 60)
    turn = QWheelEvent(
        place,
        grid.frozen.viewport().mapToGlobal(place),
        QPoint(0, 0),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(grid.frozen.viewport(), turn)
    assert grid.verticalScrollBar().value() > before
    assert grid.frozen.verticalScrollBar().value() == grid.verticalScrollBar().value()
