"""A table of any length: all ids first, rows in blocks when they are drawn.

100,000 rows scroll like 100: the model holds the ids and at most 32 blocks of 256 rows. Ids and blocks are
read on reader threads; an answer that belongs to an earlier list (its generation is past) is dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from villageapp.progress import Progress
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.widgets.badge import Badge

BLOCK = 256
KEPT_BLOCKS = 32
BADGE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_ALIGN = int(Qt.ItemDataRole.TextAlignmentRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_ACCESSIBLE = int(Qt.ItemDataRole.AccessibleTextRole)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class Row(Protocol):
    """A row knows its record id."""

    @property
    def id(self) -> str:
        """Id of the record."""


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column: ``text`` makes the cell's words, ``badge`` a coloured stamp instead (None: the words).

    ``width`` in pixels at 100 %; ``sort`` is the word the list service sorts by, empty when it cannot.
    """

    key: str
    title: str
    width: int
    text: Callable[[R], str]
    badge: Callable[[R], Badge | None] | None = None
    sort: str = ""
    is_number: bool = False
    is_optional: bool = True


class PagedModel(QAbstractTableModel, Generic[R]):
    """Ids of a whole list and the rows around what is drawn."""

    counted = Signal(int)
    """A list arrived, with its length."""
    failed = Signal(object)
    """The list could not be read: the Exception. What was shown stays."""

    def __init__(
        self,
        tasks: TaskRunner,
        columns: Sequence[Column[R]],
        fetch_rows: Callable[[Sequence[str]], Sequence[R]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self.columns = tuple(columns)
        self._fetch_rows = fetch_rows
        self._ids: list[str] = []
        self._blocks: OrderedDict[int, dict[str, tuple[str, ...]]] = OrderedDict()
        self._badges: dict[int, dict[str, tuple[Badge | None, ...]]] = {}
        self._asked: set[int] = set()
        self._generation = 0

    def load(self, fetch_ids: Callable[[Progress], Sequence[str]]) -> None:
        """Read a new list in the background; the one shown stays until it is there."""
        self._generation += 1
        generation = self._generation
        self._tasks.read(
            lambda progress: list(fetch_ids(progress)),
            owner=self,
            done=lambda ids: self._show(generation, ids),
            failed=self.failed.emit,
            latest="ids",
        )

    def ids(self) -> Sequence[str]:
        """All ids in order."""
        return self._ids

    def id_at(self, row: int) -> str:
        """The id in a row, empty outside."""
        return self._ids[row] if 0 <= row < len(self._ids) else ""

    def row_of(self, record_id: str) -> int:
        """The row of an id, or -1 (about 1 ms in 100,000)."""
        try:
            return self._ids.index(record_id)
        except ValueError:  # not in this list: filtered out or deleted
            return -1

    def kept_blocks(self) -> int:
        """How many blocks of rows are in memory."""
        return len(self._blocks)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Number of ids."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = 0) -> Any:
        """Cells; a block that is not there yet is asked for and shows as a dash."""
        if role in (_DISPLAY, _TOOL_TIP, _ACCESSIBLE):
            cells = self._cells(index.row())
            if role == _DISPLAY:
                return cells[index.column()] if cells is not None else "…"
            return cells[index.column()] if cells is not None else None
        if role == BADGE_ROLE:
            return self._badge(index.row(), index.column())
        if role == _ALIGN:
            return _RIGHT if self.columns[index.column()].is_number else _LEFT
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Column titles."""
        if role == _DISPLAY and orientation == Qt.Orientation.Horizontal:
            return self.columns[section].title
        if role == _ALIGN and orientation == Qt.Orientation.Horizontal:
            return _RIGHT if self.columns[section].is_number else _LEFT
        return None

    def _show(self, generation: int, ids: list[str]) -> None:
        if generation != self._generation:
            return
        if ids == self._ids:
            self._forget_rows()
            if ids:
                self.dataChanged.emit(self.index(0, 0), self.index(len(ids) - 1, len(self.columns) - 1))
        else:
            self.beginResetModel()
            self._ids = ids
            self._forget_rows()
            self.endResetModel()
        self.counted.emit(len(ids))

    def _forget_rows(self) -> None:
        self._blocks.clear()
        self._badges.clear()
        self._asked.clear()

    def _cells(self, row: int) -> tuple[str, ...] | None:
        number = row // BLOCK
        block = self._blocks.get(number)
        if block is None:
            self._ask(number)
            return None
        self._blocks.move_to_end(number)
        return block.get(self._ids[row])

    def _badge(self, row: int, column: int) -> Badge | None:
        found = self._badges.get(row // BLOCK, {}).get(self._ids[row])
        return found[column] if found is not None else None

    def _ask(self, number: int) -> None:
        if number in self._asked:
            return
        self._asked.add(number)
        generation = self._generation
        ids = self._ids[number * BLOCK : (number + 1) * BLOCK]
        fetch = self._fetch_rows
        self._tasks.read(
            lambda _progress: list(fetch(ids)),
            owner=self,
            done=lambda rows: self._take(generation, number, rows),
            failed=self.failed.emit,
        )

    def _take(self, generation: int, number: int, rows: Sequence[R]) -> None:
        if generation != self._generation or number not in self._asked:
            return
        self._asked.discard(number)
        self._blocks[number] = {row.id: tuple(c.text(row) for c in self.columns) for row in rows}
        self._badges[number] = {
            row.id: tuple(c.badge(row) if c.badge else None for c in self.columns) for row in rows
        }
        while len(self._blocks) > KEPT_BLOCKS:
            oldest, _ = self._blocks.popitem(last=False)
            self._badges.pop(oldest, None)
        last = min(len(self._ids), (number + 1) * BLOCK) - 1
        self.dataChanged.emit(self.index(number * BLOCK, 0), self.index(last, len(self.columns) - 1))
