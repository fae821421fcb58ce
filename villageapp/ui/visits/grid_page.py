"""Paper forms typed in the evening: one row per household of a group or of today's route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from villageapp.domain.fields import parse
from villageapp.domain.visit import VISIT
from villageapp.errors import AppError, Problem, Severity
from villageapp.services import drafts
from villageapp.services.households import HouseholdRow
from villageapp.services.results import Saved
from villageapp.services.visit_batches import BatchSaved
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.visits import grid_rows, words
from villageapp.ui.visits.draft_keeper import DraftKeeper
from villageapp.ui.visits.grid_rows import DAY, GRID, GROUP_KEY, ROUTE_KEY, SheetHead, SheetStart, read_sheet
from villageapp.ui.visits.grid_saver import GridSaver
from villageapp.ui.visits.visit_grid import VisitGrid
from villageapp.ui.widgets.field_inputs import ChoicesInput, DateInput, FieldInput, make_input
from villageapp.ui.widgets.flow import button, label, set_role
from villageapp.ui.widgets.ledger_grid import GridRow

_ROWS, _DAY, _VISITORS, _KIND = "rows", "day", "visitors", "kind"


class GridPage(QWidget):
    """``left`` when the person goes back. What is typed is a draft until it is saved."""

    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._start: SheetStart | None = None
        self._rows: dict[str, HouseholdRow] = {}
        self._saved: dict[str, Mapping[str, Any]] = {}
        self._is_filling = False
        self._asked = 0
        self.keeper = DraftKeeper(context.work, context.tasks, self, GRID)
        self.saver = GridSaver(context, self)
        self.sheet = QComboBox()
        self.day = DateInput(DAY)
        self.kind = make_input(VISIT["kind"])
        self.visitors: FieldInput = ChoicesInput(VISIT["visitors"], ())
        self.grid = VisitGrid(grid_rows.columns(), self.tr("纸质走访表"), scale=context.settings.get(SCALE))
        self.current = label("", "quiet", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.count = label("")
        self.draft_line = label("", "quiet")
        self.save_button = button(self.tr("保存 Ctrl+S"), self.save, role="primary", icon="save")
        self.normal_button = button(self.tr("本行正常 F4"), self.grid.fill_normal, icon="allgood")
        self.back_button = button(self.tr("返回 Esc"), self.leave, role="flat")
        self._lay_out()
        self._listen()

    def open(self, key: str = "") -> None:
        """Show a sheet: today's route or the first group when no key is given."""
        self.keeper.flush()
        self._asked += 1
        asked, work, tasks = self._asked, self._context.work, self._context.tasks
        read = tasks.read if self.keeper.is_settled else tasks.write  # behind a draft still being written
        read(
            lambda _progress: read_sheet(work, key),
            owner=self,
            done=lambda start: self._show(start) if asked == self._asked else None,
        )

    def save(self) -> None:
        """Look all typed rows over and save them."""
        typed = self.grid.typed_rows()
        if not typed:
            self._context.tell.note(self.tr("还没有填写任何一户。"))
            return
        self.saver.save(typed, self._head())

    def leave(self) -> None:
        """Back to the list; what is typed stays as a draft."""
        if not self.saver.is_busy:
            self.keeper.flush()
            self.left.emit()

    def focus_first(self) -> None:
        """The first answer."""
        self.grid.start()

    def typed_texts(self) -> dict[str, Any]:
        """What the draft keeps."""
        return {
            _DAY: self.day.value(),
            _VISITORS: self.visitors.value(),
            _KIND: self.kind.value(),
            _ROWS: self.grid.changed_rows(),
        }

    def _lay_out(self) -> None:
        head = QFrame()
        head.setProperty("surface", "plain")
        self._head_layout = rows = QVBoxLayout(head)
        rows.setContentsMargins(16, 10, 16, 8)
        rows.setSpacing(8)
        first = QHBoxLayout()
        first.setSpacing(10)
        first.addWidget(label(self.tr("补录纸质走访表"), "title"))
        self.sheet.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.sheet.setAccessibleName(self.tr("录哪些户"))
        self.sheet.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        first.addWidget(self.sheet)
        first.addStretch(1)
        for text, part in ((self.tr("走访日期"), self.day), (self.tr("类型"), self.kind)):
            named = label(text)
            named.setBuddy(part)
            first.addWidget(named)
            first.addWidget(part)
        self._second = QHBoxLayout()
        self._second.setSpacing(10)
        self._second.addWidget(label(self.tr("走访人")))
        self._second.addWidget(self.visitors, 1)
        rows.addLayout(first)
        rows.addLayout(self._second)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self._told())
        layout.addWidget(self.grid, 1)
        layout.addWidget(self._bar())

    def _told(self) -> QWidget:
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(16, 6, 16, 6)
        layout.setSpacing(2)
        layout.addWidget(self.current)
        layout.addWidget(self.problem)
        return box

    def _bar(self) -> QWidget:
        bar = QFrame()
        bar.setProperty("surface", "plain")
        column = QVBoxLayout(bar)
        column.setContentsMargins(16, 8, 16, 8)
        row = QHBoxLayout()
        row.setSpacing(10)
        for part in (self.save_button, self.normal_button, self.count):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.draft_line)
        row.addWidget(self.back_button)
        column.addLayout(row)
        keys = self.tr(
            "数字键选答案：1 是 2 否 3 未知；回车往下，Tab 往右，Ctrl+D 向下填充，可与 WPS 互相复制粘贴"
        )
        column.addWidget(label(keys, "quiet", wrap=True))
        return bar

    def _listen(self) -> None:
        for keys, called in (("Ctrl+S", self.save), ("Esc", self.leave)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(called)
        self.sheet.activated.connect(lambda _index: self.open(self.sheet.currentData()))
        self.grid.edited.connect(self._on_edited)
        self.grid.current_row.connect(self._on_row)
        self.grid.selectionModel().currentChanged.connect(lambda _now, _before: self._show_problem())
        self.day.edited.connect(self._on_head_edited)
        self.day.line.editingFinished.connect(self._on_day)
        self.kind.edited.connect(self._on_head_edited)
        self.keeper.kept.connect(self._say_kept)
        self.keeper.failed.connect(self._say_not_kept)
        self.saver.found.connect(self._mark)
        self.saver.saved.connect(self._on_saved)
        self.saver.busy_changed.connect(self._on_busy)
        self._context.signals.scaled.connect(self.grid.set_scale)

    def _show(self, start: SheetStart) -> None:
        is_other = self._start is None or self._start.key != start.key
        self._start = start
        self._rows = {row.id: row for row in start.rows}
        if is_other:
            self._saved = {}
        values = start.draft.values if start.draft is not None else {}
        self._is_filling = True
        self._show_choices(start)
        self._show_head(start, values)
        self._fill(values.get(_ROWS) or {})
        self._is_filling = False
        self.keeper.watch(start.key, self.typed_texts)
        self.draft_line.setText("")
        if start.draft is not None:
            self._say_kept(start.draft.saved_at)
        self._count()
        self.focus_first()

    def _show_choices(self, start: SheetStart) -> None:
        self.sheet.clear()
        if start.has_route:
            self.sheet.addItem(self.tr("今天的路线"), ROUTE_KEY)
        for group in start.groups:
            self.sheet.addItem(group, f"{GROUP_KEY}{group}")
        self.sheet.setCurrentIndex(self.sheet.findData(start.key))

    def _show_head(self, start: SheetStart, values: Mapping[str, Any]) -> None:
        made = ChoicesInput(VISIT["visitors"], start.visitors)
        self._second.replaceWidget(self.visitors, made)
        self.visitors.hide()
        self.visitors.deleteLater()
        self.visitors = made
        made.set_value(values.get(_VISITORS) or [self._context.work.identity.user_id])
        made.edited.connect(self._on_head_edited)
        self.kind.set_value(values.get(_KIND) or "01")
        self.day.set_value(start.today)
        if values.get(_DAY):
            self.day.line.setText(str(values[_DAY]))

    def _fill(self, typed: dict[str, dict[str, Any]]) -> None:
        """All households with the day of the sheet; rows that were saved are shown and locked."""
        day = self._day()
        shown = []
        for row in self._rows.values():
            kept = self._saved.get(row.id)
            values = {**(kept or {DAY.name: day}), "head_name": row.head_name}
            shown.append(GridRow(row.id, values, locked=self.tr("已保存") if kept is not None else ""))
        self.grid.show_rows(shown)
        self.grid.type_rows(typed)

    def _day(self) -> Any:
        try:
            return parse(DAY, self.day.value())
        except ValueError:  # marked in every row when saving
            return None

    def _head(self) -> SheetHead:
        names = {row.id: row.head_name for row in self._rows.values()}
        return SheetHead(self.visitors.value() or (), self.kind.value() or "", names)

    def _on_day(self) -> None:
        """Rows that have no day of their own follow the sheet's."""
        if not self._is_filling and self._start is not None:
            at = self.grid.currentIndex()
            row_id, column = self.grid.model_.id_at(at.row()), at.column()
            self._fill(self.grid.changed_rows())
            if row_id:
                self.grid.setCurrentIndex(self.grid.model_.index(self.grid.model_.row_of(row_id), column))

    def _on_head_edited(self) -> None:
        if not self._is_filling:
            self.keeper.note_change()

    def _on_edited(self) -> None:
        if self._is_filling:
            return
        self.saver.forget()
        self.keeper.note_change()
        self._count()
        self._show_problem()

    def _on_row(self, household_id: str) -> None:
        row = self._rows.get(household_id)
        if row is None:
            self.current.setText("")
            return
        today = self._context.work.today()
        last = words.day_text(row.last_visit_on, today) if row.last_visit_on else self.tr("没有走访过")
        self.current.setText(
            self.tr("{name} {group} {members} 人  上次走访：{last}  未销号问题 {problems} 个").format(
                name=row.head_name or self.tr("（无户主）"),
                group=row.group_name,
                members=row.members,
                last=last,
                problems=row.open_problems,
            )
        )

    def _show_problem(self) -> None:
        told = self.grid.model_.data(self.grid.currentIndex(), int(Qt.ItemDataRole.ToolTipRole))
        self.problem.setText(str(told or ""))
        self.problem.setVisible(bool(told))

    def _mark(self, found: Mapping[str, Sequence[Problem]]) -> None:
        first: tuple[str, str] | None = None
        for household_id, problems in found.items():
            errors = [p for p in problems if p.severity is Severity.ERROR]
            placed = [replace(p, field=grid_rows.column_of(p.field)) for p in errors]
            left = self.grid.show_problems(household_id, placed)
            if left:
                self.grid.show_problems(household_id, [replace(p, field="result") for p in left])
            if placed and first is None:
                first = household_id, placed[0].field
        if first is not None:
            self.grid.go_to(*first)
        self._show_problem()

    def _on_saved(self, saved: Saved) -> None:
        outcome = saved.detail
        assert isinstance(outcome, BatchSaved)
        self.keeper.stop()
        left = {one: row for one, row in self.grid.changed_rows().items() if one not in outcome.visits}
        for household_id, row in self.grid.typed_rows().items():
            if household_id in outcome.visits:
                self._saved[household_id] = _clean(row)
        self._is_filling = True
        self._fill(left)
        self._is_filling = False
        self._keep_rest(left)
        self._count()
        said = self.tr("已保存 {count} 户的走访。").format(count=len(outcome.visits))
        if outcome.opened:
            said += self.tr("登记了 {count} 个问题，期限在问题台账里。").format(count=outcome.opened)
        self._context.tell.done(said)
        self.grid.start()

    def _keep_rest(self, left: Mapping[str, Any]) -> None:
        """The draft names only what is not saved yet; without any of it there is no draft."""
        if left or self._start is None:
            self.keeper.note_change()
            self.keeper.flush()
            return
        work, key = self._context.work, self._start.key
        self._context.tasks.write(
            lambda _progress: drafts.discard(work, GRID, key),
            owner=self,
            done=lambda _none: self.draft_line.setText(""),
        )

    def _on_busy(self, busy: bool) -> None:
        if busy:
            self.keeper.flush()
        for part in (self.grid, self.save_button, self.normal_button, self.sheet, self.day, self.kind):
            part.setEnabled(not busy)

    def _count(self) -> None:
        typed, all_rows = len(self.grid.changed_rows()), len(self._rows)
        said = self.tr("共 {all} 户，已填 {typed} 户，已保存 {saved} 户")
        self.count.setText(said.format(all=all_rows, typed=typed, saved=len(self._saved)))

    def _say_kept(self, at: datetime) -> None:
        set_role(self.draft_line, "quiet")
        moment = words.moment_text(at, self._context.work.today())
        self.draft_line.setText(self.tr("草稿已存 {moment}").format(moment=moment))

    def _say_not_kept(self, error: Exception) -> None:
        set_role(self.draft_line, "bad")
        said = error.line() if isinstance(error, AppError) else self.tr("程序出错")
        self.draft_line.setText(self.tr("草稿没有存上"))
        self._context.tell.trouble(self.tr("草稿没有存上：{reason}").format(reason=said))


def _clean(row: Mapping[str, Any]) -> dict[str, Any]:
    """Typed texts as the values that were saved."""
    found: dict[str, Any] = {}
    described = {column.name: column.field for column in grid_rows.columns()}
    for name, value in row.items():
        field = described.get(name)
        found[name] = parse(field, value) if field is not None and value is not None else None
    return found
