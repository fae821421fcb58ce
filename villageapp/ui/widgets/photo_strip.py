"""Photos and scans of one record: seen small, opened large, added from files, by dropping, by pasting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, Signal
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

from villageapp.services import attachments, records
from villageapp.services.attachments import Attached
from villageapp.services.results import Saved
from villageapp.ui import theme
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER
from villageapp.ui.tasks import Work
from villageapp.ui.widgets.flow import button, label

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_THUMB = 120
"""Pixels of a small picture at 100 %."""


@dataclass(frozen=True, slots=True)
class _Small:
    attached: Attached
    picture: bytes | None


def _read(work: Workspace, entity: str, owner_id: str) -> list[_Small]:
    found = attachments.of(work, entity, owner_id)
    return [_Small(one, attachments.preview(work, one.sha256)) for one in found]


def _adding(work: Workspace, source: Path | bytes, entity: str, owner_id: str) -> Work[Saved]:
    return lambda _progress: attachments.add(work, source, entity, owner_id)


def _removing(work: Workspace, attachment_id: str) -> Work[Saved]:
    return lambda _progress: records.remove(work, "attachment", attachment_id)


class PhotoStrip(QWidget):
    """Shows what is attached to a record; ``show_record`` another one. Every photo says where it is."""

    counted = Signal(int)

    def __init__(self, context: Context, *, name: str = "") -> None:
        super().__init__()
        self._context = context
        self._owner = ("", "")
        self._shown: dict[str, Attached] = {}
        self.setAcceptDrops(True)
        self.list = _Pictures()
        self.list.setAccessibleName(name or self.tr("照片和扫描件"))
        self.list.pasted.connect(self.paste)
        self.list.itemActivated.connect(lambda item: self._open(item.data(Qt.ItemDataRole.UserRole)))
        self.add = button(self.tr("添加照片…"), self._choose, icon="photo")
        self.remove = button(self.tr("删除所选"), self._remove)
        self.hint = label(self.tr("也可以把照片拖进来，或按 Ctrl+V 粘贴。"), "quiet", wrap=True)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addWidget(self.remove)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.hint)
        layout.addWidget(self.list, 1)

    def show_record(self, entity: str, owner_id: str) -> None:
        """Show the attachments of this record."""
        self._owner = (entity, owner_id)
        self.refresh()

    def refresh(self) -> None:
        """Read them again in the background."""
        entity, owner_id = self._owner
        if not owner_id:
            return
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: _read(work, entity, owner_id), owner=self, done=self._show, latest="photos"
        )

    def add_all(self, sources: Sequence[Path | bytes]) -> None:
        """Attach files or pictures; one that is refused does not stop the others."""
        entity, owner_id = self._owner
        work = self._context.work
        for source in sources if owner_id else ():
            self._context.tasks.write(
                _adding(work, source, entity, owner_id),
                owner=self,
                done=lambda _saved: self.refresh(),
                failed=self._context.tell.error,
                title=self.tr("正在处理照片"),
            )

    def paste(self) -> None:
        """A picture or files from the clipboard."""
        mime = QGuiApplication.clipboard().mimeData()
        if mime.hasUrls():
            self.add_all([Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()])
            return
        picture = QGuiApplication.clipboard().image()
        if picture.isNull():
            self._context.tell.note(self.tr("剪贴板里没有图片。"))
        else:
            self.add_all([_png(picture)])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files from a folder window are welcome."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the dropped files."""
        self.add_all([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
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
        work = self._context.work
        for attachment_id in picked:
            self._context.tasks.write(
                _removing(work, attachment_id),
                owner=self,
                done=lambda _saved: self.refresh(),
            )
        if not picked:
            self._context.tell.note(self.tr("请先选中要删除的照片。"))

    def _show(self, found: list[_Small]) -> None:
        self._shown = {one.attached.id: one.attached for one in found}
        side = round(_THUMB * self.fontMetrics().height() / 20)
        self.list.setIconSize(QSize(side, side))
        self.list.clear()
        for one in found:
            item = QListWidgetItem(_icon(one.picture), _caption(one.attached))
            item.setData(Qt.ItemDataRole.UserRole, one.attached.id)
            item.setToolTip(f"{one.attached.kind} {one.attached.caption} {one.attached.state}")
            self.list.addItem(item)
        self.counted.emit(len(found))

    def _open(self, attachment_id: str) -> None:
        attached = self._shown.get(attachment_id)
        if attached is None:
            return
        if not attached.is_here:
            work = self._context.work
            self._context.tasks.write(
                lambda _progress: attachments.want(work, attached.sha256),
                owner=self,
                done=lambda _none: self._context.tell.note(self.tr("原图还没有下载，下次同步时会取回。")),
            )
            return
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: attachments.content(work, attached.sha256),
            owner=self,
            done=lambda content: self._show_large(attached, content),
        )

    def _show_large(self, attached: Attached, content: bytes) -> None:
        picture = QPixmap()
        if picture.loadFromData(content):
            PhotoDialog(picture, _caption(attached), self.window()).open()
            return
        name, _kind = QFileDialog.getSaveFileName(
            self, self.tr("另存文件"), f"{attached.caption or attached.kind}.pdf"
        )
        if name:
            work = self._context.work
            self._context.tasks.read(
                lambda _progress: attachments.export(work, attached.sha256, Path(name)),
                owner=self,
                done=lambda path: self._context.tell.done(
                    self.tr("已另存为 {name}。").format(name=path.name)
                ),
            )


class _Pictures(QListWidget):
    """A wall of small pictures with captions."""

    pasted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMovement(QListWidget.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSpacing(8)
        self.setWordWrap(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V pastes a picture."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit()
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


def _caption(attached: Attached) -> str:
    taken = attached.taken_at.date().isoformat() if attached.taken_at else ""
    return "\n".join(part for part in (attached.caption or taken or attached.kind, attached.state) if part)


def _icon(picture: bytes | None) -> QIcon:
    pixmap = QPixmap()
    if picture is None or not pixmap.loadFromData(picture):
        return theme.icon("photo", size=64)
    return QIcon(pixmap)


def _png(picture: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(picture)
    return bytes(buffer.data().data())
