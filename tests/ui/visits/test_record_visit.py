"""A visit from the first key to the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, ZHAO, family_id
from tests.ui.conftest import LIMIT_MS
from tests.ui.visits.conftest import Typist
from villageapp.domain import dates
from villageapp.services import drafts, problems, visits
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.visits import words
from villageapp.ui.visits.screen import VisitsScreen
from villageapp.ui.visits.visit_form import VisitForm

CONTROL = Qt.KeyboardModifier.ControlModifier
Stored = Callable[[str], list[dict[str, Any]]]
Opened = Callable[[str], VisitForm]


def shown_texts(screen: VisitsScreen) -> str:
    return "\n".join(part.text() for part in screen.findChildren(QLabel) if part.isVisible())


def wait_shown(screen: VisitsScreen, text: str, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: text in shown_texts(screen), timeout=LIMIT_MS)


def been_here_before(work: Workspace, household_id: str) -> None:
    then = work.now() - timedelta(days=40)
    values = {
        "kind": "01",
        "started_at": then,
        "result": "见到户主",
        "water_ok": True,
        "income_trend": "持平",
    }
    visits.record_visit(work, household_id, {**values, "health_change": True, "health_change_note": "住院"})


def arrived_earlier(form: VisitForm, work: Workspace) -> date:
    """Long enough ago that the visit is no suspiciously short one; its day, yesterday just after midnight."""
    at = work.now() - timedelta(minutes=30)
    form.questions["started_at"].input.set_value(at)
    return dates.local_day(at)


def wait_saved(screen: VisitsScreen, qtbot: QtBot) -> None:
    qtbot.waitUntil(screen.saved_panel.isVisible, timeout=LIMIT_MS)


def test_nothing_new_takes_three_keys(
    opened: Opened,
    screen: VisitsScreen,
    typist: Typist,
    stored: Stored,
    work: Workspace,
    zhang: str,
    qtbot: QtBot,
) -> None:
    form = opened(zhang)
    arrived_earlier(form, work)
    typist.press(Qt.Key.Key_1)
    typist.press(Qt.Key.Key_F2)
    typist.save()
    wait_saved(screen, qtbot)
    assert typist.strokes == 3
    visit = stored(zhang)[0]
    assert visit["result"] == "见到户主"
    assert visit["interviewee"] == "张示范"
    assert [visit[name] for name in ("edu_ok", "med_ok", "house_ok", "water_ok", "eat_ok", "cloth_ok")] == [
        True
    ] * 6
    assert visit["population_change"] is False
    assert visit["visitors"] == (work.identity.user_id,)
    assert visit["ended_at"] >= visit["started_at"]
    wait_shown(screen, "没有新问题", qtbot)


def test_whole_visit_by_keyboard_with_a_no(
    opened: Opened,
    screen: VisitsScreen,
    typist: Typist,
    stored: Stored,
    work: Workspace,
    zhang: str,
    qtbot: QtBot,
) -> None:
    form = opened(zhang)
    day = arrived_earlier(form, work)
    typist.press(Qt.Key.Key_2)  # met another member
    typist.type("Li")
    typist.enter()
    typist.press(Qt.Key.Key_1)  # population changed: the line opens and has the keyboard
    typist.type("born")
    typist.enter()
    for _ in range(4):
        typist.press(Qt.Key.Key_2)
    for _ in range(3):
        typist.press(Qt.Key.Key_1)
    typist.press(Qt.Key.Key_2)  # water: no
    notice = form.questions.guarantees["water_ok"].notice
    assert notice.isVisible()
    for days in (1, 3, 5, 7):
        assert words.day_text(day + timedelta(days=days), day) in notice.text()
    typist.type("pipe")
    typist.enter()
    typist.press(Qt.Key.Key_1)
    typist.press(Qt.Key.Key_1)
    typist.press(Qt.Key.Key_4)  # income fell sharply
    typist.press(Qt.Key.Key_1)  # big expense: kind and amount open
    typist.press(Qt.Key.Key_1)
    typist.type("3200.5")
    typist.enter()
    typist.type("roof")
    typist.enter(4)
    typist.press(Qt.Key.Key_1)  # satisfied
    typist.enter()
    typist.press(Qt.Key.Key_Space)  # signed on paper
    typist.enter()
    typist.type("ok")
    typist.enter()
    assert QApplication.focusWidget() is screen.form_page.save_button
    typist.save()
    wait_saved(screen, qtbot)

    visit = stored(zhang)[0]
    assert visit["interviewee"] == "Li"
    assert (visit["population_change"], visit["population_change_note"]) == (True, "born")
    assert visit["house_change"] is False
    assert (visit["house_ok"], visit["water_ok"], visit["water_ok_note"]) == (True, False, "pipe")
    assert (visit["income_trend"], visit["expense_kind"], visit["expense_amount"]) == ("骤减", "医疗", 320050)
    assert (visit["difficulty"], visit["satisfaction"], visit["note"]) == ("roof", "满意", "ok")
    assert visit["signed_on_paper"] is True
    assert visit["next_visit_on"] == day + timedelta(days=90)
    item = problems.list_problems(work)[0]
    assert (item["category"], item["description"], item["visit_id"]) == ("05", "pipe", visit["id"])
    assert item["due_solve"] == day + timedelta(days=7)
    wait_shown(screen, words.day_text(item["due_plan"], day), qtbot)
    assert drafts.load(work, "visit", zhang) is None


def test_last_answers_stand_beside_the_questions(opened: Opened, work: Workspace, zhang: str) -> None:
    been_here_before(work, zhang)
    form = opened(zhang)
    day = words.day_text(work.today() - timedelta(days=40), work.today())
    assert form.questions["water_ok"].last.text() == f"上次（{day}）：是"
    assert form.questions["health_change"].last.text() == f"上次（{day}）：是，住院"
    assert form.questions["income_trend"].last.text() == f"上次（{day}）：持平"
    assert form.questions["med_ok"].last.text() == ""
    assert form.questions["water_ok"].input.value() is None


def test_an_open_item_is_not_announced_twice(
    opened: Opened, screen: VisitsScreen, typist: Typist, work: Workspace, zhang: str, qtbot: QtBot
) -> None:
    problems.add_problem(work, {"household_id": zhang, "category": "05", "title": "水管冻裂"})
    form = opened(zhang)
    arrived_earlier(form, work)
    form.questions["result"].input.set_value("见到户主")
    form.questions["water_ok"].take_focus()
    typist.press(Qt.Key.Key_2)
    typist.type("pipe")
    assert "不重复登记" in form.questions.guarantees["water_ok"].notice.text()
    typist.save()
    wait_saved(screen, qtbot)
    assert len(problems.list_problems(work)) == 1
    wait_shown(screen, "没有重复登记", qtbot)


def test_nobody_home_leaves_header_and_next_visit(
    opened: Opened,
    screen: VisitsScreen,
    typist: Typist,
    stored: Stored,
    work: Workspace,
    zhang: str,
    qtbot: QtBot,
) -> None:
    form = opened(zhang)
    arrived_earlier(form, work)
    form.questions["water_ok"].input.set_value(False)
    form.questions["result"].take_focus()
    typist.press(Qt.Key.Key_3)
    assert not form.questions["water_ok"].isVisible()
    assert not form.questions["interviewee"].isVisible()
    assert form.questions["next_visit_on"].isVisible()
    assert form.questions["next_visit_on"].input.value() is None
    typist.type("20991231")
    typist.save()
    wait_saved(screen, qtbot)
    visit = stored(zhang)[0]
    assert visit["result"] == "无人在家"
    assert visit["water_ok"] is None
    assert str(visit["next_visit_on"]) == "2099-12-31"
    assert problems.list_problems(work) == []


def test_missing_result_is_said_beside_the_question(
    opened: Opened, screen: VisitsScreen, typist: Typist, stored: Stored, zhang: str, qtbot: QtBot
) -> None:
    form = opened(zhang)
    typist.save()
    question = form.questions["result"]
    qtbot.waitUntil(question.problem.isVisible, timeout=LIMIT_MS)
    assert "必须填写" in question.problem.text()
    assert question.isAncestorOf(QApplication.focusWidget())
    assert stored(zhang) == []
    typist.press(Qt.Key.Key_1)
    assert not question.problem.isVisible()


def test_unreadable_values_are_said_beside_their_fields(
    opened: Opened, typist: Typist, stored: Stored, zhang: str, qtbot: QtBot
) -> None:
    form = opened(zhang)
    typist.press(Qt.Key.Key_1)
    form.questions["big_expense"].take_focus()
    typist.press(Qt.Key.Key_1)
    form.questions["expense_amount"].take_focus()
    typist.type("many")
    form.questions["next_visit_on"].take_focus()
    typist.type("2026-13-40")
    for tick in form.questions["visitors"].input.findChildren(
        type(form.questions["signed_on_paper"].input.inner)
    ):
        if tick.isChecked():
            tick.click()
    typist.save()
    qtbot.waitUntil(form.questions["expense_amount"].problem.isVisible, timeout=LIMIT_MS)
    assert "不是数字" in form.questions["expense_amount"].problem.text()
    assert "不是真实的日期" in form.questions["next_visit_on"].problem.text()
    assert "至少选一人" in form.questions["visitors"].problem.text()
    assert stored(zhang) == []


def test_warnings_ask_and_save_once(
    opened: Opened,
    screen: VisitsScreen,
    typist: Typist,
    stored: Stored,
    zhang: str,
    qtbot: QtBot,
    answer_question: Callable[[str], str],
) -> None:
    form = opened(zhang)
    typist.press(Qt.Key.Key_1)
    form.questions["edu_ok"].take_focus()
    typist.press(Qt.Key.Key_2)
    typist.save()
    said = answer_question("回去修改")
    assert "仍要保存" in said
    assert "走访不足 5 分钟" in said
    assert form.questions["edu_ok_note"].problem.isVisible()
    assert stored(zhang) == []
    typist.save()
    answer_question("仍要保存")
    wait_saved(screen, qtbot)
    assert len(stored(zhang)) == 1


def test_double_click_on_save_saves_once(
    opened: Opened,
    screen: VisitsScreen,
    typist: Typist,
    stored: Stored,
    work: Workspace,
    zhang: str,
    qtbot: QtBot,
    settled: Callable[[], None],
) -> None:
    form = opened(zhang)
    arrived_earlier(form, work)
    typist.press(Qt.Key.Key_1)
    button = screen.form_page.save_button
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.mouseDClick(button, Qt.MouseButton.LeftButton)
    screen.form_page.save()
    wait_saved(screen, qtbot)
    settled()
    assert len(stored(zhang)) == 1


def test_next_household_of_the_group(
    opened: Opened, screen: VisitsScreen, typist: Typist, work: Workspace, qtbot: QtBot, context: Context
) -> None:
    first, second = family_id(WANG), family_id(ZHAO)
    form = opened(first)
    arrived_earlier(form, work)
    typist.press(Qt.Key.Key_1)
    typist.save()
    wait_saved(screen, qtbot)
    assert "赵演示" in screen.saved_panel.next_button.text()
    assert QApplication.focusWidget() is screen.saved_panel.next_button
    typist.press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: screen.form_page.household_id == second, timeout=LIMIT_MS)
    assert screen.form_page.strip.name.text() == "赵演示"

    arrived_earlier(screen.form_page.form, work)
    typist.press(Qt.Key.Key_1)
    typist.save()
    wait_saved(screen, qtbot)
    assert not screen.saved_panel.next_button.isVisible()
    with qtbot.waitSignal(context.signals.household_asked, timeout=LIMIT_MS) as asked:
        qtbot.mouseClick(screen.saved_panel.show_button, Qt.MouseButton.LeftButton)
    assert asked.args == [second]
    qtbot.mouseClick(screen.saved_panel.again_button, Qt.MouseButton.LeftButton)
    assert screen.start_page.isVisible()


def test_a_removed_measure_in_an_old_draft_does_not_stop_the_form(
    opened: Opened, work: Workspace, zhang: str
) -> None:
    drafts.save(
        work, "visit", zhang, {"measures_checked": [{"measure_id": "gone", "status": "落实"}], "demand": "路"}
    )
    form = opened(zhang)
    assert form.questions["demand"].input.value() == "路"
    assert form.values()["measures_checked"] is None
