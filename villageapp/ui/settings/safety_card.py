"""口令 and 自动锁定."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from villageapp.errors import AppError, NotAllowed
from villageapp.models import keys
from villageapp.ui.context import Context
from villageapp.ui.preferences import LOCK_MINUTES
from villageapp.ui.widgets.flow import button, label

_CHOICES = (5, 10, 15, 30, 60)


class SafetyCard(QFrame):
    """When the window locks itself, and changing the passphrase."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self.minutes = QComboBox()
        self.minutes.setAccessibleName(self.tr("多久不用自动锁定"))
        for count in _CHOICES:
            self.minutes.addItem(self.tr("{count} 分钟").format(count=count), count)
        self.minutes.addItem(self.tr("不自动锁定"), 0)
        self.minutes.setCurrentIndex(max(0, self.minutes.findData(context.settings.get(LOCK_MINUTES))))
        self.minutes.activated.connect(
            lambda _i: context.settings.set(LOCK_MINUTES, self.minutes.currentData())
        )
        self.change = button(self.tr("修改口令…"), self._change)
        rows = QFormLayout(self)
        rows.setContentsMargins(16, 12, 16, 12)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        rows.addRow(label(self.tr("安全"), "heading"))
        rows.addRow(self.tr("多久不用自动锁定"), self.minutes)
        rows.addRow(self.tr("口令"), self.change)
        rows.addRow("", label(self.tr("修改口令后，原来的恢复码仍然有效。"), "quiet", wrap=True))

    def _change(self) -> None:
        PassphraseDialog(self._context, self.window()).open()


class PassphraseDialog(QDialog):
    """Old passphrase once, new one twice."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("修改口令"))
        self.old, self.new, self.again = (QLineEdit() for _ in range(3))
        self.reason = label("", "problem", wrap=True)
        self.reason.hide()
        rows = QFormLayout()
        for line, name in (
            (self.old, self.tr("现在的口令或恢复码")),
            (self.new, self.tr("新口令（至少 8 个字符）")),
            (self.again, self.tr("再输入一次新口令")),
        ):
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.setAccessibleName(name)
            line.setMaxLength(keys.MAX_PASSPHRASE)
            rows.addRow(name, line)
        self.save = button(self.tr("修改"), self._save, role="primary")
        self.old.returnPressed.connect(self.new.setFocus)
        self.new.returnPressed.connect(self.again.setFocus)
        self.again.returnPressed.connect(self.save.click)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(button(self.tr("取消"), self.reject))
        buttons.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.addLayout(rows)
        layout.addWidget(self.reason)
        layout.addLayout(buttons)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("字") * 36)

    def _save(self) -> None:
        old, new = self.old.text(), self.new.text()
        if new != self.again.text():
            self._say("✕ " + self.tr("两次输入的新口令不一样，没有修改。"))
            self.again.setFocus()
            return
        slots = self._context.work.data_dir.key_slots
        self.save.setEnabled(False)
        self._context.tasks.write(
            lambda _progress: keys.change_passphrase(slots, old, new),
            owner=self,
            done=lambda _none: self._done(),
            failed=self._refuse,
            ended=lambda: self.save.setEnabled(True),
        )

    def _say(self, reason: str) -> None:
        self.reason.setText(reason)
        self.reason.show()

    def _done(self) -> None:
        self._context.tell.done(self.tr("口令已修改，下次打开请用新口令。"))
        self.accept()

    def _refuse(self, error: Exception) -> None:
        if isinstance(error, NotAllowed):  # here the database is open already
            self._say("✕ " + self.tr("现在的口令或恢复码不对，没有修改。请重新输入。"))
            self.old.setFocus()
            self.old.selectAll()
        elif isinstance(error, AppError):
            self._say(f"✕ {error.line()}")
        else:
            self._context.tell.error(error)
