"""The employment ledger as a grid: typed like a spreadsheet, confirmed month by month, saved as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain.codes import code_list
from villageapp.errors import Problem
from villageapp.services import employment_lists, employments
from villageapp.services.employment_lists import EmploymentPage
from villageapp.services.employment_rows import EmploymentRow, Standing
from villageapp.services.employments import OF_ROW, RowEdit
from villageapp.services.results import Saved
from villageapp.services.undoing import LARGEST
from villageapp.ui.context import Context
from villageapp.ui.employment import dialogs, words
from villageapp.ui.employment.filters import EmploymentFilters
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label
from villageapp.ui.widgets.ledger_grid import GridRow, LedgerGrid

WAIT_MS = 500
"""How long a refresh waits when somebody is typing into a cell."""


class LedgerPane(QWidget):
    """Grid, filters, and what can be done. Rows with unsaved typing stay as they are over a refresh."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rows: dict[str, EmploymentRow] = {}
        self._grid_rows: list[GridRow] = []
        self._wanted = ""
        self.filters = EmploymentFilters()
        self.counts = label("", wrap=True)
        self.grid = LedgerGrid(
            words.grid_columns(), self.tr("务工台账"), scale=context.settings.get(SCALE), frozen=words.FROZEN
        )
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            self.tr("还没有可以列出的人"),
            self.tr("这里列出每个有劳动力的人和他们的务工情况。请先导入名单，并填写劳动技能。"),
            button(self.tr("去农户页"), lambda: context.signals.screen_asked.emit("households")),
        )
        self._nothing = EmptyState(self.tr("没有符合条件的人"), self.tr("换个条件，或点“清除筛选”。"))
        self._lay_out()
        self.filters.altered.connect(self.refresh)
        self.grid.edited.connect(self._say)
        self.grid.selectionModel().selectionChanged.connect(lambda _on, _off: self._say())
        context.signals.scaled.connect(self.grid.set_scale)
        self._say()

    def refresh(self) -> None:
        """Read the ledger again."""
        work, wanted, keep = self._context.work, self.filters.wanted(), tuple(self.grid.changed_rows())
        self._context.tasks.read(
            lambda _progress: employment_lists.page(work, wanted, keep),
            owner=self,
            done=self._show,
            latest="ledger",
        )

    def go_to(self, wanted: str) -> None:
        """Put the keyboard to a row by the id of its spell, member or household."""
        self._wanted = wanted
        self.filters.reset()

    def selected(self) -> list[EmploymentRow]:
        """The rows with a selected cell, from top to bottom."""
        found = sorted({index.row() for index in self.grid.selectedIndexes()})
        ids = (self.grid.model_.id_at(row) for row in found)
        return [self._rows[row_id] for row_id in ids if row_id in self._rows]

    def save(self) -> None:
        """Everything that was typed, in one action."""
        self.grid.finish_typing()
        if self.grid.has_unsaved():
            self._send(())

    def confirm_selected(self) -> None:
        """与上月相同 for the selected rows; what was typed is saved with them."""
        self.grid.finish_typing()
        ids = words.can_confirm(self.selected())
        if ids or self.grid.has_unsaved():
            self._send(ids)
        else:
            self._context.tell.note(self.tr("所选的行本月已核实，或还没有登记务工。"))

    def confirm_all(self) -> None:
        """与上月相同 for every row that is listed, after asking."""
        ids = words.can_confirm(self._rows.values())
        if not ids:
            self._context.tell.note(self.tr("列出的人本月都已核实。"))
            return
        self._context.tell.ask(
            self.tr("列出的 {count} 行都与上月相同吗？").format(count=len(ids)),
            yes=self.tr("都与上月相同"),
            then=lambda: self._send(ids),
            details=self.tr("只应确认真正问过的人。写入今天的核实日期。")
            + ("" if len(ids) <= LARGEST else self.tr("行数多，确认后不能一次撤销。")),
        )

    def show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Mark the cells; returns what no cell is about."""
        left: list[Problem] = []
        first: tuple[str, str] | None = None
        for problem in problems:
            row_id, mark, name = problem.field.partition(OF_ROW)
            rest = self.grid.show_problems(row_id, [Problem(name, problem.message)]) if mark else [problem]
            left += [Problem(p.field, self._whose(row_id) + p.message) for p in rest]
            first = first or (None if rest else (row_id, name))
        if first is not None:
            self.grid.go_to(*first)
        return left

    def _whose(self, row_id: str) -> str:
        row = self._rows.get(row_id)
        return f"{row.name}：" if row is not None else ""

    def _send(self, confirm: Sequence[str]) -> None:
        work, edits = self._context.work, self._edits()
        source = self.source.currentData() or None
        self.keep.setEnabled(False)
        self._context.tasks.write(
            lambda _progress: employments.save(work, edits, confirm, source),
            owner=self,
            done=lambda saved: self._on_saved(saved, len(edits)),
            failed=lambda error: self._context.tell.error(error, self),
            ended=self._say,
        )

    def _edits(self) -> list[RowEdit]:
        changed = self.grid.changed_rows()
        seen = {row_id: self._rows[row_id].values for row_id in changed}
        return [
            RowEdit(row_id, typed, {name: seen[row_id].get(name) for name in typed})
            for row_id, typed in changed.items()
        ]

    def _on_saved(self, saved: Saved, edited: int) -> None:
        self._forget_typing()
        parts = [self.tr("已保存 {count} 行").format(count=edited)] if edited else []
        if saved.detail:
            parts.append(self.tr("{count} 行与上月相同").format(count=saved.detail))
        odd = "；".join(problem.message for problem in saved.warnings[:3])
        self._context.tell.done("，".join(parts) + "。" + (self.tr("请核对：") + odd if odd else ""))

    def _forget_typing(self) -> None:
        """Stored values again, with the keyboard where it was."""
        at = self.grid.currentIndex()
        row, column = at.row(), at.column()
        self.grid.show_rows(self._grid_rows)
        self.grid.setCurrentIndex(self.grid.model_.index(row, column))

    def _show(self, page: EmploymentPage) -> None:
        if self.grid.is_typing():  # whatever came, it waits until the cell is closed
            QTimer.singleShot(WAIT_MS, self, self.refresh)
            return
        typed = self.grid.changed_rows()
        before, shown = self._rows, {row.id: row for row in self._grid_rows if row.id in typed}
        at = self.grid.currentIndex()
        place = (self.grid.model_.id_at(at.row()), at.row(), at.column())
        self._rows = {row.id: before[row.id] if row.id in typed else row for row in page.rows}
        self._rows |= {row_id: before[row_id] for row_id in typed}
        self._grid_rows = [shown.get(row_id) or words.grid_row(row) for row_id, row in self._rows.items()]
        self.grid.show_rows(self._grid_rows)
        self._type_again(typed)
        self._restore(place)
        self.filters.offer(page.groups)
        self.counts.setText(words.counts_text(page))
        empty = self._nothing if self.filters.is_narrowed() else self._empty
        self._stack.setCurrentWidget(self.grid if self._rows else empty)
        self._say()

    def _type_again(self, typed: dict[str, dict[str, Any]]) -> None:
        model = self.grid.model_
        for row_id, texts in typed.items():
            for name, text in texts.items():
                model.set_text(model.row_of(row_id), model.column_of(name), text or "")

    def _restore(self, place: tuple[str, int, int]) -> None:
        """The cell that was current (a person's first spell has another id than the blank line), or the row
        that somebody asked for."""
        model, (row_id, row, column) = self.grid.model_, place
        now = model.row_of(row_id)
        row = now if now >= 0 else row
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            found = (r.id for r in self._rows.values() if wanted in (r.id, r.member_id, r.household_id))
            row, column = model.row_of(next(found, "")), model.column_of("channel")
        if 0 <= row < model.rowCount():
            self.grid.setCurrentIndex(model.index(row, max(column, 0)))

    def _say(self) -> None:
        """What can be done now."""
        rows, unsaved = self.selected(), len(self.grid.changed_rows())
        text = self.tr("保存全表 (Ctrl+S)")
        self.keep.setText(self.tr("保存 {count} 行 (Ctrl+S)").format(count=unsaved) if unsaved else text)
        self.keep.setShortcut("Ctrl+S")  # another text takes the shortcut away
        self.keep.setEnabled(bool(unsaved))
        self.give_up.setVisible(bool(unsaved))
        self.same.setEnabled(bool(rows))
        self.end.setEnabled(any(row.standing is Standing.WORKING for row in rows))
        self.change.setEnabled(len(rows) == 1 and rows[0].standing in (Standing.WORKING, Standing.ENDED))
        self.remove.setEnabled(self.change.isEnabled())
        self.home.setEnabled(bool(rows))

    def _lay_out(self) -> None:
        for part in (self.grid, self._empty, self._nothing):
            self._stack.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.filters)
        layout.addWidget(self.counts)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._deeds())

    def _deeds(self) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, spacing=8)
        self.same = button(self.tr("与上月相同 (F8)"), self.confirm_selected, role="primary")
        self.same.setShortcut("F8")
        self.same_all = button(self.tr("列出的都与上月相同…"), self.confirm_all)
        self.source = QComboBox()
        self.source.setAccessibleName(self.tr("核实时的信息来源"))
        self.source.addItem(self.tr("信息来源不变"), "")
        for code, text in code_list("CL_WORK_SOURCE").labels.items():
            self.source.addItem(self.tr("来源：{text}").format(text=text), code)
        self.keep = button(self.tr("保存全表 (Ctrl+S)"), self.save, icon="save")
        self.keep.setShortcut("Ctrl+S")
        self.give_up = button(self.tr("放弃改动"), self._give_up)
        self.add = button(self.tr("登记务工…"), self._add, icon="add", shortcut="Ctrl+N")
        self.end = button(self.tr("结束…"), self._end)
        self.change = button(self.tr("详细…"), self._change)
        self.remove = button(self.tr("删除记录"), self._remove)
        self.home = button(self.tr("打开农户"), self._open_home)
        for part in (self.same, self.same_all, self.source, self.keep, self.give_up):
            flow.addWidget(part)
        for part in (self.add, self.end, self.change, self.remove, self.home):
            flow.addWidget(part)
        return box

    def _current(self) -> EmploymentRow | None:
        return self._rows.get(self.grid.model_.id_at(self.grid.currentIndex().row()))

    def _add(self) -> None:
        dialogs.adding(self._context, self.window(), self._current()).open()

    def _end(self) -> None:
        rows = [row for row in self.selected() if row.standing is Standing.WORKING]
        if rows:
            dialogs.ending(self._context, self.window(), rows).open()

    def _change(self) -> None:
        row = self._current()
        if row is not None:
            dialogs.editing(self._context, self.window(), row).open()

    def _remove(self) -> None:
        row, work = self._current(), self._context.work
        if row is None:
            return
        self._context.tasks.write(
            lambda _progress: employments.remove(work, row.id),
            owner=self,
            done=lambda _saved: self._context.tell.done(self.tr("已删除这条务工记录，可以撤销。")),
        )

    def _give_up(self) -> None:
        self._forget_typing()
        self._say()
        self.refresh()

    def _open_home(self) -> None:
        row = self._current()
        if row is not None:
            self._context.signals.household_asked.emit(row.household_id)

    def focus_first(self) -> None:
        """The search line."""
        self.filters.search.setFocus(Qt.FocusReason.TabFocusReason)
