"""Photos of a visit that is not saved yet: sealed on the disk at once, named by the draft, attached by saving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap

from villageapp.domain import dates
from villageapp.services import staged_photos
from villageapp.services.staged_photos import StagedPhoto
from villageapp.ui.context import Context
from villageapp.ui.tasks import Work
from villageapp.ui.widgets.picture_wall import PhotoDialog, PictureWall

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_Staged = tuple[StagedPhoto, bytes]


def _staging(work: Workspace, source: Path | bytes, caption: str) -> Work[_Staged]:
    def stage(_progress: object) -> _Staged:
        photo = staged_photos.stage(work, source, caption)
        return photo, staged_photos.preview(work, photo)

    return stage


def _previewing(work: Workspace, photos: Iterable[StagedPhoto]) -> Work[list[_Staged]]:
    wanted = tuple(photos)
    return lambda _progress: [(photo, staged_photos.preview(work, photo)) for photo in wanted]


class DraftPhotos(PictureWall):
    """Small while it is empty. ``edited`` whenever a photo came or went."""

    edited = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.photos: tuple[StagedPhoto, ...] = ()
        self._small: dict[str, bytes] = {}
        self._under_way = 0
        self._generation = 0
        self.hint.setText(self.tr("也可以把照片拖到走访表上，或按 Ctrl+Shift+V 粘贴。"))
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether a photo is still being made smaller and sealed."""
        return self._under_way > 0

    def rows(self) -> list[dict[str, Any]] | None:
        """The photos as the draft keeps them."""
        return [photo.as_row() for photo in self.photos] or None

    def restore(self, rows: object) -> None:
        """Show the photos of a draft; their pictures follow."""
        self._generation += 1
        self.photos = staged_photos.from_rows(rows)
        self._show()
        if self.photos:
            self._context.tasks.read(
                _previewing(self._context.work, self.photos),
                owner=self,
                done=self._on_previews,
                failed=self._context.tell.error,
            )

    def add_all(self, sources: Sequence[Path | bytes]) -> None:
        """Take files or pictures; one that is refused does not stop the others."""
        self.add_captioned(sources, "")

    def add_captioned(self, sources: Sequence[Path | bytes], caption: str) -> None:
        """The same with a caption."""
        room = max(0, staged_photos.MOST - len(self.photos) - self._under_way)
        if len(sources) > room:
            said = self.tr("一次走访最多附 {most} 张照片，多出的没有采用。")
            self._context.tell.trouble(said.format(most=staged_photos.MOST))
        generation = self._generation
        for source in sources[:room]:
            self._under_way += 1
            self._context.tasks.read(
                _staging(self._context.work, source, caption),
                owner=self,
                done=lambda staged: self._on_staged(generation, staged),
                failed=self._context.tell.error,
                ended=self._on_ended,
                title=self.tr("正在处理照片"),
            )

    def remove_ids(self, ids: Sequence[str]) -> None:
        """Leave photos out; their sealed files are swept away later."""
        self.photos = tuple(photo for photo in self.photos if photo.file not in ids)
        self._show()
        self.edited.emit()

    def open_id(self, picture_id: str) -> None:
        """Show one large."""
        photo = next((one for one in self.photos if one.file == picture_id), None)
        if photo is None:
            return
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: staged_photos.content(work, photo),
            owner=self,
            done=lambda content: self._show_large(photo, content),
        )

    def _on_staged(self, generation: int, staged: _Staged) -> None:
        photo, small = staged
        if generation != self._generation:
            return
        if any(one.sha256 == photo.sha256 for one in self.photos):
            self._context.tell.note(self.tr("这张照片已经在里面了。"))
            return
        self.photos = (*self.photos, photo)
        self._small[photo.file] = small
        self._show()
        self.edited.emit()

    def _on_previews(self, found: Sequence[_Staged]) -> None:
        self._small.update({photo.file: small for photo, small in found})
        self._show()

    def _on_ended(self) -> None:
        self._under_way -= 1

    def _show(self) -> None:
        self.show_pictures(
            [
                (photo.file, self._small.get(photo.file), _caption(photo, number), _caption(photo, number))
                for number, photo in enumerate(self.photos, start=1)
            ]
        )
        has_some = bool(self.photos)
        self.list.setVisible(has_some)
        self.remove.setVisible(has_some)
        self.list.setFixedHeight(self.list.iconSize().height() + 4 * self.fontMetrics().height())

    def _show_large(self, photo: StagedPhoto, content: bytes) -> None:
        picture = QPixmap()
        if picture.loadFromData(content):
            PhotoDialog(picture, _caption(photo, 1), self.window()).open()
        else:
            self._context.tell.note(self.tr("这是 PDF 文件，保存走访后可以另存打开。"))


def _caption(photo: StagedPhoto, number: int) -> str:
    taken = dates.local_text(dates.parse_instant(photo.taken_at)) if photo.taken_at else ""
    return photo.caption or taken or f"{number}"
