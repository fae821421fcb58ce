"""A new name that lasts: what is flushed after the rename, and what is said when the disk does not confirm it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from villageapp import durable
from villageapp.errors import Trouble

OPEN_FILES = Path("/proc/self/fd")
pytestmark = pytest.mark.skipif(
    not OPEN_FILES.is_dir(), reason="the system does not tell the names of open files"
)


def flushed(monkeypatch: pytest.MonkeyPatch, number: int = 0, *, folders_only: bool = False) -> list[str]:
    """Names of what is flushed from now on; with a number, every flush (or of folders) fails with it."""
    names: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        path = (OPEN_FILES / str(descriptor)).readlink()
        names.append(path.name)
        if number and (path.is_dir() or not folders_only):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "stick" / ".card.pdf.part"
    path.parent.mkdir()
    path.write_bytes(b"new")
    path.with_name("card.pdf").write_bytes(b"old")
    return path


def test_the_file_and_then_its_folder_are_flushed_under_the_new_name(
    draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = flushed(monkeypatch)
    durable.put(draft, draft.with_name("card.pdf"))
    assert names == ["card.pdf", "stick"], "on FAT the length stands beside the name"
    assert [p.read_bytes() for p in draft.parent.iterdir()] == [b"new"]


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_what_the_disk_does_not_confirm_is_said_and_the_whole_file_is_there(
    draft: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    flushed(monkeypatch, number)
    with pytest.raises(Trouble) as said:
        durable.put(draft, draft.with_name("card.pdf"))
    assert said.value.code == durable.NOT_CONFIRMED
    assert "card.pdf 已完整写出" in str(said.value)
    assert draft.with_name("card.pdf").read_bytes() == b"new"


def test_a_name_that_cannot_be_taken_leaves_what_was_there(draft: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        durable.put(draft.with_name("gone"), draft.with_name("card.pdf"))
    assert draft.with_name("card.pdf").read_bytes() == b"old"


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_does_not_know_folders_is_no_failure(
    draft: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    names = flushed(monkeypatch, number, folders_only=True)
    durable.put(draft, draft.with_name("card.pdf"))
    assert names == ["card.pdf", "stick"]
