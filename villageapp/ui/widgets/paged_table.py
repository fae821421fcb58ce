"""The view over a PagedModel: rows come when they are drawn, and the list's service sorts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractItemView, QWidget

from villageapp.progress import Progress
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.widgets.paged_model import Column, PagedModel, Row
from villageapp.ui.widgets.record_table import RecordTable

R = TypeVar("R", bound=Row)


class PagedTable(RecordTable, Generic[R]):
    """A list of records. ``load`` shows a list; the selected record stays selected over a reload."""

    sort_asked = Signal(str, bool)
    """A header was pressed: the column's sort word, and whether descending."""

    def __init__(
        self,
        tasks: TaskRunner,
        columns: Sequence[Column[R]],
        fetch_rows: Callable[[Sequence[str]], Sequence[R]],
        name: str,
        parent: QWidget | None = None,
        *,
        many: bool = False,
    ) -> None:
        """``many``: several rows can be selected at once (Shift, Ctrl, Ctrl+A)."""
        self.rows: PagedModel[R] = PagedModel(tasks, columns, fetch_rows)
        super().__init__(self.rows, columns, name, parent, many=many)
        self._sort = ("", False)
        self.rows.modelAboutToBeReset.connect(self._remember)
        self.rows.modelReset.connect(self._restore)

    def load(self, fetch_ids: Callable[[Progress], Sequence[str]]) -> None:
        """Read and show a list of ids, in the background."""
        self.rows.load(fetch_ids)

    def id_at(self, row: int) -> str:
        """The record in a row, empty outside."""
        return self.rows.id_at(row)

    def choose(self, record_id: str) -> bool:
        """Make a record current and scroll to it; False when it is not in this list."""
        row = self.rows.row_of(record_id)
        if row < 0:
            return False
        self.selectRow(row)
        index = self.rows.index(row, 0)
        if not self.viewport().rect().contains(self.visualRect(index)):
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        return True

    def show_sort(self, word: str, descending: bool) -> None:
        """Mark the column whose sort word this is."""
        self._sort = (word, descending)
        section = next((i for i, c in enumerate(self.rows.columns) if c.sort == word), -1)
        self._mark_sorted(section, descending=descending)

    def _on_header_clicked(self, section: int) -> None:
        word = self.rows.columns[section].sort
        if not word:
            return
        descending = self._sort[0] == word and not self._sort[1]
        self.show_sort(word, descending)
        self.sort_asked.emit(word, descending)

    def _remember(self) -> None:
        self._current = self.current_id() or self._current

    def _restore(self) -> None:
        if self._current and not self.choose(self._current):
            self._current = ""
