"""A report of an unexpected error as a file to hand to support: versions and places in the program, no personal data."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import villageapp
from villageapp import durable, log


def report_text(error: BaseException) -> str:
    """What support needs to know; messages are masked as in the log."""
    import PySide6

    return "\n".join(
        (
            f"villageapp {villageapp.__version__}",
            f"{platform.system()} {platform.release()} {platform.machine()}",
            f"Python {platform.python_version()}, Qt {PySide6.__version__}",
            datetime.now(UTC).isoformat(timespec="seconds"),
            "",
            log.described(error),
            "",
        )
    )


def write_report(error: BaseException, path: Path) -> None:
    """Write it beside ``path`` first, then in its place. Raises OSError."""
    building = path.with_name(f".{path.name}.part")
    try:
        with building.open("w", encoding="utf-8") as file:
            file.write(report_text(error))
            file.flush()
            os.fsync(file.fileno())
        os.replace(building, path)
        durable.sync_name(path)
    finally:
        building.unlink(missing_ok=True)
