"""Fields that two people changed differently: who wrote what and when; choosing settles it on every laptop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QVBoxLayout

from villageapp.domain.cadre import CADRE
from villageapp.errors import AlreadyDone
from villageapp.services import cadres, settling, syncing
from villageapp.services.references import ENTITY_OF_REFERENCE
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.syncing import conflict_words as words
from villageapp.ui.syncing.conflict_chooser import ConflictChooser, number_of
from villageapp.ui.widgets.flow import label
from villageapp.ui.widgets.plain_table import PlainTable

if TYPE_CHECKING:
    from villageapp.services.results import Saved
    from villageapp.services.syncing import Conflict
    from villageapp.services.workspace import Workspace

SHOWN = 200
"""Conflicts listed at a time; settling some brings up the rest."""
_LOWEST, _HIGHEST = 2, 6
"""Rows of the list in view: the choice under it should be in view too."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is shown, read in one go."""

    conflicts: Sequence[Conflict]
    titles: Mapping[str, str]
    cadres: Sequence[tuple[str, str]]


def _read(work: Workspace) -> _Found:
    found = syncing.conflicts(work)
    known = [(cadre["id"], cadre["name"] or "") for cadre in cadres.list_cadres(work)] if found else []
    return _Found(found, settling.titles(work, found[:SHOWN]), known)


def key_of(conflict: Conflict) -> str:
    """Names the conflict in the table; a record can have several."""
    return f"{conflict.entity}/{conflict.record_id}/{conflict.field}"


class ConflictList(QFrame):
    """The list and, under it, the choice for the selected line. Hidden while nothing is in conflict."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._found = _Found((), {}, ())
        self._is_saving = False
        self.setProperty("surface", "card")
        self.title = label("", "heading")
        note = label(
            self.tr(
                "同一处被两个人改成了不同的内容，都保留着，目前显示较新的。请与同事核实，选定一个（按数字键），"
                "或另填一个；选定后各台电脑同步即一致。"
            ),
            "quiet",
            wrap=True,
        )
        columns = [
            (self.tr("哪条记录"), 200),
            (self.tr("种类"), 70),
            (self.tr("字段"), 100),
            (self.tr("各自的值（较新的在前）"), 300),
        ]
        self.table = PlainTable(columns, self.tr("待核实的不同值"), context.settings.get(SCALE))
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)  # it would never become narrower than asked for
        header.setSectionResizeMode(len(columns) - 1, QHeaderView.ResizeMode.Stretch)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # all is said below
        self.table.installEventFilter(self)
        self.chooser = ConflictChooser(context.work.identity.replica_id)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 18, 18, 18)
        layout.setSpacing(8)
        for widget in (self.title, note, self.table, self.chooser):
            layout.addWidget(widget)
        self.table.currentCellChanged.connect(lambda *_cells: self._show_current())
        self.table.opened.connect(lambda _key: self._to_chooser())
        self.chooser.chosen.connect(self._settle)
        context.signals.scaled.connect(self._on_scaled)
        self.hide()

    def refresh(self) -> None:
        """Read the conflicts; the selected line stays, or the next one takes its place."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: _read(work), owner=self, done=self._show, latest="conflicts"
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A digit in the list takes that value; the table itself would look for a row that begins with it."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and number_of(event):
            return self.chooser.take(number_of(event))
        return super().eventFilter(watched, event)

    def current(self) -> Conflict | None:
        """The selected conflict."""
        key = self.table.current_id()
        return next((conflict for conflict in self._found.conflicts if key_of(conflict) == key), None)

    def _show(self, found: _Found) -> None:
        row = max(0, self.table.currentRow())
        self._found = found
        self.setVisible(bool(found.conflicts))
        self.title.setText(self.tr("有 {count} 处需要核实").format(count=len(found.conflicts)))
        self.table.show_rows([(key_of(one), self._cells(one)) for one in found.conflicts[:SHOWN]])
        if self.current() is None and self.table.rowCount():
            self.table.selectRow(min(row, self.table.rowCount() - 1))
        self._fit()
        self._show_current()

    def _on_scaled(self, percent: int) -> None:
        self.table.set_scale(percent)
        self._fit()

    def _fit(self) -> None:
        """As high as its rows."""
        rows = min(max(self.table.rowCount(), _LOWEST), _HIGHEST)
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(
            header + rows * self.table.verticalHeader().defaultSectionSize() + 2 * self.table.frameWidth() + 4
        )

    def _cells(self, conflict: Conflict) -> list[str]:
        titles = self._found.titles
        texts = [words.value_text(conflict, value.value, titles) for value in conflict.values]
        return [
            titles.get(conflict.record_id, ""),
            words.kind_of(conflict),
            conflict.label,
            " | ".join(texts),
        ]

    def _show_current(self) -> None:
        conflict = self.current()
        self.chooser.setVisible(conflict is not None)
        if conflict is not None:
            names_cadre = ENTITY_OF_REFERENCE.get(conflict.field) == CADRE.entity
            choices = self._found.cadres if names_cadre else None
            self.chooser.show_conflict(conflict, self._found.titles, choices)
            self.chooser.set_busy(self._is_saving)

    def _to_chooser(self) -> None:
        if self.chooser.takes:
            self.chooser.takes[0].setFocus()

    def _settle(self, wire: Any) -> None:
        conflict = self.current()
        if conflict is None or self._is_saving:
            return
        work = self._context.work
        self._is_saving = True
        self.chooser.set_busy(True)
        self._context.tasks.write(
            lambda _progress: settling.settle(
                work, conflict.entity, conflict.record_id, conflict.field, wire
            ),
            owner=self,
            done=lambda saved: self._on_settled(conflict, wire, saved),
            failed=self._on_failed,
            ended=self._on_ended,
        )

    def _on_settled(self, conflict: Conflict, wire: Any, _saved: Saved) -> None:
        titles = dict(self._found.cadres) | dict(self._found.titles)
        whose = titles.get(conflict.record_id, words.kind_of(conflict))
        text = self.tr("已选定：{whose} {field}为“{value}”。").format(
            whose=whose, field=conflict.label, value=words.value_text(conflict, wire, titles)
        )
        self._context.tell.done(text)

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, AlreadyDone):
            self._context.tell.note(error.line())
            self.refresh()
        else:
            self._context.tell.error(error, self.chooser)

    def _on_ended(self) -> None:
        self._is_saving = False
        self.chooser.set_busy(False)
        self.table.setFocus()
