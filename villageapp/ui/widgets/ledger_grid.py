"""An editable grid for ledgers: type like in a spreadsheet, copy and paste to and from WPS or Excel, fill down, undo.

The grid holds what is typed until the screen saves it; a cell that its field refuses is marked and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QUndoStack
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemDelegate,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from villageapp.domain import codes
from villageapp.domain.fields import Field, Kind
from villageapp.errors import Problem
from villageapp.ui.widgets.frozen_columns import FrozenColumns
from villageapp.ui.widgets.ledger_model import CellEdit, LedgerModel
from villageapp.ui.widgets.paged_model import Index

_Hint = QAbstractItemView.ScrollHint
MOST_PASTED = 20_000
"""Cells taken from the clipboard at once."""
_NUMBERS = 54
"""Pixels at 100 % for the number of a row with the mark of a change."""


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column: ``title`` and ``width`` (pixels at 100 %); an editable one has the field it belongs to.

    A read-only column shows ``values[name]`` as text; ``figures`` says that they are numbers.
    """

    name: str
    title: str
    width: int
    field: Field | None = None
    choices: Sequence[tuple[str, str]] = ()
    figures: bool = False

    @property
    def is_number(self) -> bool:
        """Whether figures stand at the right."""
        kinds = (Kind.MONEY, Kind.INTEGER, Kind.DECIMAL)
        return self.figures or (self.field is not None and self.field.kind in kinds)


@dataclass(slots=True)
class GridRow:
    """One record. ``values`` are clean values by column name; ``locked`` says why nothing can be typed."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    locked: str = ""


class LedgerGrid(QTableView):
    """The view. Enter and Tab move on, F2 or typing edits, Delete empties, Ctrl+D fills down, Ctrl+Z undoes.

    Ctrl+Tab leaves the grid. The first ``frozen`` columns stay in view while the others scroll.
    """

    edited = Signal()
    """Something was typed, pasted, filled or taken back."""
    current_row = Signal(str)
    """Another row became current: its id."""

    def __init__(
        self, columns: Sequence[GridColumn], name: str, *, scale: int = 100, frozen: int = 1
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.stack = QUndoStack(self)
        self.model_ = LedgerModel(self.columns, self)
        self._row = ""
        self.setModel(self.model_)
        self.setAccessibleName(name)
        self.setItemDelegate(_CellDelegate(self))
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.AnyKeyPressed | triggers.EditKeyPressed | triggers.DoubleClicked)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(True)
        for corner in self.findChildren(QAbstractButton):
            corner.setAccessibleName(self.tr("全选"))
        self.frozen = FrozenColumns(self, frozen, name)
        self.set_scale(scale)
        self.model_.edited.connect(self.edited)
        self.stack.indexChanged.connect(lambda _index: self.edited.emit())

    def set_scale(self, percent: int) -> None:
        """Row height and column widths for a font scale."""
        self.verticalHeader().setDefaultSectionSize(round(30 * percent / 100))
        self.verticalHeader().setMinimumWidth(round(_NUMBERS * percent / 100))
        for index, column in enumerate(self.columns):
            self.setColumnWidth(index, round(column.width * percent / 100))
        self.frozen.follow()

    def show_rows(self, rows: Sequence[GridRow]) -> None:
        """Replace everything; what was typed and not saved is given up."""
        self.stack.clear()
        self.model_.show_rows(rows)

    def changed_rows(self) -> dict[str, dict[str, Any]]:
        """Raw values of the changed cells by row id and column name, for ``Form.check``."""
        return self.model_.changed_rows()

    def has_unsaved(self) -> bool:
        """Whether something was typed."""
        return bool(self.model_.changed_rows())

    def is_typing(self) -> bool:
        """Whether a cell is open, with letters that no row has yet."""
        return self.state() == QAbstractItemView.State.EditingState

    def finish_typing(self) -> None:
        """Take what stands in an open cell, as Enter would: a screen saves what the person sees."""
        editor = self.indexWidget(self.currentIndex()) if self.is_typing() else None
        if editor is not None:
            self.commitData(editor)
            self.closeEditor(editor, QAbstractItemDelegate.EndEditHint.NoHint)

    def problems(self) -> list[tuple[str, Problem]]:
        """What cells refuse now: (row id, problem)."""
        return self.model_.problems()

    def show_problems(self, row_id: str, problems: Sequence[Problem]) -> list[Problem]:
        """Mark cells with what the service refused; returns problems of no column here."""
        return self.model_.mark(row_id, problems)

    def go_to(self, row_id: str, name: str) -> None:
        """Put the keyboard into a cell."""
        row, column = self.model_.row_of(row_id), self.model_.column_of(name)
        if row >= 0 and column >= 0:
            self.setCurrentIndex(self.model_.index(row, column))
            self.setFocus()

    def fill_down(self) -> None:
        """Give every selected row the values of the topmost selected one, column by column."""
        cells = self._selected()
        if not cells:
            return
        top = {column: min(r for r, c in cells if c == column) for column in {c for _r, c in cells}}
        edits = [(row, column, self.model_.typed(top[column], column)) for row, column in cells]
        self._apply(self.tr("向下填充"), edits)

    def copy(self) -> None:
        """The selected cells as tab-separated text."""
        cells = self._selected()
        if not cells:
            return
        rows, columns = sorted({r for r, _c in cells}), sorted({c for _r, c in cells})
        lines = ("\t".join(self.model_.words(r, c) if (r, c) in cells else "" for c in columns) for r in rows)
        QGuiApplication.clipboard().setText("\n".join(lines))

    def paste(self) -> None:
        """Tab-separated text from the clipboard, from the current cell on; one value fills a selection."""
        block = _block(QGuiApplication.clipboard().text())
        start = self.currentIndex()
        if not block or not start.isValid():
            return
        if len(block) == 1 and len(block[0]) == 1:
            edits = [(row, column, block[0][0]) for row, column in self._selected()]
        else:
            edits = [
                (start.row() + down, start.column() + right, text)
                for down, line in enumerate(block)
                for right, text in enumerate(line)
            ]
        self._apply(self.tr("粘贴"), edits[:MOST_PASTED])

    def clear_selected(self) -> None:
        """Empty the selected cells."""
        self._apply(self.tr("清空"), [(row, column, "") for row, column in self._selected()])

    def event(self, event: QEvent) -> bool:
        """What was typed here is undone here; with nothing to undo the key is the window's, for what is saved."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_ours = (_undoes(event) and self.stack.canUndo()) or (_redoes(event) and self.stack.canRedo())
            if is_ours and not self.is_typing():
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Spreadsheet keys; what is pressed inside an editor is the editor's."""
        if self.is_typing():
            super().keyPressEvent(event)
            return
        keys = QKeySequence.StandardKey
        for pressed, act in (
            (event.matches(keys.Copy), self.copy),
            (event.matches(keys.Paste), self.paste),
            (_undoes(event), self.stack.undo),
            (_redoes(event), self.stack.redo),
        ):
            if pressed:
                act()
                return
        if event.key() == Qt.Key.Key_D and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.fill_down()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not event.modifiers():
            self.clear_selected()
        elif (
            event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self._leave(forward=event.key() == Qt.Key.Key_Tab)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._move_down()
        else:
            super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Enter in an editor goes to the cell below, as in a spreadsheet."""
        super().closeEditor(editor, hint)
        if hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache:
            self._move_down()

    def scrollTo(self, index: Index, hint: _Hint = _Hint.EnsureVisible) -> None:
        """As always, but a frozen cell is in view already, and no cell may end under the frozen ones."""
        if self.frozen.covers(index):
            beside = self.model_.index(index.row(), max(self.columnAt(self.frozen.width_needed + 1), 0))
            super().scrollTo(beside, hint)
            return
        super().scrollTo(index, hint)
        hidden = self.frozen.width_needed - self.visualRect(index).left()
        if self.frozen.isVisible() and hidden > 0:
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - hidden)

    def edit(  # type: ignore[override]
        self,
        index: Index,
        trigger: QAbstractItemView.EditTrigger = QAbstractItemView.EditTrigger.AllEditTriggers,
        event: QEvent | None = None,
    ) -> bool:
        """Type into a cell where it can be seen."""
        if (
            self.frozen.covers(index)
            and trigger & self.editTriggers()
            and self.model_.is_editable(index.row(), index.column())
        ):
            self.frozen.uncover()
        return super().edit(index, trigger, event)  # type: ignore[arg-type]

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Announce the row that became current."""
        super().currentChanged(current, previous)
        row_id = self.model_.id_at(current.row())
        if row_id != self._row:
            self._row = row_id
            self.current_row.emit(row_id)

    def _selected(self) -> set[tuple[int, int]]:
        return {(index.row(), index.column()) for index in self.selectedIndexes()}

    def _leave(self, *, forward: bool) -> None:
        """To the control after or before the grid; Tab alone stays among the cells."""
        self.setTabKeyNavigation(False)
        self.focusNextPrevChild(forward)
        self.setTabKeyNavigation(True)

    def _move_down(self) -> None:
        below = self.model_.index(self.currentIndex().row() + 1, self.currentIndex().column())
        if below.isValid():
            self.selectionModel().setCurrentIndex(below, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _apply(self, title: str, edits: Sequence[tuple[int, int, str]]) -> None:
        """Type into several cells as one step of undo."""
        wanted = [
            (row, column, text)
            for row, column, text in edits
            if row < self.model_.rowCount()
            and column < len(self.columns)
            and self.model_.is_editable(row, column)
            and self.model_.typed(row, column) != text
        ]
        if wanted:
            self.stack.push(CellEdit(self.model_, title, wanted))


class _CellDelegate(QStyledItemDelegate):
    """Editors: a list for codes, a line for everything else; the typed text goes through the undo stack."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A list or a line."""
        column = self._grid().columns[index.column()]
        entries = _entries(column)
        if not entries:
            return super().createEditor(parent, option, index)
        combo = QComboBox(parent)
        combo.addItem("")
        combo.addItems(entries)
        return combo

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show what is typed so far."""
        if isinstance(editor, QComboBox):
            editor.setCurrentText(self._grid().model_.typed(index.row(), index.column()))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Take the text as one step of undo."""
        text = editor.currentText() if isinstance(editor, QComboBox) else str(editor.property("text"))
        grid = self._grid()
        if text != grid.model_.typed(index.row(), index.column()):
            grid.stack.push(CellEdit(grid.model_, grid.tr("输入"), [(index.row(), index.column(), text)]))

    def _grid(self) -> LedgerGrid:
        grid = self.parent()
        assert isinstance(grid, LedgerGrid)
        return grid


def _undoes(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo)


def _redoes(event: QKeyEvent) -> bool:
    """Ctrl+Y too where the system has another key: the window says Ctrl+Y everywhere."""
    if event.matches(QKeySequence.StandardKey.Redo):
        return True
    return event.key() == Qt.Key.Key_Y and event.modifiers() == Qt.KeyboardModifier.ControlModifier


def _entries(column: GridColumn) -> list[str]:
    if column.choices:
        return [text for _code, text in column.choices]
    if column.field is None:
        return []
    if column.field.kind is Kind.CODE:
        return list(codes.code_list(column.field.choices).labels.values())
    return ["是", "否"] if column.field.kind is Kind.YES_NO else []


def _block(text: str) -> list[list[str]]:
    """Lines and cells of tab-separated text, without the empty line that spreadsheets put at the end."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n") if text else []
    return [[cell.strip() for cell in line.split("\t")] for line in lines]
