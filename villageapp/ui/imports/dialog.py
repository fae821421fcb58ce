"""Taking a household list in: choose a file, look at what would change, confirm, and undo if it was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from villageapp.errors import AppError
from villageapp.progress import Progress
from villageapp.services import imports
from villageapp.services.imports import EMPLOYMENTS, ImportPlan, ImportReport, UndoReport
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.imports.report_view import ReportView
from villageapp.ui.preferences import LAST_FOLDER, SCALE
from villageapp.ui.tasks import Job
from villageapp.ui.widgets.flow import EmptyState, button, clear, label


@dataclass(frozen=True, slots=True)
class _DryRun:
    """What was read, and what importing it would do."""

    plan: ImportPlan
    report: ImportReport


def _dry_run(work: Workspace, file: Path, progress: Progress) -> _DryRun:
    plan = imports.read_plan(file, progress)
    return _DryRun(plan, imports.preview_import(work, plan, progress))


class ImportDialog(QDialog):
    """Reads the file at once; nothing is written before 确认导入."""

    @classmethod
    def choose_file(cls, context: Context, parent: QWidget) -> None:
        """Ask for a workbook, then open the dialog on it."""
        tr = QCoreApplication.translate
        folder = context.settings.get(LAST_FOLDER) or str(Path.home())
        chooser = QFileDialog(parent, tr("import", "选择名单文件"), folder)
        chooser.setNameFilters([tr("import", "名单 (*.xlsx *.xls *.csv)"), tr("import", "所有文件 (*)")])
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(lambda file: cls(context, Path(file), parent).open())
        chooser.open()

    def __init__(self, context: Context, file: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._plan: ImportPlan | None = None
        self._batch = ""
        self._job: Job | None = None
        context.settings.set(LAST_FOLDER, str(file.parent))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("导入名单"))
        self.title = label(file.name, "heading", wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("导入进度"))
        self._pages = QStackedWidget()
        self.confirm = button(self.tr("确认导入"), self._apply, role="primary")
        self.undo = button(self.tr("撤销本批"), self._undo, icon="undo")
        self.leave = button(self.tr("取消"), self.reject)
        self._lay_out()
        self._read(file)

    def page(self) -> QWidget:
        """What is shown: a ReportView, or an EmptyState that says why there is none."""
        return self._pages.currentWidget()

    def done(self, result: int) -> None:
        """Closing stops what runs; a write that is stopped leaves nothing behind."""
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(self.title)
        layout.addWidget(self._pages, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.bar, 1)
        row.addWidget(self.undo)
        row.addStretch(0)
        row.addWidget(self.leave)
        row.addWidget(self.confirm)
        layout.addLayout(row)
        self.undo.hide()
        self.confirm.setEnabled(False)
        available = self.screen().availableGeometry()
        scale = self._context.settings.get(SCALE) / 100
        self.resize(
            min(round(900 * scale), available.width() - 40), min(round(620 * scale), available.height() - 80)
        )

    def _read(self, file: Path) -> None:
        work = self._context.work
        self._say(self.tr("正在读取…"), self.tr("先核对，不写入任何内容。"))
        self._job = self._context.tasks.read(
            lambda progress: _dry_run(work, file, progress),
            owner=self,
            done=self._on_read,
            failed=self._on_failed,
            ended=self._on_ended,
            progressed=self._show_progress,
        )
        self._show_progress(self._job)

    def _on_read(self, found: _DryRun) -> None:
        self._plan = found.plan
        report = found.report
        self._show(ReportView(report, self._context.settings.get(SCALE), is_done=False))
        self.confirm.setEnabled(report.writes)
        if report.writes:
            self.confirm.setFocus()
        else:
            self.leave.setText(self.tr("关闭"))

    def _apply(self) -> None:
        work, plan = self._context.work, self._plan
        if plan is None or self._job is not None:
            return
        self.confirm.setEnabled(False)
        self._job = self._context.tasks.write(
            lambda progress: imports.apply_import(work, plan, progress),
            owner=self,
            done=self._on_applied,
            failed=self._on_failed,
            ended=self._on_ended,
            progressed=self._show_progress,
            title=self.tr("正在导入名单"),
        )
        self._show_progress(self._job)

    def _on_applied(self, report: ImportReport) -> None:
        self._batch = report.batch
        self._show(ReportView(report, self._context.settings.get(SCALE), is_done=True))
        self.confirm.hide()
        self.leave.setText(self.tr("完成"))
        self.undo.show()
        self._context.tell.done(self._outcome(report))

    def _outcome(self, report: ImportReport) -> str:
        if report.kind == EMPLOYMENTS:
            text = self.tr("已导入务工 {spells} 段（新增），更新 {changed} 段。")
            return text.format(spells=report.employment.new, changed=report.employment.changed)
        text = self.tr("已导入 {households} 户 {members} 人（新增）。")
        return text.format(households=report.households.new, members=report.members.new)

    def _undo(self) -> None:
        work, batch = self._context.work, self._batch
        if self._job is not None:
            return
        self.undo.setEnabled(False)
        self._job = self._context.tasks.write(
            lambda progress: imports.undo_import(work, batch, progress),
            owner=self,
            done=self._on_undone,
            failed=self._on_failed,
            ended=self._on_ended,
            progressed=self._show_progress,
            title=self.tr("正在撤销导入"),
        )
        self._show_progress(self._job)

    def _on_undone(self, report: UndoReport) -> None:
        text = self.tr("移除 {households} 户 {members} 人，恢复 {fields} 个字段。").format(
            households=report.households_removed,
            members=report.members_removed,
            fields=report.fields_restored,
        )
        if report.spells_removed:
            text += self.tr("移除务工 {spells} 段。").format(spells=report.spells_removed)
        if report.left_alone:
            text += self.tr("有 {count} 条导入后又改过，保持原样。").format(count=len(report.left_alone))
        self.undo.hide()
        self._say(self.tr("已撤销本批"), text)
        self._context.tell.done(self.tr("已撤销导入。"))

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, AppError):
            self._say(self.tr("没有导入，数据没有改动"), error.line())
            self.leave.setText(self.tr("关闭"))
        else:
            self._context.tell.error(error)

    def _on_ended(self) -> None:
        self._job = None
        self.bar.hide()
        self.undo.setEnabled(True)

    def _show_progress(self, job: Job) -> None:
        self.bar.setVisible(job.is_running)
        self.bar.setRange(0, job.total)
        self.bar.setValue(min(job.done, job.total))
        self.bar.setFormat(f"{job.what} %v/%m" if job.total else job.what or self.tr("请稍候"))

    def _say(self, title: str, text: str) -> None:
        self._show(EmptyState(title, text))

    def _show(self, page: QWidget) -> None:
        layout = self._pages.layout()
        if layout is not None:
            clear(layout)
        self._pages.setCurrentIndex(self._pages.addWidget(page))
