"""A dialog over a RecordForm: a new record, or some fields of one that exists. Saving is given as a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.fields import Form
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.field_inputs import Choice, FieldInput
from villageapp.ui.widgets.flow import button, label
from villageapp.ui.widgets.record_form import RecordForm

Save = Callable[[Mapping[str, Any], Mapping[str, Any]], Saved]
"""(raw values, clean values that the person saw) → what was saved; runs on the writer thread."""

_WIDEST = 720
"""Pixels at 100 %: wider than that lines of ticks are not laid, whatever they ask for."""


class RecordDialog(QDialog):
    """Fields of one record with 保存 and 取消. Open it with ``open``; ``saved`` says that it was saved.

    With ``is_new`` all values go to ``save``; otherwise only those that were changed, with what was seen.
    Problems appear beside their fields; the dialog stays open then.
    """

    saved = Signal(object)
    """The ``Saved`` of the service."""

    def __init__(
        self,
        context: Context,
        parent: QWidget,
        *,
        title: str,
        form: Form,
        names: Sequence[str],
        save: Save,
        values: Mapping[str, Any] | None = None,
        is_new: bool = True,
        choices: Mapping[str, Sequence[Choice]] | None = None,
        inputs: Mapping[str, FieldInput] | None = None,
        columns: int = 2,
        lead: str = "",
        done: str = "",
        save_text: str = "",
    ) -> None:
        """``lead`` stands above the fields; ``done`` is what the status line says afterwards."""
        super().__init__(parent)
        self._context = context
        self._save_with = save
        self._is_new = is_new
        self._done = done or self.tr("已保存。")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.form = RecordForm(form, names, columns=columns, choices=choices, inputs=inputs)
        self.form.set_values(values or {})
        self.save = button((save_text or self.tr("保存")) + " (Ctrl+S)", self._save, role="primary")
        self.save.setShortcut("Ctrl+S")
        self._lay_out(lead)

    def _lay_out(self, lead: str) -> None:
        inner = QWidget()
        inner.setProperty("surface", "plain")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(12, 12, 16, 12)
        if lead:
            rows.addWidget(label(lead, "quiet", wrap=True))
        rows.addWidget(self.form)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the keyboard
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(button(self.tr("取消"), self.reject))
        buttons.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)
        available = self.screen().availableGeometry()
        scale = self._context.settings.get(SCALE) / 100
        wanted = inner.sizeHint()
        least, most = inner.minimumSizeHint().width() + 60, round(_WIDEST * scale)  # ticks wrap beyond
        width = max(round(560 * scale), least, min(wanted.width() + 60, most))
        width = min(width, available.width() - 40)
        lines = max(wanted.height(), inner.heightForWidth(width - 60))  # ticks and notes wrap
        height = min(max(round(220 * scale), lines + 90), available.height() - 80)
        self.resize(width, height)

    def _save(self) -> None:
        raw = self.form.values() if self._is_new else self.form.changed_values()
        if not self._is_new and not raw:
            self.accept()
            return
        seen = {} if self._is_new else self.form.seen_values(tuple(raw))
        save = self._save_with
        self.save.setEnabled(False)
        self._context.tasks.write(
            lambda _progress: save(raw, seen),
            owner=self,
            done=self._on_saved,
            failed=lambda error: self._context.tell.error(error, self.form),
            ended=lambda: self.save.setEnabled(True),
        )

    def _on_saved(self, saved: Saved) -> None:
        warnings = "；".join(problem.message for problem in saved.warnings)
        self._context.tell.done(self._done + (self.tr("请核对：") + warnings if warnings else ""))
        self.saved.emit(saved)
        self.accept()
