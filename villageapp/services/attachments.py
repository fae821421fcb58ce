"""Photos and scans attached to records: added, seen, asked for. Their contents travel by ``blob_syncing``."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.papers import ATTACHMENT
from villageapp.errors import AlreadyDone, NotFound, Trouble, ValidationFailed, os_reason
from villageapp.models.database import translated
from villageapp.models.ids import new_id
from villageapp.models.records import CLASS_OF_ENTITY, Attachment
from villageapp.services import pictures
from villageapp.services.references import get
from villageapp.services.results import Saved
from villageapp.sync import blobs, capture
from villageapp.sync.blobs import MAX_SIZE, Blob

if TYPE_CHECKING:
    from villageapp.services.pictures import Picture
    from villageapp.services.workspace import Workspace

PHOTO, SCAN, DOCUMENT = "照片", "扫描", "文档"
_SUFFIXES = {pictures.JPEG: ".jpg", "image/png": ".png", pictures.PDF: ".pdf"}


class Where(StrEnum):
    """Where the content of an attachment is."""

    LOCAL = "本机"
    UPLOADING = "正在上传"
    RECEIVED = "省里已签收"
    TO_FETCH = "待下载"
    NOT_SENT = "队友尚未上传"


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment as lists show it; ``percent`` of the way while it travels. ``size`` in bytes."""

    id: str
    sha256: str
    kind: str
    caption: str
    taken_at: datetime | None
    size: int
    width: int | None
    height: int | None
    sensitive: bool | None
    media_type: str
    where: Where
    percent: int
    is_here: bool
    has_preview: bool

    @property
    def state(self) -> str:
        """Where it is, in words."""
        return f"{self.where.value} {self.percent}%" if self.where is Where.UPLOADING else self.where.value


def add(
    work: Workspace,
    source: Path | bytes,
    owner_entity: str,
    owner_id: str,
    *,
    kind: str | None = None,
    caption: str | None = None,
    sensitive: bool | None = None,
) -> Saved:
    """Attach a photo, scan or PDF (at most 64 MB) to a record; ``detail`` is the hash of what is kept.

    Raises ValidationFailed (no image or PDF, cut off, too large), NotFound (record), AlreadyDone (this record has
    this very photo), Trouble (file, disk). Then nothing has changed.
    """
    raw = read_plain(source) if isinstance(source, Path) else source
    if not 0 < len(raw) <= MAX_SIZE:
        raise ValidationFailed([], "文件是空的，或超过 64 MB，没有采用。")
    limits = pictures.limits_of(work.parameters, work.today(), is_scan=kind in (SCAN, DOCUMENT))
    picture = pictures.prepare(raw, limits)
    sha256 = blobs.hash_of(picture.content)
    values = ATTACHMENT.check(
        {
            "owner_entity": owner_entity,
            "owner_id": owner_id,
            "kind": kind or (DOCUMENT if picture.media_type == pictures.PDF else PHOTO),
            "taken_at": picture.taken_at,
            "sha256": sha256,
            "size": len(picture.content),
            "width": picture.width,
            "height": picture.height,
            "caption": caption,
            "sensitive": sensitive,
        }
    )
    with work.transaction() as session:
        _check_owner(session, owner_entity, owner_id, sha256)
        _keep(work, session, sha256, picture)
        made = Attachment(id=new_id())
        made.assign(values)
        session.add(made)
        changes = capture.touched(session)
    return Saved((made.id,), changes, tuple(ATTACHMENT.warnings(values)), sha256)


def read_plain(path: Path) -> bytes:
    """The file, if it is a plain one of bounded size. Raises Trouble, ValidationFailed."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_SIZE:
            raise ValidationFailed([], f"{path.name} 不是普通文件，或超过 64 MB，没有采用。")
        with path.open("rb") as file:
            return file.read(MAX_SIZE + 1)
    except OSError as error:
        raise Trouble(
            f"无法读取 {path}：{os_reason(error)}。没有采用它，也没有保存任何内容。",
            remedy="请检查文件后再试。",
            code="input_unreadable",
        ) from error


def _check_owner(session: Session, entity: str, owner_id: str, sha256: str) -> None:
    owner = CLASS_OF_ENTITY.get(entity)
    if owner is None:
        raise NotFound(f"没有“{entity[:40]}”这类记录。", code="unknown_entity")
    get(session, owner, owner_id)
    columns = Attachment.__table__.c
    same = select(columns.id).where(
        columns.owner_entity == entity,
        columns.owner_id == owner_id,
        columns.sha256 == sha256,
        columns.deleted.is_(False),
    )
    if session.execute(same).first() is not None:
        raise AlreadyDone("这条记录里已经有这张照片，没有重复保存。", code="already_attached")


def _keep(work: Workspace, session: Session, sha256: str, picture: Picture) -> None:
    """Files first, then their rows in the transaction that makes the record."""
    connection, at = session.connection(), dates.instant_text(work.now())
    blobs.take(work.data_dir, connection, sha256, picture.content, picture.media_type, added_at=at)
    small = blobs.hash_of(picture.preview)
    blobs.take(work.data_dir, connection, small, picture.preview, pictures.JPEG, sha256, added_at=at)


def content(work: Workspace, sha256: str) -> bytes:
    """The whole photo, scan or PDF. Raises NotFound (not here yet), Trouble (damaged; it is asked for again)."""
    try:
        with work.reading() as connection:
            return blobs.open_content(work.data_dir, connection, sha256)
    except Trouble as error:
        if error.code == "blob_damaged":
            with work.database.writing() as connection:
                blobs.mark_lost(connection, sha256)
        raise


def preview(work: Workspace, sha256: str) -> bytes | None:
    """The small form (JPEG, about 12 kB) of an attachment; None when neither it nor the original is here."""
    with work.reading() as connection:
        small = next((one for one in blobs.previews_of(connection, sha256) if one.here), None)
        row = blobs.find(connection, sha256)
    if small is not None:
        return content(work, small.sha256)
    if row is None or not row.here:
        return None
    return pictures.preview_of(content(work, sha256), pictures.limits_of(work.parameters, work.today()))


def preview_hash(work: Workspace, sha256: str) -> str:
    """The hash of the small form of an attachment that is here. Raises NotFound."""
    with work.reading() as connection:
        small = next((one for one in blobs.previews_of(connection, sha256) if one.here), None)
    if small is None:
        raise NotFound(
            "这份附件的缩略图还没有下载到本机。", remedy="联网同步后再打开。", code="blob_not_here"
        )
    return small.sha256


def want(work: Workspace, sha256: str) -> None:
    """Fetch the original at the next sync, whatever the line is like."""
    with work.database.writing() as connection:
        blobs.want(connection, [sha256])


def of(work: Workspace, owner_entity: str, owner_id: str) -> list[Attached]:
    """The attachments of one record, oldest first."""
    table = Attachment.__table__
    query = select(table).where(
        table.c.owner_entity == owner_entity, table.c.owner_id == owner_id, table.c.deleted.is_(False)
    )
    with work.reading() as connection:
        rows = connection.execute(query.order_by(table.c.created_hlc, table.c.id)).mappings().all()
        return [_attached(row, *_found(connection, row["sha256"])) for row in rows]


def one(work: Workspace, attachment_id: str) -> Attached:
    """One attachment. Raises NotFound."""
    table = Attachment.__table__
    with work.reading() as connection:
        query = select(table).where(table.c.id == attachment_id, table.c.deleted.is_(False))
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound("没有找到这个附件。", remedy="它可能已被删除，请刷新后再试。")
        return _attached(row, *_found(connection, row["sha256"]))


def _found(connection: Any, sha256: str) -> tuple[Blob | None, bool]:
    return blobs.find(connection, sha256), any(b.here for b in blobs.previews_of(connection, sha256))


def _attached(row: Any, blob: Blob | None, has_preview: bool) -> Attached:
    where, percent = _where(blob)
    return Attached(
        row["id"],
        row["sha256"],
        row["kind"],
        row["caption"] or "",
        row["taken_at"],
        row["size"] or 0,
        row["width"],
        row["height"],
        row["sensitive"],
        blob.media_type if blob is not None else "",
        where,
        percent,
        blob is not None and blob.here,
        has_preview,
    )


def _where(blob: Blob | None) -> tuple[Where, int]:
    if blob is None:
        return Where.NOT_SENT, 0
    if not blob.here:
        return Where.TO_FETCH, 0
    if blob.receipt_at:
        return Where.RECEIVED, 100
    place, offset = blobs.upload_of(blob)
    return (Where.UPLOADING, offset * 100 // blob.size) if place else (Where.LOCAL, 0)


def export(work: Workspace, sha256: str, target: Path) -> Path:
    """Write the content into a file of its own, whole or not at all; a folder gets a name. Raises Trouble, NotFound."""
    found = content(work, sha256)
    with work.reading() as connection:
        row = blobs.find(connection, sha256)
    assert row is not None
    path = target / f"{sha256[:16]}{_SUFFIXES.get(row.media_type, '')}" if target.is_dir() else target
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with translated(path):
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(found)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    return path
