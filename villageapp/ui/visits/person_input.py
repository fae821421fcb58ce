"""Who was spoken to: a member of the household, or any name typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from villageapp.domain.fields import Field
from villageapp.ui.visits.words import person_text
from villageapp.ui.widgets.field_inputs import FieldInput

_CHARACTERS = 28
"""Width of the line in Latin letters: name, relation and age of a member."""


class PersonInput(FieldInput):
    """The list names the members with relation and age; what stays in the line is the name."""

    def __init__(self, field: Field, members: Sequence[Mapping[str, Any]]) -> None:
        self.combo = QComboBox()
        super().__init__(field, self.combo)
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.combo.setCompleter(None)  # type: ignore[arg-type]
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.combo.setMinimumContentsLength(_CHARACTERS)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMaxVisibleItems(14)
        self.combo.installEventFilter(self)
        for member in members:
            self.combo.addItem(person_text(member), member["name"] or "")
        self.combo.setCurrentIndex(-1)
        self.combo.clearEditText()
        self.combo.activated.connect(self._on_picked)
        self._listen_to_line()

    def value(self) -> str | None:
        """The name."""
        return self.combo.currentText().strip() or None

    def set_value(self, value: Any) -> None:
        """Show a name, of a member or not."""
        self.combo.setCurrentIndex(self.combo.findData(value) if value else -1)
        self.combo.setEditText(str(value or ""))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A wheel over the unfocused box scrolls the page instead of changing the name unseen."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _listen_to_line(self) -> None:
        line = self.combo.lineEdit()
        assert line is not None
        line.setMaxLength(self.field.max_length * 2)
        line.setAccessibleName(self.field.label)
        line.setPlaceholderText(self.tr("可选家庭成员，也可直接输入"))
        line.textEdited.connect(lambda _text: self.edited.emit())
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _on_picked(self, index: int) -> None:
        self.combo.setEditText(self.combo.itemData(index))
        self.edited.emit()
