"""Photos and scans of one record: seen small, opened large, added from files, by dropping, by pasting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog

from villageapp.services import attachments, records
from villageapp.services.attachments import Attached
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.tasks import Work
from villageapp.ui.widgets.picture_wall import PhotoDialog, PictureWall

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = ["PhotoDialog", "PhotoStrip"]


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


class PhotoStrip(PictureWall):
    """Shows what is attached to a record; ``show_record`` another one. Every photo says where it is."""

    counted = Signal(int)

    def __init__(self, context: Context, *, name: str = "") -> None:
        super().__init__(context, name=name)
        self._owner = ("", "")
        self._shown: dict[str, Attached] = {}

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

    def remove_ids(self, ids: Sequence[str]) -> None:
        """Delete attachments."""
        work = self._context.work
        for attachment_id in ids:
            self._context.tasks.write(
                _removing(work, attachment_id),
                owner=self,
                done=lambda _saved: self.refresh(),
            )

    def open_id(self, picture_id: str) -> None:
        """Show the original, or ask for it at the next sync."""
        attached = self._shown.get(picture_id)
        if attached is None:
            return
        work = self._context.work
        if not attached.is_here:
            self._context.tasks.write(
                lambda _progress: attachments.want(work, attached.sha256),
                owner=self,
                done=lambda _none: self._context.tell.note(self.tr("原图还没有下载，下次同步时会取回。")),
            )
            return
        self._context.tasks.read(
            lambda _progress: attachments.content(work, attached.sha256),
            owner=self,
            done=lambda content: self._show_large(attached, content),
        )

    def _show(self, found: list[_Small]) -> None:
        self._shown = {one.attached.id: one.attached for one in found}
        self.show_pictures(
            [
                (
                    one.attached.id,
                    one.picture,
                    _caption(one.attached),
                    f"{one.attached.kind} {one.attached.caption} {one.attached.state}",
                )
                for one in found
            ]
        )
        self.counted.emit(len(found))

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


def _caption(attached: Attached) -> str:
    taken = attached.taken_at.date().isoformat() if attached.taken_at else ""
    return "\n".join(part for part in (attached.caption or taken or attached.kind, attached.state) if part)
