"""What somebody without a mouse, or with weak eyes, would complain of in a window that is shown."""

from __future__ import annotations

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

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QAbstractItemView, QAbstractSpinBox, QTabBar)
MOST_TABS = 400


def complaints(window: QWidget) -> list[str]:
    """What is cut off, has no name, or says something by colour alone."""
    silent = [
        "BadgeLabel without words" for badge in shown(window, BadgeLabel) if not badge.text().strip()
    ]
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
    for _ in range(MOST_TABS):
        focused = QApplication.focusWidget()
        if focused is None or focused in reached:
            return reached
        reached.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
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
        and not any(_counts_as(control, one) for one in reached)
    ]


def _counts_as(control: QWidget, reached: QWidget) -> bool:
    if control is reached or control.isAncestorOf(reached) or reached.isAncestorOf(control):
        return True
    group = control.group() if isinstance(control, QAbstractButton) else None
    if group is not None and group.exclusive() and isinstance(reached, QAbstractButton):
        return reached.group() is group
    siblings = isinstance(control, QRadioButton) and isinstance(reached, QRadioButton)
    return siblings and control.parentWidget() is reached.parentWidget()


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
