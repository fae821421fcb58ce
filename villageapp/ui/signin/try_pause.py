"""The wait after several wrong passphrases, counted down by the second; nothing of it is stored."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from villageapp.domain.wrong_tries import wait_seconds

SECOND_MS = 1000


class TryPause(QObject):
    """Counts wrong tries of one window; ``changed`` tells that ``left`` did."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.wrong = 0
        """Wrong tries so far."""
        self.left = 0
        """Seconds until the next try; 0 when it may be made."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    def after_wrong(self) -> int:
        """Note one more wrong try. Returns the seconds to wait from now on, 0 for none."""
        self.wrong += 1
        self.left = wait_seconds(self.wrong)
        if self.left:
            self._timer.start(SECOND_MS)
            self.changed.emit()
        return self.left

    def told(self) -> str:
        """What happened and what to do, for people."""
        return self.tr("已连续输错 {count} 次，请等 {left} 秒再试。数据都在，没有改动。").format(
            count=self.wrong, left=self.left
        )

    def on_button(self) -> str:
        """The words of the button that waits."""
        return self.tr("{left} 秒后可再试").format(left=self.left)

    def _tick(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self._timer.stop()
        self.changed.emit()
