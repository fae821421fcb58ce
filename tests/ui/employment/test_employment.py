"""The screen 务工就业: the grid typed, pasted, saved and confirmed; posts; households with nobody employed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.models.ids import employment_id
from villageapp.services import employment_lists, employments, members, post_pages, records, undoing
from villageapp.services.employment_rows import NEW, Standing
from villageapp.services.employments import RowEdit
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.employment.screen import EmploymentScreen
from villageapp.ui.tell import Notice
from villageapp.ui.widgets.field_inputs import ChoiceInput
from villageapp.ui.widgets.ledger_grid import LedgerGrid
from villageapp.ui.widgets.record_dialog import RecordDialog

HEAD = member_id(ZHANG, "14990119620315001X")
WIFE = member_id(ZHANG, "149901196507080022")
SON = member_id(ZHANG, "149901198801010016")
WANG_HEAD = member_id(WANG, "149901195512310035")
LEDGER, POSTS, IDLE = range(3)
JOB = {
    "channel": "外出务工",
    "industry": "建筑业",
    "employer": "示范建筑队",
    "scope": "省外",
    "start_ym": "2024-03",
    "month_pay": "4500",
}


@pytest.fixture
def spell(work: Workspace) -> str:
    """Work of the son, last looked at long ago."""
    edit = RowEdit(NEW + SON, {**JOB, "checked_on": "2024-03-31"}, {})
    return employments.save(work, [edit]).id


@pytest.fixture
def screen(qtbot: QtBot, context: Context, spell: str, settled: Callable[[], None]) -> EmploymentScreen:
    made = EmploymentScreen(context)
    qtbot.addWidget(made)
    made.resize(1200, 690)
    with qtbot.waitActive(made):  # shortcuts are an active window's
        made.show()
        made.activateWindow()
    settled()
    return made


def cell(grid: LedgerGrid, row_id: str, name: str) -> str:
    return grid.model_.words(grid.model_.row_of(row_id), grid.model_.column_of(name))


def dialog() -> RecordDialog:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, RecordDialog) and w.isVisible())


def press(qtbot: QtBot, grid: LedgerGrid, key: Qt.Key, mode: Qt.KeyboardModifier | None = None) -> None:
    qtbot.keyClick(grid, key, mode or Qt.KeyboardModifier.NoModifier)


def test_the_ledger_says_who_waits_for_this_month(screen: EmploymentScreen, spell: str) -> None:
    grid = screen.ledger.grid
    assert grid.model_.rowCount() == 4
    assert cell(grid, spell, "standing") == "在岗"
    assert cell(grid, spell, "month").startswith("○")
    assert "应核实 4" in screen.ledger.counts.text()
    assert "未核实 4" in screen.ledger.counts.text()
    assert looking.unnamed(screen) == []
    assert looking.clipped(screen) == []


def test_one_key_confirms_the_selected_rows_and_undo_asks_again(
    qtbot: QtBot, screen: EmploymentScreen, spell: str, settled: Callable[[], None], told: list[Notice]
) -> None:
    grid = screen.ledger.grid
    grid.go_to(spell, "month_pay")
    qtbot.keyClick(screen, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: bool(told), timeout=LIMIT_MS)  # a button's shortcut presses it for a moment
    settled()
    assert cell(grid, spell, "month").startswith("✓")
    assert cell(grid, spell, "month_pay") == "4,500.00"
    assert "已核实 1" in screen.ledger.counts.text()
    assert "1 行与上月相同" in told[-1].text
    assert grid.model_.id_at(grid.currentIndex().row()) == spell, "the keyboard stays where it was"
    qtbot.keyClick(screen, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: "已核实" in told[-1].text, timeout=LIMIT_MS)
    undoing.undo(screen.context.work)
    screen.refresh()
    settled()
    assert cell(grid, spell, "month").startswith("○")


def test_all_listed_rows_are_confirmed_after_asking(
    qtbot: QtBot, screen: EmploymentScreen, settled: Callable[[], None]
) -> None:
    qtbot.mouseClick(screen.ledger.same_all, Qt.MouseButton.LeftButton)
    box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible())
    yes = next(b for b in box.buttons() if box.buttonRole(b) == QMessageBox.ButtonRole.AcceptRole)
    assert "4 行" in box.text()
    qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    settled()
    assert "未核实 0" in screen.ledger.counts.text()


def test_a_block_from_a_spreadsheet_is_saved_in_one_action(
    qtbot: QtBot, screen: EmploymentScreen, settled: Callable[[], None], told: list[Notice]
) -> None:
    grid, work = screen.ledger.grid, screen.context.work
    QApplication.clipboard().setText("灵活就业\t服务业\t县城饭店\t乡外县内\t县城\t2024-05\t\t3000\r\n")
    grid.go_to(NEW + WIFE, "channel")
    press(qtbot, grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert screen.has_unsaved()
    qtbot.keyClick(screen, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(told), timeout=LIMIT_MS)
    settled()
    made = employment_id(WIFE, "2024-05")
    assert records.one(work, "employment", made)["month_pay"] == 3000_00
    assert cell(grid, made, "standing") == "在岗"
    assert cell(grid, made, "month").startswith("✓"), "what was edited counts as looked at"
    assert not screen.has_unsaved()


def test_problems_mark_their_cells_and_nothing_is_saved(
    qtbot: QtBot, screen: EmploymentScreen, spell: str, settled: Callable[[], None]
) -> None:
    grid, work = screen.ledger.grid, screen.context.work
    model = grid.model_
    model.set_text(model.row_of(NEW + HEAD), model.column_of("channel"), "外出务工")
    model.set_text(model.row_of(spell), model.column_of("month_pay"), "5000")
    screen.ledger.save()
    settled()
    refused = {(row, problem.field) for row, problem in grid.problems()}
    assert (NEW + HEAD, "start_ym") in refused
    assert model.id_at(grid.currentIndex().row()) == NEW + HEAD
    assert records.one(work, "employment", spell)["month_pay"] == 4500_00, "all or nothing"
    assert grid.changed_rows().keys() == {NEW + HEAD, spell}


def test_typing_stays_over_a_refresh_and_a_filter(
    screen: EmploymentScreen, spell: str, settled: Callable[[], None], told: list[Notice]
) -> None:
    grid, work = screen.ledger.grid, screen.context.work
    model = grid.model_
    model.set_text(model.row_of(spell), model.column_of("month_pay"), "5000")
    employments.change(work, spell, {"month_pay": "4700"})
    screen.ledger.filters.planned.choose(True)
    screen.ledger.filters.planned.picked.emit()
    settled()
    assert model.rowCount() == 1, "the row with unsaved typing stays"
    assert cell(grid, spell, "month_pay") == "5000"
    screen.ledger.save()
    settled()
    assert "两个值都已保留" in told[-1].text, "the other value was not seen"
    screen.ledger.filters.reset()
    settled()
    assert model.rowCount() == 4


def test_a_spell_is_ended_for_a_month(
    qtbot: QtBot, screen: EmploymentScreen, spell: str, settled: Callable[[], None]
) -> None:
    screen.ledger.grid.go_to(spell, "channel")
    qtbot.mouseClick(screen.ledger.end, Qt.MouseButton.LeftButton)
    asked = dialog()
    asked.form.input("end_ym").set_value("2024-09")
    qtbot.mouseClick(asked.save, Qt.MouseButton.LeftButton)
    settled()
    assert records.one(screen.context.work, "employment", spell)["end_ym"] == "2024-09"
    assert cell(screen.ledger.grid, NEW + SON, "standing") == Standing.IDLE
    screen.ledger.filters.standing.choose(Standing.ENDED)
    screen.ledger.filters.standing.picked.emit()
    settled()
    assert screen.ledger.grid.model_.row_of(spell) >= 0


def test_a_spell_is_recorded_by_dialog_for_a_member_of_the_household(
    qtbot: QtBot, screen: EmploymentScreen, settled: Callable[[], None]
) -> None:
    screen.ledger.grid.go_to(NEW + WANG_HEAD, "channel")
    qtbot.mouseClick(screen.ledger.add, Qt.MouseButton.LeftButton)
    settled()
    made = dialog()
    assert made.form.input("member_id").value() == WANG_HEAD
    made.form.input("channel").set_value("务农")
    made.form.input("start_ym").set_value("2024-01")
    qtbot.mouseClick(made.save, Qt.MouseButton.LeftButton)
    settled()
    assert cell(screen.ledger.grid, employment_id(WANG_HEAD, "2024-01"), "channel") == "务农"


def test_a_candidate_gets_a_post_and_its_attendance(
    qtbot: QtBot, screen: EmploymentScreen, settled: Callable[[], None]
) -> None:
    work = screen.context.work
    members.change_member(work, WIFE, {"student_status": "非在校生", "working": "其他"})
    screen.tabs.setCurrentIndex(POSTS)
    settled()
    pane = screen.posts
    assert pane.candidates.rows.rowCount() == 1
    pane.candidates.selectRow(0)
    qtbot.mouseClick(pane.offer, Qt.MouseButton.LeftButton)
    settled()
    asked = dialog()
    people = asked.form.input("member_id")
    assert isinstance(people, ChoiceInput)
    people.set_value(WIFE)
    asked.form.input("post_kind").set_value("M0406")
    qtbot.mouseClick(asked.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(asked.save.isEnabled, timeout=LIMIT_MS)
    settled()
    assert asked.form.problem_text("fund_source") != "", "problems of the post stand beside its fields"
    asked.form.input("fund_source").set_value("光伏收益")
    asked.form.input("month_pay").set_value(500_00)
    qtbot.mouseClick(asked.save, Qt.MouseButton.LeftButton)
    settled()
    assert (pane.candidates.rows.rowCount(), pane.posts.rows.rowCount()) == (0, 1)
    screen.tabs.setCurrentIndex(LEDGER)
    screen.open_record(post_pages.page(work).posts[0].id)
    qtbot.waitUntil(lambda: bool(pane.posts.current_id()), timeout=LIMIT_MS)
    assert screen.tabs.currentIndex() == POSTS
    qtbot.keyClick(pane.posts, Qt.Key.Key_Return)
    month = dialog()
    month.form.input("days").set_value(20)
    qtbot.mouseClick(month.save, Qt.MouseButton.LeftButton)
    settled()
    [post] = post_pages.page(work).posts
    assert (post.attended_this_month, post.paid) == (True, 500_00)
    assert looking.unnamed(screen) == []
    assert looking.clipped(screen) == []


def test_households_with_labour_and_nobody_employed_lead_to_the_ledger(
    qtbot: QtBot, screen: EmploymentScreen, settled: Callable[[], None]
) -> None:
    screen.tabs.setCurrentIndex(IDLE)
    settled()
    table = screen.idle.table
    assert [row.id for row in table.rows.rows()] == [family_id(WANG)]
    with qtbot.waitSignal(screen.context.signals.household_asked) as asked:
        table.setFocus()
        table.selectRow(0)
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert asked.args == [family_id(WANG)]
    qtbot.mouseClick(screen.idle.ledger, Qt.MouseButton.LeftButton)
    settled()
    assert screen.tabs.currentIndex() == LEDGER
    grid = screen.ledger.grid
    assert grid.model_.id_at(grid.currentIndex().row()) == NEW + WANG_HEAD
    assert len(employment_lists.page(screen.context.work).idle) == 1


def test_a_search_without_result_can_be_cleared(
    qtbot: QtBot, screen: EmploymentScreen, settled: Callable[[], None]
) -> None:
    filters = screen.ledger.filters
    assert not filters.clear.isVisible()
    qtbot.keyClicks(filters.search, "zzzz")
    qtbot.waitUntil(filters.clear.isVisible, timeout=LIMIT_MS)
    qtbot.mouseClick(filters.clear, Qt.MouseButton.LeftButton)
    settled()
    assert not filters.clear.isVisible()
    assert screen.ledger.grid.model_.rowCount() > 0


def test_a_cell_that_is_open_waits_with_the_refresh_and_is_saved(
    qtbot: QtBot, screen: EmploymentScreen, spell: str, settled: Callable[[], None], work: Workspace
) -> None:
    grid = screen.ledger.grid
    grid.go_to(spell, "month_pay")
    qtbot.keyClicks(grid, "5")
    assert grid.is_typing()
    screen.ledger.refresh()
    settled()
    assert grid.is_typing(), "a refresh closed the cell under the fingers"
    qtbot.keyClicks(grid.indexWidget(grid.currentIndex()), "200")
    screen.ledger.save()
    settled()
    assert not grid.has_unsaved()
    assert records.one(work, "employment", spell)["month_pay"] == 5_200_00
