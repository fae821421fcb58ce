"""Freezes the laptop's program into ``dist/villageapp`` and proves that it runs from somewhere else.

    .venv/bin/python installer/package.py [--archive]

The proof: ``--version`` and ``--self-test`` of the frozen program, started in another folder with an empty
home, without this project's Python. Exit code 0 only when both succeed.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PROGRAM = DIST / "villageapp"
MEBIBYTE = 1 << 20
TEST_SECONDS = 300
WITH_SYMBOLS = ("libpython3*", "sqlcipher3/*.so", "zstandard/*.so")
"""Libraries that come with debugging symbols, 55 MB of them. Qt's own are left as they are: its wheels are
patched after linking, which strip does not always survive."""


def main() -> int:
    """Build, shrink, complete, try; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--archive", action="store_true", help="also pack the folder into one file")
    wanted = arguments.parse_args()
    started = time.monotonic()
    build()
    shrink()
    complete()
    print(
        f"已生成 {PROGRAM},{size(PROGRAM) / MEBIBYTE:.0f} MB,用时 {time.monotonic() - started:.0f} 秒",
        flush=True,
    )
    if not (try_out("--version") and try_out("--self-test")):
        return 1
    if wanted.archive:
        print(f"已打包 {archive()}")
    return 0


def build() -> None:
    """Run PyInstaller; ends the program when it fails."""
    spec = ROOT / "installer" / "villageapp.spec"
    folders = ["--distpath", str(DIST), "--workpath", str(ROOT / "build" / "package")]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *folders, str(spec)]
    subprocess.run(command, cwd=ROOT, check=True)


def shrink() -> None:
    """Take debugging symbols out where that is safe."""
    strip = shutil.which("strip")
    if strip is None or sys.platform == "win32":
        return
    for pattern in WITH_SYMBOLS:
        for library in (PROGRAM / "_internal").glob(pattern):
            subprocess.run([strip, "--strip-unneeded", str(library)], check=True)


def complete() -> None:
    """Put the installing script and the desktop entry beside the program (Linux)."""
    if sys.platform.startswith("linux"):
        for name in ("install.sh", "villageapp.desktop"):
            shutil.copy(ROOT / "installer" / "linux" / name, PROGRAM / name)


def try_out(option: str) -> bool:
    """Start the frozen program as on a stranger's machine; whether it ended well."""
    executable = PROGRAM / ("villageapp.exe" if sys.platform == "win32" else "villageapp")
    with tempfile.TemporaryDirectory(prefix="villageapp-package-") as folder:
        started = time.monotonic()
        ended = subprocess.run(
            [executable, option], cwd=folder, env=bare_environment(folder), timeout=TEST_SECONDS, check=False
        )
    outcome = "通过" if ended.returncode == 0 else f"失败(退出码 {ended.returncode})"
    print(f"{option}:{outcome},{time.monotonic() - started:.1f} 秒", flush=True)
    return ended.returncode == 0


def bare_environment(home: str) -> dict[str, str]:
    """What a new account has: an empty home, no Python settings, no display."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP") if name in os.environ}
    named = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), home)
    return {**kept, **named, "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}


def archive() -> Path:
    """The folder as one file to carry on a stick."""
    sys.path.insert(0, str(ROOT))
    import villageapp

    name = f"villageapp-{villageapp.__version__}-{sys.platform}-{platform.machine()}"
    kind = "zip" if sys.platform == "win32" else "gztar"
    return Path(shutil.make_archive(str(DIST / name), kind, DIST, PROGRAM.name))


def size(folder: Path) -> int:
    """Bytes of all files in ``folder``; links count nothing."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


if __name__ == "__main__":
    sys.exit(main())
