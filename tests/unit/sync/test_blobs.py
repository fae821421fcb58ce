"""Contents on this laptop's disk, in a real encrypted store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.laptops import laptop
from villageapp.errors import AppError, NotFound, SyncError, Trouble
from villageapp.services.workspace import Workspace
from villageapp.sync import blobs

CONTENT = b"photo" * 40_000
SHA = blobs.hash_of(CONTENT)
JPEG = "image/jpeg"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    with laptop(tmp_path, "one") as opened:
        yield opened


def take(work: Workspace, content: bytes = CONTENT, preview_of: str = "") -> bool:
    with work.database.writing() as connection:
        sha256 = blobs.hash_of(content)
        return blobs.take(work.data_dir, connection, sha256, content, JPEG, preview_of)


def opened(work: Workspace, sha256: str = SHA) -> bytes:
    with work.reading() as connection:
        return blobs.open_content(work.data_dir, connection, sha256)


def pending(work: Workspace) -> list[tuple[str, int]]:
    with work.reading() as connection:
        return blobs.pending(connection)


def files(work: Workspace) -> list[Path]:
    return [p for p in work.data_dir.blobs.rglob("*") if p.is_file()]


def test_what_is_taken_comes_back_and_lies_sealed_under_its_hash(work: Workspace) -> None:
    assert take(work)
    assert not take(work)
    assert opened(work) == CONTENT
    assert pending(work) == [(SHA, len(CONTENT))]
    assert files(work) == [work.data_dir.blobs / SHA[:2] / SHA]
    assert b"photophoto" not in files(work)[0].read_bytes()
    if os.name == "posix":
        assert files(work)[0].stat().st_mode & 0o777 == 0o600


def test_equal_contents_of_two_laptops_look_different_on_disk(tmp_path: Path, work: Workspace) -> None:
    with laptop(tmp_path, "two") as other:
        take(work)
        take(other)
        assert files(work)[0].name == files(other)[0].name
        assert files(work)[0].read_bytes() != files(other)[0].read_bytes()


def test_small_contents_are_sent_first(work: Workspace) -> None:
    for size in (3000, 10, 200):
        take(work, bytes([size % 251]) * size)
    assert [size for _, size in pending(work)] == [10, 200, 3000]


@pytest.mark.parametrize(
    ("sha256", "content", "media_type", "preview_of", "code"),
    [
        (SHA, CONTENT + b"!", JPEG, "", "wrong_hash"),
        (SHA.upper(), CONTENT, JPEG, "", "wrong_hash"),
        ("../../../../etc/passwd", CONTENT, JPEG, "", "wrong_hash"),
        (blobs.hash_of(b""), b"", JPEG, "", "malformed"),
        (SHA, CONTENT, "text/html; charset=x", "", "malformed"),
        (SHA, CONTENT, JPEG, "..", "malformed"),
    ],
)
def test_what_is_not_what_it_is_called_is_refused_and_leaves_nothing(
    work: Workspace, sha256: str, content: bytes, media_type: str, preview_of: str, code: str
) -> None:
    with pytest.raises(SyncError) as refused, work.database.writing() as connection:
        blobs.take(work.data_dir, connection, sha256, content, media_type, preview_of)
    assert refused.value.code == code
    assert files(work) == []
    assert pending(work) == []


def test_a_hash_from_elsewhere_never_names_another_file(work: Workspace) -> None:
    with pytest.raises(SyncError):
        blobs.path_of(work.data_dir, "../" * 8 + "etc/passwd")
    with pytest.raises(NotFound), work.reading() as connection:
        blobs.open_content(work.data_dir, connection, "../" * 8 + "etc/passwd")


def test_a_damaged_cut_or_missing_file_is_named_and_can_be_mended(work: Workspace) -> None:
    take(work)
    path = files(work)[0]
    whole = path.read_bytes()
    for wrong in (whole[:-1], whole[:70_000], b"", whole[:100] + b"\0" + whole[101:]):
        path.write_bytes(wrong)
        with pytest.raises(Trouble) as refused:
            opened(work)
        assert refused.value.code == "blob_damaged"
    path.unlink()
    with pytest.raises(Trouble):
        opened(work)
    assert take(work)
    assert opened(work) == CONTENT


def test_a_transaction_that_is_rolled_back_leaves_no_row_and_harms_no_content(work: Workspace) -> None:
    class Stop(AppError):
        pass

    for _ in range(2):
        with pytest.raises(Stop), work.database.writing() as connection:
            blobs.take(work.data_dir, connection, SHA, CONTENT, JPEG)
            raise Stop("here")
        assert pending(work) == []
    take(work)
    with pytest.raises(Stop), work.database.writing() as connection:
        blobs.take(work.data_dir, connection, SHA, CONTENT, JPEG)
        raise Stop("here")
    assert opened(work) == CONTENT


def test_receipts_count_for_one_epoch_of_the_server(work: Workspace) -> None:
    take(work)
    with work.database.writing() as connection:
        blobs.note_upload(connection, SHA, "/uploads/1", 77)
        row = blobs.find(connection, SHA)
        assert row is not None
        assert blobs.upload_of(row) == ("/uploads/1", 77)
        assert blobs.mark_received(connection, [SHA], "2026-01-01T00:00:00.000Z", "first") == 1
        assert blobs.mark_received(connection, [SHA], "2026-01-02T00:00:00.000Z", "first") == 0
        assert blobs.pending(connection) == []
        assert blobs.void_receipts(connection, "first") == 0
        assert blobs.void_receipts(connection, "second") == 1
        row = blobs.find(connection, SHA)
        assert row is not None
        assert blobs.upload_of(row) == ("", 0)
    assert pending(work) == [(SHA, len(CONTENT))]
    assert opened(work) == CONTENT


def test_previews_and_wanted_ones_are_fetched_before_others(work: Workspace) -> None:
    big, small, wanted, preview = (blobs.hash_of(bytes([n])) for n in range(4))
    with work.database.writing() as connection:
        for sha256, size, of in ((big, 9000, ""), (small, 90, ""), (wanted, 5000, ""), (preview, 700, big)):
            blobs.expect(connection, sha256, size, JPEG, of)
            blobs.expect(connection, sha256, size + 1, JPEG, of)
        blobs.want(connection, [wanted])
        assert [(b.sha256, b.size) for b in blobs.absent(connection)] == [
            (preview, 700),
            (wanted, 5000),
            (small, 90),
            (big, 9000),
        ]
        with pytest.raises(SyncError):
            blobs.expect(connection, "x", 1, JPEG, "")
        with pytest.raises(SyncError):
            blobs.expect(connection, big, blobs.MAX_SIZE + 1, JPEG, "")


_TAKE = """
import resource, sys
from pathlib import Path
from tests.helpers.laptops import laptop
from villageapp.sync import blobs
from villageapp.errors import Trouble
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
content = bytes(3_000_000)
with laptop(Path(sys.argv[1]), "small") as work:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    try:
        with work.database.writing() as connection:
            blobs.take(work.data_dir, connection, blobs.hash_of(content), content, "image/jpeg")
    except Trouble as error:
        print(error.code, [p.name for p in work.data_dir.blobs.rglob("*") if p.is_file()])
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of file size are posix")
def test_a_file_that_the_disk_does_not_take_leaves_nothing(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _TAKE, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.stdout.split(" ", 1)[1:] == ["[]\n"], ended.stdout + ended.stderr
