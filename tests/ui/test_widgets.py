"""The building blocks: form rows, yes/no, the virtual table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import LIMIT_MS
from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.forms import FORMS
from villageapp.domain.household import HOUSEHOLD
from villageapp.errors import Problem, Severity, Trouble
from villageapp.progress import Progress
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.widgets.badge import Badge, BadgeLabel
from villageapp.ui.widgets.field_inputs import make_input
from villageapp.ui.widgets.paged_model import BLOCK, KEPT_BLOCKS, Column
from villageapp.ui.widgets.paged_table import PagedTable
from villageapp.ui.widgets.record_form import RecordForm
from villageapp.ui.widgets.yes_no import YesNoInput

CLEAN: dict[str, Any] = {
    "phone": "13800000001",
    "household_type": "1",
    "risks": ("01", "03"),
    "per_capita": 812_125,
    "land_farm": Decimal("3.50"),
    "move_in_date": date(2019, 10, 1),
    "identified_ym": "2020-01",
    "water_safe": False,
    "note": "第一行\n第二行",
}


def _form(qtbot: QtBot, names: Sequence[str] = tuple(CLEAN), form: Form = HOUSEHOLD) -> RecordForm:
    made = RecordForm(form, names, columns=2)
    qtbot.addWidget(made)
    made.show()
    return made


def test_what_is_shown_and_not_touched_comes_back_as_it_was(qtbot: QtBot) -> None:
    form = _form(qtbot)
    form.set_values(CLEAN)
    assert form.changed_values() == {}
    assert HOUSEHOLD.check(form.values(), complete=False) == CLEAN


@pytest.mark.parametrize("entity", sorted(FORMS))
def test_every_field_of_every_form_has_an_input_that_keeps_unknown_unknown(qtbot: QtBot, entity: str) -> None:
    form = FORMS[entity]
    for field in form.fields:
        if field.kind is Kind.ROWS:
            continue
        made = make_input(field, () if field.kind in (Kind.REF, Kind.REFS) else None)
        qtbot.addWidget(made)
        made.set_value(None)
        assert made.value() is None, field.name
        assert made.accessibleName() == field.label


def test_only_changed_fields_are_given_with_what_was_seen(qtbot: QtBot) -> None:
    form = _form(qtbot)
    form.set_values(CLEAN)
    line = form.input("phone").inner
    line.clear()  # type: ignore[attr-defined]
    qtbot.keyClicks(line, "13900000002")
    assert form.changed_values() == {"phone": "13900000002"}
    assert form.seen_values(["phone"]) == {"phone": "13800000001"}


def test_problems_stand_beside_their_field_and_go_when_it_is_edited(qtbot: QtBot) -> None:
    form = _form(qtbot)
    problems = [
        Problem("phone", "户联系电话：不像电话"),
        Problem("note", "太短", Severity.WARNING),
        Problem("elsewhere", "别处"),
    ]
    assert form.show_problems(problems) == [problems[2]]
    assert form.problem_text("phone") == "✕ 不像电话"
    assert form.problem_text("note") == "! 太短"
    qtbot.keyClicks(form.input("phone").inner, "1")
    assert form.problem_text("phone") == ""


def test_a_field_is_asked_only_when_its_condition_holds(qtbot: QtBot) -> None:
    asked = Form(
        "x", "x", (Field("moved", "搬迁", Kind.YES_NO), Field("to", "搬到", only_if=("moved", True)))
    )
    form = _form(qtbot, ("moved", "to"), asked)
    form.set_values({"moved": True, "to": "新村"})
    assert form.input("to").isVisible()
    form.input("moved").setFocus()
    qtbot.keyClick(form.input("moved").focusProxy(), Qt.Key.Key_2)
    assert not form.input("to").isVisible()
    assert form.values() == {"moved": False, "to": None}


def test_dates_are_tidied_and_wrong_ones_stay_to_be_corrected(qtbot: QtBot) -> None:
    form = _form(qtbot, ("move_in_date", "phone"))
    line = form.input("move_in_date").inner
    line.setText("2019年10月1日")  # type: ignore[attr-defined]
    line.editingFinished.emit()  # type: ignore[attr-defined]
    assert form.values()["move_in_date"] == "2019-10-01"
    line.setText("2019-13-45")  # type: ignore[attr-defined]
    line.editingFinished.emit()  # type: ignore[attr-defined]
    assert form.values()["move_in_date"] == "2019-13-45"


def test_yes_no_answers_by_keys_and_arrows(qtbot: QtBot) -> None:
    answer = YesNoInput()
    qtbot.addWidget(answer)
    answered: list[bool | None] = []
    answer.answered.connect(lambda: answered.append(answer.value()))
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
        qtbot.keyClick(answer, key)
    assert answered == [True, False, None]
    qtbot.keyClick(answer, Qt.Key.Key_Left)
    assert answer.value() is False
    qtbot.keyClick(answer, Qt.Key.Key_Left)
    qtbot.keyClick(answer, Qt.Key.Key_Left)
    assert answer.value() is True


def test_a_badge_without_a_parent_does_not_become_a_window(qtbot: QtBot) -> None:
    badge = BadgeLabel(Badge("走访"))
    qtbot.addWidget(badge)
    assert not badge.isVisible()
    home = QWidget()
    qtbot.addWidget(home)
    badge.setParent(home)
    badge.show_badge(Badge("问题"))
    home.show()
    assert badge.isVisible()
    badge.show_badge(None)
    assert not badge.isVisible()


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    name: str


COUNT = 100_000
COLUMNS: tuple[Column[_Row], ...] = (
    Column("name", "姓名", 120, lambda row: row.name, sort="name", is_optional=False),
    Column("id", "编号", 120, lambda row: row.id),
)


class _Source:
    """A list of 100,000 rows that counts what was asked for."""

    def __init__(self) -> None:
        self.fetched: list[int] = []

    def ids(self, _progress: Progress) -> list[str]:
        return [str(number) for number in range(COUNT)]

    def rows(self, ids: Sequence[str]) -> list[_Row]:
        self.fetched.append(len(ids))
        return [_Row(record_id, f"户{record_id}") for record_id in ids]


def _table(qtbot: QtBot, tasks: TaskRunner, source: _Source) -> PagedTable[_Row]:
    table: PagedTable[_Row] = PagedTable(tasks, COLUMNS, source.rows, "名单")
    qtbot.addWidget(table)
    table.resize(400, 400)
    table.show()
    table.load(source.ids)
    qtbot.waitUntil(lambda: table.rows.rowCount() == COUNT and tasks.is_idle, timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: table.rows.data(table.rows.index(0, 0)) == "户0", timeout=LIMIT_MS)
    return table


def test_only_what_is_drawn_is_fetched(qtbot: QtBot, tasks: TaskRunner) -> None:
    source = _Source()
    table = _table(qtbot, tasks, source)
    assert source.fetched == [BLOCK]
    table.scrollToBottom()
    last = table.rows.index(COUNT - 1, 0)
    qtbot.waitUntil(lambda: table.rows.data(last) == f"户{COUNT - 1}", timeout=LIMIT_MS)
    assert len(source.fetched) <= 4


def test_memory_stays_bounded_while_scrolling(qtbot: QtBot, tasks: TaskRunner) -> None:
    source = _Source()
    table = _table(qtbot, tasks, source)
    for block in range(KEPT_BLOCKS * 2):
        table.rows.data(table.rows.index(block * BLOCK, 0))
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=LIMIT_MS)
    assert table.rows.kept_blocks() <= KEPT_BLOCKS


def test_the_selected_record_stays_selected_when_the_list_changes(qtbot: QtBot, tasks: TaskRunner) -> None:
    table = _table(qtbot, tasks, _Source())
    assert table.choose("500")
    table.load(lambda _progress: [str(number) for number in reversed(range(1000))])
    qtbot.waitUntil(lambda: table.rows.rowCount() == 1000, timeout=LIMIT_MS)
    assert table.current_id() == "500"
    assert table.currentIndex().row() == 499


def test_a_list_that_cannot_be_read_leaves_the_old_one(qtbot: QtBot, tasks: TaskRunner) -> None:
    table = _table(qtbot, tasks, _Source())
    failures: list[Exception] = []
    table.rows.failed.connect(failures.append)

    def broken(_progress: Progress) -> list[str]:
        raise Trouble("磁盘读不出来。")

    table.load(broken)
    qtbot.waitUntil(lambda: len(failures) == 1, timeout=LIMIT_MS)
    assert table.rows.rowCount() == COUNT


def test_enter_opens_and_header_sorts(qtbot: QtBot, tasks: TaskRunner) -> None:
    table = _table(qtbot, tasks, _Source())
    opened: list[str] = []
    sorts: list[tuple[str, bool]] = []
    table.opened.connect(opened.append)
    table.sort_asked.connect(lambda word, down: sorts.append((word, down)))
    table.choose("7")
    qtbot.keyClick(table, Qt.Key.Key_Return)
    table.horizontalHeader().sectionClicked.emit(0)
    table.horizontalHeader().sectionClicked.emit(0)
    table.horizontalHeader().sectionClicked.emit(1)  # cannot be sorted by
    assert opened == ["7"]
    assert sorts == [("name", False), ("name", True)]


def test_columns_can_be_hidden_except_the_first(qtbot: QtBot, tasks: TaskRunner) -> None:
    table = _table(qtbot, tasks, _Source())
    table.hide_columns(["name", "id"])
    assert table.hidden_columns() == ["id"]
    assert [action.text() for action in table.column_menu().actions()] == ["编号"]
