"""Record sheets of visits onto the printer or into a PDF."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from villageapp.services import visit_sheets
from villageapp.services.cards import PrintReport
from villageapp.services.visit_sheets import Wanted
from villageapp.ui.cards.printing import print_rendered
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER
from villageapp.ui.reports.paper import printer_for


class SheetPrinting(QObject):
    """Asks for printer or file over ``window``; the work goes on in the background with progress and cancel."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._window = context, window

    def print(self, wanted: Wanted) -> None:
        """Choose a printer, print."""
        work = self._context.work
        printer = printer_for("A4", landscape=False)
        dialog = QPrintDialog(printer, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self._context.tasks.read(
                lambda progress: print_rendered(
                    [visit_sheets.visits_pdf(work, wanted, progress, allow_missing=False)], printer, progress
                ),
                owner=self,
                done=lambda pages: self._context.tell.done(
                    self.tr("已送打印机：{pages} 页。").format(pages=pages)
                ),
                title=self.tr("正在打印走访表"),
            )
        )
        QDialog.open(dialog)

    def choose_file(self, wanted: Wanted) -> None:
        """Choose a file, write the PDF."""
        settings = self._context.settings
        start = str(Path(settings.get(LAST_FOLDER)) / self.tr("走访表.pdf"))
        name, _kind = QFileDialog.getSaveFileName(
            self._window, self.tr("保存走访表"), start, self.tr("PDF 文件 (*.pdf)")
        )
        if name:
            settings.set(LAST_FOLDER, str(Path(name).parent))
            self.write(wanted, Path(name))

    def write(self, wanted: Wanted, path: Path) -> None:
        """Write the PDF; the file is complete or untouched."""
        work = self._context.work
        self._context.tasks.read(
            lambda progress: visit_sheets.print_visits(work, wanted, path, progress),
            owner=self,
            done=self._on_written,
            title=self.tr("正在生成走访表"),
        )

    def _on_written(self, report: PrintReport) -> None:
        said = self.tr("已保存 {pages} 页到 {file}。")
        self._context.tell.done(said.format(pages=report.pages, file=report.file))
