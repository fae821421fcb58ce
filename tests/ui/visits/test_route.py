"""The walk of tomorrow: planned in a dialog, shown on the start page, followed while recording, printed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from pypdfium2 import PdfDocument
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, family_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from tests.ui.visits.conftest import Typist
from villageapp.services import households, routes, visits
from villageapp.services.workspace import Workspace
from villageapp.ui.tell import Notice
from villageapp.ui.visits.route_dialog import RouteDialog
from villageapp.ui.visits.screen import VisitsScreen

ZHANG_ID, WANG_ID, ZHAO_ID, SHAN_ID = (family_id(number) for number in (ZHANG, WANG, ZHAO, SHAN))


def open_dialog(screen: VisitsScreen, qtbot: QtBot, settled: Callable[[], None]) -> RouteDialog:
    qtbot.mouseClick(screen.start_page.route.plan_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(screen.findChildren(RouteDialog)), timeout=LIMIT_MS)
    settled()
    return screen.findChildren(RouteDialog)[-1]


def test_tomorrow_is_planned_from_what_is_due(
    screen: VisitsScreen,
    work: Workspace,
    qtbot: QtBot,
    settled: Callable[[], None],
    told: list[Notice],
) -> None:
    tomorrow = work.today() + timedelta(days=1)
    for home in (SHAN_ID, ZHANG_ID, WANG_ID):
        households.change(work, home, {"next_visit_on": tomorrow})
    dialog = open_dialog(screen, qtbot, settled)
    assert dialog.chosen() == [ZHANG_ID, WANG_ID, SHAN_ID]
    assert looking.unnamed(dialog) == []
    qtbot.waitUntil(lambda: looking.clipped(dialog) == [], timeout=LIMIT_MS)
    dialog.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert "选了 2 户" in dialog.count.text()
    qtbot.mouseClick(dialog.ok_button, Qt.MouseButton.LeftButton)
    settled()
    route = routes.of_day(work, tomorrow)
    assert route is not None
    assert [stop.household_id for stop in route.stops] == [ZHANG_ID, SHAN_ID]
    assert "2 户" in told[-1].text
    card = screen.start_page.route
    assert card.list.count() == 2
    assert "张示范" in card.list.item(0).text()
    assert not card.go_button.isVisible()  # that is tomorrow's button


def test_a_group_is_planned_and_given_up(
    screen: VisitsScreen, work: Workspace, qtbot: QtBot, settled: Callable[[], None], told: list[Notice]
) -> None:
    dialog = open_dialog(screen, qtbot, settled)
    assert not dialog.ok_button.isEnabled()
    assert "没有到期的户" in dialog.count.text()
    dialog.source.setCurrentIndex(dialog.source.findData("二组"))
    dialog.source.activated.emit(dialog.source.currentIndex())
    settled()
    assert set(dialog.chosen()) == {WANG_ID, ZHAO_ID}
    dialog.day.line.setText((work.today() - timedelta(days=1)).isoformat())
    qtbot.mouseClick(dialog.ok_button, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    dialog.day.line.setText(work.today().isoformat())
    qtbot.mouseClick(dialog.ok_button, Qt.MouseButton.LeftButton)
    settled()
    card = screen.start_page.route
    qtbot.waitUntil(card.go_button.isVisible, timeout=LIMIT_MS)
    qtbot.mouseClick(card.drop_button, Qt.MouseButton.LeftButton)
    settled()
    assert routes.of_day(work, work.today()) is None
    assert card.plan_button.isVisible()
    undo = told[-1].undo
    assert undo is not None
    undo()
    settled()
    assert card.list.count() == 2


def test_the_next_household_follows_the_route(
    screen: VisitsScreen, work: Workspace, typist: Typist, qtbot: QtBot, settled: Callable[[], None]
) -> None:
    routes.plan(work, work.today(), [SHAN_ID, ZHANG_ID])
    screen.refresh()
    settled()
    qtbot.mouseClick(screen.start_page.route.go_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: screen.form_page.household_id == SHAN_ID, timeout=LIMIT_MS)
    form = screen.form_page.form
    assert form is not None
    form.questions["started_at"].input.set_value(work.now() - timedelta(minutes=6))
    typist.press(Qt.Key.Key_1)
    typist.press(Qt.Key.Key_F2)
    typist.save()
    qtbot.waitUntil(screen.saved_panel.isVisible, timeout=LIMIT_MS)
    assert "张示范" in screen.saved_panel.next_button.text()
    typist.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: screen.form_page.household_id == ZHANG_ID, timeout=LIMIT_MS)


def test_sheets_of_the_route_are_written_as_pdf(
    screen: VisitsScreen,
    work: Workspace,
    settled: Callable[[], None],
    tmp_path: Path,
    told: list[Notice],
) -> None:
    routes.plan(work, work.today(), [SHAN_ID, ZHANG_ID, WANG_ID])
    moment = work.now() - timedelta(minutes=1)
    visits.record_visit(work, ZHANG_ID, {"kind": "01", "started_at": moment, "result": "见到户主"})
    screen.refresh()
    settled()
    card = screen.start_page.route
    card.printing.write(card._wanted(), tmp_path / "走访表.pdf")
    settled()
    with PdfDocument(tmp_path / "走访表.pdf") as written:
        texts = [page.get_textpage().get_text_range() for page in written]
    assert len(texts) >= 2
    assert any("王测试" in text for text in texts)
    assert not any("张示范" in text for text in texts)  # has been visited
    assert "走访表.pdf" in told[-1].text
