"""The screen 排查任务: findings, opening and explaining them; how far a sweep is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, family_id
from tests.ui import looking
from villageapp.services import checking, sweeps, visits
from villageapp.ui.checks.screen import ChecksScreen
from villageapp.ui.context import Context
from villageapp.ui.tell import Notice
from villageapp.ui.widgets.record_dialog import RecordDialog


@pytest.fixture
def screen(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> ChecksScreen:
    made = ChecksScreen(context)
    qtbot.addWidget(made)
    made.resize(1210, 700)
    made.show()
    settled()
    return made


def test_findings_open_their_household_and_can_be_explained(
    qtbot: QtBot, screen: ChecksScreen, settled: Callable[[], None], told: list[Notice]
) -> None:
    pane = screen.findings
    before = pane.table.rows.rowCount()
    assert before > 0
    assert looking.unnamed(screen) == []
    assert looking.clipped(screen) == []
    row = next(n for n, found in enumerate(pane.table.rows.rows()) if found.finding.household_id)
    pane.table.setFocus()
    pane.table.selectRow(row)
    with qtbot.waitSignal(screen.context.signals.household_asked):
        qtbot.keyClick(pane.table, Qt.Key.Key_Return)
    qtbot.mouseClick(pane.explain, Qt.MouseButton.LeftButton)
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, RecordDialog) and w.isVisible())
    dialog.form.input("reason").set_value("已核实，属实")
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settled()
    screen.refresh()
    settled()
    assert pane.table.rows.rowCount() == before - 1
    pane.said.choose(True)
    pane.said.picked.emit()
    assert [found.reason for found in pane.table.rows.rows()] == ["已核实，属实"]
    pane.table.selectRow(0)
    qtbot.mouseClick(pane.withdraw, Qt.MouseButton.LeftButton)
    settled()
    assert checking.kept_findings(screen.context.work).explained == ()


def test_a_sweep_says_who_is_left(qtbot: QtBot, screen: ChecksScreen, settled: Callable[[], None]) -> None:
    work = screen.context.work
    plain = {"kind": "01", "started_at": work.now(), "sweep_type": "重点"}
    visits.record_visit(work, family_id(ZHANG), {**plain, "result": "见到户主"})
    visits.record_visit(work, family_id(WANG), {**plain, "result": "无人在家"})
    screen.tabs.setCurrentWidget(screen.sweep)
    settled()
    pane = screen.sweep
    assert pane.ring.text() == "25%"
    assert "1/4" in pane.said.text()
    assert pane.table.rows.rowCount() == 3
    pane.kind.setCurrentIndex(pane.kind.findData("集中"))
    pane.kind.activated.emit(pane.kind.currentIndex())
    settled()
    assert pane.ring.text() == "0%"
    pane.table.setFocus()
    pane.table.selectRow(0)
    with qtbot.waitSignal(screen.context.signals.visit_asked):
        qtbot.keyClick(pane.table, Qt.Key.Key_Return)


def test_scopes_and_groups(screen: ChecksScreen) -> None:
    work = screen.context.work
    month = work.today().replace(day=1)
    everybody = sweeps.sweep(work, month, work.today())
    poor = sweeps.sweep(work, month, work.today(), sweeps.POOR_BEFORE)
    assert len(everybody.coverage.scope) == 4
    assert len(poor.coverage.scope) == 2
    assert everybody.groups() == {"一组": (0, 1), "二组": (0, 2), "十组": (0, 1)}
    with pytest.raises(KeyError):
        sweeps.sweep(work, month, work.today(), "nobody")


def test_the_selected_finding_is_read_in_full_and_a_finished_sweep_says_so(
    screen: ChecksScreen, settled: Callable[[], None]
) -> None:
    found = screen.findings.table.rows.rows()[0].finding
    assert found.message in screen.findings.whole.text()
    assert found.mend in screen.findings.whole.text()
    work = screen.context.work
    seen = {"kind": "01", "started_at": work.now(), "result": "见到户主"}
    for family in (ZHANG, WANG, ZHAO, SHAN):
        visits.record_visit(work, family_id(family), seen)
    screen.tabs.setCurrentWidget(screen.sweep)
    settled()
    pane = screen.sweep
    assert not pane.table.isVisible()
    assert not pane.go.isEnabled()
    pane.shown.setCurrentIndex(pane.shown.findData("all"))
    pane.shown.activated.emit(pane.shown.currentIndex())
    assert pane.table.isVisible()
    assert pane.table.rows.rowCount() == 4
