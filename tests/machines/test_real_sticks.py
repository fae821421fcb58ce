"""Stick files on FAT32, exFAT and NTFS as the drivers of this system write them: full, write-protected, pulled out,
with less room than they claim, infected, shared by five laptops.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from tests.helpers import drives
from tests.helpers.drives import KINDS, NTFS, Drive
from tests.helpers.laptops import certify, laptop
from tests.helpers.servers import eventually
from tests.helpers.sticks import Snapshot, add, give, left_over, take
from tests.unit.sync.test_bundle_drive import BOX, KEY, Impatient, child, said
from villageapp.errors import AppError, SyncError, Trouble
from villageapp.services.workspace import Workspace
from villageapp.sync import bundle_file, bundle_format
from villageapp.sync.bundle_drive import MAX_FILE
from villageapp.sync.bundle_format import Manifest, Part
from villageapp.sync.chain import Sealed

LONG_NAME = "槐树峪村驻村工作队二〇二六年十一月二十三日给示例镇包村干部郭春梅带回县里的同步文件（第三份）.zcb"
MEGABYTES = 48


@pytest.fixture(params=KINDS)
def drive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drive]:
    """An empty stick; skipped where it cannot be mounted."""
    reason = drives.missing(request.param)
    if reason:
        pytest.skip(f"{request.param}: {reason}")
    (tmp_path / "drive").mkdir()
    with drives.stick(request.param, tmp_path / "drive", MEGABYTES) as made:
        yield made


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    add(a, *range(1, 20))
    with a, b:
        yield a, b


def write(path: Path, count: int = 8, *, replace: bool = False, each: Callable[[], object] = int) -> int:
    """Write so many megabytes of segments; ``each`` is called before every one."""

    def frames() -> Iterator[bytes]:
        yield bundle_format.manifest_frame(Manifest(1, "w", "v", "", "reply", {}, 0, 1, "t"))
        for _ in range(count):
            each()
            yield bundle_format.segment_frame(Sealed(b"h", os.urandom(1_000_000), b"s"))

    sign: Callable[[bytes], bytes] = lambda digest: KEY.sign(digest).signature  # noqa: E731
    return bundle_file.write(path, frames(), sign, [bytes(BOX.public_key)], Impatient(10**9), replace=replace)


def read(path: Path) -> int:
    """Segments (megabytes) in a whole file. Raises SyncError when it is not whole."""
    found: list[int] = []
    bundle_file.read(path, bytes(BOX), lambda part, payload: found.append(part), Impatient(10**9))
    return found.count(Part.SEGMENT)


def test_a_file_with_a_long_chinese_name_comes_across(
    drive: Drive, pair: tuple[Workspace, Workspace]
) -> None:
    with drive.plugged_in() as folder:
        give(pair[0], folder / LONG_NAME)
        os.utime(folder / LONG_NAME, (315_619_200, 315_619_200))  # a laptop whose clock stands at 1980
        assert left_over(folder, ["System Volume Information"]) == [LONG_NAME]
    with drive.plugged_in(read_only=True) as folder:
        assert take(pair[1], folder / LONG_NAME).changes == 19
    assert Snapshot.of(pair[0]).state == Snapshot.of(pair[1]).state


def test_a_name_that_sticks_do_not_know_is_refused_with_the_reason(drive: Drive) -> None:
    with drive.plugged_in() as folder:
        for name in ("a:b.zcb", "走访?.zcb", "con.zcb", "长" * 252 + ".zcb"):
            with pytest.raises(Trouble) as refused:
                write(folder / name, 1)
            assert refused.value.code == "bad_name", name
        write(folder / ("长" * 80 + ".zcb"), 1)
        assert len(left_over(folder, [])) == 1


def test_capitals_make_no_other_file(drive: Drive) -> None:
    with drive.plugged_in() as folder:
        write(folder / "a.zcb", 1)
        if not (folder / "A.ZCB").exists():
            pytest.skip("this driver tells capitals apart")
        with pytest.raises(AppError) as refused:
            write(folder / "A.ZCB", 1)
        assert refused.value.code == "file_exists"
        write(folder / "A.ZCB", 2, replace=True)
        assert [name.lower() for name in left_over(folder, [])] == ["a.zcb"]
    with drive.plugged_in() as folder:  # a driver may remember the former file under the other name till then
        assert read(folder / "a.zcb") == 2


def test_a_full_stick_is_named_and_what_was_on_it_stays(drive: Drive) -> None:
    with drive.plugged_in() as folder:
        write(folder / "old.zcb", 1)
        room = shutil.disk_usage(folder).free
        (folder / "照片.bin").write_bytes(bytes(room - 4_000_000))
        with pytest.raises(Trouble) as refused:
            write(folder / "a.zcb")
        assert refused.value.code == "disk_full"
        with pytest.raises(Trouble) as refused:
            write(folder / "old.zcb", replace=True)
        assert refused.value.code == "disk_full"
        assert left_over(folder, ["old.zcb", "照片.bin"]) == []
        assert read(folder / "old.zcb") == 1
        (folder / "照片.bin").unlink()
        write(folder / "a.zcb")


def test_a_write_protected_stick_is_named_and_can_be_read(
    drive: Drive, pair: tuple[Workspace, Workspace]
) -> None:
    with drive.plugged_in() as folder:
        give(pair[0], folder / "a.zcb")
    with drive.plugged_in(read_only=True) as folder:
        with pytest.raises(Trouble) as refused:
            give(pair[0], folder / "b.zcb")
        assert refused.value.code == "write_protected"
        with pytest.raises(Trouble) as refused:
            give(pair[0], folder / "a.zcb", replace=True)
        assert refused.value.code == "write_protected"
        assert take(pair[1], folder / "a.zcb").changes == 19


class Pulled:
    """What is on the medium at many moments, as if the stick had been pulled out then."""

    def __init__(self, drive: Drive, folder: Path) -> None:
        self._drive = drive
        self._folder = folder
        self.whole: dict[str, int] = {}
        """Files that were reported as written, and their megabytes."""
        self.moments: list[tuple[Drive, dict[str, int]]] = []

    def now(self) -> None:
        """Pull it out."""
        image = self._folder / f"pulled-{len(self.moments)}.img"
        self.moments.append((self._drive.as_it_is_now(image), dict(self.whole)))

    def write(self, path: Path, count: int) -> None:
        """Write a file, pulling at every step of it."""
        write(path, count, replace=True, each=self.now)
        self.whole[path.name] = count
        self.now()

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Pull before and after every fsync and rename."""
        sync, rename = os.fsync, os.replace

        def fsync(descriptor: int) -> None:
            self.now()
            sync(descriptor)
            self.now()

        def replace(source: Path, target: Path) -> None:
            self.now()
            self.whole.pop(target.name, None)  # until it is reported
            rename(source, target)
            self.now()

        patch.setattr(os, "fsync", fsync)
        patch.setattr(os, "replace", replace)


def test_pulled_out_at_any_moment_what_was_reported_is_whole(
    drive: Drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = Pulled(drive, tmp_path)
    with drive.plugged_in() as folder, monkeypatch.context() as patch:
        pulled.watch(patch)
        pulled.write(folder / "a.zcb", 2)
        pulled.write(folder / "b.zcb", 3)
        pulled.write(folder / "a.zcb", 4)
    assert len(pulled.moments) >= 30
    for moment, (one, whole) in enumerate(pulled.moments):
        with one.plugged_in() as folder:
            found = {name: read(folder / name) for name in whole}
            assert found == whole, f"moment {moment}"
            for name in {"a.zcb", "b.zcb"} - set(whole):
                assert _whole_or_refused(folder / name) in (2, 3, 4, None), f"moment {moment}"
            if moment % 5 == 0:
                write(folder / "a.zcb", 1, replace=True)
                assert read(folder / "a.zcb") == 1, f"moment {moment}"


def _whole_or_refused(path: Path) -> int | None:
    """Between rename and report the name may bear nothing, or on FAT a file without its length."""
    try:
        return read(path)
    except SyncError as refused:
        assert refused.code in ("not_a_bundle", "damaged")
    except Trouble as refused:
        assert refused.code == "file_missing"
    return None


def test_a_stick_that_gives_back_other_bytes_than_it_took_is_found_out(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As sticks do that claim more room than they have: the blocks behind its end come back as zeros."""
    honest = os.fsync
    lost: list[bool] = []

    def fsync(descriptor: int) -> None:
        honest(descriptor)
        for draft in drive.folder.glob(".*.part"):
            with draft.open("rb") as file:
                file.seek(5_000_000)
                lost.append(drive.lose(file.read(512)))

    with drive.plugged_in() as folder:
        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(Trouble) as refused:
            write(folder / "a.zcb")
        assert refused.value.code == "stick_damaged"
        assert lost == [True]
        assert left_over(folder, []) == []


def test_what_a_virus_left_on_the_stick_is_neither_used_nor_touched(
    drive: Drive, pair: tuple[Workspace, Workspace]
) -> None:
    with drive.plugged_in() as folder:
        left = ["autorun.inf", "U盘.lnk", "a.zcb.lnk", "a.zcb.exe", "~$WRZ.part", ".Trashes"]
        for name in left:
            (folder / name).write_bytes(b"MZ" + name.encode())
        (folder / "System Volume Information").mkdir(exist_ok=True)
        give(pair[0], folder / "a.zcb")
        assert [(folder / name).read_bytes() for name in left] == [b"MZ" + name.encode() for name in left]
        for name in left:
            with pytest.raises(SyncError) as refused:
                take(pair[1], folder / name)
            assert refused.value.code == "not_a_bundle"
        with pytest.raises(AppError):
            take(pair[1], folder / "System Volume Information")
        assert take(pair[1], folder / "a.zcb").changes == 19


def test_five_laptops_use_one_stick_in_any_order(drive: Drive, tmp_path: Path) -> None:
    with ExitStack() as held:
        works = [held.enter_context(laptop(tmp_path, name)) for name in "甲乙丙丁戊"]
        certify(*works)
        for place, work in enumerate(works):
            add(work, *range(place * 10 + 1, place * 10 + 6))
        rng = Random(5)
        for _ in range(2):
            for work in rng.sample(works, 5):
                _use(drive, work)
        for work in works:
            _use(drive, work)
        assert len({Snapshot.of(work).state.hash for work in works}) == 1


def _use(drive: Drive, work: Workspace) -> None:
    """Plug in, take what the others left, leave one's own, in place of what was there."""
    with drive.plugged_in() as folder:
        for path in sorted(folder.glob("*.zcb")):
            if path.stem != work.data_dir.root.name:
                take(work, path)
        give(work, folder / f"{work.data_dir.root.name}.zcb", everything=True, replace=True)


def test_a_file_larger_than_any_bundle_is_refused_unread(
    drive: Drive, pair: tuple[Workspace, Workspace]
) -> None:
    if drive.kind != NTFS:
        pytest.skip("files with holes are known to NTFS alone")
    with drive.plugged_in() as folder:
        with (folder / "a.zcb").open("wb") as file:
            file.truncate(MAX_FILE + 1)
        with pytest.raises(SyncError) as refused:
            take(pair[1], folder / "a.zcb")
        assert refused.value.code == "not_a_bundle"


def test_the_driver_dies_while_a_file_is_written(drive: Drive, tmp_path: Path) -> None:
    """A stick that is gone in the middle of writing, from the writer's side."""
    if not drive.program:
        pytest.skip("this driver is in the kernel and does not die")
    with drive.plugged_in() as folder:
        process = child(folder / "a.zcb")
        try:
            assert eventually(lambda: sum(p.stat().st_size for p in folder.iterdir()) > 1_000_000)
            drive.kill()
        except BaseException:
            process.kill()
            raise
        assert said(process) == "drive_failed"
    with drive.as_it_is_now(tmp_path / "again.img").plugged_in() as folder:
        assert not (folder / "a.zcb").exists()
        assert write(folder / "a.zcb") > 8_000_000
        assert left_over(folder, ["a.zcb"]) == []
