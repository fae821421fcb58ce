"""Drives that are full, write-protected, pulled out or lying: nothing half-written ever bears the final name."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from tests.helpers.laptops import certify, laptop
from tests.helpers.servers import eventually
from tests.helpers.sticks import Snapshot, add, give, left_over, take
from villageapp.errors import Cancelled, Trouble
from villageapp.services.bundles import export_bundle, import_bundle
from villageapp.services.workspace import Workspace
from villageapp.sync import bundle_file, bundle_format
from villageapp.sync.bundle_format import Manifest
from villageapp.sync.chain import Sealed

BOX, KEY = PrivateKey(bytes(range(32))), SigningKey(bytes(range(32)))
POSIX = pytest.mark.skipif(os.name != "posix", reason="limits and users of a process are set the POSIX way")
_CHILD = """
import os, resource, sys
from pathlib import Path
from tests.unit.sync.test_bundle_drive import write_large
from villageapp.errors import AppError
path, limit, user = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if user:
    os.setuid(user)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    write_large(path, wait=limit == 0 and not user)
except AppError as error:
    print(error.code, flush=True)
else:
    print("written", flush=True)
"""


class Impatient:
    """A person who cancels after so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def step(self, done: int, total: int, what: str) -> None:
        """Ignore."""

    def check_cancelled(self) -> None:
        """Cancel when the time has come."""
        self.looks -= 1
        if self.looks < 0:
            raise Cancelled


def write_large(path: Path, *, wait: bool = False, replace: bool = False) -> int:
    """Write 8 MB of segments; with ``wait`` only half of them, until something comes on standard input."""
    return bundle_file.write(
        path, _frames(wait), lambda digest: KEY.sign(digest).signature, [bytes(BOX.public_key)], Impatient(10**9),
        replace=replace,
    )  # fmt: skip


def _frames(wait: bool) -> Iterator[bytes]:
    yield bundle_format.manifest_frame(Manifest(1, "w", "v", "", "reply", {}, 0, 1, "t"))
    for number in range(8):
        if wait and number == 4:
            sys.stdin.read()
        yield bundle_format.segment_frame(Sealed(b"h", os.urandom(1_000_000), b"s"))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="stick-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def child(path: Path, limit: int = 0, user: int = 0) -> subprocess.Popen[str]:
    """Writes the file in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path), str(limit), str(user)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


def said(process: subprocess.Popen[str]) -> str:
    """How the child ended."""
    try:
        return process.communicate(timeout=60)[0].strip()
    finally:
        process.kill()


@POSIX
def test_a_full_drive_leaves_nothing_behind(open_folder: Path) -> None:
    assert said(child(open_folder / "a.zcb", limit=3_000_000)) == "disk_full"
    assert left_over(open_folder, []) == []


@POSIX
def test_a_write_protected_drive_is_named(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    ordinary = 65534 if os.geteuid() == 0 else 0  # root writes everywhere
    limit = 0 if ordinary else 10**9
    assert said(child(open_folder / "a.zcb", limit=limit, user=ordinary)) == "write_protected"
    assert left_over(open_folder, []) == []


def test_killed_while_writing_no_file_bears_the_name_and_the_next_export_cleans_up(open_folder: Path) -> None:
    path = open_folder / "a.zcb"
    process = child(path)
    try:
        assert eventually(lambda: sum(p.stat().st_size for p in open_folder.iterdir()) > 1_000_000)
    finally:
        process.kill()
        process.communicate()
    assert not path.exists()
    assert len(left_over(open_folder, [])) == 1
    size = write_large(path)
    assert left_over(open_folder, ["a.zcb"]) == []
    assert path.stat().st_size == size > 8_000_000


def test_a_drive_without_room_is_found_out_before_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=500_000))
    with pytest.raises(Trouble) as refused:
        write_large(tmp_path / "a.zcb")
    assert refused.value.code == "disk_full"
    assert left_over(tmp_path, []) == []


@POSIX
def test_a_stick_that_loses_what_it_took_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = os.fsync

    def lying(descriptor: int) -> None:
        if os.fstat(descriptor).st_size > 4_000_000:
            os.pwrite(descriptor, bytes(4096), 4_000_000)
        honest(descriptor)

    monkeypatch.setattr(os, "fsync", lying)
    with pytest.raises(Trouble) as refused:
        write_large(tmp_path / "a.zcb")
    assert refused.value.code == "stick_damaged"
    assert left_over(tmp_path, []) == []


@pytest.mark.parametrize(
    "name", ["a:b.zcb", "走访?.zcb", "con.zcb", "LPT1.zcb", "尾点.zcb.", "长" * 252 + ".zcb"]
)
def test_a_name_that_no_stick_knows_is_refused_on_every_disk(tmp_path: Path, name: str) -> None:
    with pytest.raises(Trouble) as refused:
        write_large(tmp_path / name)
    assert refused.value.code == "bad_name"
    assert left_over(tmp_path, []) == []


def test_the_draft_of_a_long_name_is_no_longer_than_the_name(tmp_path: Path) -> None:
    name = "槐" * 83 + ".zcb"  # 253 bytes, of 255 that many disks allow
    write_large(tmp_path / name)
    assert left_over(tmp_path, []) == [name]


def test_replacing_goes_wrong_and_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_large(tmp_path / "a.zcb")
    before = (tmp_path / "a.zcb").read_bytes()
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1))
    with pytest.raises(Trouble):
        write_large(tmp_path / "a.zcb", replace=True)
    assert (tmp_path / "a.zcb").read_bytes() == before


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    add(a, *range(1, 20))
    yield a, b
    a.close()
    b.close()


@POSIX
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_drive_that_does_not_confirm_is_told_of_and_the_file_is_whole(
    pair: tuple[Workspace, Workspace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    first, second = pair
    stick, real = tmp_path / "stick", os.fsync
    stick.mkdir()
    path = stick / "a.zcb"

    def failing(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing)
        with pytest.raises(Trouble) as caught:
            give(first, path)
    assert caught.value.code == "not_confirmed"
    assert "没有导出" not in caught.value.message
    assert "已完整写出" in caught.value.message
    assert left_over(stick, ["a.zcb"]) == []
    take(second, path)
    assert Snapshot.of(second).state == Snapshot.of(first).state


def test_cancelled_at_any_moment_nothing_has_happened(
    pair: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    a, b = pair
    (tmp_path / "stick").mkdir()
    path = tmp_path / "stick" / "a.zcb"
    with pytest.raises(Cancelled):
        export_bundle(a, "colleague", path, Impatient(2))
    assert left_over(path.parent, []) == []
    give(a, path)
    for looks in range(3):
        before = Snapshot.of(b)
        with pytest.raises(Cancelled):
            import_bundle(b, path, Impatient(looks))
        assert Snapshot.of(b) == before
    assert take(b, path).changes == 19


def test_a_stick_pulled_out_while_it_is_read(pair: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    a, b = pair
    path = tmp_path / "a.zcb"
    give(a, path)

    class Pulled(Impatient):
        def check_cancelled(self) -> None:
            self.looks -= 1
            if self.looks < 0:
                raise OSError(5, "Input/output error")

    before = Snapshot.of(b)
    with pytest.raises(Trouble) as refused:
        import_bundle(b, path, Pulled(1))
    assert refused.value.code == "drive_failed"
    assert Snapshot.of(b) == before
