"""今日工作 on a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, ZHANG, ZHAO, StoreTemplate, family_id, make_template
from tests.ui.conftest import LIMIT_MS
from villageapp.domain.changes import ChangeSet
from villageapp.domain.checkup import Level
from villageapp.services import checking, drafts, households, problems, visits
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context, make_context
from villageapp.ui.preferences import Preferences
from villageapp.ui.screens import CHECKS, PROBLEMS
from villageapp.ui.today import words
from villageapp.ui.today.screen import TodayScreen

DAY_MS = 24 * 3600 * 1000


def visited(work: Workspace, number: str, next_in: int) -> None:
    values = {"kind": "01", "started_at": work.now(), "result": "见到户主"}
    day = work.today() + timedelta(days=next_in)
    visits.record_visit(work, family_id(number), {**values, "next_visit_on": day})


def titles(screen: TodayScreen) -> list[str]:
    return [item.title for item in screen.work_view.lines.items]


def badges(screen: TodayScreen) -> list[str]:
    return [words.urgency(item).text for item in screen.work_view.lines.items]


@pytest.fixture
def made(context: Context, qtbot: QtBot) -> Callable[[], TodayScreen]:
    def show() -> TodayScreen:
        screen = TodayScreen(context)
        qtbot.addWidget(screen)
        screen.resize(1200, 640)
        screen.show()
        screen.activateWindow()
        qtbot.waitUntil(lambda: context.tasks.is_idle, timeout=LIMIT_MS)
        return screen

    return show


def test_the_most_urgent_stands_first_with_its_word(made: Callable[[], TodayScreen], work: Workspace) -> None:
    visited(work, ZHAO, 0)
    visited(work, ZHANG, 2)
    reported = work.today() - timedelta(days=4)
    problems.add_problem(
        work,
        {"household_id": family_id(WANG), "category": "04", "title": "屋顶漏水", "reported_on": reported},
    )
    screen = made()
    assert badges(screen)[:3] == ["超期 3 天", "今天到期", "还剩 2 天"]
    assert "屋顶漏水" in titles(screen)[0]
    assert titles(screen)[1:3] == ["走访 赵演示", "走访 张示范"]
    assert "超期 1 件" in screen.tally.text()
    index = screen.work_view.lines.index(0)
    assert "超期 3 天" in index.data(int(Qt.ItemDataRole.AccessibleTextRole))


def test_enter_and_click_open_what_the_line_is_about(
    made: Callable[[], TodayScreen], work: Workspace, context: Context, qtbot: QtBot
) -> None:
    visited(work, ZHAO, 0)
    item = {"household_id": family_id(WANG), "category": "04", "title": "屋顶漏水"}
    problem_id = problems.add_problem(work, item).id
    screen = made()
    screen.focus_first()
    with qtbot.waitSignal(context.signals.visit_asked, timeout=LIMIT_MS) as asked:
        QTest.keyClick(screen.work_view, Qt.Key.Key_Return)
    assert asked.args == [family_id(ZHAO)]
    row = next(i for i, title in enumerate(titles(screen)) if "屋顶漏水" in title)
    place = screen.work_view.visualRect(screen.work_view.lines.index(row)).center()
    with qtbot.waitSignal(context.signals.record_asked, timeout=LIMIT_MS) as asked:
        qtbot.mouseClick(screen.work_view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [PROBLEMS, problem_id]


def test_errors_of_the_check_up_lead_to_their_list(
    made: Callable[[], TodayScreen], work: Workspace, context: Context, qtbot: QtBot
) -> None:
    errors = checking.check_village(work).count(Level.ERROR)
    assert errors
    screen = made()
    row = next(i for i, item in enumerate(screen.work_view.lines.items) if item.kind == "finding")
    assert f"{errors} 处" in titles(screen)[row]
    screen.work_view.setCurrentIndex(screen.work_view.lines.index(row))
    with qtbot.waitSignal(context.signals.screen_asked, timeout=LIMIT_MS) as asked:
        QTest.keyClick(screen.work_view, Qt.Key.Key_Return)
    assert asked.args == [CHECKS]


def test_a_draft_leads_back_to_its_form(
    made: Callable[[], TodayScreen], work: Workspace, context: Context, qtbot: QtBot
) -> None:
    drafts.save(work, "visit", family_id(ZHAO), {"result": "见到户主"})
    screen = made()
    row = next(i for i, item in enumerate(screen.work_view.lines.items) if item.kind == "draft")
    assert badges(screen)[row] == "未写完"
    screen.work_view.setCurrentIndex(screen.work_view.lines.index(row))
    with qtbot.waitSignal(context.signals.visit_asked, timeout=LIMIT_MS) as asked:
        QTest.keyClick(screen.work_view, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert asked.args == [family_id(ZHAO)]


def test_a_sheet_of_paper_forms_leads_back_to_its_grid(
    made: Callable[[], TodayScreen], work: Workspace, context: Context, qtbot: QtBot
) -> None:
    sheet = f"{drafts.SHEET_GROUP}二组"
    drafts.save(work, drafts.SHEET, sheet, {"rows": {}})
    screen = made()
    row = next(i for i, item in enumerate(screen.work_view.lines.items) if item.kind == "sheet")
    screen.work_view.setCurrentIndex(screen.work_view.lines.index(row))
    with qtbot.waitSignal(context.signals.record_asked, timeout=LIMIT_MS) as asked:
        QTest.keyClick(screen.work_view, Qt.Key.Key_Return)
    assert asked.args == ["visits", sheet]


def test_a_change_from_another_laptop_shows_without_being_asked(
    made: Callable[[], TodayScreen], work: Workspace, context: Context, qtbot: QtBot
) -> None:
    screen = made()
    assert not any("屋顶漏水" in title for title in titles(screen))
    saved = problems.add_problem(
        work, {"household_id": family_id(WANG), "category": "04", "title": "屋顶漏水"}
    )
    context.signals.changed.emit(ChangeSet.of([("problem", saved.id)]))
    qtbot.waitUntil(lambda: any("屋顶漏水" in title for title in titles(screen)), timeout=LIMIT_MS)
    assert screen.month.open_problems.text() == "1"


def test_the_chosen_line_stays_chosen(
    made: Callable[[], TodayScreen], work: Workspace, context: Context, qtbot: QtBot
) -> None:
    visited(work, ZHAO, 1)
    visited(work, ZHANG, 2)
    screen = made()
    row = titles(screen).index("走访 张示范")
    screen.work_view.setCurrentIndex(screen.work_view.lines.index(row))
    visited(work, WANG, 0)
    context.signals.changed.emit(ChangeSet(everything=True))
    qtbot.waitUntil(lambda: "走访 王测试" in titles(screen), timeout=LIMIT_MS)
    chosen = screen.work_view.currentIndex().row()
    assert titles(screen)[chosen] == "走访 张示范"


def test_midnight_moves_everything_on(made: Callable[[], TodayScreen], work: Workspace, qtbot: QtBot) -> None:
    visited(work, ZHAO, 1)
    screen = made()
    assert badges(screen)[0] == "还剩 1 天"
    work.clock.offset_ms += DAY_MS
    screen.clock.timeout.emit()
    qtbot.waitUntil(lambda: badges(screen)[0] == "今天到期", timeout=LIMIT_MS)
    assert screen.heading.text() == words.day_heading(work.today())


def test_month_panel_says_figures_in_words_too(made: Callable[[], TodayScreen], work: Workspace) -> None:
    visited(work, ZHANG, 30)
    visited(work, ZHANG, 30)
    screen = made()
    assert screen.month.ring.text() == "33%"
    assert "遍访率 33%，应遍访 3 户" in screen.month.ring.accessibleName()
    assert screen.month.coverage.text() == "应遍访 3 户\n本月已走访 1 户\n还有 2 户"
    assert f"{work.today().day}日" in screen.month.bars.accessibleName()
    assert "2 次" in screen.month.bars.accessibleName()
    assert screen.month.visits.text() == "本月走访 2 次，今天 2 次"


def test_no_household_yet_leads_to_the_import(tmp_path: Path, qtbot: QtBot) -> None:
    template = make_template(tmp_path / "template", with_households=False)
    with template.open_copy(tmp_path / "empty") as work:
        context = make_context(work, Preferences(tmp_path / "empty.ini"))
        screen = TodayScreen(context)
        qtbot.addWidget(screen)
        screen.show()
        qtbot.waitUntil(screen.import_button.isVisible, timeout=LIMIT_MS)
        assert not screen.month.isVisible()
        qtbot.mouseClick(screen.import_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(screen.findChildren(QFileDialog)), timeout=LIMIT_MS)
        screen.findChildren(QFileDialog)[0].reject()
        context.tasks.close()


@pytest.fixture
def quiet_work(template: StoreTemplate, tmp_path: Path) -> Iterator[Workspace]:
    """Everybody was visited today and nothing is due soon."""
    with template.open_copy(tmp_path / "quiet") as work:
        for household_id in households.list_ids(work):
            now = work.now()
            visits.record_visit(work, household_id, {"kind": "01", "started_at": now, "result": "见到户主"})
        yield work


def test_all_done_is_a_friendly_line(quiet_work: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    context = make_context(quiet_work, Preferences(tmp_path / "quiet.ini"))
    screen = TodayScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    qtbot.waitUntil(screen.visit_button.isVisible, timeout=LIMIT_MS)
    assert screen.month.ring.text() == "100%"
    with qtbot.waitSignal(context.signals.screen_asked, timeout=LIMIT_MS) as asked:
        qtbot.mouseClick(screen.visit_button, Qt.MouseButton.LeftButton)
    assert asked.args == ["visits"]
    context.tasks.close()
