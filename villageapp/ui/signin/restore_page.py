"""Bringing a backup back: onto a new laptop, or over a store that is damaged, of which everything newer is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from villageapp.errors import AppError, NotAllowed
from villageapp.paths import DataDir
from villageapp.progress import Progress
from villageapp.ui.signin.passphrase_page import open_store
from villageapp.ui.signin.try_pause import TryPause
from villageapp.ui.tasks import Job, TaskRunner
from villageapp.ui.widgets.flow import button, label, set_role

if TYPE_CHECKING:
    from villageapp.services.rescuing import RescueReport


def bring_back(data_dir: DataDir, file: str, passphrase: str, progress: Progress) -> tuple[RescueReport, str]:
    """On a worker: the report and what to tell of it; no ``file`` is no backup. Raises as ``rescuing.bring_back``."""
    from villageapp.services import rescuing

    report = rescuing.bring_back(Path(file) if file else None, data_dir, passphrase, progress)
    return report, rescuing.sentence(report)


class RestorePage(QWidget):
    """A file, the passphrase of the day on which it was made, and what came of it; then the store is opened."""

    opened = Signal(object)
    left = Signal()
    """Back to the first page."""

    def __init__(self, data_dir: DataDir, tasks: TaskRunner) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._tasks = tasks
        self._job: Job | None = None
        self._is_back = False
        self.pause = TryPause(self)
        self.pause.changed.connect(self._show_state)
        self.file = QLineEdit()
        self.file.setReadOnly(True)
        self.file.setAccessibleName(self.tr("备份文件"))
        self.file.setPlaceholderText(self.tr("U 盘上的 .zcbak 文件"))
        self.choose = button(self.tr("选择…"), self._choose)
        self.without = QCheckBox(self.tr("没有备份，只从现在的数据库抢救"))
        self.without.toggled.connect(self._on_without)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(self.tr("做备份时的口令或恢复码"))
        self.passphrase.setMaxLength(200)
        self.passphrase.returnPressed.connect(self._go)
        self.told = label("", wrap=True, selectable=True)
        self.told.hide()
        self.leave = button(self.tr("返回"), self._leave)
        self.go = button(self.tr("恢复"), self._go, role="primary")
        self._lay_out()
        self._show_state()

    def focus_first(self) -> None:
        """Start at the choice of the file."""
        self.choose.setFocus()

    def use_file(self, name: str) -> None:
        """The chosen backup; the passphrase is next."""
        self.file.setText(name)
        self.passphrase.setFocus()
        self._say("", "")

    def may_leave(self) -> bool:
        """Whether nothing is being written."""
        return self._job is None

    def remind(self) -> None:
        """Say what is still to be done."""
        self._say(self.tr("正在恢复，请等它完成，或先按“取消”。"), "warn")

    def _lay_out(self) -> None:
        has_store = self._data_dir.exists()
        why = (
            self.tr(
                "数据库打不开或提示损坏时用。先恢复备份，再从现在的数据库里取回备份之后写的、还能读出的全部内容；"
                "现在的数据库原样改名保留。"
            )
            if has_store
            else self.tr("换了电脑或重装系统时用。恢复后继续工作，已同步的新内容会从服务器取回。")
        )
        form = QFormLayout()
        form.setSpacing(8)
        chosen = QHBoxLayout()
        chosen.addWidget(self.file, 1)
        chosen.addWidget(self.choose)
        form.addRow(self.tr("备份文件"), chosen)
        if self._data_dir.database.exists():
            form.addRow("", self.without)
        else:
            self.without.hide()
        form.addRow(self.tr("口令"), self.passphrase)
        form.addRow("", label(self.tr("做备份时的口令，或恢复码。"), "quiet", wrap=True))
        row = QHBoxLayout()
        row.addWidget(self.leave)
        row.addStretch(1)
        row.addWidget(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label(self.tr("从备份恢复"), "heading"))
        layout.addWidget(label(why, "quiet", wrap=True))
        layout.addLayout(form)
        layout.addWidget(self.told)
        layout.addStretch(1)
        layout.addLayout(row)

    def _on_without(self, checked: bool) -> None:
        self.file.clear()
        self._say("", "")
        self._show_state()
        (self.passphrase if checked else self.choose).setFocus()

    def _choose(self) -> None:
        chooser = QFileDialog(self, self.tr("选择备份文件"))
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setNameFilter(self.tr("驻村通备份 (*.zcbak)"))
        chooser.fileSelected.connect(self.use_file)
        chooser.open()

    def _leave(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._say(self.tr("正在取消…"), "warn")
        else:
            self.left.emit()

    def _go(self) -> None:
        if not self.go.isEnabled():
            return
        file, typed = self.file.text(), self.passphrase.text()
        if self._is_back:
            self._open(typed)
        elif not file and not self.without.isChecked():
            self._say(self.tr("✕ 请先选择备份文件。"), "problem")
            self.choose.setFocus()
        elif not typed:
            self._say(self.tr("✕ 请输入做备份时的口令或恢复码。"), "problem")
            self.passphrase.setFocus()
        else:
            self._start(file, typed)

    def _start(self, file: str, typed: str) -> None:
        data_dir = self._data_dir
        self._job = self._tasks.write(
            lambda progress: bring_back(data_dir, file, typed, progress),
            owner=self,
            done=self._on_done,
            failed=self._on_failed,
            ended=self._on_ended,
            progressed=self._on_progress,
        )
        self._say(self.tr("正在核对备份…"), "quiet")
        self._show_state()

    def _open(self, typed: str) -> None:
        data_dir = self._data_dir
        self._job = self._tasks.write(
            lambda progress: open_store(data_dir, typed, progress),
            owner=self,
            done=self.opened.emit,
            failed=self._on_failed,
            ended=self._on_ended,
        )
        self._show_state()

    def _on_progress(self, job: Job) -> None:
        share = f" {job.done}/{job.total}" if job.total else ""
        self._say(f"{job.what}{share}…", "quiet")

    def _on_done(self, result: Any) -> None:
        _report, sentence = result
        self._is_back = True
        self._say(f"✓ {sentence}", "good")

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, AppError):
            told = [f"✕ {error.line()}"]
            if isinstance(error, NotAllowed) and self.pause.after_wrong():
                told.append(self.pause.told())
            self._say(" ".join(told), "problem")
        else:
            kind = type(error).__name__
            words = self.tr("✕ 没有恢复，遇到没有预料到的问题（{kind}）。原来的数据没有改动。")
            self._say(words.format(kind=kind), "problem")
        self.passphrase.setFocus()
        self.passphrase.selectAll()

    def _on_ended(self) -> None:
        was_cancelled = self._job is not None and self._job.is_cancelled
        self._job = None
        if was_cancelled and not self._is_back:
            self._say(self.tr("已取消，没有改动任何内容。"), "warn")
        self._show_state()
        if self._is_back:
            self.go.setFocus()

    def _show_state(self) -> None:
        busy, waits = self._job is not None, self.pause.left > 0
        self.leave.setText(self.tr("取消") if busy and not self._is_back else self.tr("返回"))
        self.leave.setEnabled(not (busy and self._is_back))
        self.passphrase.setReadOnly(busy or self._is_back)
        self.choose.setEnabled(not busy and not self._is_back and not self.without.isChecked())
        self.without.setEnabled(not busy and not self._is_back)
        self.go.setEnabled(not busy and not waits)
        if waits:
            self.go.setText(self.pause.on_button())
        elif self._is_back:
            self.go.setText(self.tr("打开"))
        else:
            self.go.setText(self.tr("正在恢复…") if busy else self.tr("恢复"))

    def _say(self, text: str, role: str) -> None:
        set_role(self.told, role)
        self.told.setText(text)
        self.told.setVisible(bool(text))
