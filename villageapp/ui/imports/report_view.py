"""What an import would do or did: figures first, then every row that needs a look."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from villageapp.services.imports import EMPLOYMENTS, Counts, ImportReport
from villageapp.ui.widgets.flow import EmptyState, card, label
from villageapp.ui.widgets.rows_table import RowsTable

_Columns = Sequence[tuple[str, int]]
_Rows = Sequence[Sequence[str]]


class ReportView(QWidget):
    """One report. ``is_done``: it was written; otherwise it is a dry run."""

    def __init__(self, report: ImportReport, scale: int, *, is_done: bool) -> None:
        super().__init__()
        self._report = report
        self._scale = scale
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(label(self._headline(is_done), wrap=True))
        figures = QHBoxLayout()
        figures.setSpacing(10)
        if report.kind == EMPLOYMENTS:
            figures.addWidget(self._figures(self.tr("务工"), report.employment, self.tr("段")))
            figures.addWidget(self._figures(self.tr("务工打算"), report.members, self.tr("人")))
        else:
            figures.addWidget(self._figures(self.tr("农户"), report.households, self.tr("户")))
            figures.addWidget(self._figures(self.tr("人员"), report.members, self.tr("人")))
        layout.addLayout(figures)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("导入明细"))
        self._add_tabs()
        if self.tabs.count():
            layout.addWidget(self.tabs, 1)
        else:
            layout.addWidget(EmptyState(self.tr("没有需要核对的行"), self.tr("每一行都可以直接导入。")), 1)

    def _headline(self, is_done: bool) -> str:
        report = self._report
        if is_done:
            return self.tr("✓ 导入完成。如发现导错了文件，可以撤销本批。")
        if report.takes_nothing:
            return self.tr("没有一行能登记到本村的人，原因见“不导入的行”。")
        if not report.writes:
            return self.tr("这份名单与库里的内容一致，没有需要导入的。")
        return self.tr("这是预览，还没有写入。请核对后按“确认导入”；导入后仍可撤销本批。")

    def _figures(self, title: str, counts: Counts, unit: str) -> QWidget:
        frame, inner = card(margin=12, spacing=6)
        inner.addWidget(label(title, "quiet"))
        row = QHBoxLayout()
        row.setSpacing(20)
        for word, count in (
            (self.tr("新增"), counts.new),
            (self.tr("变更"), counts.changed),
            (self.tr("不变"), counts.unchanged),
        ):
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(label(f"{count:,}", "figure"))
            column.addWidget(label(f"{word}（{unit}）", "quiet"))
            row.addLayout(column)
        row.addStretch(1)
        inner.addLayout(row)
        return frame

    def _add_tabs(self) -> None:
        report = self._report
        row, cell = self.tr("行"), self.tr("单元格")
        self._tab(
            self.tr("不导入的行"),
            ((row, 60), (cell, 80), (self.tr("原因"), 400)),
            [(_place(r.sheet, r.row), r.cell, r.reason) for r in report.rejected],
        )
        self._tab(
            self.tr("提醒"),
            ((row, 60), (self.tr("内容"), 500)),
            [(_place(w.sheet, w.row), w.message) for w in report.warnings],
        )
        self._tab(
            self.tr("要改的字段"),
            (
                (row, 60),
                (self.tr("户/人"), 190),
                (self.tr("字段"), 130),
                (self.tr("现在"), 150),
                (self.tr("改成"), 150),
            ),
            [(str(c.row), c.title, c.label, c.before, c.after) for c in report.field_changes],
        )
        self._tab(
            self.tr("保留本机的值"),
            (
                (row, 60),
                (self.tr("户/人"), 190),
                (self.tr("字段"), 130),
                (self.tr("本机"), 150),
                (self.tr("名单"), 150),
            ),
            [(str(c.row), c.title, c.label, c.before, c.after) for c in report.kept],
        )
        self._tab(
            self.tr("重复行"),
            ((row, 100), (self.tr("与哪一行相同"), 200)),
            [(_place(d.sheet, d.row), _place(d.of_sheet, d.of_row)) for d in report.duplicates],
        )
        self._tab(
            self.tr("没有登记的列"),
            ((cell, 80), (self.tr("列名"), 190), (self.tr("为什么"), 450)),
            [
                (_place(c.sheet, c.cell), c.heading, c.reason or self.tr("不认识这一列"))
                for c in report.columns_left
            ],
        )
        kinds = {
            "household": self.tr("农户"),
            "member": self.tr("成员"),
            "employment": self.tr("务工"),
        }
        self._tab(
            self.tr("名单里没有的"),
            ((self.tr("种类"), 70), (self.tr("户/人（库里保留，不会删除）"), 400)),
            [(kinds.get(m.entity, m.entity), m.title) for m in report.missing],
        )

    def _tab(self, title: str, columns: _Columns, rows: _Rows) -> None:
        if rows:
            self.tabs.addTab(RowsTable(columns, rows, title, self._scale), f"{title} {len(rows):,}")


def _place(sheet: str, row: int | str) -> str:
    return f"{sheet} {row}" if sheet else str(row)
