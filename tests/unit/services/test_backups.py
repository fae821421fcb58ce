"""Backups: what comes back is what was there; a damaged or foreign file changes nothing."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from tests.helpers.stores import PASSPHRASE, ZHANG, family_id
from villageapp.errors import AlreadyDone, NotAllowed, NotFound, Trouble
from villageapp.paths import DataDir
from villageapp.services import backups, households, syncing
from villageapp.services.workspace import Workspace, open_workspace


def test_a_backup_holds_what_was_committed_and_opens_elsewhere(work: Workspace, tmp_path: Path) -> None:
    households.change(work, family_id(ZHANG), {"phone": "13900000001"})
    made = backups.create(work, tmp_path / "one.zcbak")
    households.change(work, family_id(ZHANG), {"phone": "13900000002"})
    assert made.hash != syncing.state_hash(work).hash
    assert backups.verify(tmp_path / "one.zcbak", PASSPHRASE) == made
    elsewhere = DataDir(tmp_path / "elsewhere")
    backups.restore(tmp_path / "one.zcbak", elsewhere, PASSPHRASE)
    with open_workspace(elsewhere, PASSPHRASE) as restored:
        assert syncing.state_hash(restored).hash == made.hash
        assert households.page(restored, family_id(ZHANG)).values["phone"] == "13900000001"
    assert sorted(p.name for p in elsewhere.root.iterdir() if p.name.startswith(".")) == []
    if os.name == "posix":
        assert {p.stat().st_mode & 0o077 for p in (elsewhere.database, elsewhere.key_slots)} == {0}


def test_photos_travel_with_it(work: Workspace, tmp_path: Path) -> None:
    name = "ab" * 32
    photo = work.data_dir.blobs / name[:2] / name
    photo.parent.mkdir(parents=True)
    photo.write_bytes(os.urandom(5000))
    assert backups.create(work, tmp_path / "one.zcbak").photos == 1
    elsewhere = DataDir(tmp_path / "elsewhere")
    backups.restore(tmp_path / "one.zcbak", elsewhere, PASSPHRASE)
    assert (elsewhere.blobs / name[:2] / name).read_bytes() == photo.read_bytes()


def test_nothing_readable_lies_in_the_file(work: Workspace, tmp_path: Path) -> None:
    backups.create(work, tmp_path / "one.zcbak")
    content = (tmp_path / "one.zcbak").read_bytes()
    for word in ("张示范", "14990119620315001X", "13800000001"):
        assert word.encode() not in content


def test_an_existing_file_and_an_existing_store_stay(work: Workspace, tmp_path: Path) -> None:
    target = tmp_path / "one.zcbak"
    backups.create(work, target)
    before = target.read_bytes()
    with pytest.raises(AlreadyDone):
        backups.create(work, target)
    assert target.read_bytes() == before
    other = DataDir(tmp_path / "elsewhere")
    backups.restore(target, other, PASSPHRASE)
    with pytest.raises(AlreadyDone):
        backups.restore(target, other, PASSPHRASE)
    backups.restore(target, other, PASSPHRASE, replace=True)
    kept = list(other.root.glob("before-restore-*/village.db"))
    assert len(kept) == 1


def test_a_wrong_passphrase_changes_nothing(work: Workspace, tmp_path: Path) -> None:
    backups.create(work, tmp_path / "one.zcbak")
    elsewhere = DataDir(tmp_path / "elsewhere")
    with pytest.raises(NotAllowed):
        backups.restore(tmp_path / "one.zcbak", elsewhere, "不是这个口令呀")
    assert not elsewhere.exists()


@pytest.mark.parametrize("place", [600, 5_000, 40_000, -15_000])
def test_a_flipped_bit_or_a_cut_is_noticed(work: Workspace, tmp_path: Path, place: int) -> None:
    backups.create(work, tmp_path / "one.zcbak")
    content = bytearray((tmp_path / "one.zcbak").read_bytes())
    cut = tmp_path / "cut.zcbak"
    cut.write_bytes(content[:place])
    flipped = tmp_path / "flipped.zcbak"
    content[place] ^= 1
    flipped.write_bytes(content)
    elsewhere = DataDir(tmp_path / "elsewhere")
    with pytest.raises(Trouble):
        backups.restore(cut, elsewhere, PASSPHRASE)
    try:
        backups.restore(flipped, elsewhere, PASSPHRASE)
    except (Trouble, NotAllowed):
        assert not elsewhere.exists()
    else:  # padding between members carries nothing
        with open_workspace(elsewhere, PASSPHRASE) as restored:
            assert syncing.state_hash(restored).hash == syncing.state_hash(work).hash


def test_a_hostile_archive_writes_nothing_outside(tmp_path: Path) -> None:
    path = tmp_path / "evil.zcbak"
    files = {"village.db": [1, "0"], "keys.json": [1, "0"], "../evil": [1, "0"]}
    manifest = {"format": 1, "made_at": "", "village": "", "hash": "", "records": 0, "files": files}
    with tarfile.open(path, "w:") as archive:
        for name, content in (("manifest.json", json.dumps(manifest).encode()), ("../evil", b"x")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    with pytest.raises(Trouble):
        backups.restore(path, DataDir(tmp_path / "elsewhere"), PASSPHRASE)
    assert not (tmp_path / "evil").exists()
    with pytest.raises(NotFound):
        backups.verify(tmp_path / "none.zcbak", PASSPHRASE)
    (tmp_path / "text.zcbak").write_text("不是备份", encoding="utf-8")
    with pytest.raises(Trouble):
        backups.verify(tmp_path / "text.zcbak", PASSPHRASE)


@pytest.mark.parametrize("fails", range(1, 5))
def test_a_file_that_another_program_holds_leaves_everything_as_it_was(
    work: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    """Windows refuses to rename an open file; whichever it is, the store that was there is there."""
    backups.create(work, tmp_path / "one.zcbak")
    place = DataDir(tmp_path / "elsewhere")
    backups.restore(tmp_path / "one.zcbak", place, PASSPHRASE)
    before = {p.name: p.read_bytes() for p in place.root.iterdir() if p.is_file()}
    rename, calls = os.replace, 0

    def held(source: Path, target: Path) -> None:
        nonlocal calls
        if place.root in Path(target).parents:
            calls += 1
            if calls == fails:
                raise PermissionError(13, "in use")
        rename(source, target)

    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(Trouble, match="无法读写"):
        backups.restore(tmp_path / "one.zcbak", place, PASSPHRASE, replace=True)
    monkeypatch.undo()
    assert {p.name: p.read_bytes() for p in place.root.iterdir()} == before
    with open_workspace(place, PASSPHRASE) as restored:
        assert households.count(restored)["households"]
