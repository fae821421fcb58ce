"""A wall of small pictures that takes more of them: from files, by dropping, by pasting. What becomes of them is
for subclasses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QImage,
    QImageWriter,
    QKeyEvent,
    QKeySequence,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from villageapp.ui import theme
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER
from villageapp.ui.widgets.flow import button, label

_THUMB = 120
"""Pixels of a small picture at 100 %."""


class PictureWall(QWidget):
    """Subclasses take pictures in ``add_all``, take them away in ``remove_ids``, show one in ``open_id``."""

    def __init__(self, context: Context, *, name: str = "") -> None:
        super().__init__()
        self._context = context
        self.setAcceptDrops(True)
        self.list = _Pictures()
        self.list.setAccessibleName(name or self.tr("照片和扫描件"))
        self.list.pasted.connect(self.paste)
        self.list.removed.connect(self._remove)
        self.list.itemActivated.connect(lambda item: self.open_id(item.data(Qt.ItemDataRole.UserRole)))
        self.add = button(self.tr("添加照片…"), self._choose, icon="photo")
        self.remove = button(self.tr("删除所选"), self._remove)
        self.hint = label(self.tr("也可以把照片拖进来，或按 Ctrl+V 粘贴。"), "quiet", wrap=True)
        self.tools = QHBoxLayout()
        self.tools.addWidget(self.add)
        self.tools.addWidget(self.remove)
        self.tools.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(self.tools)
        layout.addWidget(self.hint)
        layout.addWidget(self.list, 1)

    def add_all(self, sources: Sequence[Path | bytes]) -> None:
        """Take files or pictures."""

    def remove_ids(self, ids: Sequence[str]) -> None:
        """Take these away."""

    def open_id(self, picture_id: str) -> None:
        """Show one large."""

    def paste(self) -> None:
        """A picture or files from the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        if mime.hasUrls():
            self.add_all(local_files(mime))
            return
        picture = QGuiApplication.clipboard().image()
        if picture.isNull():
            self._context.tell.note(self.tr("剪贴板里没有图片。"))
        else:
            self.add_all([png_of(picture)])

    def show_pictures(self, pictures: Sequence[tuple[str, bytes | None, str, str]]) -> None:
        """Replace what is shown: (id, small picture, caption, tool tip)."""
        side = round(_THUMB * self.fontMetrics().height() / 20)
        self.list.setIconSize(QSize(side, side))
        self.list.clear()
        for picture_id, small, caption, told in pictures:
            item = QListWidgetItem(_icon(small), caption)
            item.setData(Qt.ItemDataRole.UserRole, picture_id)
            item.setToolTip(told)
            self.list.addItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V on the button pastes too: an empty wall shows no list."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files from a folder window are welcome."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the dropped files."""
        self.add_all(local_files(event.mimeData()))
        event.acceptProposedAction()

    def _choose(self) -> None:
        settings = self._context.settings
        names, _kind = QFileDialog.getOpenFileNames(
            self,
            self.tr("选择照片或扫描件"),
            settings.get(LAST_FOLDER),
            self.tr("照片和扫描件 (*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff *.pdf)"),
        )
        if names:
            settings.set(LAST_FOLDER, str(Path(names[0]).parent))
            self.add_all([Path(name) for name in names])

    def _remove(self) -> None:
        picked = [item.data(Qt.ItemDataRole.UserRole) for item in self.list.selectedItems()]
        if picked:
            self.remove_ids(picked)
        else:
            self._context.tell.note(self.tr("请先选中要删除的照片。"))


class _Pictures(QListWidget):
    """Small pictures with captions."""

    pasted = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMovement(QListWidget.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSpacing(8)
        self.setWordWrap(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V pastes a picture, Delete removes the selected ones."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit()
        elif event.matches(QKeySequence.StandardKey.Delete):
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class PhotoDialog(QDialog):
    """One picture as large as the screen allows."""

    def __init__(self, picture: QPixmap, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(caption)
        shown = QLabel()
        shown.setAccessibleName(caption)
        available = self.screen().availableGeometry().size() - QSize(80, 120)
        fits = picture.size().boundedTo(available) == picture.size()
        mode = Qt.TransformationMode.SmoothTransformation
        shown.setPixmap(
            picture if fits else picture.scaled(available, Qt.AspectRatioMode.KeepAspectRatio, mode)
        )
        scroll = QScrollArea()
        scroll.setWidget(shown)
        scroll.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll)
        self.resize(shown.pixmap().size() + QSize(48, 48))


def local_files(mime: QMimeData) -> list[Path]:
    """The files of a drop or of the clipboard."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def png_of(picture: QImage) -> bytes:
    """A picture as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(picture)
    return bytes(buffer.data().data())


def _icon(picture: bytes | None) -> QIcon:
    pixmap = QPixmap()
    if picture is None or not pixmap.loadFromData(picture):
        return theme.icon("photo", size=64)
    return QIcon(pixmap)
