"""How a file is refused: one Chinese line that names the file, and what to do about it."""

from __future__ import annotations

from pathlib import Path

from villageapp.errors import Problem, Trouble, ValidationFailed

SAVE_AGAIN = "请在 WPS 或 Excel 中打开该文件，另存为 .xlsx 后再导入。"


def unreadable(path: Path, what: str, remedy: str = SAVE_AGAIN) -> Trouble:
    """The file cannot be read; nothing was imported."""
    return Trouble(f"文件“{path.name}”{what}，没有导入任何内容。", remedy=remedy, code="import_unreadable")


def refused(path: Path, what: str, remedy: str, *, code: str = "import_refused") -> ValidationFailed:
    """The file can be read, but its content is not taken; nothing was imported."""
    message = f"文件“{path.name}”{what}，没有导入任何内容。"
    error = ValidationFailed([Problem("file", message)], message)
    error.remedy = remedy
    error.code = code
    return error
