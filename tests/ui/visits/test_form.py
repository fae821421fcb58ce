"""How the form behaves under the hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.conftest import LIMIT_MS
from tests.ui.visits.conftest import Typist
from villageapp.domain.changes import ChangeSet
from villageapp.services import cadres, measures, problems, visits
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.visits.questions import MEASURE
from villageapp.ui.visits.reading import read_start
from villageapp.ui.visits.screen import VisitsScreen
from villageapp.ui.visits.visit_form import VisitForm

Opened = Callable[[str], VisitForm]


def with_measures(work: Workspace, household_id: str) -> list[str]:
    values = {"group": "M10", "item": "M1001", "year": 2026, "status": "实施中"}
    return [
        measures.record_measure(work, household_id, {**values, "title": name}).id
        for name in ("低保", "临时救助")
    ]


def test_tab_and_enter_walk_in_the_same_order(
    opened: Opened, work: Workspace, zhang: str, typist: Typist
) -> None:
    with_measures(work, zhang)
    form = opened(zhang)
    form.questions["started_at"].take_focus()
    by_tab = []
    for _ in range(len(form.questions.asked())):
        by_tab.append(form._current())
        typist.press(Qt.Key.Key_Tab)
    assert by_tab == [form.questions[key] for key in form.questions.asked()]
    form.questions["started_at"].take_focus()
    by_enter = []
    for _ in range(len(form.questions.asked())):
        by_enter.append(form._current())
        typist.enter()
    assert by_enter == by_tab


def test_the_question_with_the_keyboard_is_always_in_sight(
    opened: Opened, screen: VisitsScreen, work: Workspace, zhang: str, typist: Typist, qtbot: QtBot
) -> None:
    with_measures(work, zhang)
    form = opened(zhang)
    view = screen.form_page.area.viewport()

    def is_in_sight() -> bool:
        question = form._current()
        place = QRect(question.mapTo(view, QPoint(0, 0)), question.size())
        return QRect(QPoint(0, 0), view.size()).contains(place)

    for name in ("water_ok", "eat_ok"):
        form.questions[name].input.set_value(False)
    form.questions["started_at"].take_focus()
    form._on_edited("")
    for _ in range(len(form.questions.asked()) - 1):
        typist.enter()
        qtbot.waitUntil(is_in_sight, timeout=LIMIT_MS)


def test_measures_are_ticked_by_digit(
    opened: Opened, screen: VisitsScreen, work: Workspace, zhang: str, typist: Typist, qtbot: QtBot
) -> None:
    first, second = with_measures(work, zhang)
    form = opened(zhang)
    form.questions["started_at"].input.set_value(work.now() - timedelta(hours=1))
    typist.press(Qt.Key.Key_1)
    form.questions[f"{MEASURE}{first}"].take_focus()
    typist.press(Qt.Key.Key_2)
    typist.save()
    qtbot.waitUntil(screen.saved_panel.isVisible, timeout=LIMIT_MS)
    assert visits.list_visits(work, zhang)[0]["measures_checked"] == (
        {"measure_id": first, "status": "未落实"},
    )
    form = opened(zhang)
    assert "未落实" in form.questions[f"{MEASURE}{first}"].last.text()
    assert form.questions[f"{MEASURE}{second}"].last.text() == ""


def test_all_normal_leaves_what_was_answered(opened: Opened, zhang: str, typist: Typist) -> None:
    form = opened(zhang)
    form.questions["water_ok"].take_focus()
    typist.press(Qt.Key.Key_2)
    typist.press(Qt.Key.Key_F2)
    assert form.questions["water_ok"].input.value() is False
    assert form.questions["edu_ok"].input.value() is True
    assert form.questions["house_change"].input.value() is False


def test_nobody_home_offers_no_all_normal(
    opened: Opened, screen: VisitsScreen, zhang: str, typist: Typist
) -> None:
    form = opened(zhang)
    typist.press(Qt.Key.Key_3)
    typist.press(Qt.Key.Key_F2)
    assert not screen.form_page.normal_button.isEnabled()
    assert form.questions["edu_ok"].input.value() is None


def test_a_change_from_another_laptop_leaves_typing_alone(
    opened: Opened, context: Context, work: Workspace, zhang: str, typist: Typist, qtbot: QtBot
) -> None:
    form = opened(zhang)
    form.questions["water_ok"].take_focus()
    typist.press(Qt.Key.Key_2)
    typist.type("pipe")
    notice = form.questions.guarantees["water_ok"].notice
    assert "保存后登记" in notice.text()
    saved = problems.add_problem(work, {"household_id": zhang, "category": "05", "title": "水管冻裂"})
    context.signals.changed.emit(ChangeSet.of([("problem", saved.id)]))
    qtbot.waitUntil(lambda: "不重复登记" in notice.text(), timeout=LIMIT_MS)
    assert form.questions["water_ok_note"].input.value() == "pipe"
    assert form.questions["water_ok_note"].isAncestorOf(QApplication.focusWidget())


def test_choices_are_the_people_of_the_house_and_the_team(
    opened: Opened, work: Workspace, zhang: str
) -> None:
    cadres.record_cadre(work, {"name": "李书记", "role": "第一书记"})
    form = opened(zhang)
    names = [form.questions["interviewee"].input.combo.itemData(row) for row in range(4)]
    assert names[0] == "张示范"
    assert set(names) == {"张示范", "李样例", "张小样", "张小例"}
    assert form.questions["visitors"].input.value() == [work.identity.user_id]


def test_free_text_takes_a_new_line_with_shift(opened: Opened, zhang: str, typist: Typist) -> None:
    form = opened(zhang)
    form.questions["difficulty"].take_focus()
    typist.type("a")
    typist.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    typist.type("b")
    assert form.questions["difficulty"].input.value() == "a\nb"
    typist.enter()
    assert form.questions["demand"].isAncestorOf(QApplication.focusWidget())


def test_the_next_visit_follows_the_day_of_the_visit_until_somebody_chooses(
    opened: Opened, work: Workspace, zhang: str, typist: Typist
) -> None:
    form = opened(zhang)
    question = form.questions["next_visit_on"]
    assert question.input.value() == (work.today() + timedelta(days=90)).isoformat()
    assert "90 天" in question.last.text()
    form.questions["started_at"].take_focus()
    typist.type("2026-01-02 10:00")
    assert question.input.value() == "2026-04-02"
    assert form.values()["next_visit_on"] is None
    question.take_focus()
    typist.type("2026-05-01")
    form.questions["started_at"].take_focus()
    typist.type("2026-02-02 10:00")
    assert form.values()["next_visit_on"] == "2026-05-01"


def test_a_day_without_a_rule_leaves_the_next_visit_open(opened: Opened, zhang: str, typist: Typist) -> None:
    form = opened(zhang)
    form.questions["water_ok"].input.set_value(False)
    form.questions["started_at"].take_focus()
    typist.type("1999-01-02 10:00")
    assert form.questions["next_visit_on"].input.value() is None
    assert "未核定" in form.questions["next_visit_on"].last.text()
    assert "未核定" in form.questions.guarantees["water_ok"].notice.text()


def test_a_narrow_window_puts_the_switches_below_each_other(
    opened: Opened, screen: VisitsScreen, zhang: str, qtbot: QtBot
) -> None:
    form = opened(zhang)
    left, right = form.questions.guarantees["edu_ok"], form.questions.guarantees["med_ok"]
    qtbot.waitUntil(lambda: left.y() == right.y(), timeout=LIMIT_MS)
    screen.resize(700, 500)
    qtbot.waitUntil(lambda: left.y() < right.y(), timeout=LIMIT_MS)
    assert form.width() <= screen.form_page.area.viewport().width()
    screen.resize(1200, 640)
    qtbot.waitUntil(lambda: left.y() == right.y(), timeout=LIMIT_MS)


def test_keys_typed_before_the_form_has_its_place_reach_it(
    screen: VisitsScreen, work: Workspace, zhang: str, typist: Typist, qtbot: QtBot
) -> None:
    screen._on_read(read_start(work, zhang))
    form = screen.form_page.form
    assert form is not None
    assert screen.form_page.area.widget() is not form, "placed in the next turn"
    typist.press(Qt.Key.Key_1)
    qtbot.waitUntil(lambda: form.questions["result"].input.value() == "见到户主", timeout=LIMIT_MS)
    assert screen.form_page.area.widget() is form
    assert form.isAncestorOf(QApplication.focusWidget())
