"""A dialog over a record with sub-lines: the fields above, the lines as a grid below (funds, distributions)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.fields import Form
from villageapp.errors import Problem
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import button, label
from villageapp.ui.widgets.ledger_grid import GridColumn, GridRow, LedgerGrid
from villageapp.ui.widgets.record_form import RecordForm

Save = Callable[[Mapping[str, Any]], Saved]
"""All raw values with the lines under the name of their field; runs on the writer thread."""
BLANK = 6
"""Empty lines kept below the others."""


class LinesDialog(QDialog):
    """Open it with ``open``; ``saved`` says that it was saved. Lines that are empty are left out."""

    saved = Signal(object)

    def __init__(
        self,
        context: Context,
        parent: QWidget,
        *,
        title: str,
        form: Form,
        names: Sequence[str],
        lines_name: str,
        columns: Sequence[GridColumn],
        save: Save,
        values: Mapping[str, Any] | None = None,
        choices: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        done: str = "",
    ) -> None:
        """``lines_name`` is the field of kind ROWS, ``columns`` what is typed of each line."""
        super().__init__(parent)
        self._context = context
        self._lines_name = lines_name
        self._save_with = save
        self._done = done or self.tr("已保存。")
        self._kept: dict[str, Mapping[str, Any]] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.form = RecordForm(form, names, columns=2, choices=choices)
        self.form.set_values(values or {})
        self.grid = LedgerGrid(columns, form[lines_name].label, scale=context.settings.get(SCALE))
        self.save = button(self.tr("保存 (Ctrl+S)"), self._save, role="primary")
        self.save.setShortcut("Ctrl+S")
        self.more = QVBoxLayout()
        self.show_lines((values or {}).get(lines_name) or ())
        self._lay_out(form[lines_name].label)

    def show_lines(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Replace the lines."""
        self._kept = {str(number): line for number, line in enumerate(lines)}
        rows = [GridRow(key, self.shown(line)) for key, line in self._kept.items()]
        rows += [GridRow(str(len(rows) + extra)) for extra in range(BLANK)]
        self.grid.show_rows(rows)

    def shown(self, line: Mapping[str, Any]) -> Mapping[str, Any]:
        """A line as the columns want it."""
        return line

    def lines(self) -> list[dict[str, Any]]:
        """The lines as typed, without empty ones; money is clean (int fen) or text as typed (yuan)."""
        changed = self.grid.changed_rows()
        found = []
        for row in range(self.grid.model_.rowCount()):
            key = self.grid.model_.id_at(row)
            line = {**self._kept.get(key, {}), **changed.get(key, {})}
            if any(line.get(column.name) not in (None, "") for column in self.grid.columns if column.field):
                found.append(line)
        return found

    def show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Beside the fields; what is about the lines as a whole is returned."""
        return self.form.show_problems(problems)

    def _lay_out(self, heading: str) -> None:
        inner = QWidget()
        inner.setProperty("surface", "plain")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(12, 12, 16, 12)
        rows.setSpacing(8)
        rows.addWidget(self.form)
        rows.addWidget(label(heading, "heading"))
        self.grid.setMinimumHeight(self.grid.fontMetrics().height() * 11)
        rows.addWidget(self.grid, 1)
        rows.addLayout(self.more)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the keyboard
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(heading)
        scroll.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(button(self.tr("取消"), self.reject))
        buttons.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)
        available, scale = self.screen().availableGeometry(), self._context.settings.get(SCALE) / 100
        self.resize(
            min(round(820 * scale), available.width() - 40), min(round(660 * scale), available.height() - 80)
        )

    def _save(self) -> None:
        self.grid.finish_typing()
        refused = self.grid.problems()
        if refused:
            row_id, problem = refused[0]
            self.grid.go_to(row_id, problem.field)
            self._context.tell.trouble(self.tr("明细里有填错的格子：{why}").format(why=problem.message))
            return
        raw, save = {**self.form.values(), self._lines_name: self.lines() or None}, self._save_with
        self.save.setEnabled(False)
        self._context.tasks.write(
            lambda _progress: save(raw),
            owner=self,
            done=self._on_saved,
            failed=lambda error: self._context.tell.error(error, self),
            ended=lambda: self.save.setEnabled(True),
        )

    def _on_saved(self, saved: Saved) -> None:
        odd = "；".join(problem.message for problem in saved.warnings)
        self._context.tell.done(self._done + (self.tr("请核对：") + odd if odd else ""))
        self.saved.emit(saved)
        self.accept()
