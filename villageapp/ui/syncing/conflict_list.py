"""Fields that two people changed differently: both values, by whom, when. Deciding comes in a later release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QVBoxLayout

from villageapp.domain import dates
from villageapp.domain.fields import from_wire, show
from villageapp.domain.forms import FORMS
from villageapp.services import syncing
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import label
from villageapp.ui.widgets.plain_table import PlainTable

if TYPE_CHECKING:
    from villageapp.services.syncing import Conflict, ConflictValue

_SHOWN = 200


class ConflictList(QFrame):
    """Hidden while there is nothing in conflict."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self.title = label("", "heading")
        note = label(
            self.tr(
                "同一字段被两个人改成了不同的值。两个值都保留着,当前显示较新的一个;请与同事核实后再改一次,即以改后的为准。"
            ),
            "quiet",
            wrap=True,
        )
        columns = [(self.tr("种类"), 80), (self.tr("字段"), 130), (self.tr("各自的值(较新的在前)"), 400)]
        self.table = PlainTable(columns, self.tr("待核实的不同值"), context.settings.get(SCALE))
        self.table.setMinimumHeight(180)
        context.signals.scaled.connect(self.table.set_scale)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 18, 18, 18)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(note)
        layout.addWidget(self.table)
        self.hide()

    def refresh(self) -> None:
        """Read the conflicts."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: syncing.conflicts(work), owner=self, done=self._show, latest="conflicts"
        )

    def _show(self, conflicts: Sequence[Conflict]) -> None:
        self.setVisible(bool(conflicts))
        self.title.setText(self.tr("有 {count} 处需要核实").format(count=len(conflicts)))
        self.table.show_rows(
            [
                (c.record_id, [_title(c.entity), c.label, " | ".join(self._words(c, v) for v in c.values)])
                for c in conflicts[:_SHOWN]
            ]
        )

    def _words(self, conflict: Conflict, value: ConflictValue) -> str:
        text = _text(conflict, value.value) or self.tr("(空)")
        by = value.by or self.tr("电脑 {mark}").format(mark=value.replica_id[-4:])
        return self.tr("{text}({by},{time})").format(text=text, by=by, time=dates.local_text(value.at))


def _title(entity: str) -> str:
    return FORMS[entity].title if entity in FORMS else entity


def _text(conflict: Conflict, value: Any) -> str:
    form = FORMS.get(conflict.entity)
    field = form.by_name.get(conflict.field) if form is not None else None
    return show(field, from_wire(field, value)) if field is not None else str(value)
