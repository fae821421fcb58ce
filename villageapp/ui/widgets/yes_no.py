"""是 / 否 / 未知 as three big segments; keys 1, 2, 3 answer, as on the paper form."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

_ANSWERS: tuple[tuple[bool | None, str], ...] = ((True, "yes"), (False, "no"), (None, "unknown"))
_KEYS = {
    Qt.Key.Key_1: True,
    Qt.Key.Key_2: False,
    Qt.Key.Key_3: None,
    Qt.Key.Key_Y: True,
    Qt.Key.Key_N: False,
}


class YesNoInput(QWidget):
    """One answer. Unknown (None) is an answer of its own, never a no.

    The control takes one tab stop: 1, 2, 3 answer and announce ``answered`` (a form moves on then); left and
    right walk through the answers; Enter announces ``answered`` without changing anything. ``warns_on_no``
    shows a no in red: for questions where it means that something is amiss.
    """

    edited = Signal()
    """The person changed the answer."""
    answered = Signal()
    """The person answered by key and wants to go on."""

    def __init__(
        self,
        labels: tuple[str, str, str] | None = None,
        *,
        warns_on_no: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        texts = labels or (self.tr("是"), self.tr("否"), self.tr("未知"))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._row = layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._buttons: dict[bool | None, QToolButton] = {}
        for (answer, meaning), text in zip(_ANSWERS, texts, strict=True):
            marked = "alarm" if meaning == "no" and warns_on_no else meaning
            self._buttons[answer] = self._segment(text, marked)
            layout.addWidget(self._buttons[answer])
        layout.addStretch(1)
        self._buttons[None].setChecked(True)
        self._group.buttonClicked.connect(lambda _button: self._on_clicked())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def value(self) -> bool | None:
        """The answer."""
        return next((answer for answer, button in self._buttons.items() if button.isChecked()), None)

    def set_value(self, value: bool | None) -> None:
        """Show an answer without announcing it."""
        self._buttons[value].setChecked(True)

    def setAccessibleName(self, name: str) -> None:
        """Name the control and each of its segments."""
        super().setAccessibleName(name)
        for button in self._buttons.values():
            button.setAccessibleName(f"{name}：{button.text()}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer by key."""
        key = Qt.Key(event.key())
        if key in _KEYS:
            self._choose(_KEYS[key])
            self.answered.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.answered.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            answers = [answer for answer, _meaning in _ANSWERS]
            step = 1 if key == Qt.Key.Key_Right else -1
            index = min(2, max(0, answers.index(self.value()) + step))
            self._choose(answers[index])
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
        """Never narrower than its three words."""
        return self._row.minimumSize()

    def _segment(self, text: str, meaning: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setProperty("role", "segment")
        button.setProperty("meaning", meaning)
        button.setAccessibleName(text)
        self._group.addButton(button)
        return button

    def _choose(self, answer: bool | None) -> None:
        if self.value() is not answer:
            self._buttons[answer].setChecked(True)
            self.edited.emit()

    def _on_clicked(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.edited.emit()

    def _mark(self, focused: bool) -> None:
        for button in self._buttons.values():
            button.setProperty("lit", focused)
            button.style().unpolish(button)
            button.style().polish(button)
