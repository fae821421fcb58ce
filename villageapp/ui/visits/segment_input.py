"""A few choices beside each other, answered by a digit like 是 否 未知."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from villageapp.domain.fields import Field
from villageapp.ui.widgets.field_inputs import Choice, FieldInput
from villageapp.ui.widgets.flow import restyle


class Segments(QWidget):
    """One tab stop. Digits choose and announce ``answered``; arrows walk; Delete takes the answer back."""

    edited = Signal()
    answered = Signal()

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._row = layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addStretch(1)
        self._buttons = {code: self._segment(code, text) for code, text in choices}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def value(self) -> str | None:
        """The chosen code."""
        return next((code for code, button in self._buttons.items() if button.isChecked()), None)

    def set_value(self, value: str | None) -> None:
        """Choose without announcing; a code that the list does not know (yet) is added as itself."""
        if value is not None and value not in self._buttons:
            self._buttons[value] = self._segment(value, value)
        for code, button in self._buttons.items():
            button.setChecked(code == value)

    def setAccessibleName(self, name: str) -> None:
        """Name the control and each of its segments."""
        super().setAccessibleName(name)
        for button in self._buttons.values():
            button.setAccessibleName(f"{name}：{button.text()}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer by key."""
        codes, key = list(self._buttons), event.key()
        place = key - int(Qt.Key.Key_1)
        if 0 <= place < len(codes) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._choose(codes[place])
            self.answered.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.answered.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._walk(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._choose(None)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        self._mark(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard is elsewhere."""
        super().focusOutEvent(event)
        self._mark(False)

    def minimumSizeHint(self) -> QSize:
        """Never narrower than its words."""
        return self._row.minimumSize()

    def _segment(self, code: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAccessibleName(text)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setProperty("role", "segment")
        button.clicked.connect(lambda on: self._on_clicked(code if on else None))
        self._row.insertWidget(self._row.count() - 1, button)
        return button

    def _walk(self, step: int) -> None:
        codes = list(self._buttons)
        value = self.value()
        place = codes.index(value) + step if value is not None else (0 if step > 0 else len(codes) - 1)
        self._choose(codes[min(max(place, 0), len(codes) - 1)])

    def _choose(self, code: str | None) -> None:
        if self.value() != code:
            self.set_value(code)
            self.edited.emit()

    def _on_clicked(self, code: str | None) -> None:
        self.set_value(code)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.edited.emit()

    def _mark(self, focused: bool) -> None:
        for button in self._buttons.values():
            button.setProperty("lit", focused)
            restyle(button)


class SegmentInput(FieldInput):
    """One of a short list; may stay unanswered."""

    def __init__(self, field: Field, choices: Sequence[Choice]) -> None:
        self.segments = Segments(choices)
        super().__init__(field, self.segments)
        self.segments.edited.connect(self.edited)
        self.segments.answered.connect(self.answered)

    def value(self) -> str | None:
        """The chosen code."""
        return self.segments.value()

    def set_value(self, value: Any) -> None:
        """Show a clean value."""
        self.segments.set_value(value)
