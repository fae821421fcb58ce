"""The screen 驻村工作: a suggested log, attendance by digits, a leave to its end, points."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, ZHANG, as_role, family_id
from tests.ui import looking
from villageapp.services import attendances, leaves, records, visits, work_logs
from villageapp.ui.context import Context
from villageapp.ui.widgets.field_inputs import NoteInput
from villageapp.ui.widgets.record_dialog import RecordDialog
from villageapp.ui.work.screen import WorkScreen


@pytest.fixture
def screen(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> WorkScreen:
    work = context.work
    visits.record_visit(
        work,
        family_id(ZHANG),
        {"kind": "01", "started_at": work.now(), "result": "见到户主", "visitors": [work.identity.user_id]},
    )
    made = WorkScreen(context)
    qtbot.addWidget(made)
    made.resize(1210, 700)
    made.show()
    settled()
    return made


def dialog() -> RecordDialog:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, RecordDialog) and w.isVisible())


def test_the_log_is_suggested_from_the_days_visits(
    qtbot: QtBot, screen: WorkScreen, settled: Callable[[], None]
) -> None:
    values = screen.log.form.values()
    assert "张示范" in f"{values['morning']}{values['afternoon']}"
    assert not screen.has_unsaved()
    screen.log.form.input("note").set_value("下午帮着收玉米")
    assert screen.has_unsaved()
    qtbot.keyClick(screen.log, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled()
    assert not screen.has_unsaved()
    [log] = work_logs.list_logs(screen.context.work, screen.context.work.today())
    assert log["note"] == "下午帮着收玉米"
    assert screen.log.table.rows.rowCount() == 1
    assert looking.unnamed(screen) == []
    assert looking.clipped(screen) == []


def test_a_digit_marks_the_selected_days(
    qtbot: QtBot, screen: WorkScreen, settled: Callable[[], None]
) -> None:
    screen.tabs.setCurrentWidget(screen.attendance)
    settled()
    grid, today = screen.attendance.grid, screen.context.work.today()
    assert grid.item(0, today.day - 1).text().endswith("·")
    grid.setFocus()
    grid.setCurrentCell(0, 0)
    for column in range(today.day):
        grid.item(0, column).setSelected(True)
    qtbot.keyClick(grid, Qt.Key.Key_1)
    settled()
    [row] = attendances.attendance_month(screen.context.work, today)
    assert row.counts["在岗"] == today.day
    assert grid.item(0, 0).text().startswith("✓")
    assert "在岗" in grid.item(0, 0).toolTip()


def test_a_leave_is_written_and_granted(
    qtbot: QtBot, screen: WorkScreen, settled: Callable[[], None]
) -> None:
    as_role(screen.context.work)
    screen.tabs.setCurrentWidget(screen.leave)
    settled()
    qtbot.mouseClick(screen.leave.add, Qt.MouseButton.LeftButton)
    settled()
    new = dialog()
    day = screen.context.work.today() + timedelta(days=2)
    new.form.input("kind").set_value("事假")
    new.form.input("from_on").set_value(day)
    new.form.input("to_on").set_value(day)
    new.form.input("reason").set_value("家里有事")
    qtbot.mouseClick(new.save, Qt.MouseButton.LeftButton)
    settled()
    screen.leave.refresh()
    settled()
    screen.leave.table.selectRow(0)
    settled()
    steps = [
        b
        for b in screen.leave.findChildren(QPushButton)
        if b.text().endswith("…") and b is not screen.leave.add
    ]
    assert steps
    [leave] = leaves.list_leaves(screen.context.work)
    assert leave["state"] == "草稿"
    qtbot.mouseClick(steps[0], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog().save, Qt.MouseButton.LeftButton)
    settled()
    assert leaves.list_leaves(screen.context.work)[0]["state"] != "草稿"


def test_who_is_back_reports_it(qtbot: QtBot, screen: WorkScreen, settled: Callable[[], None]) -> None:
    work, pane = screen.context.work, screen.leave
    as_role(work)
    day = work.today()
    asked = {
        "cadre_id": work.identity.user_id,
        "kind": "事假",
        "from_on": day,
        "to_on": day,
        "reason": "家里有事",
    }
    [leave_id] = leaves.request_leave(work, asked).ids
    while (state := leaves.leave_page(work, leave_id).leave["state"]) != leaves.GRANTED:
        ways = leaves.leave_page(work, leave_id).next_states
        step = leaves.GRANTED if leaves.GRANTED in ways else ways[0]
        leaves.move_leave(work, leave_id, step, {"approver": "李示例"} if step == leaves.GRANTED else {})
        assert step != state
    screen.tabs.setCurrentWidget(pane)
    settled()
    [back] = [b for b in pane.findChildren(QPushButton) if b.text() == "销假…"]
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    asking = dialog()
    assert asking.form.names() == ("back_on", "note")
    qtbot.mouseClick(asking.save, Qt.MouseButton.LeftButton)
    settled()
    [leave] = leaves.list_leaves(work)
    assert (leave["state"], leave["back_on"]) == ("销假", day)


def test_typing_for_one_day_says_so_when_another_day_is_chosen(
    qtbot: QtBot, screen: WorkScreen, settled: Callable[[], None]
) -> None:
    pane = screen.log
    settled()
    note = pane.form.input("note")
    assert isinstance(note, NoteInput)
    qtbot.keyClicks(note.text, "abc")
    pane.day.setDate(pane.day.date().addDays(-1))
    settled()
    assert pane.form.values()["note"] == "abc"
    assert pane.day.date().toString("yyyy-MM-dd") in pane.said.text()
    assert "没有保存" in pane.said.text()


def test_points_rank_the_households(screen: WorkScreen, settled: Callable[[], None]) -> None:
    work = screen.context.work
    for home, points in ((ZHANG, 5), (WANG, 8), (ZHANG, 4)):
        fields = {
            "subject": "农户",
            "household_id": family_id(home),
            "day": work.today(),
            "reason": "卫生",
            "points": points,
        }
        records.record(work, "points", fields)
    screen.tabs.setCurrentWidget(screen.points)
    settled()
    rows = screen.points.table.rows.rows()
    assert [(row.head_name, row.this_year, row.rank) for row in rows] == [("张示范", 9, 1), ("王测试", 8, 2)]
