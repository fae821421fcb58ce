"""The disk under a store when the power fails: what was flushed is there, of the rest any part in any order.

A process is traced by strace; what it wrote to some files, and when it asked the disk to keep it, is read from the
trace. A cut at a moment then gives files as a disk may leave them: of what was written since the last flush any
sectors, or none; a file whose folder was not flushed may be missing; a new length may have been lost.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR = 512
_CALLS = "openat,pwrite64,write,fsync,fdatasync,ftruncate,unlink"
_WITH_FILE = re.compile(
    rb'(?:\d+ +)?(write|pwrite64|fsync|fdatasync|ftruncate)\((\d+)<([^>]*)>(?:, "([^"]*)", \d+)?(?:, (\d+))?\) += (-?\d+)'
)
_UNLINK = re.compile(rb'(?:\d+ +)?unlink\("([^"]*)"\) += 0')


@dataclass(frozen=True, slots=True)
class Deed:
    """One call: ``write`` of ``data`` at ``place``, ``sync``, ``length`` (``place``), ``unlink``, or ``said``."""

    kind: str
    name: str
    place: int = 0
    data: bytes = b""


def missing() -> str:
    """Why nothing can be traced here; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "strace is not allowed here"


def traced(folder: Path, log: Path, *arguments: str) -> list[Deed]:
    """Run a Python module; what it did to files of ``folder`` and what it said, in order."""
    command = ["strace", "-f", "-y", "-xx", "-s", "100000000", "-e", f"trace={_CALLS}", "-o", str(log)]
    root = Path(__file__).parents[2]
    subprocess.run(
        [*command, sys.executable, "-m", *arguments], cwd=root, check=True, capture_output=True, timeout=120
    )
    with log.open("rb") as lines:
        return [deed for line in lines for deed in _deeds(line, str(folder).encode())]


def _deeds(line: bytes, folder: bytes) -> Iterator[Deed]:
    if b"unfinished" in line:
        raise ValueError("two threads at once: the order is not known")
    if gone := _UNLINK.match(line):
        path = _plain(gone[1])
        if path.startswith(folder + b"/"):
            yield Deed("unlink", path[len(folder) + 1 :].decode())
    elif found := _WITH_FILE.match(line):
        yield from _with_file(found, folder)


def _with_file(found: re.Match[bytes], folder: bytes) -> Iterator[Deed]:
    call, number, path = found[1].decode(), int(found[2]), _plain(found[3])
    if call == "write" and number == 1:
        yield Deed("said", "", data=_plain(found[4]))
    if path != folder and not path.startswith(folder + b"/"):
        return
    name = path[len(folder) + 1 :].decode()
    if call in ("fsync", "fdatasync"):
        yield Deed("sync", name)
    elif call == "ftruncate":
        yield Deed("length", name, int(found[5]))
    elif call == "pwrite64":
        data, written = _plain(found[4]), int(found[6])
        yield Deed("write", name, int(found[5]), data[:written])
    else:
        raise ValueError(f"{call} to {name}: the place is not known")


def _plain(text: bytes) -> bytes:
    r"""``\x2f\x74`` as bytes."""
    return bytes.fromhex(text.replace(b"\\x", b"").decode())


@dataclass
class _File:
    """What is certainly on the disk, and what was written since."""

    kept: bytes = b""
    is_certain: bool = True  # whether its name is
    pending: list[Deed] = field(default_factory=list)


class Disk:
    """Files as they were, and what was done to them since."""

    def __init__(self, before: Path, names: Sequence[str], deeds: Sequence[Deed]) -> None:
        self._before = {name: (before / name).read_bytes() for name in names if (before / name).exists()}
        self._names = names
        self._deeds = deeds

    def cut(self, moment: int, chance: Random, target: Path) -> list[str]:
        """Write into ``target`` what the disk may hold after so many deeds; gives what had been said by then."""
        files, said = self._at(moment)
        for name, file in files.items():
            if not file.is_certain and chance.random() < 0.3:
                continue
            (target / name).write_bytes(_torn(file, chance))
        return said

    def unflushed(self, moment: int) -> set[str]:
        """Files of which something was under way at that moment."""
        return {name for name, file in self._at(moment)[0].items() if file.pending}

    def _at(self, moment: int) -> tuple[dict[str, _File], list[str]]:
        files = {name: _File(content) for name, content in self._before.items()}
        said: list[str] = []
        for deed in self._deeds[:moment]:
            if deed.kind == "said":
                said += deed.data.decode().split("\n")[:-1]
            elif deed.kind == "unlink":
                files.pop(deed.name, None)
            elif deed.name == "" and deed.kind == "sync":
                for file in files.values():
                    file.is_certain = True
            elif deed.name in self._names:
                _follow(files.setdefault(deed.name, _File(is_certain=False)), deed)
        return files, said


def _follow(file: _File, deed: Deed) -> None:
    if deed.kind != "sync":
        file.pending.append(deed)
        return
    content = bytearray(file.kept)
    for one in file.pending:
        _do(content, one)
    file.kept, file.pending = bytes(content), []


def _do(content: bytearray, deed: Deed) -> None:
    if deed.kind == "length":
        del content[deed.place :]
        content.extend(bytes(deed.place - len(content)))
        return
    end = deed.place + len(deed.data)
    content.extend(bytes(max(0, end - len(content))))
    content[deed.place : end] = deed.data


def _torn(file: _File, chance: Random) -> bytes:
    """What is certain, and any part of what is not, in any order."""
    content = bytearray(file.kept)
    share = chance.choice((0.0, 0.2, 0.5, 0.8, 1.0))
    pieces = [piece for deed in file.pending for piece in _sectors(deed)]
    reached = [piece for piece in pieces if chance.random() < share]
    if chance.random() < 0.5:
        chance.shuffle(reached)
    for piece in reached:
        _do(content, piece)
    return bytes(content)


def _sectors(deed: Deed) -> Iterator[Deed]:
    if deed.kind != "write":
        yield deed
        return
    start = 0
    while start < len(deed.data):
        place = deed.place + start
        end = start + SECTOR - place % SECTOR
        yield Deed("write", deed.name, place, deed.data[start:end])
        start = end
