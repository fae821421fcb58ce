"""Secret files: whole, once, and private."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from villageapp.errors import Trouble
from villageapp.server.private_files import make_folder, read_or_create


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert read_or_create(path, lambda: "first") == "first"
    assert read_or_create(path, lambda: "second") == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Trouble) as caught:
        make_folder(tmp_path / "file" / "server")
    assert caught.value.code == "data_dir_unusable"


def test_an_unreadable_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    with pytest.raises(Trouble) as caught:
        read_or_create(tmp_path / "secret", lambda: "x")
    assert caught.value.code == "secret_unreadable"


def test_many_at_once_end_with_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: read_or_create(tmp_path / "secret", lambda: f"s{i}"), range(8)))
    assert len(set(found)) == 1
