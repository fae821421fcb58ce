"""One input per kind of field. Each takes a clean value and gives back what was typed; parsing is in domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QDate, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCalendarWidget,
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QWidget,
    QWidgetAction,
)

from villageapp.domain import codes
from villageapp.domain.fields import Field, Kind, parse, show
from villageapp.ui.widgets.flow import FlowLayout, restyle, tool
from villageapp.ui.widgets.yes_no import YesNoInput

LONG_LIST = 12
"""A list with more entries can be searched by typing."""
Choice = tuple[str, str]
"""Code or record id, and what people read."""


class FieldInput(QWidget):
    """Base of all inputs: ``edited`` when the person changed something, ``answered`` when they want to go on."""

    edited = Signal()
    answered = Signal()

    def __init__(self, field: Field, inner: QWidget) -> None:
        super().__init__()
        self.field = field
        self.inner = inner
        self.row = layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(inner, 1)
        self.setFocusProxy(inner)
        inner.setAccessibleName(field.label)
        self.setAccessibleName(field.label)

    def value(self) -> Any:
        """What is entered, as ``Form.check`` takes it; None for nothing. Every kind of input answers itself."""
        return None

    def set_value(self, value: Any) -> None:
        """Show a clean value without announcing it. Every kind of input shows it itself."""

    def set_wrong(self, wrong: bool) -> None:
        """Mark the input as refused (the reason stands beside it)."""
        self.inner.setProperty("wrong", "true" if wrong else "false")
        restyle(self.inner)


class LineInput(FieldInput):
    """One line: text, numbers, money in yuan, months, instants in China time."""

    def __init__(self, field: Field) -> None:
        self.line = QLineEdit()
        super().__init__(field, self.line)
        self.line.setMaxLength(max(field.max_length * 2, 40))
        self.line.setPlaceholderText(_PLACEHOLDERS.get(field.kind, ""))
        self.line.textEdited.connect(lambda _text: self.edited.emit())
        self.line.returnPressed.connect(self.answered)

    def value(self) -> str | None:
        """The typed text."""
        return self.line.text().strip() or None

    def set_value(self, value: Any) -> None:
        """The value as text."""
        self.line.setText("" if value is None else show(self.field, value))
        self.line.setCursorPosition(0)


_PLACEHOLDERS: Mapping[Kind, str] = {
    Kind.MONTH: "年-月",
    Kind.INSTANT: "年-月-日 时:分",
    Kind.DATE: "年-月-日",
}
"""What to type, in words: a date as an example looks like an answer."""


class DateInput(LineInput):
    """A date typed in any usual way or picked from a calendar; tidied when the keyboard leaves."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.line.editingFinished.connect(self._tidy)
        self._pick = tool("calendar", self.tr("选择日期") + " (Alt+↓)", self._show_calendar)
        self._pick.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pick.setAccessibleName(field.label + self.tr("：选择日期"))
        self.row.addWidget(self._pick)
        by_key = QShortcut(QKeySequence("Alt+Down"), self.line, self._show_calendar)
        by_key.setContext(Qt.ShortcutContext.WidgetShortcut)

    def _tidy(self) -> None:
        clean = self._clean()
        if clean is not None:
            self.line.setText(clean.isoformat())

    def _clean(self) -> date | None:
        try:
            found = parse(self.field, self.value())
        except ValueError:  # what is typed stays; saving names the reason beside the field
            return None
        return found if isinstance(found, date) else None

    def _show_calendar(self) -> None:
        menu = QMenu(self)
        calendar = QCalendarWidget(menu)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        shown = self._clean()
        if shown is not None:
            calendar.setSelectedDate(QDate(shown.year, shown.month, shown.day))
        calendar.clicked.connect(self._on_picked)
        calendar.activated.connect(self._on_picked)  # Enter
        calendar.clicked.connect(menu.close)
        calendar.activated.connect(menu.close)
        action = QWidgetAction(menu)
        action.setDefaultWidget(calendar)
        menu.addAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
        calendar.setFocus(Qt.FocusReason.PopupFocusReason)

    def _on_picked(self, day: QDate) -> None:
        self.line.setText(day.toString("yyyy-MM-dd"))
        self.edited.emit()


class NoteInput(FieldInput):
    """Free text of some lines; Tab leaves it."""

    def __init__(self, field: Field, lines: int = 3) -> None:
        self.text = QPlainTextEdit()
        super().__init__(field, self.text)
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * lines + 16)
        self._is_setting = False
        self.text.textChanged.connect(self._on_changed)

    def value(self) -> str | None:
        """The typed text."""
        return self.text.toPlainText().strip() or None

    def set_value(self, value: Any) -> None:
        """Show the text."""
        self._is_setting = True
        self.text.setPlainText(value or "")
        self._is_setting = False

    def _on_changed(self) -> None:
        if not self._is_setting:
            self.edited.emit()


class ChoiceInput(FieldInput):
    """One of a code list or of given records; long lists can be searched by typing."""

    def __init__(self, field: Field, choices: Sequence[Choice]) -> None:
        self.combo = QComboBox()
        super().__init__(field, self.combo)
        self.combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(6)
        self.combo.setMaxVisibleItems(14)
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.combo.installEventFilter(_WheelGuard(self.combo))
        self.set_choices(choices)
        if len(choices) > LONG_LIST:
            self._make_searchable()
        self.combo.activated.connect(lambda _index: self.edited.emit())

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Replace the list; the chosen entry stays chosen when it is still there."""
        kept = self.value() if self.combo.count() else None
        self.combo.clear()
        self.combo.addItem(self.tr("（未填）"), "")
        for code, text in choices:
            self.combo.addItem(text, code)
        self.set_value(kept)

    def value(self) -> str | None:
        """The chosen code or id; text that is no entry is given back as typed, to be refused by name."""
        if self.combo.isEditable():
            typed = self.combo.currentText().strip()
            index = self.combo.findText(typed)
            if index < 0:
                return typed or None
            return self.combo.itemData(index) or None
        return self.combo.currentData() or None

    def set_value(self, value: Any) -> None:
        """Choose the entry; a code that the list does not know (yet) is added as itself."""
        index = self.combo.findData(value or "")
        if index < 0:
            self.combo.addItem(str(value), value)
            index = self.combo.count() - 1
        self.combo.setCurrentIndex(index)
        line = self.combo.lineEdit()
        if line is not None:  # a narrow box shows the beginning of a long entry
            line.setCursorPosition(0)

    def _make_searchable(self) -> None:
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        line = self.combo.lineEdit()
        completer = QCompleter(self.combo.model(), self.combo)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.combo.setCompleter(completer)
        completer.activated.connect(lambda _text: self.edited.emit())
        if line is not None:
            line.setAccessibleName(self.field.label)
            line.textEdited.connect(lambda _text: self.edited.emit())
            line.returnPressed.connect(self.answered)


class _WheelGuard(QObject):
    """A wheel over an unfocused combo box scrolls the page instead of changing an answer unseen."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ignore wheels while the box has no focus."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


class ChoicesInput(FieldInput):
    """Any number of entries as tick boxes that wrap."""

    def __init__(self, field: Field, choices: Sequence[Choice]) -> None:
        self.box = QWidget()
        self._flow = FlowLayout(self.box, spacing=12)
        self._ticks: dict[str, QCheckBox] = {}
        super().__init__(field, self.box)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        for code, text in choices:
            self._add(code, text)
        first = next(iter(self._ticks.values()), None)
        if first is not None:
            self.setFocusProxy(first)

    def value(self) -> list[str] | None:
        """The ticked codes or ids, in list order."""
        return [code for code, tick in self._ticks.items() if tick.isChecked()] or None

    def set_value(self, value: Any) -> None:
        """Tick exactly these; unknown codes are added as themselves."""
        wanted = tuple(value or ())
        for code in wanted:
            if code not in self._ticks:
                self._add(code, code)
        for code, tick in self._ticks.items():
            tick.blockSignals(True)
            tick.setChecked(code in wanted)
            tick.blockSignals(False)

    def _add(self, code: str, text: str) -> None:
        tick = QCheckBox(text)
        tick.setAccessibleName(f"{self.field.label}：{text}")
        tick.toggled.connect(lambda _on: self.edited.emit())
        self._ticks[code] = tick
        self._flow.addWidget(tick)


class SwitchInput(FieldInput):
    """是 / 否 / 未知."""

    def __init__(self, field: Field) -> None:
        self.switch = YesNoInput()
        super().__init__(field, self.switch)
        self.switch.edited.connect(self.edited)
        self.switch.answered.connect(self.answered)

    def value(self) -> bool | None:
        """The answer; None is 未知."""
        return self.switch.value()

    def set_value(self, value: Any) -> None:
        """Show the answer."""
        self.switch.set_value(value)


def make_input(field: Field, choices: Sequence[Choice] | None = None) -> FieldInput:
    """The input for a field. ``choices`` are needed for references: (record id, text) pairs.

    Raises ValueError for kinds that need a hand-made widget (rows; references without choices).
    """
    match field.kind:
        case Kind.YES_NO:
            return SwitchInput(field)
        case Kind.NOTE:
            return NoteInput(field)
        case Kind.DATE:
            return DateInput(field)
        case Kind.CODE | Kind.CODES:
            entries = choices or tuple(codes.code_list(field.choices).labels.items())
            return ChoiceInput(field, entries) if field.kind is Kind.CODE else ChoicesInput(field, entries)
        case Kind.REF | Kind.REFS if choices is not None:
            return ChoiceInput(field, choices) if field.kind is Kind.REF else ChoicesInput(field, choices)
        case Kind.ROWS | Kind.REF | Kind.REFS:
            raise ValueError(f"{field.name} ({field.kind}) needs its own widget")
        case _:
            return LineInput(field)
