"""Paper forms typed in the evening, by keys, on a real store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, ZHANG, ZHAO, family_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from tests.ui.visits.conftest import Typist
from villageapp.domain import dates
from villageapp.services import drafts, problems, routes, undoing, visits
from villageapp.services.workspace import Workspace
from villageapp.ui.tell import Notice
from villageapp.ui.visits import grid_rows
from villageapp.ui.visits.grid_page import GridPage
from villageapp.ui.visits.screen import VisitsScreen

CONTROL = Qt.KeyboardModifier.ControlModifier
GROUP = "group:二组"
WANG_ID, ZHAO_ID = family_id(WANG), family_id(ZHAO)


@pytest.fixture
def open_sheet(screen: VisitsScreen, qtbot: QtBot, settled: Callable[[], None]) -> Callable[[str], GridPage]:
    def open_it(key: str) -> GridPage:
        screen.open_grid()
        settled()
        screen.grid_page.open(key)
        settled()
        qtbot.waitUntil(screen.grid_page.grid.hasFocus, timeout=LIMIT_MS)
        return screen.grid_page

    return open_it


def cell(page: GridPage, household_id: str, name: str) -> str:
    model = page.grid.model_
    return model.typed(model.row_of(household_id), model.column_of(name))


def type_cell(page: GridPage, typist: Typist, text: str, qtbot: QtBot) -> None:
    """Letters and Enter; the cell is closed by an event of its own."""
    typist.type(text)
    typist.enter()
    qtbot.waitUntil(page.grid.hasFocus, timeout=LIMIT_MS)


def yesterday(page: GridPage, work: Workspace) -> None:
    page.day.line.setText((work.today() - timedelta(days=1)).isoformat())
    page.day.line.editingFinished.emit()


def test_nothing_new_takes_two_keys_a_household(
    open_sheet: Callable[[str], GridPage],
    typist: Typist,
    work: Workspace,
    settled: Callable[[], None],
    told: list[Notice],
) -> None:
    page = open_sheet(GROUP)
    yesterday(page, work)
    page.grid.start()
    for _household in range(2):
        typist.press(Qt.Key.Key_1)
        typist.press(Qt.Key.Key_F4)
    typist.save()
    settled()
    assert typist.strokes == 2 * 2 + 1
    for home, head in ((WANG_ID, "王测试"), (ZHAO_ID, "赵演示")):
        (visit,) = visits.list_visits(work, home)
        assert (visit["result"], visit["interviewee"], visit["kind"]) == ("见到户主", head, "01")
        assert visit["water_ok"] is True
        assert visit["house_change"] is False
        assert dates.local_text(visit["started_at"]) == f"{work.today() - timedelta(days=1)} 00:00"
        assert visit["visitors"] == (work.identity.user_id,)
    assert "2 户" in told[-1].text
    assert "已保存 2 户" in page.count.text()
    assert drafts.load(work, grid_rows.GRID, GROUP) is None
    assert not page.grid.model_.is_editable(0, page.grid.model_.column_of("result"))
    undoing.undo(work)
    assert visits.count_visits(work) == 0


def test_a_no_opens_a_problem_with_the_remark(
    open_sheet: Callable[[str], GridPage],
    typist: Typist,
    work: Workspace,
    settled: Callable[[], None],
    qtbot: QtBot,
) -> None:
    page = open_sheet(GROUP)
    yesterday(page, work)
    row = page.grid.model_.row_of(WANG_ID)
    page.grid.go_to(WANG_ID, "clock")
    type_cell(page, typist, "930", qtbot)
    page.grid.go_to(WANG_ID, "result")
    typist.type("2")
    type_cell(page, typist, "Li", qtbot)
    page.grid.go_to(WANG_ID, "water_ok")
    typist.press(Qt.Key.Key_2)
    page.grid.model_.set_text(row, page.grid.model_.column_of("no_note"), "水管冻裂")
    page.grid.go_to(WANG_ID, "population_change")
    typist.press(Qt.Key.Key_1)
    page.grid.model_.set_text(row, page.grid.model_.column_of("change_note"), "添了孙子")
    page.grid.go_to(WANG_ID, "income_trend")
    typist.press(Qt.Key.Key_2)
    page.grid.go_to(WANG_ID, "expense_amount")
    typist.save()
    settled()
    (visit,) = visits.list_visits(work, WANG_ID)
    assert dates.local_text(visit["started_at"]).endswith("09:30")
    assert (visit["result"], visit["interviewee"]) == ("见到其他成员", "Li")
    assert (visit["water_ok"], visit["water_ok_note"]) == (False, "水管冻裂")
    assert (visit["population_change"], visit["population_change_note"]) == (True, "添了孙子")
    assert (visit["income_trend"], visit["edu_ok"]) == ("持平", None)
    (item,) = problems.list_problems(work)
    assert (item["category"], item["description"]) == ("05", "水管冻裂")
    assert visits.list_visits(work, ZHAO_ID) == []


def test_bad_rows_are_marked_and_the_good_ones_saved_only_if_agreed(
    open_sheet: Callable[[str], GridPage],
    screen: VisitsScreen,
    typist: Typist,
    work: Workspace,
    settled: Callable[[], None],
    answer_question: Callable[[str], str],
    qtbot: QtBot,
) -> None:
    page = open_sheet(GROUP)
    yesterday(page, work)
    page.grid.go_to(WANG_ID, "result")
    typist.press(Qt.Key.Key_1)
    page.grid.go_to(ZHAO_ID, "clock")
    type_cell(page, typist, "2599", qtbot)
    page.grid.go_to(ZHAO_ID, "result")
    typist.press(Qt.Key.Key_1)
    typist.save()
    said = answer_question("回去修改")
    assert "赵演示" in said
    assert "王测试" not in said
    assert visits.count_visits(work) == 0
    assert [household for household, _problem in page.grid.problems()] == [ZHAO_ID]
    assert page.problem.isVisible()
    assert "9:30" in page.problem.text()
    page.grid.setFocus()
    typist.save()
    answer_question("保存 1 户")
    settled()
    assert len(visits.list_visits(work, WANG_ID)) == 1
    assert visits.list_visits(work, ZHAO_ID) == []
    assert cell(page, ZHAO_ID, "clock") == "2599"
    kept = drafts.load(work, grid_rows.GRID, GROUP)
    assert kept is not None
    assert set(kept.values["rows"]) == {ZHAO_ID}


def test_the_same_paper_typed_twice_is_asked_about(
    open_sheet: Callable[[str], GridPage],
    typist: Typist,
    work: Workspace,
    answer_question: Callable[[str], str],
) -> None:
    visits.record_visit(
        work, WANG_ID, {"kind": "01", "started_at": work.now() - timedelta(minutes=1), "result": "见到户主"}
    )
    page = open_sheet(GROUP)
    page.day.line.setText(dates.local_day(work.now() - timedelta(minutes=1)).isoformat())
    page.day.line.editingFinished.emit()
    page.grid.go_to(WANG_ID, "result")
    typist.press(Qt.Key.Key_1)
    typist.save()
    assert "已有这一户的走访记录" in answer_question("回去修改")
    assert len(visits.list_visits(work, WANG_ID)) == 1


def test_what_is_typed_is_a_draft_and_comes_back(
    open_sheet: Callable[[str], GridPage],
    screen: VisitsScreen,
    typist: Typist,
    work: Workspace,
    settled: Callable[[], None],
    qtbot: QtBot,
) -> None:
    page = open_sheet(GROUP)
    page.grid.go_to(ZHAO_ID, "result")
    typist.press(Qt.Key.Key_3)
    page.grid.go_to(ZHAO_ID, "expense_amount")
    type_cell(page, typist, "many", qtbot)
    yesterday(page, work)
    typist.press(Qt.Key.Key_Escape)
    settled()
    assert screen.start_page.isVisible()
    page = open_sheet(GROUP)
    assert cell(page, ZHAO_ID, "result") == "无人在家"
    assert cell(page, ZHAO_ID, "expense_amount") == "many"
    assert page.day.value() == (work.today() - timedelta(days=1)).isoformat()
    other = open_sheet("group:一组")
    assert other.grid.changed_rows() == {}
    assert other.grid.model_.rowCount() == 1


def test_todays_route_is_the_first_sheet(
    screen: VisitsScreen, work: Workspace, settled: Callable[[], None]
) -> None:
    routes.plan(work, work.today(), [ZHAO_ID, family_id(ZHANG)])
    screen.open_grid()
    settled()
    page = screen.grid_page
    assert page.sheet.currentData() == grid_rows.ROUTE_KEY
    assert [page.grid.model_.id_at(row) for row in range(2)] == [ZHAO_ID, family_id(ZHANG)]


def test_a_column_pasted_from_a_spreadsheet(
    open_sheet: Callable[[str], GridPage], typist: Typist, work: Workspace, settled: Callable[[], None]
) -> None:
    page = open_sheet(GROUP)
    yesterday(page, work)
    QApplication.clipboard().setText("无人在家\n拒访\n")
    page.grid.start()
    typist.press(Qt.Key.Key_V, CONTROL)
    typist.press(Qt.Key.Key_F4)  # nobody was there: nothing to call normal
    typist.save()
    settled()
    found: dict[str, Any] = {home: visits.list_visits(work, home)[0] for home in (WANG_ID, ZHAO_ID)}
    first = page.grid.model_.id_at(0)
    assert found[first]["result"] == "无人在家"
    assert found[first]["water_ok"] is None
    assert {visit["result"] for visit in found.values()} == {"无人在家", "拒访"}


def test_the_grid_is_named_and_shows_its_row(open_sheet: Callable[[str], GridPage], qtbot: QtBot) -> None:
    page = open_sheet(GROUP)
    page.grid.go_to(WANG_ID, "demand")
    assert "王测试" in page.current.text()
    page.grid.go_to(ZHAO_ID, "demand")
    assert "赵演示" in page.current.text()
    assert looking.unnamed(page) == []
    qtbot.waitUntil(lambda: looking.clipped(page) == [], timeout=LIMIT_MS)


def test_another_sheet_opens_behind_a_draft_that_is_still_being_written(
    open_sheet: Callable[[str], GridPage], typist: Typist, settled: Callable[[], None]
) -> None:
    page = open_sheet(GROUP)
    typist.press(Qt.Key.Key_3)
    page.open("group:一组")  # the draft of the first is on its way
    page.open(GROUP)
    settled()
    assert page.sheet.currentData() == GROUP
    assert cell(page, page.grid.model_.id_at(0), "result") == "无人在家"
