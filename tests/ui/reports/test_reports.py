"""The screen 台账报表 as a person uses it: find, look, choose, copy, save, cancel, print to a file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from tests.helpers.pdf_pages import page_texts
from tests.helpers.stores import ZHANG, family_id
from tests.ui.looking import clipped, unnamed
from villageapp.progress import SILENT
from villageapp.services import outputs, previews, problems, visits
from villageapp.services.cards import PrintReport
from villageapp.services.outputs import Choice
from villageapp.services.workspace import Workspace
from villageapp.ui import theme
from villageapp.ui.cards.printing import print_rendered
from villageapp.ui.context import Context
from villageapp.ui.reports.paper import printer_for
from villageapp.ui.reports.preview_pane import PAGES, LedgerView
from villageapp.ui.reports.screen import ReportsScreen
from villageapp.ui.tell import Notice

Settled = Callable[[], None]
HOME = family_id(ZHANG)


@pytest.fixture
def screen(context: Context, qtbot: QtBot, settled: Settled) -> ReportsScreen:
    made = ReportsScreen(context)
    qtbot.addWidget(made)
    made.resize(1186, 690)
    made.show()
    settled()
    return made


def _wait_for_options(screen: ReportsScreen, qtbot: QtBot, settled: Settled) -> None:
    qtbot.waitUntil(lambda: not screen._pause.isActive())
    settled()


def _problem(work: Workspace) -> None:
    values = {"category": "住房安全", "title": "房顶漏雨", "reported_on": work.today(), "household_id": HOME}
    problems.add_problem(work, values)


def test_every_output_can_be_looked_at(screen: ReportsScreen, work: Workspace, settled: Settled) -> None:
    _problem(work)
    visits.record_visit(work, HOME, {"kind": "01", "started_at": work.now(), "result": "见到户主"})
    screen.refresh()
    settled()
    assert screen.list.shown() == [output.key for output in outputs.outputs()]
    for key in screen.list.shown():
        assert screen.list.choose(key)
        settled()
        screen.preview.setCurrentIndex(PAGES)
        settled()
        assert bool(screen.preview.images()) is (key != "notice"), key  # there is no case yet
        assert unnamed(screen) == []
    for image in screen.preview.images():
        assert image.width() == 1400


def test_found_by_pinyin_and_taken_with_enter(screen: ReportsScreen, qtbot: QtBot, settled: Settled) -> None:
    qtbot.keyClicks(screen.list.search, "wtpc")
    assert screen.list.shown() == ["ledger-problems"]
    qtbot.keyClick(screen.list.search, Qt.Key.Key_Return)
    settled()
    assert screen.heading.text() == "问题排查整改台账"
    qtbot.keyClicks(screen.list.search, "zzz")
    assert screen.list.shown() == []
    assert screen.list.none.isVisible()


def test_a_ledger_as_a_grid_is_copied_and_saved(
    screen: ReportsScreen, work: Workspace, settled: Settled, qtbot: QtBot, tmp_path: Path, told: list[Notice]
) -> None:
    screen.open_record("ledger-problems")
    settled()
    assert not screen.findChildren(LedgerView), "an empty ledger says so"
    assert not screen.copy.isEnabled()
    _problem(work)
    screen.refresh()
    settled()
    view = screen.preview.view
    assert view is not None
    assert view.model().rowCount() == 1
    qtbot.mouseClick(screen.copy, Qt.MouseButton.LeftButton)
    heading, row = QGuiApplication.clipboard().text().split("\n")
    assert "标题" in heading.split("\t")
    assert "房顶漏雨" in row.split("\t")
    view.selectRow(0)
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "房顶漏雨" in QGuiApplication.clipboard().text()
    screen.save_table(str(tmp_path / "a.xlsx"))
    screen.save_pdf(str(tmp_path / "a.pdf"))
    settled()
    sheet = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx")).get_sheet_by_index(0).to_python()
    assert "房顶漏雨" in sheet[3]
    assert "房顶漏雨" in page_texts(tmp_path / "a.pdf")[0]
    assert any("a.xlsx" in notice.text for notice in told)
    assert screen.bar.isHidden()


def test_group_day_and_paper_change_what_is_shown(
    screen: ReportsScreen, work: Workspace, settled: Settled, qtbot: QtBot
) -> None:
    screen.open_record("ledger-people")
    settled()
    groups = [screen.options.group.itemText(row) for row in range(screen.options.group.count())]
    assert groups == ["全村", "一组", "二组", "十组"]
    screen.options.group.setCurrentIndex(2)
    _wait_for_options(screen, qtbot, settled)
    assert screen.preview.view is not None
    assert screen.preview.view.model().rowCount() == 2
    screen.preview.setCurrentIndex(PAGES)
    settled()
    wide = screen.preview.images()[0]
    assert screen.options.paper.currentText() == "A3"
    screen.options.paper.setCurrentText("A4")
    _wait_for_options(screen, qtbot, settled)
    assert screen.options.choice().paper == "A4"
    assert screen.preview.images()[0] != wide
    screen.options.day.line.setText("kein Tag")
    screen.options.day.edited.emit()
    _wait_for_options(screen, qtbot, settled)
    assert screen.options.choice().on is None, "a day that is none counts as today and is marked"
    assert screen.options.day.inner.property("wrong") == "true"


def test_visits_of_one_household_are_offered(
    screen: ReportsScreen, work: Workspace, settled: Settled, qtbot: QtBot
) -> None:
    screen.open_record("visit-recorded")
    settled()
    assert screen.options.visit.count() == 0
    assert not screen.options.visit.isEnabled()
    visits.record_visit(work, HOME, {"kind": "01", "started_at": work.now(), "result": "见到户主"})
    screen.refresh()
    settled()
    assert screen.options.visit.count() == 1
    assert "张示范" in screen.options.visit.currentText()
    assert len(screen.preview.images()) == 1


def test_one_household_or_all(screen: ReportsScreen, settled: Settled, qtbot: QtBot, tmp_path: Path) -> None:
    screen.open_record("visit-household")
    settled()
    assert len(screen.preview.images()) == 3, "a sample of the four"
    screen.save_pdf(str(tmp_path / "all.pdf"))
    settled()
    assert len(page_texts(tmp_path / "all.pdf")) == 4
    screen.open_household(HOME)
    settled()
    screen.save_pdf(str(tmp_path / "one.pdf"))
    settled()
    (text,) = page_texts(tmp_path / "one.pdf")
    assert "张示范" in text


def test_cancel_leaves_nothing(
    screen: ReportsScreen, settled: Settled, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen.open_record("card")
    settled()
    pressed, save_pdf = threading.Event(), outputs.save_pdf

    def not_before_the_press(*arguments: Any) -> PrintReport:
        assert pressed.wait(30)
        return save_pdf(*arguments)

    monkeypatch.setattr(outputs, "save_pdf", not_before_the_press)
    screen.save_pdf(str(tmp_path / "a.pdf"))
    assert screen.stop.isVisible()
    assert not screen.save.isEnabled()
    qtbot.mouseClick(screen.stop, Qt.MouseButton.LeftButton)
    pressed.set()
    settled()
    assert not list(tmp_path.glob("*.pdf"))
    assert not list(tmp_path.glob(".*.part"))
    assert screen.save.isEnabled()


def test_the_dialog_asks_before_replacing(screen: ReportsScreen, qtbot: QtBot, settled: Settled) -> None:
    screen.open_record("month")
    settled()
    qtbot.mouseClick(screen.save, Qt.MouseButton.LeftButton)
    (dialog,) = screen.findChildren(QFileDialog)
    assert dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
    assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.reject()


def test_printing_gives_the_pages_in_their_size(work: Workspace, tmp_path: Path, qapp: QApplication) -> None:
    _problem(work)
    output = outputs.output_of("ledger-problems")
    printer = printer_for(output.paper(Choice()), landscape=output.landscape)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    pdf = outputs.whole_pdf(work, output, Choice())
    assert print_rendered([pdf], printer, SILENT) == 1
    image = previews.page_image(tmp_path / "printed.pdf", 0, 420)
    assert (image.width, image.height) == (420, 297)


@pytest.mark.parametrize("scale", [100, 130, 150, 175])
def test_nothing_is_clipped_at_any_scale(
    context: Context, qtbot: QtBot, qapp: QApplication, settled: Settled, work: Workspace, scale: int
) -> None:
    _problem(work)
    theme.apply(qapp, scale)
    try:
        screen = ReportsScreen(context)
        qtbot.addWidget(screen)
        screen.resize(1366 - 180 * scale // 100, 690 - 20 * (scale - 100) // 100)
        screen.show()
        for key in ("card", "visit-recorded", "ledger-problems", "notice"):
            screen.open_record(key)
            settled()
            # Pages are laid out when they are painted; what stays clipped is named below.
            with suppress(TimeoutError):
                qtbot.waitUntil(lambda: not clipped(screen))
            assert clipped(screen) == []
            assert unnamed(screen) == []
    finally:
        theme.apply(qapp, 100)
