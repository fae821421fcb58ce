"""本队人员: who works in the village."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from villageapp.domain import codes
from villageapp.domain.cadre import CADRE
from villageapp.services import cadres
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable
from villageapp.ui.widgets.record_dialog import RecordDialog

_FEWEST, _MOST = 3, 12
"""Lines of the list that are seen at once."""
_FIELDS = ("name", "role", "unit", "phone")
_Row = dict[str, Any]


class TeamCard(QFrame):
    """A short list with 添加 and 修改."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        roles = codes.code_list("CL_CADRE_ROLE")
        columns: tuple[ListColumn[_Row], ...] = (
            ListColumn("name", self.tr("姓名"), 90, lambda r: r["name"] or "", is_optional=False),
            ListColumn("role", self.tr("身份"), 190, lambda r: roles.label(r["role"] or "")),
            ListColumn("unit", self.tr("单位"), 200, lambda r: r["unit"] or ""),
            ListColumn("phone", self.tr("电话"), 110, lambda r: r["phone"] or ""),
        )
        self._rows: list[_Row] = []
        self.table: ListTable[_Row] = ListTable(
            columns, self.tr("本队人员"), lambda r: r["id"], scale=context.settings.get(SCALE)
        )
        self.table.opened.connect(self._edit)
        context.signals.scaled.connect(self._on_scaled)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("本队人员"), "heading"))
        head.addStretch(1)
        head.addWidget(button(self.tr("添加人员…"), self._add, icon="add"))
        head.addWidget(button(self.tr("修改所选…"), lambda: self._edit(self.table.current_id())))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 12, 16, 12)
        rows.addLayout(head)
        rows.addWidget(self.table)

    def refresh(self) -> None:
        """Read the list."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: cadres.list_cadres(work), owner=self, done=self._show, latest="team"
        )

    def _show(self, rows: list[_Row]) -> None:
        self._rows = rows
        self.table.show_rows(rows)
        self._fit()

    def _on_scaled(self, percent: int) -> None:
        self.table.set_scale(percent)
        self._fit()

    def _fit(self) -> None:
        """As high as its rows, within bounds: a team is seen whole, the page scrolls rather than the list."""
        row = self.table.verticalHeader().defaultSectionSize()
        lines = min(max(len(self._rows), _FEWEST), _MOST) + 2  # the heads of the columns, a scroll bar
        self.table.setFixedHeight(row * lines)

    def _add(self) -> None:
        work = self._context.work
        RecordDialog(
            self._context,
            self.window(),
            title=self.tr("添加人员"),
            form=CADRE,
            names=_FIELDS,
            columns=1,
            save=lambda raw, _seen: cadres.record_cadre(work, raw),
        ).open()

    def _edit(self, record_id: str) -> None:
        row = next((r for r in self._rows if r["id"] == record_id), None)
        if row is None:
            self._context.tell.note(self.tr("请先在列表里选一个人。"))
            return
        work = self._context.work
        RecordDialog(
            self._context,
            self.window(),
            title=self.tr("修改人员"),
            form=CADRE,
            names=_FIELDS,
            columns=1,
            values=row,
            is_new=False,
            save=lambda raw, seen: cadres.change_cadre(work, record_id, raw, seen=seen),
        ).open()
