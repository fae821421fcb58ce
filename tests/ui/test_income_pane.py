"""The tab 收入: a new account, lines typed in the grid with live totals, saved, signed, then closed to changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from tests.helpers.stores import ZHANG, family_id
from tests.ui import looking
from villageapp.services import households, incomes
from villageapp.ui.context import Context
from villageapp.ui.households.income_pane import IncomePane

HOME = family_id(ZHANG)


@pytest.fixture
def pane(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> IncomePane:
    households.change(context.work, HOME, {"income_year_population": 4})
    made = IncomePane(context)
    qtbot.addWidget(made)
    made.resize(900, 600)
    page = households.page(context.work, HOME)
    made.show()
    made.show_household(page.values, page.id, page.members)
    settled()
    return made


def figures(pane: IncomePane) -> str:
    return " ".join(found.text() for found in pane.totals.findChildren(QLabel))


def type_rows(pane: IncomePane, text: str) -> None:
    QApplication.clipboard().setText(text)
    pane.grid.setCurrentIndex(pane.grid.model_.index(0, 0))
    pane.grid.selectionModel().clearSelection()
    pane.grid.setCurrentIndex(pane.grid.model_.index(0, 0))
    pane.grid.paste()


def test_an_account_is_made_filled_saved_and_signed(
    qtbot: QtBot, pane: IncomePane, settled: Callable[[], None]
) -> None:
    assert pane.empty.title() == "还没有收支账"
    assert pane.empty.isVisibleTo(pane)
    assert not pane.grid.isVisibleTo(pane)
    pane.year.setValue(2025)
    qtbot.mouseClick(pane.add, Qt.MouseButton.LeftButton)
    settled()
    settled()
    type_rows(pane, "外出务工收入\t张小样\t\t\t32000\t农户自述\t厂里")
    subject = pane.grid.model_.typed(0, 0)
    assert subject
    if pane.grid.problems():
        pane.grid.stack.undo()
        type_rows(pane, "A2\t张小样\t\t\t32000\t农户自述\t厂里")
    assert pane.has_unsaved()
    assert pane.grid.problems() == []
    assert "纯收入 32,000.00" in figures(pane)
    assert "人均纯收入 8,000.00" in figures(pane)
    qtbot.mouseClick(pane.save, Qt.MouseButton.LeftButton)
    settled()
    settled()
    assert not pane.has_unsaved()
    [account] = incomes.list_accounts(pane._context.work, HOME)
    assert account["net"] == 3_200_000
    assert looking.unnamed(pane) == []
    qtbot.mouseClick(pane.sign, Qt.MouseButton.LeftButton)
    box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible())
    qtbot.mouseClick(next(b for b in box.buttons() if "签字" in b.text()), Qt.MouseButton.LeftButton)
    settled()
    settled()
    assert "农户已签字" in pane.state.text()
    assert not pane.save.isEnabled()
    type_rows(pane, "A2\t张小样\t\t\t1\t农户自述\t")
    assert not pane.has_unsaved(), "a signed account is evidence"


def test_a_line_that_the_form_refuses_is_not_saved(
    qtbot: QtBot, pane: IncomePane, settled: Callable[[], None]
) -> None:
    pane.year.setValue(2025)
    qtbot.mouseClick(pane.add, Qt.MouseButton.LeftButton)
    settled()
    settled()
    type_rows(pane, "A2\t\t\t\t一千\t农户自述\t")
    assert [problem.field for _row, problem in pane.grid.problems()] == ["amount"]
    qtbot.mouseClick(pane.save, Qt.MouseButton.LeftButton)
    settled()
    assert pane.has_unsaved()
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QMessageBox):
            widget.close()
    assert incomes.list_accounts(pane._context.work, HOME)[0]["net"] == 0


def _begin(qtbot: QtBot, pane: IncomePane, settled: Callable[[], None], year: int) -> None:
    pane.year.setValue(year)
    qtbot.mouseClick(pane.add, Qt.MouseButton.LeftButton)
    settled()
    settled()


def test_what_is_typed_while_the_accounts_are_read_again_stays(
    qtbot: QtBot, pane: IncomePane, settled: Callable[[], None]
) -> None:
    """A colleague's work arrives: the page reads again, and the answer comes after the first line was typed."""
    _begin(qtbot, pane, settled, 2025)
    pane.refresh()
    type_rows(pane, "A2\t张小样\t\t\t32000\t农户自述\t厂里")
    settled()
    settled()
    assert pane.grid.model_.typed(0, 4) == "32000"
    qtbot.mouseClick(pane.save, Qt.MouseButton.LeftButton)
    settled()
    settled()
    assert incomes.list_accounts(pane._context.work, HOME)[0]["net"] == 3_200_000
    assert not pane.has_unsaved()


def test_a_cell_that_is_open_stays_open_and_is_saved(
    qtbot: QtBot, pane: IncomePane, settled: Callable[[], None]
) -> None:
    _begin(qtbot, pane, settled, 2025)
    type_rows(pane, "A2\t张小样\t\t\t\t农户自述\t厂里")
    pane.grid.setFocus()
    pane.grid.setCurrentIndex(pane.grid.model_.index(0, 4))
    qtbot.keyClicks(pane.grid, "4")
    assert pane.grid.is_typing()
    qtbot.keyClicks(pane.grid.indexWidget(pane.grid.currentIndex()), "100")
    pane.refresh()
    settled()
    settled()
    assert pane.grid.is_typing()
    pane.save_lines()  # as by Ctrl+S: the cell keeps the keyboard
    settled()
    settled()
    assert incomes.list_accounts(pane._context.work, HOME)[0]["net"] == 410_000
    assert not pane.has_unsaved()


def test_lines_typed_while_saving_wait_for_the_next_saving(
    qtbot: QtBot, pane: IncomePane, settled: Callable[[], None]
) -> None:
    _begin(qtbot, pane, settled, 2025)
    type_rows(pane, "A2\t张小样\t\t\t32000\t农户自述\t厂里")
    pane.save.click()
    pane.grid.setCurrentIndex(pane.grid.model_.index(1, 0))
    QApplication.clipboard().setText("A2\t李样例\t\t\t1000\t农户自述\t")
    pane.grid.paste()
    settled()
    settled()
    assert pane.has_unsaved()
    assert incomes.list_accounts(pane._context.work, HOME)[0]["net"] == 3_200_000
    pane.save.click()
    settled()
    settled()
    assert incomes.list_accounts(pane._context.work, HOME)[0]["net"] == 3_300_000
    assert not pane.has_unsaved()


def test_unsaved_lines_hold_their_year(qtbot: QtBot, pane: IncomePane, settled: Callable[[], None]) -> None:
    _begin(qtbot, pane, settled, 2024)
    _begin(qtbot, pane, settled, 2025)
    chosen = pane.account.currentData()
    other = next(n for n in range(pane.account.count()) if pane.account.itemData(n) != chosen)
    type_rows(pane, "A2\t张小样\t\t\t32000\t农户自述\t厂里")
    pane.account.setCurrentIndex(other)
    pane.account.activated.emit(other)
    settled()
    assert pane.account.currentData() == chosen
    qtbot.mouseClick(pane.add, Qt.MouseButton.LeftButton)
    settled()
    assert pane.grid.model_.typed(0, 4) == "32000"
    assert len(incomes.list_accounts(pane._context.work, HOME)) == 2
    home = next(h for h in households.list_ids(pane._context.work) if h != HOME)
    page = households.page(pane._context.work, home)
    pane.show_household(page.values, page.id, page.members)
    settled()
    assert not pane.has_unsaved(), "another household was chosen although lines would be lost"
    assert pane.empty.isVisibleTo(pane)


def test_the_keyboard_goes_to_the_first_line_and_stays_in_its_cell_over_saving(
    qtbot: QtBot, pane: IncomePane, settled: Callable[[], None]
) -> None:
    with qtbot.waitActive(pane):
        pane.activateWindow()
    _begin(qtbot, pane, settled, 2025)
    assert pane.grid.hasFocus()
    assert (pane.grid.currentIndex().row(), pane.grid.currentIndex().column()) == (0, 0)
    type_rows(pane, "A2\t张小样\t\t\t32000\t农户自述\t厂里")
    pane.grid.setCurrentIndex(pane.grid.model_.index(1, 2))
    pane.save_lines()
    settled()
    settled()
    assert not pane.has_unsaved()
    assert pane.grid.hasFocus()
    assert (pane.grid.currentIndex().row(), pane.grid.currentIndex().column()) == (1, 2)
