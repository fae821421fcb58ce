"""Typing the passphrase (or the recovery code) of an existing store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from villageapp.errors import AppError, NotAllowed
from villageapp.paths import DataDir
from villageapp.progress import Progress
from villageapp.ui.signin.try_pause import TryPause
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.widgets.flow import button, label, restyle, set_role

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def open_store(data_dir: DataDir, passphrase: str, progress: Progress) -> Workspace:
    """On a worker: unlock and open. Raises NotAllowed, NotFound or Trouble."""
    from villageapp.services.workspace import open_workspace

    progress.step(0, 0, "正在打开")
    return open_workspace(data_dir, passphrase)


class PassphrasePage(QWidget):
    """One field; the reason of a refusal stands right under it."""

    opened = Signal(object)
    new_asked = Signal()
    training_asked = Signal()
    restore_asked = Signal()

    def __init__(self, data_dir: DataDir, tasks: TaskRunner) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._tasks = tasks
        self._is_busy = False
        self.pause = TryPause(self)
        self.pause.changed.connect(self._show_enter)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(self.tr("口令或恢复码"))
        self.passphrase.setPlaceholderText(self.tr("输入口令后按回车"))
        self.passphrase.setMaxLength(200)
        self.passphrase.setProperty("inputMethodHints", "ImhHiddenText|ImhNoPredictiveText")
        self.passphrase.returnPressed.connect(self._open)
        self.passphrase.textEdited.connect(lambda _text: self._say(""))
        self.reason = label("", "problem", wrap=True)
        self._shown = QCheckBox(self.tr("显示口令"))
        self._shown.setAccessibleName(self.tr("显示口令"))
        self._shown.toggled.connect(self._on_shown)
        self.enter = button(self.tr("打开"), self._open, role="primary")
        self.make = button(self.tr("新建数据库…"), self.new_asked.emit)
        self.training = button(self.tr("先在练习村试试"), self.training_asked.emit, role="flat")
        self.restore = button(self.tr("从备份恢复…"), self.restore_asked.emit, role="flat")
        self._title = label(self.tr("请输入口令"), "heading")
        self._hint = label(self.tr("忘记口令时，可在此输入建库时抄下的恢复码。"), "quiet", wrap=True)
        self._lay_out()
        self.make.hide()

    def show_missing(self) -> None:
        """There is no store here yet: offer to make one."""
        self._title.setText(self.tr("这台电脑上还没有数据库"))
        self._hint.setText(self.tr("第一次使用请先新建：填写村名、您的姓名并设定口令，约一分钟。"))
        for widget in (self.passphrase, self._shown, self.enter):
            widget.hide()
        set_role(self.make, "primary")
        self.make.show()
        self.make.setDefault(True)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self.passphrase)
        layout.addWidget(self.reason)
        self.reason.hide()
        layout.addWidget(self._shown)
        layout.addWidget(self._hint)
        row = QHBoxLayout()
        row.addWidget(self.training)
        row.addWidget(self.restore)
        row.addStretch(1)
        row.addWidget(self.make)
        row.addWidget(self.enter)
        layout.addStretch(1)
        layout.addLayout(row)
        self.passphrase.installEventFilter(self)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Warn of Caps Lock: a typed upper-case letter without Shift."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text, shift = event.text(), bool(event.modifiers() & QtCore.Qt.KeyboardModifier.ShiftModifier)
            if text.isalpha() and text.isascii() and (text.isupper() is not shift):
                QTimer.singleShot(
                    0, lambda: self._say(self.tr("大写锁定（Caps Lock）可能开着。"), is_error=False)
                )
        return False

    def _open(self) -> None:
        if not self.enter.isEnabled():
            return
        typed = self.passphrase.text()
        if not typed:
            self._say(self.tr("请先输入口令。"))
            return
        self._set_busy(True)
        self._tasks.write(
            lambda progress: open_store(self._data_dir, typed, progress),
            owner=self,
            done=self.opened.emit,
            failed=self.show_failure,
        )

    def show_failure(self, error: Exception) -> None:
        """Say why the store did not open."""
        self._set_busy(False)
        if isinstance(error, AppError):
            told = [f"✕ {error.line()}"]
            if isinstance(error, NotAllowed) and self.pause.after_wrong():
                told.append(self.pause.told())
            self._say(" ".join(told))
            self.passphrase.setFocus()
            self.passphrase.selectAll()
        else:
            self._say(
                self.tr("✕ 打开时遇到没有预料到的问题（{kind}）。数据没有改动，请联系技术支持。").format(
                    kind=type(error).__name__
                )
            )

    def open_training(self) -> None:
        """Open the training village, making it the first time."""
        from villageapp.services import training

        self._set_busy(True)
        self._say(self.tr("正在准备练习村，约需十秒…"), is_error=False)
        self._tasks.write(
            lambda progress: training.open_training(self._data_dir, progress),
            owner=self,
            done=self.opened.emit,
            failed=self.show_failure,
        )

    def _set_busy(self, busy: bool) -> None:
        self.training.setEnabled(not busy)
        self.restore.setEnabled(not busy)
        self.make.setEnabled(not busy)
        self.passphrase.setReadOnly(busy)
        self._is_busy = busy
        self._show_enter()

    def _show_enter(self) -> None:
        """The button says why it cannot be pressed just now."""
        waits = self.pause.left > 0
        self.enter.setEnabled(not self._is_busy and not waits)
        if self._is_busy:
            self.enter.setText(self.tr("正在打开…"))
        else:
            self.enter.setText(self.pause.on_button() if waits else self.tr("打开"))

    def _say(self, text: str, *, is_error: bool = True) -> None:
        set_role(self.reason, "problem" if is_error else "warn")
        self.reason.setText(text)
        self.reason.setVisible(bool(text))
        self.passphrase.setProperty("wrong", "true" if text and is_error else "false")
        restyle(self.passphrase)

    def _on_shown(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.passphrase.setEchoMode(mode)
