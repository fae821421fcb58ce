"""Image files with the file systems that USB sticks have, mounted with this system's own drivers."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

FAT32, EXFAT, NTFS = "FAT32", "exFAT", "NTFS"
KINDS = (FAT32, EXFAT, NTFS)
_MEGABYTE = 1024 * 1024
_MAKE = {
    FAT32: ["mkfs.vfat", "-F", "32", "-s", "1"],
    EXFAT: ["mkfs.exfat"],
    NTFS: ["mkntfs", "-F", "-Q", "-q"],
}
_DRIVERS = {FAT32: "vfat", EXFAT: "exfat", NTFS: "ntfs3"}
"""Names in /proc/filesystems."""
_OPTIONS = {FAT32: "utf8", EXFAT: "iocharset=utf8", NTFS: "iocharset=utf8"}
_PROGRAMS = {EXFAT: "mount.exfat-fuse", NTFS: "ntfs-3g"}
"""What mounts them without a driver in the kernel. For FAT32 there is none that knows Chinese names."""


def missing(kind: str) -> str:
    """Why this machine cannot mount such a stick; empty when it can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "only root may mount"
    maker = _MAKE[kind][0]
    if shutil.which(maker) is None:
        return f"{maker} is not installed"
    if not _is_in_kernel(kind) and shutil.which(_PROGRAMS.get(kind, "")) is None:
        return f"the kernel has no {_DRIVERS[kind]}, and no program mounts {kind} here"
    return "" if _mounts(kind) else "mounting is not allowed here"


def _is_in_kernel(kind: str) -> bool:
    known = Path("/proc/filesystems")
    return known.exists() and _DRIVERS[kind] in known.read_text("ascii").split()


def _mounts(kind: str) -> bool:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            with stick(kind, Path(folder), 40):
                return True
        except (subprocess.CalledProcessError, FileNotFoundError):
            return False


@dataclass
class Drive:
    """A stick: its content is the file ``image``, its files are under ``folder`` while it is mounted."""

    kind: str
    image: Path
    folder: Path
    device: str = ""
    """The loop device under a program that cannot mount a plain file."""

    @contextmanager
    def plugged_in(self, *, read_only: bool = False) -> Iterator[Path]:
        """Mounted as a desktop does; unmounted at the end."""
        self.folder.mkdir(exist_ok=True)
        try:
            if _is_in_kernel(self.kind):
                options = f"loop,{_OPTIONS[self.kind]}" + (",ro" if read_only else "")
                name = _DRIVERS[self.kind]
                _run("mount", "-t", name, "-o", options, str(self.image), str(self.folder))
            elif self.kind == NTFS:
                _run("ntfs-3g", "-o", "ro" if read_only else "rw", str(self.image), str(self.folder))
            else:
                self.device = _run("losetup", "-f", "--show", *(["-r"] if read_only else []), str(self.image))
                _run(_PROGRAMS[self.kind], "-o", "ro" if read_only else "rw", self.device, str(self.folder))
            yield self.folder
        finally:
            if f" {self.folder} " in Path("/proc/self/mounts").read_text(
                "utf-8"
            ):  # also when its program is dead
                _run("umount", str(self.folder))
            if self.device:
                _run("losetup", "-d", self.device)
                self.device = ""

    def lose(self, part: bytes) -> bool:
        """Overwrite these bytes on the medium with zeros; whether they were there. What a driver that is a program
        still has of the device in memory is forgotten, which on a real stick nobody but root could do.
        """
        os.sync()
        with self.image.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
            place = content.find(part)
            if place >= 0:
                content[place : place + len(part)] = bytes(len(part))
        if self.device:
            _run("blockdev", "--flushbufs", self.device)
        return place >= 0

    @property
    def program(self) -> str:
        """The process that mounts such sticks here; empty when the kernel does."""
        return "" if _is_in_kernel(self.kind) else _PROGRAMS.get(self.kind, "")

    def kill(self) -> None:
        """End the process that mounted it."""
        found = [
            process
            for process in psutil.process_iter(["name", "cmdline"])
            if str(self.folder) in (process.info["cmdline"] or ())
        ]
        for process in found:
            process.kill()

    def as_it_is_now(self, image: Path) -> Drive:
        """A stick with what has reached the medium by now, as if this one were pulled out at this moment."""
        with self.image.open("rb") as source, image.open("wb") as target:
            while piece := source.read(_MEGABYTE):
                if piece.strip(b"\0"):
                    target.write(piece)
                else:  # a hole
                    target.seek(len(piece), os.SEEK_CUR)
            target.truncate(source.tell())
        return Drive(self.kind, image, image.with_suffix(".mounted"))


@contextmanager
def stick(kind: str, folder: Path, megabytes: int) -> Iterator[Drive]:
    """A new, empty stick; its image lies in ``folder``."""
    image = folder / "stick.img"
    with image.open("wb") as file:
        file.truncate(megabytes * _MEGABYTE)
    _run(*_MAKE[kind], str(image))
    yield Drive(kind, image, folder / "mounted")


def _run(*command: str) -> str:
    """Raises CalledProcessError with what the program said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()
