"""The screen 农户 on a real store: list, filters, search, page, editing, undo, changes from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.ui.conftest import LIMIT_MS
from villageapp.domain.changes import ChangeSet
from villageapp.services import clues, households, incomes, syncing, undoing, visits
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context, make_context
from villageapp.ui.households.member_dialog import MemberDialog
from villageapp.ui.households.screen import HouseholdsScreen
from villageapp.ui.tell import Notice
from villageapp.ui.undoing import UndoControl
from villageapp.ui.visits.visit_dialog import VisitDialog
from villageapp.ui.widgets.record_dialog import RecordDialog

ZHANG = stores.family_id(stores.ZHANG)
WANG = stores.family_id(stores.WANG)


@pytest.fixture
def screen(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> HouseholdsScreen:
    made = HouseholdsScreen(context)
    qtbot.addWidget(made)
    made.resize(1240, 690)
    context.tell.set_window(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    settled()
    _wait_for_page(qtbot, made)
    return made


def _wait_for_page(qtbot: QtBot, screen: HouseholdsScreen, household_id: str = "") -> None:
    def shown() -> bool:
        page = screen.pane.page
        return (
            page is not None
            and (not household_id or page.id == household_id)
            and screen.context.tasks.is_idle
        )

    qtbot.waitUntil(shown, timeout=LIMIT_MS)


def _names(screen: HouseholdsScreen) -> list[str]:
    model = screen.list.table.rows
    return [model.data(model.index(row, 0)) for row in range(model.rowCount())]


def _filter(qtbot: QtBot, screen: HouseholdsScreen, text: str, names: list[str]) -> None:
    screen.list.filters.search.clear()
    qtbot.keyClicks(
        screen.list.filters.search, text
    ) if text.isascii() else screen.list.filters.search.setText(text)
    qtbot.waitUntil(lambda: screen.context.tasks.is_idle and _names(screen) == names, timeout=LIMIT_MS)


def test_the_list_shows_every_household_and_the_first_one_opens(screen: HouseholdsScreen) -> None:
    assert _names(screen) == ["张示范", "王测试", "赵演示", "单䶮"]
    assert screen.list.count.text() == "共 4 户"
    assert screen.pane.page is not None
    assert screen.pane.page.id == ZHANG
    assert screen.pane.header.name.text() == "张示范"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("zsf", ["张示范"]),
        ("王", ["王测试"]),
        ("sy", ["单䶮"]),  # 单 as a surname is shàn
        ("001X", ["张示范"]),
        ("13800000001", ["张示范"]),
        ("没有这个人", []),
    ],
)
def test_search_finds_by_name_initials_id_tail_and_phone(
    qtbot: QtBot, screen: HouseholdsScreen, text: str, names: list[str]
) -> None:
    _filter(qtbot, screen, text, names)
    assert screen.list.count.text() == f"筛选出 {len(names)} 户"


def test_chips_narrow_the_list_and_can_be_cleared(qtbot: QtBot, screen: HouseholdsScreen) -> None:
    filters = screen.list.filters
    filters.monitoring.choose(True)
    filters.monitoring.picked.emit()
    qtbot.waitUntil(lambda: screen.context.tasks.is_idle and _names(screen) == ["王测试"], timeout=LIMIT_MS)
    assert filters.monitoring.accessibleName() == "监测：监测中（风险未消除）"
    filters.group.choose("一组")
    filters.group.picked.emit()
    qtbot.waitUntil(lambda: screen.list.count.text() == "筛选出 0 户", timeout=LIMIT_MS)
    qtbot.mouseClick(filters.clear, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: screen.list.count.text() == "共 4 户", timeout=LIMIT_MS)


def test_header_click_sorts(qtbot: QtBot, screen: HouseholdsScreen) -> None:
    screen.list.table.horizontalHeader().sectionClicked.emit(0)
    qtbot.waitUntil(
        lambda: screen.context.tasks.is_idle and _names(screen) == ["单䶮", "王测试", "张示范", "赵演示"],
        timeout=LIMIT_MS,
    )


def _edit_phone(qtbot: QtBot, screen: HouseholdsScreen, phone: str) -> None:
    line = screen.pane.basics.input("phone").inner
    screen.pane.tabs.setCurrentWidget(screen.pane.basics)
    line.setFocus()
    line.clear()
    qtbot.keyClicks(line, phone)
    assert screen.has_unsaved()


def test_an_edit_is_saved_by_ctrl_s_queued_for_sync_and_can_be_undone(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, told: list[Notice], settled: Callable[[], None]
) -> None:
    pending = syncing.sync_state(work).pending
    _edit_phone(qtbot, screen, "13900000002")
    qtbot.keyClick(screen, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(told) and screen.context.tasks.is_idle, timeout=LIMIT_MS)
    assert told[-1].text == "已保存：户联系电话。"
    assert households.page(work, ZHANG).values["phone"] == "13900000002"
    assert syncing.sync_state(work).pending == pending + 1
    assert not screen.has_unsaved()
    assert "13900000002" in screen.pane.header.facts.text()
    control = UndoControl(screen.context, screen)
    control.undo()
    settled()
    assert "已撤销" in told[-1].text
    assert households.page(work, ZHANG).values["phone"] == "13800000001"


def test_an_odd_value_is_saved_with_a_warning_that_stays_beside_the_field(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, told: list[Notice], settled: Callable[[], None]
) -> None:
    _edit_phone(qtbot, screen, "123")
    screen.pane.save()
    settled()
    assert households.page(work, ZHANG).values["phone"] == "123"
    assert screen.pane.basics.problem_text("phone") == "! 电话“123”不像手机号或固定电话"
    assert "不像手机号" in told[-1].text


def test_a_refused_value_stays_and_the_reason_stands_beside_the_field(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, told: list[Notice]
) -> None:
    pane = screen.pane
    pane.tabs.setCurrentWidget(pane.living)
    year = pane.living.input("house_built_year").inner
    year.clear()
    qtbot.keyClicks(year, "1066")
    pane.save()
    qtbot.waitUntil(lambda: bool(told) and screen.context.tasks.is_idle, timeout=LIMIT_MS)
    assert told[-1].text == "没有保存：有 1 处需要改正，见红色提示。"
    assert pane.living.problem_text("house_built_year") == "✕ 不能小于 1900"
    assert pane.living.input("house_built_year").value() == "1066"
    assert households.page(work, ZHANG).values["house_built_year"] is None


def test_a_change_from_another_laptop_refreshes_but_keeps_typing(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, context: Context, settled: Callable[[], None]
) -> None:
    _edit_phone(qtbot, screen, "13700000003")
    households.change(work, ZHANG, {"address": "村东头 3 号", "group_name": "三组"})
    context.signals.changed.emit(ChangeSet.of([("household", ZHANG)]))
    settled()
    assert screen.pane.basics.input("phone").value() == "13700000003"
    assert "三组" in screen.pane.header.facts.text()
    screen.pane.save()
    settled()
    values = households.page(work, ZHANG).values
    assert (values["phone"], values["address"], values["group_name"]) == (
        "13700000003",
        "村东头 3 号",
        "三组",
    )


def test_choosing_another_household_with_unsaved_typing_asks_first(
    qtbot: QtBot, screen: HouseholdsScreen, context: Context, settled: Callable[[], None]
) -> None:
    _edit_phone(qtbot, screen, "13700000003")
    screen.list.table.choose(WANG)
    qtbot.waitUntil(lambda: bool(_boxes()), timeout=LIMIT_MS)
    box = _boxes()[0]
    assert "有改动还没有保存" in box.text()
    keep = next(button for button in box.buttons() if button.text() == "继续编辑")
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    settled()
    assert screen.pane.page is not None
    assert screen.pane.page.id == ZHANG
    assert screen.list.table.current_id() == ZHANG


def _boxes() -> list[QMessageBox]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]


def test_opening_a_household_that_is_filtered_out_shows_it_all_the_same(
    qtbot: QtBot, screen: HouseholdsScreen
) -> None:
    _filter(qtbot, screen, "zsf", ["张示范"])
    screen.open_household(WANG)
    _wait_for_page(qtbot, screen, WANG)
    qtbot.waitUntil(lambda: screen.list.table.current_id() == WANG, timeout=LIMIT_MS)


def test_visit_button_and_ctrl_enter_ask_for_the_visit(
    qtbot: QtBot, screen: HouseholdsScreen, context: Context
) -> None:
    asked: list[str] = []
    context.signals.visit_asked.connect(asked.append)
    qtbot.mouseClick(screen.pane.header.visit, Qt.MouseButton.LeftButton)
    qtbot.keyClick(screen, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: asked == [ZHANG, ZHANG], timeout=LIMIT_MS)


def test_a_member_is_added_and_a_wrong_id_number_refused(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, settled: Callable[[], None], context: Context
) -> None:
    dialog = MemberDialog(context, WANG, None, screen)
    dialog.open()
    dialog.form.input("name").inner.setText("王小测")
    dialog.form.input("id_no").inner.setText("149901201009160024")
    dialog.form.input("relation").set_value("之子")
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settled()
    assert "校验" in dialog.form.problem_text("id_no")
    dialog.form.input("id_no").inner.setText("")
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settled()
    assert [m["name"] for m in households.page(work, WANG).members] == ["王测试", "王小测"]


def test_an_empty_village_says_what_to_do_first(
    qtbot: QtBot, tmp_path_factory: pytest.TempPathFactory, context: Context, settled: Callable[[], None]
) -> None:
    empty = stores.make_template(tmp_path_factory.mktemp("empty") / "store", with_households=False)
    with empty.open_copy(tmp_path_factory.mktemp("copy") / "store") as work:
        made = make_context(work, context.settings)
        screen = HouseholdsScreen(made)
        qtbot.addWidget(screen)
        screen.show()
        qtbot.waitUntil(screen.list.first_import.isVisible, timeout=LIMIT_MS)
        made.tasks.close()


def test_several_households_get_a_responsible_cadre_in_one_step_that_can_be_undone(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, settled: Callable[[], None]
) -> None:
    screen.list.table.selectAll()
    ids = screen.list.chosen_ids()
    assert len(ids) == 4
    screen.list.bulk.assign(ids)
    settled()
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, RecordDialog) and w.isVisible())
    dialog.form.input("duty_person_id").set_value(work.identity.user_id)
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settled()
    owners = [households.page(work, one).values["duty_person_id"] for one in ids]
    assert owners == [work.identity.user_id] * 4
    undoing.undo(work)
    assert [households.page(work, one).values["duty_person_id"] for one in ids] == [None] * 4
    screen.list.bulk.copy(ids[:2])
    settled()
    assert len(QApplication.clipboard().text().splitlines()) == 3


def test_a_combination_of_filters_is_kept_under_a_name(
    qtbot: QtBot, screen: HouseholdsScreen, settled: Callable[[], None]
) -> None:
    filters = screen.list.filters
    filters.kind.choose("2")
    filters.kind.picked.emit()
    settled()
    narrowed = list(screen.list.ids())
    filters.saved.keep("边缘户", filters.state())
    filters.reset()
    settled()
    assert len(screen.list.ids()) > len(narrowed)
    filters.saved.picked.emit(filters.saved.kept()["边缘户"])
    settled()
    assert list(screen.list.ids()) == narrowed
    filters.saved.forget("边缘户")
    assert filters.saved.kept() == {}


def test_the_tab_of_monitoring_leads_to_the_clue(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, settled: Callable[[], None]
) -> None:
    clue = clues.report(work, {"household_id": ZHANG, "description": "大病花费多"}).id
    pane = screen.pane.monitoring
    screen.pane.tabs.setCurrentWidget(pane)
    pane.refresh()
    settled()
    assert pane.table.rows.id_at(0) == clue
    with qtbot.waitSignal(screen.context.signals.record_asked) as asked:
        pane.table.setFocus()
        pane.table.selectRow(0)
        qtbot.keyClick(pane.table, Qt.Key.Key_Return)
    assert asked.args == ["monitoring", clue]


def test_a_recorded_visit_opens_as_its_filled_sheet(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, settled: Callable[[], None]
) -> None:
    values = {"kind": "01", "started_at": "2026-11-02T10:00:00+08:00", "result": "见到户主"}
    visits.record_visit(work, ZHANG, values)
    screen.pane.open(ZHANG)
    _wait_for_page(qtbot, screen, ZHANG)
    screen.pane.tabs.setCurrentWidget(screen.pane.visits)
    table = screen.pane.visits.table
    qtbot.waitUntil(lambda: table.rowCount() == 1, timeout=LIMIT_MS)
    table.setFocus()
    table.selectRow(0)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    dialog = screen.findChild(VisitDialog)
    assert dialog is not None
    assert "2026-11-02 10:00" in dialog.windowTitle()
    qtbot.waitUntil(lambda: bool(dialog.preview.images()), timeout=LIMIT_MS)
    assert dialog.print.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: screen.findChild(VisitDialog) is None, timeout=LIMIT_MS)


def test_ctrl_s_saves_the_lines_of_the_income_account(
    qtbot: QtBot, screen: HouseholdsScreen, work: Workspace, settled: Callable[[], None]
) -> None:
    home = ZHANG
    households.change(work, home, {"income_year_population": 4})
    incomes.record_account(work, home, {"income_year": 2025}, ())
    screen.open_household(home)
    settled()
    pane = screen.pane.income
    screen.pane.tabs.setCurrentWidget(pane)
    settled()
    QApplication.clipboard().setText("A2\t张小样\t\t\t32000\t农户自述\t")
    pane.grid.setFocus()
    pane.grid.setCurrentIndex(pane.grid.model_.index(0, 0))
    pane.grid.paste()
    qtbot.keyClick(pane.grid, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled()
    assert incomes.list_accounts(work, home)[0]["net"] == 3_200_000
    assert not screen.has_unsaved()
