"""Large type on a small screen: the page in front scrolls instead of being squeezed, and asks for itself alone."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import LIMIT_MS
from villageapp.ui.main_window import _Pages

WIDTH, HEIGHT = 300, 200
LONG = "这一段话很长，窗口窄的时候要换很多行，哪一行也不能压扁。" * 6


def page(lines: int) -> QWidget:
    made = QWidget()
    layout = QVBoxLayout(made)
    for _ in range(lines):
        label = QLabel(LONG)
        label.setWordWrap(True)
        layout.addWidget(label)
    return made


@pytest.fixture
def area(qtbot: QtBot) -> QScrollArea:
    made = QScrollArea()
    qtbot.addWidget(made)
    made.setWidgetResizable(True)
    made.setWidget(_Pages())
    made.resize(WIDTH, HEIGHT)
    made.show()
    return made


def squeezed(front: QWidget) -> list[str]:
    return [
        f"{label.height()} of {label.heightForWidth(label.width())}"
        for label in front.findChildren(QLabel)
        if label.height() < label.heightForWidth(label.width())
    ]


def test_wrapped_words_are_never_squeezed(qtbot: QtBot, area: QScrollArea) -> None:
    pages, front = area.widget(), page(5)
    assert isinstance(pages, _Pages)
    pages.addWidget(front)
    for width in (WIDTH, 2 * WIDTH, WIDTH):
        area.resize(width, HEIGHT)
        qtbot.waitUntil(
            lambda: pages.width() == area.viewport().width() and not squeezed(front), timeout=LIMIT_MS
        )
        assert area.verticalScrollBar().maximum() > 0
        assert area.horizontalScrollBar().maximum() == 0


def test_a_crowded_page_behind_does_not_make_the_front_one_scroll(qtbot: QtBot, area: QScrollArea) -> None:
    pages, crowded, plain = area.widget(), page(20), page(0)
    assert isinstance(pages, _Pages)
    for one in (crowded, plain):
        pages.addWidget(one)
    pages.setCurrentWidget(crowded)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > HEIGHT, timeout=LIMIT_MS)
    pages.setCurrentWidget(plain)
    pages.updateGeometry()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0, timeout=LIMIT_MS)
