"""The key file: what opens it, what does not, and what a damaged one says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from villageapp.errors import AlreadyDone, NotAllowed, NotFound, Trouble, ValidationFailed
from villageapp.models import keys

GOOD = "村里的老口令-1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, keys.NewKey]:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    return path, keys.create(path, GOOD)


def test_passphrase_and_recovery_code_both_open(made: tuple[Path, keys.NewKey]) -> None:
    path, new = made
    assert len(new.key) == keys.KEY_BYTES
    assert keys.unlock(path, GOOD) == new.key
    assert keys.unlock(path, new.recovery_code.lower().replace("-", " ")) == new.key


def test_a_wrong_passphrase_is_a_clear_refusal(made: tuple[Path, keys.NewKey]) -> None:
    with pytest.raises(NotAllowed, match="口令不对") as refused:
        keys.unlock(made[0], GOOD + "x")
    assert refused.value.code == "wrong_passphrase"


def test_the_file_holds_neither_key_nor_code(made: tuple[Path, keys.NewKey]) -> None:
    path, new = made
    content = path.read_text()
    assert new.key.hex() not in content
    assert new.recovery_code not in content
    assert path.stat().st_mode & 0o077 == 0


def test_an_existing_store_is_not_overwritten(made: tuple[Path, keys.NewKey]) -> None:
    before = made[0].read_bytes()
    with pytest.raises(AlreadyDone):
        keys.create(made[0], GOOD)
    assert made[0].read_bytes() == before


def test_a_new_passphrase_keeps_key_and_recovery_code(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    new = keys.create(path, GOOD)
    keys.change_passphrase(path, GOOD, "另一个新口令-2")
    assert keys.unlock(path, "另一个新口令-2") == new.key
    assert keys.unlock(path, new.recovery_code) == new.key
    with pytest.raises(NotAllowed):
        keys.unlock(path, GOOD)


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationFailed, match="至少 8 个"):
        keys.create(tmp_path / "keys.json", "short")
    assert not (tmp_path / "keys.json").exists()


def test_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="还没有数据库"):
        keys.unlock(tmp_path / "keys.json", GOOD)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"v": 2, "slots": []}',
        b'{"v": 1, "slots": [1]}',
        json.dumps(
            {"v": 1, "slots": [{"kind": "passphrase", "salt": "!", "box": "!", "ops": 1, "mem": 8192}]}
        ).encode(),
        json.dumps(
            {"v": 1, "slots": [{"kind": "passphrase", "salt": "", "box": "", "ops": 1, "mem": 2**60}]}
        ).encode(),
    ],
)
def test_a_damaged_key_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(Trouble, match=r"keys\.json 已损坏"):
        keys.unlock(path, GOOD)
    assert path.read_bytes() == content
