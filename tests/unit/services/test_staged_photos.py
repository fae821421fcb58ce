"""Photos of a draft: sealed on the disk, attached when the visit is saved, swept when nobody names them."""

from __future__ import annotations

import io
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.helpers.stores import ZHANG, family_id
from villageapp.errors import Trouble, ValidationFailed
from villageapp.services import attachments, drafts, staged_photos, undoing, visits
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)


def picture(colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(buffer, "PNG")
    return buffer.getvalue()


def values(work: Workspace) -> dict[str, Any]:
    return {"kind": "01", "started_at": work.now() - timedelta(hours=1), "result": "见到户主"}


def files(work: Workspace) -> list[Path]:
    folder = work.data_dir.blobs / "staged"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_nothing_readable_lies_on_the_disk(work: Workspace) -> None:
    photo = staged_photos.stage(work, picture())
    plain = staged_photos.content(work, photo)
    assert plain.startswith(b"\xff\xd8")
    assert Image.open(io.BytesIO(plain)).size == (320, 200)
    sealed = files(work)[0].read_bytes()
    assert b"\xff\xd8\xff" not in sealed
    assert b"JFIF" not in sealed
    assert attachments.of(work, "visit", HOME) == []


def test_the_draft_brings_them_back_and_saving_attaches_them(work: Workspace) -> None:
    first, second = (staged_photos.stage(work, picture(colour)) for colour in ("red", "blue"))
    drafts.save(work, "visit", HOME, {staged_photos.PHOTOS: [first.as_row(), second.as_row()]})
    kept = drafts.load(work, "visit", HOME)
    assert kept is not None
    found = staged_photos.from_rows(kept.values[staged_photos.PHOTOS])
    assert found == (first, second)
    saved = visits.record_visit(work, HOME, values(work), photos=found)
    attached = attachments.of(work, "visit", saved.id)
    assert [one.sha256 for one in attached] == [first.sha256, second.sha256]
    assert all(one.is_here and one.has_preview for one in attached)
    assert attachments.content(work, first.sha256).startswith(b"\xff\xd8")
    assert files(work) == []
    assert drafts.load(work, "visit", HOME) is None


def test_a_lost_file_stops_the_save_and_keeps_the_draft(work: Workspace) -> None:
    photo = staged_photos.stage(work, picture())
    drafts.save(work, "visit", HOME, {staged_photos.PHOTOS: [photo.as_row()]})
    files(work)[0].unlink()
    with pytest.raises(Trouble) as refused:
        visits.record_visit(work, HOME, values(work), photos=[photo])
    assert refused.value.code == "staged_photo_gone"
    assert visits.count_visits(work) == 0
    assert drafts.load(work, "visit", HOME) is not None


def test_an_altered_file_is_noticed(work: Workspace) -> None:
    photo = staged_photos.stage(work, picture())
    path = files(work)[0]
    sealed = bytearray(path.read_bytes())
    sealed[40] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(Trouble):
        staged_photos.content(work, photo)


def test_one_undo_takes_the_visit_with_its_photos_back(work: Workspace) -> None:
    photo = staged_photos.stage(work, picture())
    saved = visits.record_visit(work, HOME, values(work), photos=[photo])
    undoing.undo(work)
    assert visits.list_visits(work, HOME) == []
    assert attachments.of(work, "visit", saved.id) == []


def test_the_same_photo_twice_is_attached_once(work: Workspace) -> None:
    twice = [staged_photos.stage(work, picture()) for _ in range(2)]
    saved = visits.record_visit(work, HOME, values(work), photos=twice)
    assert len(attachments.of(work, "visit", saved.id)) == 1
    assert files(work) == []


def test_files_that_no_draft_names_go_after_a_day(work: Workspace) -> None:
    kept, lost, young = (staged_photos.stage(work, picture(colour)) for colour in ("red", "blue", "green"))
    drafts.save(work, "visit", HOME, {staged_photos.PHOTOS: [kept.as_row()]})
    folder, old = work.data_dir.blobs / "staged", time.time() - 2 * 24 * 3600
    for photo in (kept, lost):
        os.utime(folder / photo.file, (old, old))
    last = staged_photos.stage(work, picture("white"))
    assert {path.name for path in files(work)} == {kept.file, young.file, last.file}


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG cut"])
def test_what_is_no_picture_is_refused(work: Workspace, content: bytes) -> None:
    with pytest.raises(ValidationFailed):
        staged_photos.stage(work, content)
    assert files(work) == []


@pytest.mark.parametrize(
    "rows",
    [None, "text", [1], [{}], [{"file": "../../etc/passwd", "key": "0" * 64, "sha256": "0" * 64}]],
)
def test_a_strange_draft_names_no_photo(rows: object) -> None:
    assert staged_photos.from_rows(rows) == ()


def test_a_row_with_a_path_for_a_name_is_left_out(work: Workspace) -> None:
    row = staged_photos.stage(work, picture()).as_row()
    assert staged_photos.from_rows([{**row, "file": "../" * 10 + "x"}]) == ()
