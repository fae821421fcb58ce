"""The screen 监测帮扶 on a real store: board, list, clues, filters, what fits at every scale."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, ZHANG, family_id
from tests.ui.conftest import LIMIT_MS
from tests.ui.looking import clipped, unnamed
from tests.ui.monitoring.conftest import Settled, Show, dialog_of, open_case
from tests.unit.services.test_cases import Village
from villageapp.services import cases, clues, households, measures
from villageapp.services.case_board import Stage
from villageapp.services.workspace import Workspace
from villageapp.ui import theme
from villageapp.ui.context import Context
from villageapp.ui.monitoring.clue_dialogs import ClueDialog
from villageapp.ui.monitoring.screen import LIST, VIEW, MonitoringScreen
from villageapp.ui.monitoring.step_dialog import StepDialog
from villageapp.ui.tell import Notice
from villageapp.ui.widgets.record_dialog import RecordDialog

HOME, OTHER = family_id(ZHANG), family_id(WANG)


def _names(screen: MonitoringScreen, stage: Stage) -> list[str]:
    return [card.card.head_name for card in screen.board.columns[stage]]


def _listed(screen: MonitoringScreen) -> list[str]:
    return [card.head_name for card in screen.list.rows.rows()]


def test_an_empty_screen_tells_where_clues_come_from(
    qtbot: QtBot, work: Workspace, show: Show, settled: Settled, told: list[Notice]
) -> None:
    screen = show()
    assert screen._views.currentWidget() is screen._empty
    assert "走访" in screen._empty.text()
    screen.add.click()
    dialog = dialog_of(qtbot, RecordDialog)
    household = dialog.form.input("household_id")
    qtbot.keyClicks(household.line, "zsf")
    qtbot.waitUntil(lambda: household.found.rowCount() == 1, timeout=LIMIT_MS)
    qtbot.keyClick(household.line, Qt.Key.Key_Return)
    dialog.save.click()
    settled()
    assert "必须填写" in dialog.form.problem_text("description")
    dialog.form.input("description").text.setPlainText("住院花费大")
    dialog.save.click()
    settled()
    assert [clue["household_id"] for clue in clues.list_clues(work)] == [HOME]
    qtbot.waitUntil(lambda: _names(screen, Stage.CLUE) == ["张示范"], timeout=LIMIT_MS)
    assert any("上门核实" in notice.text for notice in told)


def test_a_clue_is_checked_and_taken_up(qtbot: QtBot, work: Workspace, show: Show, settled: Settled) -> None:
    clues.report(work, {"household_id": HOME, "description": "收入减少", "risk_codes": ["01"]})
    screen = show()
    assert screen.board.focus_card()
    card = screen.board.columns[Stage.CLUE][0]
    qtbot.keyClick(card, Qt.Key.Key_Return)
    clue = dialog_of(qtbot, ClueDialog)
    assert not clue.refuse.isEnabled()
    qtbot.waitUntil(lambda: clipped(clue) == [], timeout=LIMIT_MS)
    assert unnamed(clue) == []
    clue.check.click()
    check = dialog_of(qtbot, RecordDialog)
    check.form.input("verify_result").set_value("属实")
    check.save.click()
    settled()
    qtbot.waitUntil(lambda: _names(screen, Stage.VERIFIED) == ["张示范"], timeout=LIMIT_MS)
    screen.open_record(screen.board.columns[Stage.VERIFIED][0].card.id)
    clue = dialog_of(qtbot, ClueDialog)
    assert not clue.refuse.isEnabled()
    clue.take_up.click()
    settled()
    (case,) = cases.list_cases(work)
    assert case["risk_1"] == "01"
    qtbot.waitUntil(lambda: screen._whole.currentWidget() is screen.pane, timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: screen.pane.name.text() == "张示范", timeout=LIMIT_MS)


def test_a_clue_is_turned_down_with_its_reason(
    qtbot: QtBot, work: Workspace, show: Show, settled: Settled
) -> None:
    clue_id = clues.report(work, {"household_id": HOME, "description": "收入减少"}).id
    clues.verify(work, clue_id, {"verify_result": "不属实"})
    screen = show()
    screen.open_record(clue_id)
    clue = dialog_of(qtbot, ClueDialog)
    assert not clue.take_up.isEnabled()
    clue.refuse.click()
    refusal = dialog_of(qtbot, RecordDialog)
    refusal.save.click()
    settled()
    assert "原因" in refusal.form.problem_text("decision_reason")
    refusal.form.input("decision_reason").text.setPlainText("有稳定务工收入")
    refusal.save.click()
    settled()
    assert clues.one(work, clue_id)["decision"] == "不纳入"
    qtbot.waitUntil(lambda: screen._views.currentWidget() is screen._empty, timeout=LIMIT_MS)


def test_a_clue_of_a_household_with_a_case_makes_no_second_one(
    qtbot: QtBot, village: Village, show: Show
) -> None:
    village.identified()
    clue = clues.report(village.work, {"household_id": HOME, "description": "又病了"}).id
    screen = show()
    screen.open_record(clue)
    dialog = dialog_of(qtbot, ClueDialog)
    assert not dialog.take_up.isEnabled()
    assert any("原案卷" in line.text() for line in dialog.findChildren(QLabel))


def test_board_and_list_show_the_same_and_the_choice_is_remembered(
    qtbot: QtBot, village: Village, show: Show, context: Context
) -> None:
    village.helped()
    clues.report(village.work, {"household_id": OTHER, "description": "收入减少", "risk_codes": ["02"]})
    screen = show()
    assert (_names(screen, Stage.CLUE), _names(screen, Stage.HELPING)) == (["王测试"], ["张示范"])
    assert "2 件" in screen.count.text()
    card = screen.board.columns[Stage.CLUE][0]
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Right)
    assert screen.board.columns[Stage.HELPING][0].hasFocus()
    assert "张示范" in screen.board.columns[Stage.HELPING][0].accessibleName()
    screen.as_list.click()
    assert _listed(screen) == ["王测试", "张示范"]
    for text, name in (("zsf", "张示范"), ("因学", "王测试")):
        screen.filters.search.setText(text)
        qtbot.waitUntil(lambda n=name: _listed(screen) == [n], timeout=LIMIT_MS)  # type: ignore[misc]
    screen.filters.reset()
    late = next(a for a in screen.filters.due.menu().actions() if a.text() == "已超期")
    late.trigger()
    assert _listed(screen) == ["张示范"]
    assert context.settings.get(VIEW) == LIST
    assert show().as_list.isChecked()


def test_a_case_asked_for_before_the_first_reading_opens_after_it(
    qtbot: QtBot, village: Village, context: Context, settled: Settled
) -> None:
    village.identified()
    screen = MonitoringScreen(context)
    qtbot.addWidget(screen)
    screen.open_record(village.case)
    screen.show()
    settled()
    qtbot.waitUntil(lambda: screen.pane.name.text() == "张示范", timeout=LIMIT_MS)
    assert screen._whole.currentWidget() is screen.pane


def test_households_of_the_national_list_get_their_cases(
    qtbot: QtBot, village: Village, show: Show, settled: Settled, told: list[Notice]
) -> None:
    households.change(village.work, OTHER, {"identified_ym": "2022-05", "risks": ["01"]})
    screen = show()
    assert screen._untaken.isVisible()
    screen.take_over.click()
    settled()
    qtbot.waitUntil(lambda: _names(screen, Stage.HELPING) == ["王测试"], timeout=LIMIT_MS)
    assert not screen._untaken.isVisible()
    assert any("1 个案卷" in notice.text for notice in told)


@pytest.mark.parametrize("scale", [100, 130, 150, 175])
def test_nothing_is_clipped_or_unnamed(
    qtbot: QtBot, village: Village, show: Show, settled: Settled, qapp: QApplication, scale: int
) -> None:
    village.helped()
    long = {"item": "M1002", "title": "很长的措施名称" * 12, "status": "实施中", "risk_code": "01"}
    measures.record_measure(village.work, HOME, long)
    clues.report(village.work, {"household_name": "路人甲", "description": "收入减少"})
    theme.apply(qapp, scale)
    try:
        screen = show()
        screen.context.signals.scaled.emit(scale)
        qtbot.waitUntil(lambda: clipped(screen) == [], timeout=LIMIT_MS)
        assert unnamed(screen) == []
        open_case(screen, village.case, settled)
        qtbot.waitUntil(lambda: clipped(screen) == [], timeout=LIMIT_MS)
        assert unnamed(screen) == []
        assert screen.pane.cards.widget().minimumSizeHint().width() <= screen.pane.cards.viewport().width()
        screen.pane.steps.buttons["mark_stable"].click()
        dialog = dialog_of(qtbot, StepDialog)
        qtbot.waitUntil(lambda: clipped(dialog) == [], timeout=LIMIT_MS)
        assert unnamed(dialog) == []
        dialog.reject()
    finally:
        theme.apply(qapp, 100)
