"""变更记录: who changed what when, on which laptop; read from the log when the tab is opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.services import history
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.filters import SearchLine
from villageapp.ui.widgets.flow import EmptyState, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable

if TYPE_CHECKING:
    from villageapp.services.history import HistoryEntry

_LONGEST = 240
"""Characters of one entry below the table; a new record has tens of fields."""


class HistoryPane(QWidget):
    """A list that can be narrowed by words: a name, a field, a value."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._household = ""
        self._rows: list[tuple[str, HistoryEntry]] = []
        self.search = SearchLine(self.tr("筛选：姓名、字段、内容"), self.tr("筛选变更记录"))
        self.count = label("", "quiet")
        self.whole = label("", wrap=True, selectable=True)
        self.whole.setAccessibleName(self.tr("所选一条的全文"))
        self.whole.hide()
        self.table: ListTable[tuple[str, HistoryEntry]] = ListTable(
            self._columns(), self.tr("变更记录"), lambda row: row[0], scale=context.settings.get(SCALE)
        )
        self.search.textChanged.connect(self.table.narrow)
        self.table.counted.connect(self._on_counted)
        self.table.chosen.connect(lambda _key: self._show_whole())
        context.signals.scaled.connect(self.table.set_scale)
        head = QHBoxLayout()
        head.addWidget(self.search, 1)
        head.addWidget(self.count)
        head.addWidget(button(self.tr("复制"), self.table.copy, role="flat"))
        shown = QWidget()
        rows = QVBoxLayout(shown)
        rows.setContentsMargins(0, 8, 0, 0)
        rows.addLayout(head)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.whole)
        self._empty = EmptyState(
            self.tr("还没有变更记录"), self.tr("谁在什么时候把什么改成了什么，都会记在这里，不能删改。")
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def show_household(self, household_id: str) -> None:
        """Remember whose history it is; it is read when the tab is seen."""
        self._household = household_id
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Read the log in the background."""
        if not self._household:
            return
        work, wanted = self._context.work, self._household
        self._context.tasks.read(
            lambda progress: history.of_household(work, wanted, progress),
            owner=self,
            done=self._show,
            latest="history",
        )

    def showEvent(self, event: object) -> None:
        """Read when the tab is opened."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    def _columns(self) -> tuple[ListColumn[tuple[str, HistoryEntry]], ...]:
        return (
            ListColumn("at", self.tr("时间"), 94, lambda r: self._moment(r[1].at), order=lambda r: r[1].at),
            ListColumn("kind", self.tr("操作"), 56, lambda r: self._kind(r[1])),
            ListColumn("what", self.tr("记录"), 80, lambda r: r[1].title),
            ListColumn("fields", self.tr("内容"), 420, lambda r: _changes(r[1]), is_optional=False),
            ListColumn("by", self.tr("谁"), 64, lambda r: r[1].by),
            ListColumn("laptop", self.tr("电脑"), 100, lambda r: r[1].laptop or r[1].replica_id[-6:]),
        )

    def _moment(self, at: datetime) -> str:
        """Without the year while it is this one."""
        text = dates.local_text(at)
        return text[5:] if dates.local_day(at).year == self._context.work.today().year else text

    def _show_whole(self) -> None:
        """What the column is too narrow for."""
        wanted = self.table.current_id()
        entry = next((entry for key, entry in self._rows if key == wanted), None)
        self.whole.setVisible(entry is not None)
        if entry is not None:
            text = self.tr("{by} {at}：{changes}")
            moment = dates.local_text(entry.at)
            told = text.format(by=entry.by, at=moment, changes=_changes(entry))
            self.whole.setText(told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…")

    def _kind(self, entry: HistoryEntry) -> Badge:
        return {
            history.CREATED: Badge(self.tr("登记"), Mood.GOOD),
            history.CHANGED: Badge(self.tr("修改"), Mood.ACCENT),
            history.REMOVED: Badge(self.tr("删除"), Mood.BAD),
            history.RESTORED: Badge(self.tr("恢复"), Mood.WARN),
        }[entry.kind]

    def _show(self, entries: Sequence[HistoryEntry]) -> None:
        self._rows = [(str(number), entry) for number, entry in enumerate(entries)]
        self._stack.setCurrentIndex(1 if entries else 0)
        self.table.show_rows(self._rows)
        self._show_whole()

    def _on_counted(self, shown: int, total: int) -> None:
        self.count.setText(self.tr("{shown} / {total} 条").format(shown=shown, total=total))


def _changes(entry: HistoryEntry) -> str:
    """``联系电话：138… → 139…``; a new record says its values."""
    parts = []
    for change in entry.fields:
        before = f"{change.before} → " if change.before else ""
        parts.append(f"{change.label}：{before}{change.after or '（空）'}")
    return "；".join(parts)
