"""What somebody without a mouse, or with weak eyes, would complain of in a window that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QTabBar,
    QToolButton,
    QWidget,
)

from tests.ui.looking import clipped, unnamed
from villageapp.ui.widgets.badge import BadgeLabel

CONTROLS = (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QAbstractItemView,
    QAbstractSpinBox,
    QTabBar,
)
MOST_TABS = 400
_KEYS = re.compile(r"\b(Alt|Ctrl|F\d)\b")
"""A tool tip that names a key: the keyboard has its own way there."""
PARTS = 4
"""Tab may stay this often in a date field or a grid; then Ctrl+Tab must lead out."""


def complaints(window: QWidget) -> list[str]:
    """What is cut off, has no name, or says something by colour alone."""
    silent = ["BadgeLabel without words" for badge in shown(window, BadgeLabel) if not badge.text().strip()]
    return [*clipped(window), *(f"{one}: no name" for one in unnamed(window)), *silent]


def shown(window: QWidget, kind: type[QWidget] | tuple[type[QWidget], ...]) -> Iterator[QWidget]:
    """Visible widgets of a kind."""
    for found in window.findChildren(QWidget):
        if isinstance(found, kind) and found.isVisible():
            yield found


def walk(window: QWidget) -> list[QWidget]:
    """Presses Tab until the keyboard is where it was before; every widget that had it."""
    first = QApplication.focusWidget()
    if first is None or not window.isAncestorOf(first):
        QTest.keyClick(window, Qt.Key.Key_Tab)
    reached: list[QWidget] = []
    stays = 0
    for _ in range(MOST_TABS):
        focused = QApplication.focusWidget()
        if focused is None or (focused in reached and focused is not reached[-1]) or stays > PARTS:
            return reached
        stays = stays + 1 if focused in reached else 0
        if not stays:
            reached.append(focused)
        out = Qt.KeyboardModifier.ControlModifier if stays == PARTS else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(focused, Qt.Key.Key_Tab, out)
    return reached


def out_of_reach(window: QWidget, reached: list[QWidget]) -> list[str]:
    """Enabled controls that Tab did not come to.

    One button of a group is enough: arrow keys go on from there; so is one part of a composite control.
    """
    return [
        said(control)
        for control in shown(window, CONTROLS)
        if control.isEnabled()
        and control.window() is window
        and not _is_inner(control)
        and not _KEYS.search(control.toolTip())
        and not any(_counts_as(control, one) for one in reached)
        and not any(_arrow_leads(one, control) for one in reached)
    ]


def _counts_as(control: QWidget, reached: QWidget) -> bool:
    if control is reached or control.isAncestorOf(reached) or reached.isAncestorOf(control):
        return True
    group = control.group() if isinstance(control, QAbstractButton) else None
    if group is not None and group.exclusive() and isinstance(reached, QAbstractButton):
        return reached.group() is group
    by_arrows = not control.focusPolicy() & Qt.FocusPolicy.TabFocus or isinstance(control, QRadioButton)
    alike = type(control) is type(reached) and control.parentWidget() is reached.parentWidget()
    return by_arrows and alike


def _arrow_leads(start: QWidget, control: QWidget) -> bool:
    """Whether ↓ goes from a line to a control below it that belongs to the same input."""
    above = control.parentWidget().parentWidget()
    if not isinstance(start, QLineEdit) or above is None or not above.isAncestorOf(start):
        return False
    start.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(start, Qt.Key.Key_Down)
    return QApplication.focusWidget() is control


def _is_inner(control: QWidget) -> bool:
    """Scroll arrows of a tab bar, clear buttons, calendars of a date field, the view of a combo box."""
    parent = control.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent, (QTabBar, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)):
            return True
        parent = parent.parentWidget()
    return isinstance(control, QToolButton) and control.objectName().startswith("qt_")


def look_alike(window: QWidget, reached: list[QWidget]) -> list[str]:
    """Controls that look the same with and without the keyboard."""
    found = []
    for control in reached:
        if not control.isVisible() or not window.isAncestorOf(control):
            continue
        control.setFocus(Qt.FocusReason.TabFocusReason)
        if QApplication.focusWidget() is not control:
            continue
        outer = control.parentWidget() or control
        with_it = outer.grab().toImage()
        control.clearFocus()
        if outer.grab().toImage() == with_it:
            found.append(said(control))
    return found


def said(widget: QWidget) -> str:
    """How a complaint names a widget."""
    words = widget.text() if isinstance(widget, (QLabel, QAbstractButton, QLineEdit)) else ""
    return f"{type(widget).__name__} {widget.accessibleName() or words or widget.objectName()!r}"


def contrast(one: str, other: str) -> float:
    """Contrast of two colours after WCAG 2, from 1 to 21."""
    brighter, darker = sorted((_brightness(one), _brightness(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _brightness(colour: str) -> float:
    made = QColor(colour)
    parts = (made.redF(), made.greenF(), made.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
