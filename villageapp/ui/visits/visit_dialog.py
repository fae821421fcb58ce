"""One recorded visit to read: its filled sheet as it is printed, with a way to the printer and to a PDF."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from villageapp.progress import Progress
from villageapp.services import previews, visit_sheets
from villageapp.services.visit_sheets import Wanted
from villageapp.services.workspace import Workspace
from villageapp.ui.cards.printing import to_image
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.reports.preview_pane import PreviewPane, Shown
from villageapp.ui.visits.sheet_printing import SheetPrinting
from villageapp.ui.widgets.flow import button

_WIDTH_PX = 1400
"""Width of the pictures; sharp up to that size on the screen."""
_WIDE, _HIGH = 860, 700


class VisitDialog(QDialog):
    """The sheet of the visit ``visit_id``; ``title`` names the household and the day."""

    def __init__(self, context: Context, visit_id: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._wanted = Wanted(visits=(visit_id,))
        self._printing = SheetPrinting(context, self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.preview = PreviewPane()
        self.preview.for_ledger(False)
        self.save = button(
            self.tr("存为 PDF…"), lambda: self._printing.choose_file(self._wanted), icon="save"
        )
        self.print = button(
            self.tr("打印…"), lambda: self._printing.print(self._wanted), role="primary", icon="print"
        )
        self._lay_out()
        self._read()

    def _lay_out(self) -> None:
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addStretch(1)
        bottom.addWidget(button(self.tr("关闭"), self.reject))
        bottom.addWidget(self.save)
        bottom.addWidget(self.print)
        layout = QVBoxLayout(self)
        layout.addWidget(self.preview, 1)
        layout.addLayout(bottom)
        available = self.screen().availableGeometry()
        scale = self._context.settings.get(SCALE) / 100
        self.resize(
            min(round(_WIDE * scale), available.width() - 40),
            min(round(_HIGH * scale), available.height() - 60),
        )

    def _read(self) -> None:
        work, wanted = self._context.work, self._wanted
        self._context.tasks.read(
            lambda progress: _render(work, wanted, progress),
            owner=self,
            done=self.preview.show_pages,
            failed=self._on_no_preview,
            latest="visit",
        )

    def _on_no_preview(self, error: Exception) -> None:
        self.preview.show_nothing(self.tr("没有生成预览"), self.tr("请关闭后重试。"))
        self._context.tell.error(error)


def _render(work: Workspace, wanted: Wanted, progress: Progress) -> Shown:
    pdf = visit_sheets.visits_pdf(work, wanted, progress)
    count = previews.page_count(pdf)
    pages = tuple(to_image(previews.page_image(pdf, page, _WIDTH_PX)) for page in range(count))
    return Shown(pages, count)
