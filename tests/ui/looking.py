"""What a person with a small screen, a keyboard or a screen reader would complain of."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QSizePolicy,
    QWidget,
)

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QAbstractItemView)


def clipped(window: QWidget) -> list[str]:
    """Controls and labels that are narrower or lower than their words, or outside of the window.

    What lies in a scroll area can be scrolled to and is measured, but not placed.
    """
    return [f"{_name(w)}: {reason}" for w, reason in _complaints(window)]


def fits(window: QWidget) -> bool:
    """For ``waitUntil``: True once nothing is clipped; raises what is, so that the deadline names it.

    Qt lays new widgets out in a later turn of its loop, so one look right after a read says nothing.
    """
    complaints = clipped(window)
    if complaints:
        raise AssertionError(complaints)
    return True


def squeezed(window: QWidget) -> list[str]:
    """Wrapped words that have fewer lines than they need: their ends cannot be read."""
    return [
        f"{_name(w)}: {w.height()} instead of {w.heightForWidth(w.width())}"
        for w in window.findChildren(QLabel)
        if w.isVisible() and w.wordWrap() and w.heightForWidth(w.width()) > w.height() + 1
    ]


def unnamed(window: QWidget) -> list[str]:
    """Controls that a screen reader could not name."""
    return [
        _name(w)
        for w in window.findChildren(QWidget)
        if isinstance(w, CONTROLS) and w.isVisibleTo(window) and not _is_part(w) and not _spoken(w)
    ]


def _complaints(window: QWidget) -> Iterator[tuple[QWidget, str]]:
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or _is_part(widget) or not isinstance(widget, (QLabel, *CONTROLS)):
            continue
        needed, size = widget.minimumSizeHint(), widget.size()
        lowest = min(needed.height(), widget.fontMetrics().height())
        if _holds_words(widget) and (size.width() < needed.width() or size.height() < lowest):
            yield widget, f"{size.width()}×{size.height()} instead of {needed.width()}×{needed.height()}"
        if not _scrolls(widget) and not window.rect().contains(_place(widget, window)):
            yield widget, f"outside: {_place(widget, window)}"


def _holds_words(widget: QWidget) -> bool:
    """Whether its words must fit; labels that may be cut say so by their size policy."""
    may_shrink = widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored
    return isinstance(widget, (QLabel, QAbstractButton, QComboBox)) and not may_shrink


def _place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def _scrolls(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _is_part(widget: QWidget) -> bool:
    """Inner parts of composite widgets: Qt's own spin of a combo box, clear buttons, scroll bars, headers."""
    parent = widget.parentWidget()
    return (
        isinstance(widget, QScrollBar)
        or isinstance(parent, (QComboBox, QLineEdit, QScrollBar))
        or widget.objectName().startswith("qt_")
        or (
            type(widget).__name__ in {"QHeaderView", "QTableCornerButton", "QToolButton"}
            and type(parent).__name__ == "QTabBar"
        )
        or type(widget).__name__ in {"QHeaderView", "QTableCornerButton"}
    )


def _spoken(widget: QWidget) -> str:
    if widget.accessibleName():
        return widget.accessibleName()
    return widget.text() if isinstance(widget, (QAbstractButton, QCheckBox)) else ""


def _name(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, (QLabel, QAbstractButton, QLineEdit)) else ""
    return f"{type(widget).__name__} {widget.accessibleName() or words or widget.objectName()!r}"
