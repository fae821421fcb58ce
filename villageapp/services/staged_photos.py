"""Photos chosen for a record that is not saved yet: prepared at once and sealed on the disk, the key in the draft alone.

They become attachments in the transaction that saves the record. A file that no draft names is unreadable and is
swept away after a day.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from villageapp import durable
from villageapp.domain import dates
from villageapp.domain.papers import ATTACHMENT
from villageapp.errors import Trouble, ValidationFailed
from villageapp.models.database import translated
from villageapp.models.ids import new_id
from villageapp.models.records import Attachment
from villageapp.services import drafts, pictures
from villageapp.services.attachments import DOCUMENT, PHOTO, read_plain
from villageapp.sync import blob_cipher, blobs
from villageapp.sync.blobs import MAX_SIZE

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

MOST = 30
"""Photos of one draft."""
PHOTOS = "photos"
"""Name under which a draft keeps them."""
_KEPT_SECONDS = 24 * 3600
"""A file that no draft names stays this long, so that a discarded draft can come back."""
_FILE, _KEY = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StagedPhoto:
    """One photo of a draft. ``size`` in bytes, sides in pixels, ``taken_at`` as ISO text, ``key`` in hex."""

    file: str
    key: str
    sha256: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    taken_at: str | None = None
    caption: str = ""

    def as_row(self) -> dict[str, Any]:
        """JSON types, for the draft."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReadyPhoto:
    """A staged photo opened for saving; the content proved to be the one that was chosen."""

    photo: StagedPhoto
    content: bytes
    preview: bytes


def from_rows(rows: object) -> tuple[StagedPhoto, ...]:
    """The photos that a draft names; rows of another shape are left out (an older program wrote them)."""
    found = [_from_row(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return tuple(photo for photo in found if photo is not None)


def _from_row(row: Mapping[str, Any]) -> StagedPhoto | None:
    try:
        photo = StagedPhoto(**row)
    except TypeError:
        return None
    named = _FILE.fullmatch(str(photo.file)) and _KEY.fullmatch(str(photo.key))
    return photo if named and blobs.is_sha256(str(photo.sha256)) and isinstance(photo.size, int) else None


def stage(work: Workspace, source: Path | bytes, caption: str = "") -> StagedPhoto:
    """Check, shrink and seal a photo, scan or PDF (at most 64 MB) for a draft.

    Raises ValidationFailed (no image or PDF, cut off, too large) and Trouble (file, disk); nothing is kept then.
    """
    raw = read_plain(source) if isinstance(source, Path) else source
    if not 0 < len(raw) <= MAX_SIZE:
        raise ValidationFailed([], "文件是空的，或超过 64 MB，没有采用。")
    picture = pictures.prepare(raw, pictures.limits_of(work.parameters, work.today()))
    key, file = secrets.token_bytes(blob_cipher.KEY_BYTES), secrets.token_hex(16)
    _write(_folder(work) / file, picture.content, key)
    _sweep(work)
    taken = dates.instant_text(picture.taken_at) if picture.taken_at is not None else None
    return StagedPhoto(
        file,
        key.hex(),
        blobs.hash_of(picture.content),
        picture.media_type,
        len(picture.content),
        picture.width,
        picture.height,
        taken,
        caption,
    )


def content(work: Workspace, photo: StagedPhoto) -> bytes:
    """The whole photo. Raises Trouble when its file is gone or damaged."""
    path = _folder(work) / photo.file
    try:
        sealed = path.read_bytes()
        found = blob_cipher.open_pieces(sealed, bytes.fromhex(photo.key), 0, photo.size)
    except (OSError, Trouble) as error:
        raise _gone() from error
    if blobs.hash_of(found) != photo.sha256:
        raise _gone()
    return found


def preview(work: Workspace, photo: StagedPhoto) -> bytes:
    """A small JPEG of it. Raises Trouble."""
    return pictures.preview_of(content(work, photo), pictures.limits_of(work.parameters, work.today()))


def ready(work: Workspace, photos: Sequence[StagedPhoto]) -> list[ReadyPhoto]:
    """Open them all before the transaction that saves the record. Raises Trouble, ValidationFailed (too many)."""
    if not photos:
        return []
    if len(photos) > MOST:
        raise ValidationFailed([], f"一次走访最多附 {MOST} 张照片，请删去一些再保存。草稿都在。")
    limits = pictures.limits_of(work.parameters, work.today())
    opened = [(photo, content(work, photo)) for photo in {photo.sha256: photo for photo in photos}.values()]
    return [ReadyPhoto(photo, found, pictures.preview_of(found, limits)) for photo, found in opened]


def attach(work: Workspace, session: Session, entity: str, owner_id: str, photo: ReadyPhoto) -> str:
    """Make it an attachment of the record within the caller's transaction; the attachment's id."""
    staged = photo.photo
    kind = DOCUMENT if staged.media_type == pictures.PDF else PHOTO
    values = {
        "kind": kind,
        "taken_at": staged.taken_at,
        "width": staged.width,
        "height": staged.height,
        "caption": staged.caption or None,
    }
    return keep(work, session, (entity, owner_id), photo.content, staged.media_type, photo.preview, values)


def keep(
    work: Workspace,
    session: Session,
    owner: tuple[str, str],
    content: bytes,
    media_type: str,
    preview: bytes,
    values: Mapping[str, Any],
) -> str:
    """Write content and preview, then the attachment of ``owner`` (entity, id), in the caller's transaction."""
    connection, at = session.connection(), dates.instant_text(work.now())
    sha256 = blobs.hash_of(content)
    blobs.take(work.data_dir, connection, sha256, content, media_type, added_at=at)
    small = blobs.hash_of(preview)
    blobs.take(work.data_dir, connection, small, preview, pictures.JPEG, sha256, added_at=at)
    made = Attachment(id=new_id())
    named = {"owner_entity": owner[0], "owner_id": owner[1], "sha256": sha256, "size": len(content)}
    made.assign(ATTACHMENT.check({**values, **named}))
    session.add(made)
    return made.id


def drop(work: Workspace, photos: Iterable[StagedPhoto]) -> None:
    """Remove the files of photos that are attachments now. Raises Trouble."""
    for photo in photos:
        path = _folder(work) / photo.file
        with translated(path):
            path.unlink(missing_ok=True)


def _folder(work: Workspace) -> Path:
    return work.data_dir.blobs / "staged"


def _write(path: Path, plain: bytes, key: bytes) -> None:
    """A sealed file that has its name only once it is complete and on the disk. Raises Trouble."""
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.writelines(blob_cipher.seal((plain,), len(plain), key))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        durable.sync_folder(path.parent)


def _sweep(work: Workspace) -> None:
    """Remove files older than a day that no draft names."""
    before = time.time() - _KEPT_SECONDS
    old = [path for path in _folder(work).iterdir() if path.stat().st_mtime < before]
    if not old:
        return
    named = {p.file for draft in drafts.all_drafts(work) for p in from_rows(draft.values.get(PHOTOS))}
    for path in old:
        if path.name not in named:
            path.unlink(missing_ok=True)


def _gone() -> Trouble:
    return Trouble(
        "草稿里有一张照片的文件已丢失或损坏。走访没有保存，草稿都在。",
        remedy="请删去这张照片，重新添加后再保存。",
        code="staged_photo_gone",
    )
