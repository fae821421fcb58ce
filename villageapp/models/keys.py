"""The database key and its slots.

The key is 32 random bytes. It lies in ``keys.json``, wrapped once by the passphrase and once by a printed
recovery code (Argon2id, then PyNaCl's secretbox). Changing a passphrase rewrites a slot, never the database.
This module must stay quick to import: the sign-in window needs it before anything else.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacl import exceptions, pwhash, secret, utils

from villageapp import durable
from villageapp.errors import AlreadyDone, NotAllowed, NotFound, Trouble, ValidationFailed, os_reason

KEY_BYTES = 32
MIN_PASSPHRASE = 8  # characters
MAX_PASSPHRASE = 200
VERSION = 1
OPS_LIMIT = 3
MEM_LIMIT = 64 * 1024 * 1024
"""Argon2id cost: about 0.15 s on the machine this was tuned on, and affordable on a 4 GB laptop."""
MAX_MEM_LIMIT = 1024 * 1024 * 1024
"""A key file asking for more is not ours."""
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_RECOVERY_CHARACTERS = 28  # 140 bits

PASSPHRASE, RECOVERY = "passphrase", "recovery"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A database key just made, and the recovery code to be printed; neither is stored in plain."""

    key: bytes
    recovery_code: str


def create(path: Path, passphrase: str) -> NewKey:
    """Make a key and write its slots to ``path``.

    Raises AlreadyDone if a key file is there, Trouble if it cannot be written; none is left then.
    """
    if path.exists():
        raise AlreadyDone(
            "这里已有一个数据库，没有改动。", remedy="请用原口令打开，或用 --data-dir 另选位置。"
        )
    check_passphrase(passphrase)
    key = utils.random(KEY_BYTES)
    recovery_code = _new_recovery_code()
    slots = [_slot(PASSPHRASE, passphrase, key), _slot(RECOVERY, _plain_code(recovery_code), key)]
    try:
        _write(path, slots)
    except Trouble:
        path.unlink(missing_ok=True)
        raise
    return NewKey(key, recovery_code)


def unlock(path: Path, passphrase: str) -> bytes:
    """The database key. A recovery code is accepted in place of the passphrase.

    Raises NotAllowed for a wrong one, NotFound without a key file, Trouble for a damaged one.
    """
    for slot in _read(path):
        typed = passphrase if slot["kind"] == PASSPHRASE else _plain_code(passphrase)
        if slot["kind"] == RECOVERY and len(typed) != _RECOVERY_CHARACTERS:
            continue
        key = _open_slot(slot, typed)
        if key is not None:
            return key
    raise NotAllowed(
        "口令不对，数据库没有打开。",
        remedy="请重新输入；忘记口令可输入打印的恢复码。",
        code="wrong_passphrase",
    )


def change_passphrase(path: Path, old: str, new: str) -> None:
    """Wrap the same key with a new passphrase; the recovery code stays valid. Raises as ``unlock``."""
    check_passphrase(new)
    key = unlock(path, old)
    kept = [slot for slot in _read(path) if slot["kind"] != PASSPHRASE]
    _write(path, [_slot(PASSPHRASE, new, key), *kept])


def check_passphrase(passphrase: str) -> None:
    """Raises ValidationFailed when a new passphrase is too short or too long."""
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise ValidationFailed([], f"口令至少 {MIN_PASSPHRASE} 个字符，最多 {MAX_PASSPHRASE} 个。")


def _slot(kind: str, text: str, key: bytes) -> dict[str, Any]:
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    wrapped = secret.SecretBox(_derive(text, salt, OPS_LIMIT, MEM_LIMIT)).encrypt(key)
    return {
        "kind": kind,
        "ops": OPS_LIMIT,
        "mem": MEM_LIMIT,
        "salt": base64.b64encode(salt).decode(),
        "box": base64.b64encode(bytes(wrapped)).decode(),
    }


def _derive(text: str, salt: bytes, ops: int, mem: int) -> bytes:
    return pwhash.argon2id.kdf(
        secret.SecretBox.KEY_SIZE, text.encode("utf-8", "surrogatepass"), salt, ops, mem
    )


def _open_slot(slot: dict[str, Any], text: str) -> bytes | None:
    try:
        salt, box = (
            base64.b64decode(slot["salt"], validate=True),
            base64.b64decode(slot["box"], validate=True),
        )
        return secret.SecretBox(_derive(text, salt, slot["ops"], slot["mem"])).decrypt(box)
    except exceptions.CryptoError:
        return None
    except (ValueError, TypeError, exceptions.TypeError, exceptions.ValueError) as error:
        raise _damaged() from error


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_bytes()[:65536])
    except FileNotFoundError as error:
        raise NotFound(
            f"{path.parent} 里还没有数据库。",
            remedy="请先建库（villageapp init），或检查 --data-dir。",
            code="no_store",
        ) from error
    except (OSError, ValueError) as error:
        raise _damaged() from error
    if (
        not isinstance(content, dict)
        or content.get("v") != VERSION
        or not isinstance(content.get("slots"), list)
    ):
        raise _damaged()
    slots: list[dict[str, Any]] = content["slots"]
    if not all(isinstance(slot, dict) and _plausible(slot) for slot in slots) or len(slots) > 20:
        raise _damaged()
    return slots


def _plausible(slot: dict[str, Any]) -> bool:
    texts = all(isinstance(slot.get(name), str) for name in ("kind", "salt", "box"))
    costs = all(isinstance(slot.get(name), int) for name in ("ops", "mem"))
    return texts and costs and 1 <= slot["ops"] <= 20 and slot["mem"] <= MAX_MEM_LIMIT


def _damaged() -> Trouble:
    return Trouble(
        "密钥文件 keys.json 已损坏，数据库无法解锁；数据库文件没有改动。",
        remedy="请不要删除数据文件夹；在口令页选“从备份恢复…”。",
        code="keys_damaged",
    )


def _write(path: Path, slots: list[dict[str, Any]]) -> None:
    content = json.dumps({"v": VERSION, "slots": slots}, indent=1).encode()
    write_private(path, content)


def write_private(path: Path, content: bytes) -> None:
    """Replace a small file atomically, readable by its owner alone, for good.

    Raises Trouble; the file is what it was, except after Trouble(not_confirmed): then it is the new one.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        durable.put(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Trouble(
            f"无法写入 {path.name}：{os_reason(error)}。原文件没有改动。",
            remedy="请检查磁盘空间和权限后再试。",
        ) from error


def _new_recovery_code() -> str:
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_CHARACTERS))
    return "-".join(text[i : i + 4] for i in range(0, _RECOVERY_CHARACTERS, 4))


def _plain_code(text: str) -> str:
    return "".join(c for c in text.upper() if c in _ALPHABET)
