"""Running the real program as a process with an empty home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PASSPHRASE = "test-passphrase-1"


def villageapp(
    *arguments: str | Path,
    home: Path,
    passphrase: str | None = PASSPHRASE,
    seconds: float = 300,
    screen: bool = True,
) -> subprocess.CompletedProcess[str]:
    """``villageapp ARGUMENTS`` in ``home``; the passphrase comes by environment as for a script."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("VILLAGEAPP_", "XDG_"))}
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        environment.pop(name, None)
    if screen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    if passphrase is not None:
        environment["VILLAGEAPP_PASSPHRASE"] = passphrase
    return subprocess.run(
        [sys.executable, "-m", "villageapp", *map(str, arguments)],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
