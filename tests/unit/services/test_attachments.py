"""Attachments of records in a real store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.helpers.photos import pdf, photo
from tests.helpers.stores import WANG, ZHANG, family_id
from villageapp.errors import AlreadyDone, NotFound, Trouble, ValidationFailed
from villageapp.services import attachments, records
from villageapp.services.attachments import Where
from villageapp.services.workspace import Workspace
from villageapp.sync import blobs

PHOTO = photo(1, (640, 480))
HOME = ("household", family_id(ZHANG))


def files(work: Workspace) -> list[Path]:
    return [p for p in work.data_dir.blobs.rglob("*") if p.is_file()]


def test_a_photo_is_kept_with_its_preview_and_a_record(work: Workspace) -> None:
    saved = attachments.add(work, PHOTO, *HOME, caption="大门", sensitive=False)
    assert saved.changes.touches("attachment", saved.id)
    (found,) = attachments.of(work, *HOME)
    assert found == attachments.one(work, saved.id)
    assert (found.id, found.caption, found.kind, found.sensitive) == (saved.id, "大门", "照片", False)
    assert (found.width, found.height) == (480, 640)
    assert found.taken_at == datetime(2024, 5, 5, 23, 8, 9, tzinfo=UTC)
    assert (found.where, found.state, found.is_here, found.has_preview) == (Where.LOCAL, "本机", True, True)
    content = attachments.content(work, found.sha256)
    assert (blobs.hash_of(content), len(content)) == (found.sha256, found.size)
    small = attachments.preview(work, found.sha256)
    assert small is not None
    assert len(small) < 12_001
    assert len(files(work)) == 2


def test_the_same_photo_twice_is_one_file(work: Workspace) -> None:
    attachments.add(work, PHOTO, *HOME)
    with pytest.raises(AlreadyDone):
        attachments.add(work, PHOTO, *HOME)
    attachments.add(work, PHOTO, "household", family_id(WANG))
    assert len(files(work)) == 2
    assert records.count(work, "attachment") == 2


def test_a_removed_attachment_may_be_added_again_and_its_content_stays(work: Workspace) -> None:
    saved = attachments.add(work, PHOTO, *HOME)
    records.remove(work, "attachment", saved.id)
    assert attachments.of(work, *HOME) == []
    with pytest.raises(NotFound):
        attachments.one(work, saved.id)
    assert len(files(work)) == 2
    attachments.add(work, PHOTO, *HOME)
    assert len(attachments.of(work, *HOME)) == 1


def test_files_are_read_with_bounds(work: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(PHOTO)
    attachments.add(work, path, *HOME)
    with pytest.raises(Trouble) as missing:
        attachments.add(work, tmp_path / "none.jpg", *HOME)
    assert "none.jpg" in missing.value.message
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(blobs.MAX_SIZE + 1)
    empty = tmp_path / "empty.jpg"
    empty.touch()
    for wrong in (huge, empty, tmp_path):
        with pytest.raises((ValidationFailed, Trouble)):
            attachments.add(work, wrong, *HOME)
    assert len(attachments.of(work, *HOME)) == 1


@pytest.mark.parametrize(
    "owner", [("household", "018f0000-0000-7000-8000-000000000009"), ("nothing", family_id(ZHANG))]
)
def test_an_owner_that_is_not_there_is_refused_and_nothing_kept(
    work: Workspace, owner: tuple[str, str]
) -> None:
    with pytest.raises(NotFound):
        attachments.add(work, PHOTO, *owner)
    assert records.count(work, "attachment") == 0
    with work.reading() as connection:
        assert blobs.pending(connection) == []


def test_a_pdf_is_a_document(work: Workspace) -> None:
    attachments.add(work, pdf(), *HOME)
    (found,) = attachments.of(work, *HOME)
    assert (found.kind, found.media_type, found.width) == ("文档", "application/pdf", None)
    assert attachments.preview(work, found.sha256) is not None


def test_a_damaged_file_is_asked_for_again(work: Workspace) -> None:
    sha256 = attachments.add(work, PHOTO, *HOME).detail
    path = blobs.path_of(work.data_dir, sha256)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(Trouble):
        attachments.content(work, sha256)
    (found,) = attachments.of(work, *HOME)
    assert (found.is_here, found.where) == (False, Where.TO_FETCH)
    with pytest.raises(NotFound):
        attachments.content(work, sha256)
    attachments.add(work, PHOTO, "household", family_id(WANG))  # brings it back
    assert blobs.hash_of(attachments.content(work, sha256)) == sha256


def test_a_lost_preview_is_made_again_from_the_photo(work: Workspace) -> None:
    sha256 = attachments.add(work, PHOTO, *HOME).detail
    before = attachments.preview(work, sha256)
    small = attachments.preview_hash(work, sha256)
    with work.database.writing() as connection:
        blobs.mark_lost(connection, small)
    again = attachments.preview(work, sha256)
    assert again is not None
    assert before is not None
    assert abs(len(again) - len(before)) < 2000


def test_the_state_follows_the_upload(work: Workspace) -> None:
    sha256 = attachments.add(work, PHOTO, *HOME).detail
    size = attachments.of(work, *HOME)[0].size
    with work.database.writing() as connection:
        blobs.note_upload(connection, sha256, "/somewhere", size * 2 // 5)
    assert attachments.of(work, *HOME)[0].state in ("正在上传 40%", "正在上传 39%")
    with work.database.writing() as connection:
        blobs.mark_received(connection, [sha256], "2026-01-01T00:00:00.000Z", "epoch")
    assert attachments.of(work, *HOME)[0].state == "省里已签收"


def test_a_content_can_be_written_out(work: Workspace, tmp_path: Path) -> None:
    sha256 = attachments.add(work, PHOTO, *HOME).detail
    path = attachments.export(work, sha256, tmp_path)
    assert path.suffix == ".jpg"
    assert path.read_bytes() == attachments.content(work, sha256)
    with pytest.raises(Trouble):
        attachments.export(work, sha256, tmp_path / "no" / "folder.jpg")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [path.name]
