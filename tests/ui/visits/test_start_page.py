"""Where a visit begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, ZHANG, ZHAO, family_id, make_template
from tests.ui.conftest import LIMIT_MS
from tests.ui.visits.conftest import Typist
from villageapp.services import drafts, visits
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context, make_context
from villageapp.ui.preferences import Preferences
from villageapp.ui.visits.screen import VisitsScreen
from villageapp.ui.visits.start_page import StartPage


def visited(work: Workspace, household_id: str, days_ago: int, next_in: int) -> None:
    then = work.now() - timedelta(days=days_ago)
    values = {"kind": "01", "started_at": then, "result": "见到户主"}
    visits.record_visit(
        work, household_id, {**values, "next_visit_on": work.today() + timedelta(days=next_in)}
    )


def test_the_household_due_first_stands_first(
    screen: VisitsScreen, work: Workspace, qtbot: QtBot, typist: Typist
) -> None:
    visited(work, family_id(ZHAO), 90, -3)
    visited(work, family_id(ZHANG), 10, 20)
    screen.refresh()
    table = screen.start_page.table
    qtbot.waitUntil(lambda: list(table.rows.ids())[:1] == [family_id(ZHAO)], timeout=LIMIT_MS)
    assert list(table.rows.ids())[1] == family_id(ZHANG)
    table.setFocus()
    table.selectRow(0)
    typist.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.form_page.household_id == family_id(ZHAO), timeout=LIMIT_MS)


def test_search_by_initials_then_enter_twice_opens_the_form(
    screen: VisitsScreen, qtbot: QtBot, typist: Typist
) -> None:
    page = screen.start_page
    page.focus_first()
    typist.type("wcs")
    qtbot.waitUntil(lambda: list(page.table.rows.ids()) == [family_id(WANG)], timeout=LIMIT_MS)
    typist.enter(2)
    qtbot.waitUntil(lambda: screen.form_page.household_id == family_id(WANG), timeout=LIMIT_MS)


def test_nobody_found_is_said(screen: VisitsScreen, qtbot: QtBot, typist: Typist) -> None:
    page = screen.start_page
    page.focus_first()
    typist.type("qqqq")
    qtbot.waitUntil(lambda: page.count.text() == "共 0 户", timeout=LIMIT_MS)
    assert not page.table.isVisible()
    assert not page.start_button.isEnabled()
    page.search.clear()
    qtbot.waitUntil(page.table.isVisible, timeout=LIMIT_MS)


def test_by_group_lists_one_group(screen: VisitsScreen, qtbot: QtBot, settled: Callable[[], None]) -> None:
    page = screen.start_page
    qtbot.waitUntil(lambda: page.group.findData("二组") > 0, timeout=LIMIT_MS)
    page.group.setCurrentIndex(page.group.findData("二组"))
    page.group.activated.emit(page.group.currentIndex())
    qtbot.waitUntil(lambda: page.count.text() == "共 2 户", timeout=LIMIT_MS)
    assert set(page.table.rows.ids()) == {family_id(WANG), family_id(ZHAO)}


def _shown_buttons(page: StartPage) -> list[QPushButton]:
    return [b for b in page.unfinished.findChildren(QPushButton) if b.isVisibleTo(page)]


def test_unfinished_and_recent_visits_lead_on(
    screen: VisitsScreen, context: Context, work: Workspace, qtbot: QtBot
) -> None:
    for number in (WANG, ZHAO):
        drafts.save(work, "visit", family_id(number), {"result": "见到户主"})
    visited(work, family_id(ZHANG), 1, 89)
    screen.refresh()
    page = screen.start_page
    qtbot.waitUntil(page.unfinished.isVisible, timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: page.recent.count() == 1, timeout=LIMIT_MS)
    assert "张示范" in page.recent.item(0).text()
    with qtbot.waitSignal(context.signals.household_asked, timeout=LIMIT_MS) as asked:
        page.recent.itemActivated.emit(page.recent.item(0))
    assert asked.args == [family_id(ZHANG)]
    qtbot.waitUntil(lambda: len(_shown_buttons(page)) == 2, timeout=LIMIT_MS)
    chosen = next(b for b in _shown_buttons(page) if "王测试" in b.text())
    qtbot.mouseClick(chosen, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: screen.form_page.household_id == family_id(WANG), timeout=LIMIT_MS)
    assert screen.form_page.restored.isVisible()


@pytest.fixture
def empty_context(tmp_path: Path, qtbot: QtBot) -> Iterator[Context]:
    template = make_template(tmp_path / "template", with_households=False)
    with template.open_copy(tmp_path / "empty") as work:
        made = make_context(work, Preferences(tmp_path / "empty.ini"))
        yield made
        made.tasks.close()


def test_an_empty_store_leads_to_the_import(empty_context: Context, qtbot: QtBot) -> None:
    screen = VisitsScreen(empty_context)
    qtbot.addWidget(screen)
    screen.show()
    button = next(b for b in screen.findChildren(QPushButton) if b.text() == "导入农户名单")
    qtbot.waitUntil(button.isVisible, timeout=LIMIT_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(screen.findChildren(QFileDialog)), timeout=LIMIT_MS)
    screen.findChildren(QFileDialog)[0].reject()
