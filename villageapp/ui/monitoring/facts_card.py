"""The 13 figures after the exit, and what is recorded of a case so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from villageapp.domain.fields import Kind, show
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.services.case_steps import DUTY_FIELDS, OpenCase
from villageapp.ui.widgets.flow import button, clear, label

_RECORD = (
    "reported_on",
    "verify_on",
    "verify_result",
    "village_review_on",
    "votes_for",
    "votes_total",
    "notice_start",
    "notice_end",
    "notice_place",
    "objections",
    "town_review_on",
    "town_doc_no",
    "county_approved_on",
    "county_doc_no",
    "identified_ym",
    "ident_per_capita",
    *DUTY_FIELDS,
    "stable_since",
    "exit_mode",
    "exit_verify_on",
    "exit_per_capita",
    "eliminated_ym",
    "decision_reason",
    "exit_failed_reason",
    "natural_reason",
    "closed_note",
)


class ExitCard(QFrame):
    """9/13, and the names of those that are missing (R-MON-13)."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("风险消除后 13 项指标"), "heading"))
        self.count = label("")
        head.addWidget(self.count)
        head.addStretch(1)
        self.fill = button(self.tr("填写…"), self.asked.emit)
        self.fill.setAccessibleName(self.tr("填写风险消除后 13 项指标"))
        head.addWidget(self.fill)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("已填的指标"))
        self.bar.setTextVisible(False)
        self.missing = label("", "quiet", wrap=True)
        layout.addLayout(head)
        layout.addWidget(self.bar)
        layout.addWidget(self.missing)

    def show_case(self, opened: OpenCase, *, is_open: bool) -> None:
        """Replace what is shown."""
        progress = opened.exit
        self.count.setText(f"{progress.filled}/{progress.total}")
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.filled)
        self.fill.setVisible(is_open)
        if progress.missing:
            self.missing.setText(self.tr("还缺：{names}").format(names="、".join(progress.missing)))
        else:
            self.missing.setText(self.tr("13 项都已填写。"))


class RecordCard(QFrame):
    """What is recorded so far, field by field."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 12, 12, 12)

    def show_case(self, opened: OpenCase) -> None:
        """Replace what is shown; in two columns, so that it stays short."""
        clear(self._layout)
        self._layout.addWidget(label(self.tr("案卷内容"), "heading"))
        case = opened.page.case
        filled = [name for name in _RECORD if case.get(name) not in (None, "", ())]
        columns = QHBoxLayout()
        columns.setSpacing(24)
        half = (len(filled) + 1) // 2
        for names in (filled[:half], filled[half:]):
            columns.addWidget(_rows(names, case), 1)
        self._layout.addLayout(columns)


def _rows(names: list[str], case: Mapping[str, Any]) -> QWidget:
    box = QWidget()
    rows = QFormLayout(box)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    for name in names:
        field = MONITORING_CASE[name]
        unit = field.unit if field.kind is Kind.MONEY else ""
        rows.addRow(
            label(field.label, "quiet"),
            label(f"{show(field, case[name])} {unit}".strip(), wrap=True, selectable=True),
        )
    return box
