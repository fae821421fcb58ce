"""What becomes of the selected measures: another status, 落实, 未落实. One dialog with a day and, where asked, words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from villageapp.domain.fields import Field, Form, Kind
from villageapp.errors import ValidationFailed
from villageapp.services import measure_entries
from villageapp.services.results import Saved
from villageapp.services.revising import refuse_blank
from villageapp.ui.context import Context
from villageapp.ui.widgets.flow import button, label
from villageapp.ui.widgets.record_form import RecordForm


class Deed(Enum):
    """What is done with many measures."""

    STATUS = "status"
    CONFIRM = "confirm"
    NOT_DELIVERED = "not_delivered"


def _asked() -> Form:
    """The few fields that such a deed asks for."""
    return Form(
        "measure_deed",
        "批量处理",
        (
            Field("status", "新状态", Kind.CODE, required=True, choices="CL_MEASURE_STATUS"),
            Field("on", "日期", Kind.DATE, required=True),
            Field("reason", "未落实原因", Kind.NOTE, required=True, max_length=200),
        ),
    )


_NAMES = {
    Deed.STATUS: ("status", "on"),
    Deed.CONFIRM: ("on",),
    Deed.NOT_DELIVERED: ("on", "reason"),
}


class ManyDialog(QDialog):
    """Asks for what the deed needs and does it; the list refreshes by what changed."""

    def __init__(self, context: Context, parent: QWidget, deed: Deed, ids: Sequence[str]) -> None:
        super().__init__(parent)
        self._context = context
        self._deed = deed
        self._ids = tuple(ids)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title, lead = self._words()
        self.setWindowTitle(title)
        self.form = RecordForm(_asked(), _NAMES[deed])
        self.form.set_values({"on": context.work.today()})
        self.do = button(title + " (Ctrl+S)", self._do, role="primary")
        self.do.setShortcut("Ctrl+S")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(button(self.tr("取消"), self.reject))
        buttons.addWidget(self.do)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(label(lead.format(count=len(self._ids)), wrap=True))
        layout.addWidget(self.form)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("字") * 34)
        self.form.input(_NAMES[deed][0]).setFocus()

    def _words(self) -> tuple[str, str]:
        """Title, and what it does with how many."""
        return {
            Deed.STATUS: (
                self.tr("改状态"),
                self.tr(
                    "把选中的 {count} 条措施改为同一状态。没有开始或结束日期的，用下面的日期补上；"
                    "已有的日期不改。"
                ),
            ),
            Deed.CONFIRM: (
                self.tr("确认落实"),
                self.tr("农户已确认选中的 {count} 条措施落实到户。“计划”和“暂停”的同时改为“实施中”。"),
            ),
            Deed.NOT_DELIVERED: (
                self.tr("登记未落实"),
                self.tr(
                    "选中的 {count} 条措施没有落实：原因记入备注，“实施中”和“已完成”的改为“暂停”，"
                    "不再算作有效措施。"
                ),
            ),
        }[self._deed]

    def _do(self) -> None:
        raw = self.form.values()
        try:
            clean = self.form.form.check({name: raw[name] for name in _NAMES[self._deed]}, complete=False)
            refuse_blank(self.form.form, clean)
        except ValidationFailed as error:
            self._context.tell.error(error, self.form)
            return
        act = self._act(clean["on"], clean.get("status") or "", clean.get("reason") or "")
        self.do.setEnabled(False)
        self._context.tasks.write(
            lambda _progress: act(),
            owner=self,
            done=self._on_done,
            failed=lambda error: self._context.tell.error(error, self.form),
            ended=lambda: self.do.setEnabled(True),
        )

    def _act(self, on: date, status: str, reason: str) -> Callable[[], Saved]:
        work, ids = self._context.work, self._ids
        if self._deed is Deed.STATUS:
            return lambda: measure_entries.set_status(work, ids, status, on)
        if self._deed is Deed.CONFIRM:
            return lambda: measure_entries.confirm(work, ids, on)
        return lambda: measure_entries.not_delivered(work, ids, on, reason)

    def _on_done(self, saved: Saved) -> None:
        text = self.tr("已处理 {count} 条措施。").format(count=saved.detail)
        same = len(self._ids) - saved.detail
        if same:
            text += self.tr("另 {count} 条本来就是这样，没有改动。").format(count=same)
        self._context.tell.done(text)
        self.accept()
