"""The screen 问题台账: lights, filters, a new item, steps with and without what they need, the month sheet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, ZHANG, family_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.services import problem_courses, problems
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.problems.month_dialog import MonthDialog
from villageapp.ui.problems.screen import ProblemsScreen
from villageapp.ui.widgets.record_dialog import RecordDialog

ITEM = {"scope": "户", "category": "05", "title": "水管冻裂", "description": "停水两天", "source": "20"}


@pytest.fixture
def items(work: Workspace) -> tuple[str, str]:
    today = work.today()
    late = {**ITEM, "household_id": family_id(ZHANG), "reported_on": today - timedelta(days=10), "grade": "I"}
    new = {
        **ITEM,
        "household_id": family_id(WANG),
        "title": "房顶漏雨",
        "category": "04",
        "reported_on": today,
    }
    return problems.add_problem(work, late).id, problems.add_problem(work, new).id


@pytest.fixture
def screen(
    qtbot: QtBot, context: Context, items: tuple[str, str], settled: Callable[[], None]
) -> ProblemsScreen:
    made = ProblemsScreen(context)
    qtbot.addWidget(made)
    made.resize(1210, 700)
    made.show()
    settled()
    return made


def dialog() -> RecordDialog:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, RecordDialog) and w.isVisible())


def press(qtbot: QtBot, screen: ProblemsScreen, text: str) -> None:
    button = next(b for b in screen.pane.findChildren(QPushButton) if b.text().startswith(text))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_lights_say_days_and_the_list_is_narrowed(
    qtbot: QtBot, screen: ProblemsScreen, settled: Callable[[], None]
) -> None:
    words = {screen.table.rows.words(row, 1): screen.table.rows.words(row, 0) for row in range(2)}
    assert words["张示范"].startswith("超期")
    assert words["王测试"].startswith("剩")
    screen.search.setText("漏雨")
    assert screen.table.rows.rowCount() == 1
    screen.search.clear()
    screen.state.choose("late")
    screen.state.picked.emit()
    settled()
    assert [row["head_name"] for row in screen.table.rows.rows()] == ["张示范"]
    assert looking.unnamed(screen) == []
    assert looking.clipped(screen) == []


def test_a_step_is_taken_and_the_next_one_offered(
    qtbot: QtBot, screen: ProblemsScreen, items: tuple[str, str], settled: Callable[[], None]
) -> None:
    screen.open_record(items[1])
    settled()
    press(qtbot, screen, "上门核查")
    settled()
    step = dialog()
    step.form.input("text").set_value("查看屈顶，确有漏雨")
    step.form.input("verifier").set_value("周队员")
    step.form.input("founded").set_value(True)
    qtbot.mouseClick(step.save, Qt.MouseButton.LeftButton)
    settled()
    course = problem_courses.course(screen.context.work, items[1])
    assert course.item["state"] == "VERIFIED"
    screen.refresh()
    settled()
    said = [found.text() for found in screen.pane.findChildren(QLabel)]
    assert any("查看" in text for text in said)
    assert any("还差" in text for text in said), "what the next steps still need is named"


def test_a_refused_step_says_why_and_saves_nothing(
    qtbot: QtBot, screen: ProblemsScreen, items: tuple[str, str], settled: Callable[[], None]
) -> None:
    screen.open_record(items[1])
    settled()
    press(qtbot, screen, "上门核查")
    settled()
    step = dialog()
    qtbot.mouseClick(step.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(step.save.isEnabled, timeout=LIMIT_MS)
    settled()
    assert problem_courses.course(screen.context.work, items[1]).item["state"] == "REPORTED"
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and widget.isWindow() and widget is not screen:
            widget.close()


def test_a_new_item_shows_its_due_days(
    qtbot: QtBot, screen: ProblemsScreen, settled: Callable[[], None]
) -> None:
    qtbot.mouseClick(screen.add, Qt.MouseButton.LeftButton)
    made = dialog()
    made.form.input("household_id").set_value((family_id(WANG), "王测试"))
    made.form.input("category").set_value("02")
    made.form.input("title").set_value("孙子没上学")
    made.form.input("description").set_value("九月起没有到校")
    qtbot.mouseClick(made.save, Qt.MouseButton.LeftButton)
    settled()
    settled()
    assert screen.pane.title.text().endswith("孙子没上学")
    assert len(problems.list_problems(screen.context.work)) == 3


def test_the_month_sheet_counts(qtbot: QtBot, screen: ProblemsScreen, settled: Callable[[], None]) -> None:
    sheet = MonthDialog(screen.context, screen)
    qtbot.addWidget(sheet)
    sheet.show()
    settled()
    assert sheet.figures["未销号"] in ("1", "2")
    sheet._copy()
    assert QApplication.clipboard().text().splitlines()[0].startswith("新增\t应办结")
