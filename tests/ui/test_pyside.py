"""The pinned PySide6 keeps count of None; versions that do not end in a crash after some hours."""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot


def test_calls_do_not_lose_references_to_none(qtbot: QtBot) -> None:
    widget, timer = QWidget(), QTimer()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(1000):
        widget.setVisible(False)
        widget.setEnabled(True)
        timer.stop()
    assert abs(sys.getrefcount(None) - before) < 100
