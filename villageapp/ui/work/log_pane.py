"""工作日志: the day at the left, pre-filled from its visits and problem steps; the month at the right."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDateEdit,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain.team_work import WORK_LOG
from villageapp.services import work_logs
from villageapp.services.work_logs import DayLog
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import EmptyState, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable
from villageapp.ui.widgets.record_form import RecordForm

_FIELDS = ("kind", "morning", "afternoon", "note")
_Row = dict[str, Any]


class LogPane(QWidget):
    """Choose a day, correct what is suggested, Ctrl+S."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._is_suggested = False
        self.day = QDateEdit()
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setAccessibleName(self.tr("日期"))
        self.day.setDate(_qdate(context.work.today()))
        self.day.dateChanged.connect(lambda _day: self.refresh())
        self.said = label("", "quiet", wrap=True)
        self.form = RecordForm(WORK_LOG, _FIELDS)
        self.save = button(self.tr("保存") + " (Ctrl+S)", self._save, role="primary")
        self.table: ListTable[_Row] = ListTable(
            self._columns(), self.tr("本月日志"), lambda r: r["id"], scale=context.settings.get(SCALE)
        )
        self.table.opened.connect(self._open)
        context.signals.scaled.connect(self.table.set_scale)
        self._lay_out()
        QShortcut(QKeySequence.StandardKey.Save, self, self._save)

    def refresh(self) -> None:
        """Read the day and its month; typing that is not saved stays."""
        work, day = self._context.work, _date(self.day.date())
        if not self.has_unsaved():
            self._context.tasks.read(
                lambda _progress: work_logs.day_log(work, day), owner=self, done=self._show, latest="day"
            )
        else:
            text = self.tr("写的内容还没有保存，保存时记在 {day}；要看这一天原来的，请点“恢复建议内容”。")
            self.said.setText(text.format(day=day))
        self._context.tasks.read(
            lambda _progress: work_logs.list_logs(work, day),
            owner=self,
            done=self._show_month,
            latest="month",
        )

    def has_unsaved(self) -> bool:
        """Whether something was typed that is not saved; a mere suggestion does not count."""
        return self.form.is_changed()

    def _columns(self) -> tuple[ListColumn[_Row], ...]:
        return (
            ListColumn("day", self.tr("日期"), 92, lambda r: str(r["day"]), is_optional=False),
            ListColumn("who", self.tr("干部"), 64, lambda r: r["cadre_name"] or ""),
            ListColumn("morning", self.tr("上午"), 190, lambda r: r["morning"] or ""),
            ListColumn("afternoon", self.tr("下午"), 180, lambda r: r["afternoon"] or ""),
        )

    def _lay_out(self) -> None:
        left = QWidget()
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 8, 8, 0)
        head = QHBoxLayout()
        head.addWidget(self.day)
        head.addWidget(self.said, 1)
        rows.addLayout(head)
        rows.addWidget(self.form)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button(self.tr("恢复建议内容"), self._discard, role="flat"))
        foot.addWidget(self.save)
        rows.addLayout(foot)
        rows.addStretch(1)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self._month())
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _month(self) -> QWidget:
        made = QWidget()
        rows = QVBoxLayout(made)
        rows.setContentsMargins(8, 8, 0, 0)
        rows.addWidget(label(self.tr("本月日志"), "heading"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(
            EmptyState(self.tr("这个月还没有日志"), self.tr("左边写好一天的日志，保存后列在这里。"))
        )
        rows.addWidget(self._stack, 1)
        return made

    def _show_month(self, rows: list[_Row]) -> None:
        self.table.show_rows(reversed(rows))
        self._stack.setCurrentIndex(0 if rows else 1)

    def _show(self, log: DayLog) -> None:
        self._is_suggested = log.saved is None
        self.form.set_values(log.saved if log.saved is not None else log.suggested)
        if log.saved is not None:
            self.said.setText(self.tr("这一天的日志已保存。"))
        elif log.suggested.get("morning") or log.suggested.get("afternoon"):
            self.said.setText(self.tr("已按当天的走访和问题办理填好，请核对后保存。"))
        else:
            self.said.setText(self.tr("这一天没有走访和办理记录，请填写。"))

    def _save(self) -> None:
        work, day = self._context.work, _date(self.day.date())
        values = {**self.form.values(), "day": day}
        self._context.tasks.write(
            lambda _progress: work_logs.save_log(work, values),
            owner=self,
            done=lambda _saved: self._saved(),
            failed=lambda error: self._context.tell.error(error, self.form),
        )

    def _saved(self) -> None:
        self.form.mark_clean(self.form.values())
        self._context.tell.done(self.tr("日志已保存。"))
        self.refresh()

    def _discard(self) -> None:
        self.form.mark_clean(self.form.values())
        self.refresh()

    def _open(self, record_id: str) -> None:
        row = next((r for r in self.table.rows.rows() if r["id"] == record_id), None)
        if row is not None:
            self.day.setDate(_qdate(row["day"]))


def _date(day: QDate) -> date:
    return date(day.year(), day.month(), day.day())


def _qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
