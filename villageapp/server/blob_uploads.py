"""Uploads that are not complete yet: what tuspyserver keeps of them, sealed, one folder per workspace.

A file is a row of records, one for every piece that arrived: length, nonce, secretbox. What a crash cut off
at its end is noticed and left out, so the offset that a laptop is told is always the truth.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import IO, Any, TypeVar

from fastapi import HTTPException
from nacl.bindings import (
    crypto_secretbox,
    crypto_secretbox_MACBYTES,
    crypto_secretbox_NONCEBYTES,
    crypto_secretbox_open,
)
from tuspyserver.storage import TusStorage

from villageapp.server.blob_store import derived_key

KEEP_DAYS = 30
MOST_OPEN = 64
"""Uploads kept per workspace; of more, those untouched longest are dropped and simply begin anew."""
RECORD_BYTES = 64 * 1024
"""What arrives is gathered up to this size before it is sealed and written."""
IDLE_SECONDS = 60.0
"""A sender who is silent for so long is let go; what arrived is kept."""
_NAME = re.compile(r"[0-9a-f]{64}")
_LENGTH = struct.Struct(">I")
_EXTRA = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES
_Result = TypeVar("_Result")


def new_upload(workspace: str) -> str:
    """A name that cannot be guessed and says whose it is."""
    return workspace.replace("-", "") + secrets.token_hex(16)


def belongs(upload: str, workspace: str) -> bool:
    """Whether an upload of this name is one of the workspace."""
    return _NAME.fullmatch(upload) is not None and upload[:32] == workspace.replace("-", "")


class PartialUploads(TusStorage):
    """tuspyserver's storage of what has arrived so far. Used from the event loop; files are touched in threads."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder, self._secret = folder, secret
        self._holds: dict[str, _Hold] = {}

    def lock(self, uid: str) -> AbstractAsyncContextManager[None]:  # type: ignore[override]
        """Sole access to one upload; a later request takes over from one whose line has silently died."""
        return _Hold(self, self._holds, uid)

    async def release(self, uid: str) -> None:
        """End a request that still holds an upload: whoever asks how far it is has given up that line."""
        while (holder := self._holds.get(uid)) is not None:
            await holder.end()

    async def create(self, uid: str) -> None:
        """Begin an empty upload."""
        await asyncio.to_thread(self._create, self._path(uid))

    async def exists(self, uid: str) -> bool:
        """Whether it has begun."""
        return await asyncio.to_thread(self._path(uid).is_file)

    async def size(self, uid: str) -> int:
        """Plain bytes that are here."""
        return await asyncio.to_thread(self._size, uid)

    async def append(self, uid: str, chunk: bytes) -> None:
        """Write what came, some at a time. Raises HTTPException(507 or 500) when the disk refuses."""
        hold = self._holds[uid]  # tuspyserver appends under its lock alone
        hold.touch()
        hold.held += chunk
        if len(hold.held) >= RECORD_BYTES:
            await self.write_held(hold)

    async def flush(self, uid: str) -> None:
        """Have it on the disk."""
        hold = self._holds.get(uid)
        if hold is not None:
            await self.write_held(hold)
        await _completed(lambda: self._flush(uid))

    async def write_held(self, hold: _Hold) -> None:
        """One record of what a request has brought since the last one."""
        piece = bytes(hold.held)
        hold.held.clear()
        if piece:
            hold.file_end = await _completed(lambda: self._append(hold.uid, piece, hold.file_end))

    async def finalize(self, uid: str) -> None:
        """Nothing to seal."""

    async def read(self, uid: str) -> bytes | None:
        """Everything that arrived."""
        return await asyncio.to_thread(
            lambda: b"".join(self.parts(uid)) if self._path(uid).is_file() else None
        )

    async def delete(self, uid: str) -> None:
        """Forget it."""
        await asyncio.to_thread(self.forget, uid)

    async def read_info(self, uid: str) -> dict[str, Any] | None:
        """What was promised at the beginning, with the offset that is true now."""
        return await asyncio.to_thread(self._read_info, uid)

    async def write_info(self, uid: str, data: dict[str, Any]) -> None:
        """Keep it, whole or not at all."""
        await _completed(lambda: self._write_info(uid, data))

    async def list_uids(self) -> list[str]:
        """All of them."""
        return await asyncio.to_thread(
            lambda: [p.parent.name + p.name for p in self._folder.glob("*/*") if len(p.name) == 32]
        )

    def location(self, uid: str) -> str:
        """Its name; there is no file that others could open."""
        return uid

    def parts(self, uid: str) -> Iterator[bytes]:
        """Plain pieces in order. Blocks. Raises CryptoError for a piece that was altered."""
        key = self._key(uid)
        with self._path(uid).open("rb") as file:
            for length in _records(file):
                nonce = file.read(crypto_secretbox_NONCEBYTES)
                yield crypto_secretbox_open(file.read(length + crypto_secretbox_MACBYTES), nonce, key)

    def forget(self, uid: str) -> None:
        """Remove an upload. Blocks."""
        path = self._path(uid)
        for one in (path, _info_of(path)):
            one.unlink(missing_ok=True)

    def _path(self, uid: str) -> Path:
        if not _NAME.fullmatch(uid):
            raise HTTPException(404)
        return self._folder / uid[:32] / uid[32:]

    def _key(self, uid: str) -> bytes:
        return derived_key(self._secret, b"partial upload", uid.encode())

    def _create(self, path: Path) -> None:
        with _disk():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _tidy(path.parent)
            path.touch(0o600)

    def _size(self, uid: str) -> int:
        try:
            with self._path(uid).open("rb") as file:
                return sum(_records(file))
        except FileNotFoundError:
            return 0

    def _append(self, uid: str, piece: bytes, end: int | None) -> int:
        """Add a record at ``end`` (None: look for the end of the last whole one); the new end."""
        nonce = secrets.token_bytes(crypto_secretbox_NONCEBYTES)
        record = _LENGTH.pack(len(piece)) + nonce + crypto_secretbox(piece, nonce, self._key(uid))
        with _disk(), self._path(uid).open("r+b") as file:
            if end is None:
                end = sum(_LENGTH.size + length + _EXTRA for length in _records(file))
                file.truncate(end)
            file.seek(end)
            file.write(record)
        return end + len(record)

    def _flush(self, uid: str) -> None:
        with _disk(), self._path(uid).open("r+b") as file:
            os.fsync(file.fileno())

    def _read_info(self, uid: str) -> dict[str, Any] | None:
        try:
            found = json.loads(_info_of(self._path(uid)).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return {**found, "offset": self._size(uid)} if isinstance(found, dict) else None

    def _write_info(self, uid: str, data: dict[str, Any]) -> None:
        path = _info_of(self._path(uid))
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        with _disk():
            with draft.open("w", encoding="utf-8") as file:
                json.dump(data, file, default=str)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)


def _info_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.info")


def _records(file: IO[bytes]) -> Iterator[int]:
    """Length of each whole record; the file then stands after the length."""
    end = file.seek(0, os.SEEK_END)
    at = 0
    while at + _LENGTH.size <= end:
        file.seek(at)
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        at += _LENGTH.size + length + _EXTRA
        if at > end:
            return
        yield length


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another request has just finished with it
        return time.time()


def _tidy(folder: Path) -> None:
    """Drop what was left behind long ago, and the oldest of too many."""
    oldest = time.time() - KEEP_DAYS * 86_400
    files = sorted(((_touched(p), p) for p in folder.iterdir()), key=lambda one: one[0])
    begun = [path for _, path in files if len(path.name) == 32]
    for path in {*(p for at, p in files if at < oldest), *begun[: max(0, len(begun) - MOST_OPEN + 1)]}:
        path.unlink(missing_ok=True)
        _info_of(path).unlink(missing_ok=True)


class _disk:  # noqa: N801 - reads as a phrase: with _disk()
    """Turns what the disk refuses into an answer that tuspyserver passes on instead of swallowing."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            import errno

            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise HTTPException(507 if full else 500) from error


async def _completed(work: Callable[[], _Result]) -> _Result:
    """Blocking work in a thread, finished even when the request is given up: nobody else may begin before."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


class _Hold:
    """One request's hold of an upload, given up when it is silent too long or a later request wants it."""

    def __init__(self, uploads: PartialUploads, holds: dict[str, _Hold], uid: str) -> None:
        self._uploads, self._holds, self.uid = uploads, holds, uid
        self.held = bytearray()
        """What came and is in no record yet."""
        self.file_end: int | None = None
        """Where the file's last record ends, once it has been looked for."""
        self._released = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_evicted = False

    async def __aenter__(self) -> None:
        while (holder := self._holds.get(self.uid)) is not None:
            await holder.end()
        self._holds[self.uid] = self
        self._task = asyncio.current_task()
        self.touch()

    def touch(self) -> None:
        """Something came: wait anew."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.evict)

    async def end(self) -> None:
        """End the request that holds, and wait until what it was writing is written."""
        self.evict()
        await self._released.wait()

    def evict(self) -> None:
        """End the request that holds."""
        if self._task is not None and not self._is_evicted:
            self._is_evicted = True
            self._task.cancel()

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self._uploads.write_held(self)
        finally:
            self._holds.pop(self.uid, None)
            self._released.set()
        if self._is_evicted and self._task is not None:
            self._task.uncancel()
            raise HTTPException(408)
