"""The screen 帮扶措施 on a real store: list, filters, many at once, a new measure with its loan, households without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.stores import SHAN, WANG, ZHANG, family_id, member_id
from tests.ui.conftest import LIMIT_MS
from tests.ui.looking import clipped, unnamed
from villageapp.services import measures, records
from villageapp.services.workspace import Workspace
from villageapp.ui import theme
from villageapp.ui.context import Context
from villageapp.ui.measures.many_dialog import ManyDialog
from villageapp.ui.measures.measure_dialog import MeasureDialog
from villageapp.ui.measures.screen import MeasuresScreen
from villageapp.ui.tell import Notice
from villageapp.ui.widgets.record_dialog import RecordDialog

HOME, OTHER = family_id(ZHANG), family_id(WANG)
SON = member_id(ZHANG, "149901198801010016")
SHEEP: dict[str, Any] = {"item": "M0102", "title": "能繁母羊5只", "status": "计划", "amount": "3000.50"}
Settled = Callable[[], None]


@pytest.fixture
def three(work: Workspace) -> list[str]:
    """Two measures of one family, one of another."""
    year = work.today().year
    return [
        measures.record_measure(work, HOME, {**SHEEP, "year": year}).id,
        measures.record_measure(work, HOME, {**SHEEP, "title": "庭院养鸡", "year": year}).id,
        measures.record_measure(
            work, OTHER, {**SHEEP, "item": "M1001", "title": "低保", "year": year - 1}
        ).id,
    ]


@pytest.fixture
def screen(qtbot: QtBot, context: Context, three: list[str], settled: Settled) -> MeasuresScreen:
    return _shown(qtbot, context, settled)


def _shown(qtbot: QtBot, context: Context, settled: Settled) -> MeasuresScreen:
    made = MeasuresScreen(context)
    qtbot.addWidget(made)
    made.resize(1211, 690)
    context.tell.set_window(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    settled()
    return made


def _titles(screen: MeasuresScreen) -> list[str]:
    return [row.title for row in screen.table.rows.rows()]


def _dialog(qtbot: QtBot, kind: type[QDialog]) -> Any:
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), kind), timeout=LIMIT_MS)
    dialog = QApplication.activeModalWidget()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=LIMIT_MS)
    return dialog


def _values(work: Workspace, measure_id: str) -> dict[str, Any]:
    return next(row for row in measures.list_measures(work) if row["id"] == measure_id)


def _select_all(screen: MeasuresScreen) -> None:
    screen.table.setFocus()
    screen.table.selectAll()


def test_list_and_totals(screen: MeasuresScreen) -> None:
    assert _titles(screen) == ["能繁母羊5只", "庭院养鸡", "低保"]
    assert "3 条" in screen.totals.text()
    assert "2 户" in screen.totals.text()
    assert "9,001.50" in screen.totals.text()
    assert screen.none.text() == "没有措施的农户 2"


def test_search_and_chips_narrow_list_and_totals(
    qtbot: QtBot, screen: MeasuresScreen, settled: Settled
) -> None:
    qtbot.keyClicks(screen.filters.search, "zsf")
    qtbot.waitUntil(lambda: _titles(screen) == ["能繁母羊5只", "庭院养鸡"], timeout=LIMIT_MS)
    assert "1 户" in screen.totals.text()
    screen.filters.reset()
    group = next(a for a in screen.filters.group.menu().actions() if a.text() == "综合保障")
    group.trigger()
    qtbot.waitUntil(lambda: _titles(screen) == ["低保"], timeout=LIMIT_MS)
    settled()
    screen.filters.search.setText("没有这样的措施")
    qtbot.waitUntil(lambda: _titles(screen) == [], timeout=LIMIT_MS)
    assert screen._stack.currentWidget() is screen._nothing
    screen.filters.clear.click()
    qtbot.waitUntil(lambda: len(_titles(screen)) == 3, timeout=LIMIT_MS)


def test_status_of_many_at_once(
    qtbot: QtBot,
    screen: MeasuresScreen,
    work: Workspace,
    three: list[str],
    settled: Settled,
    told: list[Notice],
) -> None:
    assert not screen.status.isEnabled()
    _select_all(screen)
    assert "3 条" in screen.picked.text()
    screen.status.click()
    dialog = _dialog(qtbot, ManyDialog)
    dialog.do.click()
    assert "必须填写" in dialog.form.problem_text("status")
    dialog.form.input("status").set_value("已完成")
    qtbot.keyClick(dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: any("3 条" in notice.text for notice in told), timeout=LIMIT_MS)
    settled()
    assert {_values(work, m)["status"] for m in three} == {"已完成"}
    assert _values(work, three[0])["end_on"] == work.today()
    assert any("3 条" in notice.text for notice in told)
    qtbot.waitUntil(lambda: {row.status for row in screen.table.rows.rows()} == {"已完成"}, timeout=LIMIT_MS)
    assert len(screen.table.selected_ids()) == 3


def test_confirmed_and_not_delivered(
    qtbot: QtBot, screen: MeasuresScreen, work: Workspace, three: list[str], settled: Settled
) -> None:
    screen.table.choose(three[0])
    screen.confirm.click()
    _dialog(qtbot, ManyDialog).do.click()
    settled()
    assert _values(work, three[0])["status"] == "实施中"
    assert _values(work, three[0])["household_signed_on"] == work.today()
    screen.refuse.click()
    dialog = _dialog(qtbot, ManyDialog)
    dialog.do.click()
    assert "必须填写" in dialog.form.problem_text("reason")
    dialog.form.input("reason").text.setPlainText("羊还没有买回来")
    dialog.do.click()
    settled()
    assert _values(work, three[0])["status"] == "暂停"
    assert "羊还没有买回来" in _values(work, three[0])["note"]
    assert _values(work, three[1])["status"] == "计划"


def test_a_new_measure_with_its_training(
    qtbot: QtBot, screen: MeasuresScreen, work: Workspace, settled: Settled
) -> None:
    qtbot.keyClick(screen, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    dialog = _dialog(qtbot, MeasureDialog)
    dialog.save.click()
    assert "选定一户" in dialog.form.problem_text("household_id")
    qtbot.keyClicks(dialog.household.line, "zsf")
    qtbot.waitUntil(lambda: dialog.household.found.rowCount() == 1, timeout=LIMIT_MS)
    qtbot.keyClick(dialog.household.line, Qt.Key.Key_Return)
    assert dialog.household.value() == HOME
    settled()
    item = dialog.form.input("item")
    item.set_value("M0205")
    item.edited.emit()
    assert dialog.form.input("title").value() == "技能培训"
    assert dialog.detail is not None
    dialog.save.click()
    settled()
    assert "必须填写" in dialog.detail.problem_text("course")
    assert "享受人" in dialog.form.problem_text("member_id")
    dialog.form.input("member_id").set_value(SON)
    dialog.detail.input("course").set_value("电工")
    dialog.save.click()
    settled()
    (made,) = records.list_records(work, "training")
    assert (made["course"], made["member_id"], made["household_id"]) == ("电工", SON, HOME)
    qtbot.waitUntil(lambda: "技能培训" in _titles(screen), timeout=LIMIT_MS)


def test_a_household_is_picked_from_the_popup_and_typing_forgets_it(
    qtbot: QtBot, screen: MeasuresScreen
) -> None:
    screen.add.click()
    dialog = _dialog(qtbot, MeasureDialog)
    qtbot.keyClicks(dialog.household.line, "001X")
    qtbot.waitUntil(lambda: dialog.household.found.rowCount() == 1, timeout=LIMIT_MS)
    popup = dialog.household._completer.popup()
    qtbot.waitUntil(popup.isVisible, timeout=LIMIT_MS)
    popup.setCurrentIndex(popup.model().index(0, 0))
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert dialog.household.value() == HOME
    assert "张示范" in dialog.household.line.text()
    qtbot.keyClicks(dialog.household.line, "x")
    assert dialog.household.value() is None
    dialog.reject()


def test_enter_opens_a_measure_and_a_new_item_brings_its_group(
    qtbot: QtBot, screen: MeasuresScreen, work: Workspace, three: list[str], settled: Settled
) -> None:
    screen.table.choose(three[1])
    qtbot.keyClick(screen.table, Qt.Key.Key_Return)
    dialog = _dialog(qtbot, RecordDialog)
    dialog.form.input("item").set_value("M0303")
    dialog.form.input("amount").set_value(80_00)
    dialog.save.click()
    settled()
    row = _values(work, three[1])
    assert (row["group"], row["item"], row["amount"]) == ("M03", "M0303", 80_00)


def test_a_measure_recorded_by_mistake_is_deleted_after_asking(
    qtbot: QtBot, screen: MeasuresScreen, work: Workspace, three: list[str], settled: Settled
) -> None:
    screen.table.choose(three[1])
    screen.remove.click()
    box = _dialog(qtbot, QMessageBox)
    next(b for b in box.buttons() if b.text() == "删除").click()
    settled()
    assert measures.count_measures(work) == 2
    qtbot.waitUntil(lambda: _titles(screen) == ["能繁母羊5只", "低保"], timeout=LIMIT_MS)


def test_the_loan_of_a_measure_is_recorded_and_changed(
    qtbot: QtBot, screen: MeasuresScreen, work: Workspace, three: list[str], settled: Settled
) -> None:
    screen.table.choose(three[0])
    assert not screen.detail.isEnabled()
    insured = {"item": "M0303", "title": "玉米保险", "status": "实施中"}
    measure = measures.record_measure(work, HOME, insured).id
    screen.refresh()
    settled()
    screen.table.choose(measure)
    assert "保险" in screen.detail.text()
    screen.detail.click()
    dialog = _dialog(qtbot, RecordDialog)
    dialog.form.input("insurer").set_value("示范保险公司")
    dialog.save.click()
    settled()
    assert "必须填写" in dialog.form.problem_text("kind")
    dialog.form.input("kind").combo.setCurrentIndex(1)
    dialog.save.click()
    settled()
    (made,) = records.list_records(work, "insurance")
    assert (made["measure_id"], made["insurer"]) == (measure, "示范保险公司")
    screen.detail.click()
    dialog = _dialog(qtbot, RecordDialog)
    dialog.form.input("premium").set_value(20_00)
    dialog.save.click()
    settled()
    assert records.list_records(work, "insurance")[0]["premium"] == 20_00


def test_households_without_a_measure(
    qtbot: QtBot, screen: MeasuresScreen, work: Workspace, context: Context, settled: Settled
) -> None:
    screen.none.click()
    assert [row.head_name for row in screen.unhelped.rows.rows()] == ["赵演示", "单䶮"]
    assert screen.add_here.isVisible()
    assert not screen.status.isVisible()
    screen.unhelped.choose(family_id(SHAN))
    with qtbot.waitSignal(context.signals.household_asked) as asked:
        qtbot.keyClick(screen.unhelped, Qt.Key.Key_Return)
    assert asked.args == [family_id(SHAN)]
    screen.add_here.click()
    dialog = _dialog(qtbot, MeasureDialog)
    assert dialog.household.value() == family_id(SHAN)
    settled()
    dialog.form.input("item").set_value("M1009")
    dialog.form.input("item").edited.emit()
    dialog.save.click()
    settled()
    qtbot.waitUntil(lambda: screen.none.text() == "没有措施的农户 1", timeout=LIMIT_MS)


def test_copied_rows_are_for_a_spreadsheet(
    qtbot: QtBot, screen: MeasuresScreen, three: list[str], told: list[Notice]
) -> None:
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    screen.table.choose(three[0])
    screen.table.selectionModel().select(screen.table.rows.index(2, 0), rows)
    screen.copy.click()
    head, first, second = QApplication.clipboard().text().split("\n")
    assert head.split("\t")[0] == "户主"
    assert "能繁母羊5只" in first.split("\t")
    assert "低保" in second.split("\t")
    assert any("2 行" in notice.text for notice in told)


def test_an_empty_list_says_what_to_do_first(qtbot: QtBot, context: Context, settled: Settled) -> None:
    screen = _shown(qtbot, context, settled)
    assert screen._stack.currentWidget() is screen._empty
    assert "走访" in screen._empty.text()
    button = screen._empty.findChildren(QWidget)
    assert any(getattr(part, "text", str)() == "登记第一项措施" for part in button)


@pytest.mark.parametrize("scale", [100, 130, 150, 175])
def test_nothing_is_clipped_or_unnamed(
    qtbot: QtBot, screen: MeasuresScreen, qapp: QApplication, settled: Settled, scale: int
) -> None:
    theme.apply(qapp, scale)
    screen.context.signals.scaled.emit(scale)
    try:
        _select_all(screen)
        qtbot.waitUntil(lambda: clipped(screen) == [], timeout=LIMIT_MS)
        assert unnamed(screen) == []
        screen.none.click()
        qtbot.waitUntil(lambda: clipped(screen) == [], timeout=LIMIT_MS)
        screen.add.click()
        dialog = _dialog(qtbot, MeasureDialog)
        settled()
        dialog.form.input("item").set_value("M0301")
        dialog.form.input("item").edited.emit()
        qtbot.waitUntil(lambda: dialog.detail is not None and dialog.detail.isVisible(), timeout=LIMIT_MS)
        qtbot.waitUntil(lambda: clipped(dialog) == [], timeout=LIMIT_MS)
        assert unnamed(dialog) == []
        dialog.reject()
    finally:
        theme.apply(qapp, 100)
