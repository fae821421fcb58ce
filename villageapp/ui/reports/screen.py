"""The screen 台账报表: all outputs at the left; options, preview, print, PDF and workbook at the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain.changes import ChangeSet
from villageapp.errors import AppError, NotFound
from villageapp.progress import Progress
from villageapp.services import closing_slips, household_lists, outputs, previews
from villageapp.services.cards import PrintReport
from villageapp.services.ledger_files import ExportReport, ledger_of_group
from villageapp.services.outputs import Ask, Choice, Output
from villageapp.services.workspace import Workspace
from villageapp.ui.cards.printing import print_rendered, to_image
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER, SCALE
from villageapp.ui.reports.options import OptionsBar
from villageapp.ui.reports.output_list import OutputList
from villageapp.ui.reports.paper import printer_for
from villageapp.ui.reports.preview_pane import GRID, Grid, PreviewPane, Shown, grid_of
from villageapp.ui.screen import ScreenPage
from villageapp.ui.tasks import Job
from villageapp.ui.widgets.flow import FlowLayout, button, label

_WIDTH_PX = 1400
"""Width of the preview pictures; sharp up to that size on the screen."""
_PAGES_SHOWN = 6
_TYPING_MS = 250


class ReportsScreen(ScreenPage):
    """Choosing an output shows it at once; nothing is written before a file is named."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._outputs = outputs.outputs()
        self._output = self._outputs[0]
        self._job: Job | None = None
        self.list = OutputList(self._outputs)
        self.heading = label("", "title")
        self.told = label("", "quiet", wrap=True)
        self.options = OptionsBar(context)
        self.preview = PreviewPane()
        self.print = button(self.tr("打印…"), self._choose_printer, role="primary", icon="print")
        self.save = button(self.tr("存为 PDF…"), self._choose_pdf, icon="save")
        self.table = button(self.tr("存为表格…"), self._choose_table, icon="reports")
        self.copy = button(self.tr("复制"), self._copy)
        self.stop = button(self.tr("取消"), self._cancel)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("进度"))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_MS)
        self._lay_out()
        self._listen()
        self._show_running(None)
        self.list.choose(self._output.key)
        self._open(self._output.key)

    def refresh(self) -> None:
        """Read the groups, visits and cases to choose from, and the preview again."""
        work = self.context.work
        self.context.tasks.read(
            lambda _progress: _offered(work),
            owner=self,
            done=self._offer,
            latest="reports-choices",
        )
        self._show_preview()

    def focus_first(self) -> None:
        """Start with the search."""
        self.list.search.setFocus()

    def open_record(self, record_id: str) -> None:
        """Show the output of this key."""
        self.list.search.clear()
        self.list.choose(record_id)

    def open_household(self, household_id: str) -> None:
        """Outputs about one household: that household."""
        self.options.household.set_value(household_id)
        self._show_preview()

    def concerns(self, changes: ChangeSet) -> bool:
        """Everything may stand on some sheet."""
        return bool(changes)

    def _lay_out(self) -> None:
        right = QWidget()
        rows = QVBoxLayout(right)
        rows.setContentsMargins(6, 12, 12, 8)
        rows.setSpacing(8)
        rows.addWidget(self.heading)
        rows.addWidget(self.told)
        rows.addWidget(self.options)
        rows.addWidget(self.preview, 1)
        running = QHBoxLayout()
        running.addWidget(self.bar, 1)
        running.addWidget(self.stop)
        rows.addLayout(running)
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for one in (self.print, self.save, self.table, self.copy):
            flow.addWidget(one)
        rows.addWidget(buttons)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.list)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 4)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _listen(self) -> None:
        self.list.chosen.connect(self._open)
        self.options.changed.connect(self._pause.start)
        self._pause.timeout.connect(self._on_options)
        self.preview.currentChanged.connect(lambda _index: self._show_preview())
        self.context.signals.scaled.connect(self._on_scaled)

    def _open(self, key: str) -> None:
        self._output = next(output for output in self._outputs if output.key == key)
        self.heading.setText(self._output.title)
        self.told.setText(self._output.told)
        self.options.ask(self._output)
        is_ledger = bool(self._output.ledger)
        self.table.setVisible(is_ledger)
        self.copy.setVisible(is_ledger)
        self.preview.blockSignals(True)
        self.preview.for_ledger(is_ledger)
        self.preview.blockSignals(False)
        if Ask.VISIT in self._output.asks:
            self._read_visits()
        elif self.isVisible():
            self._show_preview()

    def _offer(self, found: _Offered) -> None:
        self.options.offer_groups(found.groups)
        self.options.offer_cases(found.cases)
        self.options.offer_problems(found.problems)
        if Ask.VISIT in self._output.asks:
            self._read_visits()
        elif {Ask.CASE, Ask.PROBLEM}.intersection(self._output.asks):
            self._show_preview()

    def _on_options(self) -> None:
        if Ask.VISIT in self._output.asks:
            self._read_visits()
        else:
            self._show_preview()

    def _read_visits(self) -> None:
        work, household = self.context.work, self.options.choice().household_id

        def show(found: list[tuple[str, str]]) -> None:
            self.options.offer_visits(found)
            self._show_preview()

        self.context.tasks.read(
            lambda _progress: outputs.visits_offered(work, household),
            owner=self,
            done=show,
            latest="reports-visits",
        )

    def _on_scaled(self, _percent: int) -> None:
        self.list.fit()
        self._show_preview()

    def _show_preview(self) -> None:
        work, output, choice = self.context.work, self._output, self.options.choice()
        as_grid = bool(output.ledger) and self.preview.currentIndex() == GRID

        def look(progress: Progress) -> Grid | Shown:
            return _grid(work, output, choice) if as_grid else _pages(work, output, choice, progress)

        self.context.tasks.read(
            look, owner=self, done=self._show, failed=self._on_no_preview, latest="reports-preview"
        )

    def _show(self, shown: Grid | Shown) -> None:
        if isinstance(shown, Grid):
            self.preview.show_grid(shown, self.context.settings.get(SCALE))
        else:
            self.preview.show_pages(shown)
        self._show_running(self._job)

    def _on_no_preview(self, error: Exception) -> None:
        if not isinstance(error, AppError):
            self.context.tell.error(error)
        told = error.line() if isinstance(error, AppError) else self.tr("请重试。")
        if isinstance(error, NotFound):
            told += self.tr("还没有名单的，先到“农户”页导入名单。")
        self.preview.show_nothing(self.tr("没有样张"), told)

    def _copy(self) -> None:
        if self.preview.view is not None:
            count = self.preview.view.copy()
            self.context.tell.done(self.tr("已复制 {count} 行，可粘贴到表格里。").format(count=count))

    def _choose_pdf(self) -> None:
        self._ask_file(self.tr("存为 PDF"), "pdf", self.tr("PDF 文件 (*.pdf)"), self.save_pdf)

    def _choose_table(self) -> None:
        self._ask_file(self.tr("存为表格"), "xlsx", self.tr("表格 (*.xlsx)"), self.save_table)

    def _ask_file(self, title: str, suffix: str, kinds: str, chosen: Callable[[str], None]) -> None:
        """The dialog asks before an existing file is replaced."""
        folder = self.context.settings.get(LAST_FOLDER) or str(Path.home())
        dialog = QFileDialog(self, title, folder, kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{self._output.title}.{suffix}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def save_pdf(self, file: str) -> None:
        """Write the output chosen as a PDF."""
        work, output, choice, path = self.context.work, self._output, self.options.choice(), self._path(file)
        self._run(
            lambda progress: outputs.save_pdf(work, output, choice, path, progress),
            self._on_saved,
            self.tr("正在生成 PDF"),
        )

    def save_table(self, file: str) -> None:
        """Write the ledger chosen as a workbook."""
        work, output, choice, path = self.context.work, self._output, self.options.choice(), self._path(file)
        self._run(
            lambda progress: outputs.save_table(work, output, choice, path, progress),
            self._on_exported,
            self.tr("正在写表格"),
        )

    def _path(self, file: str) -> Path:
        path = Path(file)
        self.context.settings.set(LAST_FOLDER, str(path.parent))
        return path

    def _on_saved(self, report: PrintReport) -> None:
        text = self.tr("已保存 {pages} 页：{file}")
        self.context.tell.done(text.format(pages=report.pages, file=report.file))

    def _on_exported(self, report: ExportReport) -> None:
        text = self.tr("已导出 {rows} 条：{file}")
        self.context.tell.done(text.format(rows=report.rows, file=report.file))

    def _choose_printer(self) -> None:
        work, output, choice = self.context.work, self._output, self.options.choice()
        printer = printer_for(output.paper(choice), landscape=output.landscape)
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self._run(
                lambda progress: print_rendered(
                    [outputs.whole_pdf(work, output, choice, progress)], printer, progress
                ),
                self._on_printed,
                self.tr("正在打印"),
            )
        )
        QDialog.open(dialog)

    def _on_printed(self, pages: int) -> None:
        self.context.tell.done(self.tr("已送打印机：{pages} 页。").format(pages=pages))

    def _run(self, work: Callable[[Progress], Any], done: Callable[[Any], object], title: str) -> None:
        job = self.context.tasks.read(
            work,
            owner=self,
            done=done,
            ended=lambda: self._show_running(None),
            progressed=self._show_running,
            title=title,
        )
        self._show_running(job)

    def _show_running(self, job: Job | None) -> None:
        self._job = job if job is not None and job.is_running else None
        running = self._job is not None
        self.bar.setVisible(running)
        self.stop.setVisible(running)
        for one in (self.print, self.save, self.table):
            one.setEnabled(not running)
        self.copy.setEnabled(self.preview.view is not None)
        if self._job is not None:
            self.bar.setRange(0, self._job.total)
            self.bar.setValue(self._job.done)
            self.bar.setFormat(f"{self._job.what or self._job.title} %v/%m")

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()


@dataclass(frozen=True, slots=True)
class _Offered:
    """What there is to choose from."""

    groups: list[str]
    cases: list[tuple[str, str]]
    problems: list[tuple[str, str]]


def _offered(work: Workspace) -> _Offered:
    return _Offered(
        household_lists.groups(work), outputs.cases_offered(work), closing_slips.problems_offered(work)
    )


def _grid(work: Workspace, output: Output, choice: Choice) -> Grid:
    found = ledger_of_group(work, output.ledger, choice.on, choice.group)
    return grid_of(found.title, [column.heading for column in found.columns], found.texts())


def _pages(work: Workspace, output: Output, choice: Choice, progress: Progress) -> Shown:
    pdf = outputs.preview(work, output, choice, progress)
    total = previews.page_count(pdf)
    pages: list[QImage] = []
    for page in range(min(total, _PAGES_SHOWN)):
        progress.check_cancelled()
        pages.append(to_image(previews.page_image(pdf, page, _WIDTH_PX)))
    return Shown(tuple(pages), total, outputs.is_sample(work, output, choice))
