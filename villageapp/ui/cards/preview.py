"""户帮扶明白卡: preview as pictures, privacy grade, save as PDF, print; for one household or for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from villageapp.errors import Trouble
from villageapp.progress import Progress
from villageapp.services import cards, previews
from villageapp.services.cards import PrintReport, Privacy
from villageapp.services.workspace import Workspace
from villageapp.ui.cards.printing import make_printer, print_pages, to_image
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER, SCALE
from villageapp.ui.tasks import Job
from villageapp.ui.widgets.flow import EmptyState, button, clear, label

_WIDTH_PX = 1400
"""Width of the preview pictures; sharp up to that size on the screen."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """Pages of one household, and what cannot be drawn."""

    pages: list[QImage]
    missing: tuple[str, ...]


def _render(work: Workspace, household_id: str, grade: Privacy, progress: Progress) -> _Shown:
    missing: tuple[str, ...] = ()
    try:
        pdf = cards.preview_cards(work, [household_id], grade, progress, allow_missing=False)
    except Trouble as error:
        if error.code != previews.MISSING_GLYPHS:
            raise
        pdf = cards.preview_cards(work, [household_id], grade, progress)
        missing = previews.unprintable(work, [household_id], grade, progress)
    pages = [to_image(previews.page_image(pdf, page, _WIDTH_PX)) for page in range(previews.page_count(pdf))]
    return _Shown(pages, missing)


class CardDialog(QDialog):
    """Preview beside its options. Saving and printing go on in the background with progress and cancel."""

    def __init__(self, context: Context, household_ids: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._ids = list(household_ids)
        self._at = 0
        self._job: Job | None = None
        self._images: list[QImage] = []
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("户帮扶明白卡"))
        self.grade = QComboBox()
        self.grade.setAccessibleName(self.tr("隐私级别"))
        for grade in Privacy:
            self.grade.addItem(f"{grade.value} {grade.label}", grade.value)
        self.grade.setCurrentIndex(list(Privacy).index(Privacy.P1))
        self.grade.currentIndexChanged.connect(lambda _index: self._show_current())
        self.position = label("", "quiet")
        self.missing = label("", "problem", wrap=True)
        self.missing.hide()
        self.save = button(self.tr("存为 PDF…"), self._choose_file, icon="save")
        self.print = button(self.tr("打印…"), self._choose_printer, role="primary", icon="print")
        self.stop = button(self.tr("取消"), self._cancel)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("进度"))
        self._lay_out()
        self._show_running(None)
        self._show_current()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pages fill the width."""
        super().resizeEvent(event)
        self._fit()

    def done(self, result: int) -> None:
        """Closing stops what runs; a file is complete or not there."""
        self._cancel()
        super().done(result)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        named = label(self.tr("隐私级别"))
        named.setBuddy(self.grade)
        self._earlier = button(self.tr("上一户"), lambda: self.turn(-1), icon="up")
        self._later = button(self.tr("下一户"), lambda: self.turn(1), icon="down")
        for widget in (named, self.grade, self._earlier, self._later):
            top.addWidget(widget)
        top.addWidget(self.position, 1)
        self._sheet = QWidget()
        self._sheet.setProperty("surface", "page")
        self._pages = QVBoxLayout(self._sheet)
        self._pages.setSpacing(12)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setWidget(self._sheet)
        self._scroll.setAccessibleName(self.tr("明白卡预览"))
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self.bar, 1)
        bottom.addWidget(self.stop)
        bottom.addStretch(1)
        bottom.addWidget(button(self.tr("关闭"), self.reject))
        bottom.addWidget(self.save)
        bottom.addWidget(self.print)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self.missing)
        layout.addWidget(self._scroll, 1)
        layout.addLayout(bottom)
        available = self.screen().availableGeometry()
        scale = self._context.settings.get(SCALE) / 100
        self.resize(
            min(round(980 * scale), available.width() - 40), min(round(720 * scale), available.height() - 60)
        )

    def turn(self, step: int) -> None:
        """Preview the household ``step`` places further in the list."""
        self._at = min(max(self._at + step, 0), len(self._ids) - 1)
        self._show_current()

    def _grade(self) -> Privacy:
        return Privacy(self.grade.currentData())

    def _show_current(self) -> None:
        work, household_id, grade = self._context.work, self._ids[self._at], self._grade()
        many = len(self._ids) > 1
        self._earlier.setVisible(many)
        self._later.setVisible(many)
        self._earlier.setEnabled(self._at > 0)
        self._later.setEnabled(self._at < len(self._ids) - 1)
        count = self.tr("第 {number} 户，共 {total} 户").format(number=self._at + 1, total=len(self._ids))
        self.position.setText(count if many else "")
        self._context.tasks.read(
            lambda progress: _render(work, household_id, grade, progress),
            owner=self,
            done=self._show,
            failed=self._on_no_preview,
            latest="preview",
        )

    def _show(self, shown: _Shown) -> None:
        self._images = shown.pages
        text = self.tr("这些字没有字形，打印前请核对：{lines}").format(lines="；".join(shown.missing))
        self.missing.setText(text)
        self.missing.setVisible(bool(shown.missing))
        clear(self._pages)
        for number in range(len(shown.pages)):
            page = QLabel()
            page.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            page.setMinimumWidth(1)  # the window may become narrower than the picture
            page.setAccessibleName(self.tr("第 {number} 页").format(number=number + 1))
            self._pages.addWidget(page)
        self._pages.addStretch(1)
        self._fit()

    def _fit(self) -> None:
        width = self._scroll.viewport().width() - 24
        for index, image in enumerate(self._images):
            item = self._pages.itemAt(index)
            page = item.widget() if item is not None else None
            if isinstance(page, QLabel) and width > 100:
                ratio = self.devicePixelRatio()
                pixmap = QPixmap.fromImage(
                    image.scaledToWidth(round(width * ratio), Qt.TransformationMode.SmoothTransformation)
                )
                pixmap.setDevicePixelRatio(ratio)
                page.setPixmap(pixmap)

    def _on_no_preview(self, error: Exception) -> None:
        self._images = []
        clear(self._pages)
        self._pages.addWidget(EmptyState(self.tr("没有生成预览"), self.tr("请关闭后重试。")))
        self._context.tell.error(error)

    def _choose_file(self) -> None:
        folder = self._context.settings.get(LAST_FOLDER) or str(Path.home())
        name = self.tr("明白卡.pdf") if len(self._ids) == 1 else self.tr("明白卡（全部所列）.pdf")
        dialog = QFileDialog(self, self.tr("存为 PDF"), folder, self.tr("PDF 文件 (*.pdf)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def save_to(self, file: str) -> None:
        """Write the cards of all households of this dialog to ``file``."""
        self._context.settings.set(LAST_FOLDER, str(Path(file).parent))
        work, ids, grade = self._context.work, self._ids, self._grade()
        self._run(
            lambda progress: cards.print_cards(work, ids, grade, Path(file), progress),
            self._on_saved,
            self.tr("正在生成明白卡"),
        )

    def _on_saved(self, report: PrintReport) -> None:
        text = self.tr("已保存 {items} 户 {pages} 页：{file}")
        self._context.tell.done(text.format(items=report.items, pages=report.pages, file=report.file))

    def _choose_printer(self) -> None:
        printer = make_printer()
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        work, ids = self._context.work, self._ids
        dialog.accepted.connect(
            lambda: self._run(
                lambda progress: print_pages(work, ids, self._grade(), printer, progress),
                lambda pages: self._context.tell.done(
                    self.tr("已送打印机：{pages} 页。").format(pages=pages)
                ),
                self.tr("正在打印"),
            )
        )
        QDialog.open(dialog)

    def _run(self, work: object, done: object, title: str) -> None:
        assert callable(work)
        assert callable(done)
        job = self._context.tasks.read(
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
        for widget in (self.save, self.print, self.grade):
            widget.setEnabled(not running)
        if self._job is not None:
            self.bar.setRange(0, self._job.total)
            self.bar.setValue(self._job.done)
            self.bar.setFormat(f"{self._job.what or self._job.title} %v/%m")

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
