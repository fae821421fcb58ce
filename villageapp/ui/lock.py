"""The lock: covers the window until the passphrase is typed again; by Ctrl+L, the menu, or after a pause."""

from __future__ import annotations

import time

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from villageapp.errors import AppError, NotAllowed
from villageapp.models import keys
from villageapp.ui.context import Context
from villageapp.ui.preferences import LOCK_MINUTES
from villageapp.ui.signin.try_pause import TryPause
from villageapp.ui.widgets.flow import button, card, label

_MINUTE_MS = 60_000
_ACTIVE = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.InputMethod)


class LockPage(QWidget):
    """Stands over everything in the window; drafts and background work go on behind it."""

    unlocked = Signal()

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.pause = TryPause(self)
        self.pause.changed.connect(self._show_enter)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("lockPage")
        self.setAutoFillBackground(True)
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(self.tr("口令或恢复码"))
        self.passphrase.setMaxLength(200)
        self.passphrase.returnPressed.connect(self._unlock)
        self.reason = label("", "problem", wrap=True)
        self.enter = button(self.tr("解锁"), self._unlock, role="primary")
        frame, rows = card(margin=24, spacing=12)
        rows.addWidget(label(self.tr("窗口已锁定"), "title"))
        rows.addWidget(label(self.tr("没有保存的内容都还在。请输入口令继续。"), "quiet", wrap=True))
        rows.addWidget(self.passphrase)
        rows.addWidget(self.reason)
        rows.addWidget(self.enter, 0, Qt.AlignmentFlag.AlignRight)
        frame.setFixedWidth(self.fontMetrics().horizontalAdvance("字") * 26)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(frame)
        across.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(across)
        layout.addStretch(2)

    def _unlock(self) -> None:
        typed, slots = self.passphrase.text(), self._context.work.data_dir.key_slots
        if not typed or not self.enter.isEnabled():
            return
        self.enter.setEnabled(False)
        self._context.tasks.read(
            lambda _progress: keys.unlock(slots, typed),
            owner=self,
            done=lambda _key: self.unlocked.emit(),
            failed=self._refuse,
            ended=self._show_enter,
        )

    def _show_enter(self) -> None:
        waits = self.pause.left > 0
        self.enter.setEnabled(not waits)
        self.enter.setText(self.pause.on_button() if waits else self.tr("解锁"))

    def _refuse(self, error: Exception) -> None:
        told = [f"✕ {error.line() if isinstance(error, AppError) else error}"]
        if isinstance(error, NotAllowed) and self.pause.after_wrong():
            told.append(self.pause.told())
        self.reason.setText(" ".join(told))
        self.passphrase.selectAll()
        self.passphrase.setFocus()


class Lock(QObject):
    """Puts the page up and takes it away; counts idle minutes."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self.page: LockPage | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self.lock)
        self._watched: QWindow | None = None
        self._touched = time.monotonic()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusWindowChanged.connect(self._watch)
        window.installEventFilter(self)
        self._watch(app.focusWindow())
        self._wait()

    @property
    def is_locked(self) -> bool:
        """Whether the page is up."""
        return self.page is not None

    def idle_seconds(self) -> float:
        """For how long no key was pressed and nothing clicked."""
        return time.monotonic() - self._touched

    def lock(self) -> None:
        """Cover the window; open dialogs are hidden with it."""
        if self.page is not None:
            return
        self.page = LockPage(self._context, self._window)
        self.page.unlocked.connect(self._unlock)
        self._hidden = [w for w in QApplication.topLevelWidgets() if w is not self._window and w.isVisible()]
        for widget in self._hidden:
            widget.hide()
        for child in self._others():
            child.setEnabled(False)
        self._fit()
        self.page.show()
        self.page.raise_()
        self.page.passphrase.setFocus()

    def _watch(self, window: QWindow | None) -> None:
        """Follow the window with the keyboard: what is typed there counts. One filter, not one per event."""
        if self._watched is not None and shiboken6.isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = window
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whatever a person does puts the lock off; the page follows the window's size."""
        if event.type() in _ACTIVE:
            self._touched = time.monotonic()
            self._wait()
        elif event.type() == QEvent.Type.Resize and watched is self._window:
            self._fit()
        return False

    def _unlock(self) -> None:
        page, self.page = self.page, None
        if page is None:
            return
        for child in self._others():
            child.setEnabled(True)
        page.hide()
        page.deleteLater()
        for widget in self._hidden:
            widget.show()
        self._wait()

    def _others(self) -> list[QWidget]:
        children = self._window.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [child for child in children if not isinstance(child, LockPage) and not child.isWindow()]

    def _fit(self) -> None:
        if self.page is not None:
            self.page.setGeometry(self._window.rect())

    def _wait(self) -> None:
        minutes = self._context.settings.get(LOCK_MINUTES)
        if minutes > 0 and self.page is None:
            self._pause.start(minutes * _MINUTE_MS)
        else:
            self._pause.stop()
