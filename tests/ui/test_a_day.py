"""A whole working day of somebody new, on real windows with keys and clicks: a store, the household list, a visit
with a problem, its first step, a card and a ledger on paper, the income account, undo, and sync with the server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from tests.helpers.servers import ServerProcess, roomy_folder, running_server
from tests.ui.person import Person
from villageapp.domain import dates, pinyin
from villageapp.paths import DataDir
from villageapp.services import (
    demo_village,
    households,
    incomes,
    ledger_files,
    problem_courses,
    problems,
    syncing,
    visits,
)
from villageapp.services.workspace import Workspace
from villageapp.ui.app import Desktop
from villageapp.ui.cards.preview import CardDialog
from villageapp.ui.households.screen import HouseholdsScreen
from villageapp.ui.imports.dialog import ImportDialog
from villageapp.ui.main_window import MainWindow
from villageapp.ui.problems.screen import ProblemsScreen
from villageapp.ui.screens import HOUSEHOLDS, PROBLEMS, SYNC, VISITS
from villageapp.ui.syncing.screen import SyncScreen
from villageapp.ui.today.screen import TodayScreen
from villageapp.ui.visits.screen import VisitsScreen
from villageapp.ui.visits.words import day_text
from villageapp.ui.widgets.record_dialog import RecordDialog

FAMILIES = 40
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with roomy_folder() as folder, running_server(folder / "server") as running:
        yield running


@pytest.fixture
def person(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Person]:
    desktop = Desktop(qapp, DataDir(tmp_path / "home" / "store"))
    unhandled: list[Exception] = []
    made = Person(qtbot, desktop, tmp_path)
    opened = desktop.open_main

    def watched(work: Workspace) -> MainWindow:
        window = opened(work)
        window.context.tasks.failed.connect(unhandled.append)
        return window

    desktop.open_main = watched  # type: ignore[method-assign]
    yield made
    desktop.close()
    for window in QApplication.topLevelWidgets():
        if isinstance(window, (MainWindow, QDialog)):
            window.hide()
            window.deleteLater()
    assert unhandled == []


def test_a_working_day(person: Person, server: ServerProcess) -> None:
    person.begin("zhucun-2026")
    _import_the_list(person)
    home = _find_by_pinyin(person)
    _record_a_visit(person, home)
    item = _see_the_problem(person)
    _take_its_first_step(person, item)
    _print_the_card(person)
    _export_the_ledger(person)
    _edit_the_income(person, home)
    _take_back_the_last_change(person, home)
    _sync(person, server)
    _tomorrow_everything_is_there(person, home)


def _import_the_list(person: Person) -> None:
    """An empty store says what to do first; the list is looked at before it is taken."""
    file = person.folder / "全国系统导出.xlsx"
    demo_village.write_workbook(demo_village.build(FAMILIES, today=date(2026, 11, 23)), file)
    today = person.screen(1, TodayScreen)
    person.wait(today.import_button.isVisible)
    person.click(today.import_button)
    person.choose_file(file)
    dialog = person.dialog(ImportDialog)
    person.wait(dialog.confirm.isEnabled)
    assert households.count(person.work)["households"] == 0
    person.click(dialog.confirm)
    person.wait(dialog.undo.isVisible)
    person.rest()
    person.click(dialog.leave)
    person.back()
    assert households.count(person.work)["households"] == FAMILIES
    assert not today.import_button.isVisible()


def _find_by_pinyin(person: Person) -> str:
    """Ctrl+K, the initials of a head, Enter."""
    wanted = households.list_ids(person.work)[7]
    name = households.page(person.work, wanted).head_name
    person.press(Qt.Key.Key_K, CONTROL)
    search = person.window.top.search
    assert search.hasFocus()
    person.write(pinyin.initials(name))

    def row() -> int:
        return next(
            (n for n in range(search.popup.count()) if search.popup.item(n).text().startswith(name)), -1
        )

    person.wait(lambda: search.popup.isVisible() and row() >= 0)
    for _ in range(row()):
        person.press(Qt.Key.Key_Down)
    person.press(Qt.Key.Key_Return)
    person.rest()
    page = person.window.show_screen(HOUSEHOLDS)
    assert isinstance(page, HouseholdsScreen)
    person.wait(lambda: page.pane.page is not None and page.pane.page.head_name == name)
    return str(page.pane.page.id)


def _record_a_visit(person: Person, home: str) -> None:
    """From the household page; water is a 否, everything else normal, by keys alone."""
    page = person.window.show_screen(HOUSEHOLDS)
    assert isinstance(page, HouseholdsScreen)
    person.click(page.pane.header.visit)
    screen = person.window.show_screen(VISITS)
    assert isinstance(screen, VisitsScreen)
    person.wait(lambda: screen.form_page.household_id == home)
    form = screen.form_page.form
    assert form is not None
    person.wait(form.isVisible)
    form.questions["started_at"].input.set_value(person.work.now() - timedelta(minutes=30))
    form.questions["result"].take_focus()
    person.press(Qt.Key.Key_1)
    form.questions["water_ok"].take_focus()
    person.press(Qt.Key.Key_2)
    person.write("pipe broken")
    notice = form.questions.guarantees["water_ok"].notice
    day = dates.local_day(person.work.now() - timedelta(minutes=30))
    for days in (1, 3, 5, 7):
        assert day_text(day + timedelta(days=days), day) in notice.text()
    person.press(Qt.Key.Key_F2)
    person.press(Qt.Key.Key_S, CONTROL)
    person.wait(screen.saved_panel.isVisible)
    person.rest()
    [visit] = visits.list_visits(person.work, home)
    assert (visit["water_ok"], visit["water_ok_note"], visit["edu_ok"]) == (False, "pipe broken", True)


def _see_the_problem(person: Person) -> str:
    """It stands in today's work; Enter opens it in the ledger with its dates."""
    [item] = problems.list_problems(person.work)
    today = person.screen(1, TodayScreen)
    person.wait(lambda: any(i.target == item["id"] for i in today.work_view.lines.items))
    row = next(n for n, i in enumerate(today.work_view.lines.items) if i.target == item["id"])
    today.work_view.setCurrentIndex(today.work_view.lines.index(row))
    today.work_view.setFocus()
    person.press(Qt.Key.Key_Return)
    person.rest()
    ledger = person.window.show_screen(PROBLEMS)
    assert isinstance(ledger, ProblemsScreen)
    person.wait(lambda: item["due_solve"].isoformat() in person.texts(ledger.pane))
    shown = person.texts(ledger.pane)
    assert all(item[name].isoformat() in shown for name in ("due_verify", "due_opinion", "due_plan"))
    assert ledger.table.rows.rowCount() == 1
    assert ledger.table.rows.words(0, 0).startswith(("剩", "今"))
    return str(item["id"])


def _take_its_first_step(person: Person, item: str) -> None:
    """上门核查 on the spot."""
    ledger = person.window.show_screen(PROBLEMS)
    person.click_words(ledger.pane, "上门核查")
    step = person.dialog(RecordDialog)
    step.form.input("text").set_value("水管冻裂，已报修")
    step.form.input("verifier").set_value("周队员")
    step.form.input("founded").set_value(True)
    person.click(step.save)
    person.wait(lambda: problem_courses.course(person.work, item).item["state"] == "VERIFIED")
    person.rest()
    person.back()
    person.wait(lambda: "水管冻裂" in person.texts(ledger.pane))


def _print_the_card(person: Person) -> None:
    """The chosen household's card as a PDF with its words."""
    page = person.screen(2, HouseholdsScreen)
    person.wait(lambda: page.pane.page is not None)
    name = page.pane.page.head_name
    person.click_words(page.pane, "打印明白卡")
    dialog = person.dialog(CardDialog)
    person.rest()
    person.click(dialog.save)
    file = person.folder / "card.pdf"
    person.choose_file(file)
    person.wait(file.exists)
    person.rest()
    pdf = pypdfium2.PdfDocument(file)
    first = pdf[0]
    text = first.get_textpage()
    said = text.get_text_range()
    for part in (text, first, pdf):
        part.close()
    assert "明白卡" in said
    assert name in said
    dialog.reject()
    person.back()


def _export_the_ledger(person: Person) -> None:
    """The problem ledger as a workbook, for the township."""
    file = person.folder / "ledger.xlsx"
    report = ledger_files.export_ledger(person.work, "problems", file)
    assert report.rows == 1
    assert file.stat().st_size > 1_000


def _edit_the_income(person: Person, home: str) -> None:
    """How many the year is divided by; then a new account, one line pasted from a table, saved."""
    page = person.screen(2, HouseholdsScreen)
    page.open_household(home)
    person.rest()
    page.pane.tabs.setCurrentWidget(page.pane.basics)
    _fill(person, page, "income_year_population", "3")
    person.wait(lambda: households.page(person.work, home).values["income_year_population"] == 3)
    person.rest()
    pane = page.pane.income
    page.pane.tabs.setCurrentWidget(pane)
    person.rest()
    pane.year.setValue(person.work.today().year - 1)
    person.click(pane.add)
    person.rest()
    person.wait(pane.save.isEnabled)
    QApplication.clipboard().setText(f"A2\t{page.pane.page.head_name}\t\t\t12000\t农户自述\t")
    pane.grid.setFocus()
    pane.grid.setCurrentIndex(pane.grid.model_.index(0, 0))
    person.press(Qt.Key.Key_V, CONTROL)
    assert pane.grid.problems() == []
    person.click(pane.save)
    person.wait(lambda: incomes.list_accounts(person.work, home)[0]["net"] == 12_000_00)
    person.rest()


def _fill(person: Person, page: HouseholdsScreen, name: str, text: str) -> None:
    """Type over a field of the household's form and press Ctrl+S."""
    page.pane.basics.input(name).setFocus()
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    line.selectAll()
    person.write(text)
    person.press(Qt.Key.Key_S, CONTROL)


def _take_back_the_last_change(person: Person, home: str) -> None:
    """A wrong telephone number, saved and taken back with Ctrl+Z."""
    page = person.screen(2, HouseholdsScreen)
    page.open_household(home)
    page.pane.tabs.setCurrentWidget(page.pane.basics)
    before = households.page(person.work, home).values["phone"]
    _fill(person, page, "phone", "13900000009")
    person.wait(lambda: households.page(person.work, home).values["phone"] == "13900000009")
    person.rest()
    person.wait(person.window.status.undo.isVisible)
    person.window.rail.setFocus()
    QTest.keyClick(person.window, Qt.Key.Key_Z, CONTROL)
    person.wait(lambda: households.page(person.work, home).values["phone"] == before)
    person.rest()


def _sync(person: Person, server: ServerProcess) -> None:
    """Join with the one-time code; the light says that everything is there, and the server has it."""
    screen = person.window.show_screen(SYNC)
    assert isinstance(screen, SyncScreen)
    person.wait(screen.enrol.isVisible)
    screen.enrol.server.setFocus()
    person.write(server.url)
    screen.enrol.code.setFocus()
    person.write(server.enrol_code("149901001001", "周队员"))
    person.click(screen.enrol.join)
    person.wait(lambda: person.window.top.light.text().startswith("已同步"))
    person.rest()
    state = syncing.sync_state(person.work)
    assert (state.pending, state.enrolled) == (0, True)
    counts = server.counts(person.work.identity.workspace)
    assert (counts["household"], counts["visit"], counts["problem"]) == (FAMILIES, 1, 1)


def _tomorrow_everything_is_there(person: Person, home: str) -> None:
    """Close the program, start it again, sign in."""
    person.window.close()
    assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]
    person.desktop.close()
    again = Desktop(QApplication.instance(), DataDir(person.folder / "home" / "store"))  # type: ignore[arg-type]
    person.desktop = again
    try:
        person.sign_in("zhucun-2026")
        today = person.screen(1, TodayScreen)
        person.wait(lambda: any("水" in i.title for i in today.work_view.lines.items))
        [visit] = visits.list_visits(person.work, home)
        assert visit["water_ok"] is False
    finally:
        person.window.hide()
        again.close()
