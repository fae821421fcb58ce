"""Entry of the program: ``villageapp`` with no argument opens the window, a sub-command runs without one."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

DATA_DIR = "--data-dir"


def main() -> int:
    """Run the program with the arguments of this process; the exit code.

    The usual start of the window does not wait until the command line, its parser and the log are imported.
    """
    arguments = sys.argv[1:]
    if asks_for_window(arguments) and has_display():
        return _open_window(arguments[-1] if arguments else "")
    from villageapp.cli.main import main as run

    return run(arguments)


def asks_for_window(arguments: Sequence[str]) -> bool:
    """Whether this is nothing, or only a folder; what is written otherwise is for the command line to judge."""
    if not arguments:
        return True
    return len(arguments) == 2 and arguments[0] == DATA_DIR and arguments[1][:1] not in ("", "-")


def has_display() -> bool:
    """Whether a window can be shown here; the command line explains it when not."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in named)


def _open_window(folder: str) -> int:
    """The window on the store in ``folder`` (empty = the platform's own place)."""
    from villageapp import paths
    from villageapp.errors import AppError
    from villageapp.ui.app import run

    root = Path(folder).expanduser().absolute() if folder else paths.default_data_dir()
    try:
        return run(paths.DataDir(root))
    except AppError as error:
        raise SystemExit(error.line()) from error  # one line on standard error, exit code 1


if __name__ == "__main__":
    sys.exit(main())
