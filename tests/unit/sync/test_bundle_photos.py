"""Photos on a stick: taken along while the server has not signed for them, small ones first, damaged ones left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.helpers.laptops import certify, laptop
from tests.helpers.sticks import add, give, take
from villageapp.errors import Trouble
from villageapp.progress import SILENT
from villageapp.services.bundles import export_bundle, import_bundle
from villageapp.services.workspace import Workspace
from villageapp.sync import blobs, bundle_file
from villageapp.sync.bundle_format import BlobHeader, Part, read_blob_header


def keep(work: Workspace, size: int, preview_of: str = "", seed: int = 0) -> str:
    """A photo on this laptop; its name."""
    content = Random(f"{seed} {size}").randbytes(size)
    name = blobs.hash_of(content)
    with work.database.writing() as connection:
        blobs.take(work.data_dir, connection, name, content, "image/jpeg", preview_of)
    return name


def content(work: Workspace, name: str) -> bytes:
    with work.reading() as connection:
        return blobs.open_content(work.data_dir, connection, name)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    add(a, 1)
    yield a, b
    a.close()
    b.close()


def test_photos_arrive_whole_and_once(pair: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    a, b = pair
    photo = keep(a, 3_000_001)
    small = keep(a, 20_000, photo)
    written = give(a, tmp_path / "a.zcb")
    assert (written.changes, written.blobs, written.damaged) == (1, 2, 0)
    report = take(b, tmp_path / "a.zcb")
    assert (report.changes, report.blobs) == (1, 2)
    assert content(b, photo) == content(a, photo)
    with b.reading() as connection:
        row = blobs.find(connection, small)
    assert row is not None
    assert (row.preview_of, row.here, row.receipt_at) == (photo, True, "")
    assert take(b, tmp_path / "a.zcb").blobs == 0
    assert give(b, tmp_path / "b.zcb", "server").blobs == 2  # relayed


def test_what_the_server_signed_for_is_not_carried_again(
    pair: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    a, _ = pair
    first, second = keep(a, 5000), keep(a, 6000)
    with a.database.writing() as connection:
        blobs.mark_received(connection, [first], "2026-07-01T00:00:00.000Z", "epoch")
    assert give(a, tmp_path / "1.zcb").blobs == 1
    assert give(a, tmp_path / "2.zcb", everything=True).blobs == 2
    assert export_bundle(a, "server", tmp_path / "3.zcb", with_blobs=False).blobs == 0
    assert content(a, second)


def test_small_photos_come_first(pair: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    a, b = pair
    photo = keep(a, 90_000)
    keep(a, 50_000)
    keep(a, 70_000, photo)
    give(a, tmp_path / "a.zcb")
    found: list[BlobHeader] = []

    def note(part: int, payload: bytes) -> None:
        if part == Part.BLOB:
            found.append(read_blob_header(payload))

    with b.reading() as connection:
        key = connection.exec_driver_sql("SELECT box_key FROM replica").scalar_one()
    bundle_file.read(tmp_path / "a.zcb", key, note, SILENT)
    assert [(h.size, bool(h.preview_of)) for h in found] == [(70_000, True), (50_000, False), (90_000, False)]


def test_a_damaged_photo_does_not_hold_up_the_records(
    pair: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    a, b = pair
    bad, good = keep(a, 40_000), keep(a, 41_000)
    path = blobs.path_of(a.data_dir, bad)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    written = give(a, tmp_path / "a.zcb")
    assert (written.changes, written.blobs, written.damaged) == (1, 1, 1)
    assert take(b, tmp_path / "a.zcb").blobs == 1
    assert content(b, good)


def test_interrupted_between_photos_the_records_stay_and_the_rest_follows(
    pair: tuple[Workspace, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    names = [keep(a, 200_000, seed=seed) for seed in range(5)]
    give(a, tmp_path / "a.zcb")
    seen: list[str] = []
    honest = blobs.take

    def pulled(*arguments: object, **named: object) -> bool:
        if len(seen) == 2:
            raise OSError(5, "Input/output error")
        seen.append("")
        return honest(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(blobs, "take", pulled)
    with pytest.raises(Trouble) as refused:
        import_bundle(b, tmp_path / "a.zcb")
    assert refused.value.code == "blobs_interrupted"
    assert "2 张" in refused.value.message
    monkeypatch.undo()
    report = take(b, tmp_path / "a.zcb")
    assert (report.changes, report.already_known, report.blobs) == (0, 1, 3)
    assert all(content(b, name) for name in names)
