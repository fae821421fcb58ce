"""The bottom line: what was said last, undo and redo, the running background job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QProgressBar, QSizePolicy, QWidget

from villageapp.ui.tasks import Job, TaskRunner
from villageapp.ui.tell import Notice, Tone
from villageapp.ui.widgets.flow import button, label, set_role

if TYPE_CHECKING:
    from villageapp.services.undoing import UndoState

SHOWN_MS = 20_000
"""How long a plain line stays; trouble stays until the next line."""
_ROLE = {Tone.DONE: "good", Tone.NOTE: "", Tone.TROUBLE: "bad"}
_MARK = {Tone.DONE: "✓ ", Tone.NOTE: "", Tone.TROUBLE: "✕ "}


class StatusLine(QWidget):
    """Listens to ``Tell.said`` and to the jobs of the TaskRunner that have a title."""

    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, tasks: TaskRunner) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = label("")
        self.text.setAccessibleName(self.tr("状态"))
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.undo = button(self.tr("撤销"), self._undo, role="flat", icon="undo")
        keeps_room = self.undo.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)  # the line must not change its height
        self.undo.setSizePolicy(keeps_room)
        self.undo.hide()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("后台任务进度"))
        self.bar.setFixedWidth(240)
        self.cancel = button(self.tr("取消"), self._cancel, role="flat")
        self.cancel.setAccessibleName(self.tr("取消后台任务"))
        self.redo = button(self.tr("重做"), self.redo_asked.emit, role="flat")
        self.redo.hide()
        self.more = button(self.tr("全文"), self._show_all, role="flat")
        self.more.setAccessibleName(self.tr("看全文"))
        self.more.hide()
        self._undo_action: Callable[[], object] | None = None
        self._can_undo = ""
        self._jobs: list[Job] = []
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.timeout.connect(self._clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 3, 12, 3)
        layout.setSpacing(8)
        layout.addWidget(self.text, 1)
        for widget in (self.more, self.undo, self.redo, self.bar, self.cancel):
            layout.addWidget(widget)
        self._show_job()
        tasks.job_started.connect(self._on_started)
        tasks.job_progressed.connect(lambda _job: self._show_job())
        tasks.job_ended.connect(self._on_ended)

    def say(self, notice: Notice) -> None:
        """Show a line; an offer to undo goes away with the next one."""
        set_role(self.text, _ROLE[notice.tone])
        words = " ".join(f"{_MARK[notice.tone]}{notice.text}".split())
        self.text.setText(words)
        self.text.setToolTip(words)
        self._fit()
        self._undo_action = notice.undo
        self._show_undo()
        if notice.tone is Tone.TROUBLE or notice.undo is not None:
            self._fade.stop()
        else:
            self._fade.start(SHOWN_MS)

    def show_undo_state(self, state: UndoState) -> None:
        """Offer what can be undone and redone, each named in its tool tip."""
        self._can_undo = state.undo
        self.redo.setVisible(bool(state.redo))
        self.redo.setToolTip(self.tr("重做：{what}（Ctrl+Y）").format(what=state.redo))
        self._show_undo()

    def _show_undo(self) -> None:
        special = self._undo_action is not None
        self.undo.setVisible(special or bool(self._can_undo))
        what = "" if special else self.tr("撤销：{what}（Ctrl+Z）").format(what=self._can_undo)
        self.undo.setToolTip(what)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A line that fitted may be cut now."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Offer the whole text where the line is too short for it."""
        room = self.text.width() + (self.more.width() if self.more.isVisible() else 0)
        self.more.setVisible(self.text.fontMetrics().horizontalAdvance(self.text.text()) > room)

    def _show_all(self) -> None:
        icon, close = QMessageBox.Icon.Information, QMessageBox.StandardButton.Close
        box = QMessageBox(icon, self.tr("驻村通"), self.text.text(), close, self.window())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _clear(self) -> None:
        self.text.clear()
        self._fit()

    def _undo(self) -> None:
        action, self._undo_action = self._undo_action, None
        self._show_undo()
        if action is not None:
            action()
        else:
            self.undo_asked.emit()

    def _cancel(self) -> None:
        if self._jobs:
            self._jobs[-1].cancel()
            self.cancel.setEnabled(False)

    def _on_started(self, job: Job) -> None:
        self._jobs.append(job)
        self._show_job()

    def _on_ended(self, job: Job) -> None:
        self._jobs = [kept for kept in self._jobs if kept is not job]
        self._show_job()

    def _show_job(self) -> None:
        job = self._jobs[-1] if self._jobs else None
        self.bar.setVisible(job is not None)
        self.cancel.setVisible(job is not None)
        if job is None:
            return
        self.cancel.setEnabled(not job.is_cancelled)
        self.bar.setRange(0, job.total)
        self.bar.setValue(min(job.done, job.total))
        what = job.what or job.title
        self.bar.setFormat(f"{what} %v/%m" if job.total else what)
        self.bar.setToolTip(what)
