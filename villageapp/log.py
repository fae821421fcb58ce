"""The technical log: what went wrong and where in the program, never whose household it concerned.

Messages are written in English without values. Whatever an exception says is masked before it is written:
characters outside ASCII (names, addresses) and digit runs (ID, phone, household and account numbers).
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

ROOT = "villageapp"
MAX_BYTES = 1_000_000
KEPT_FILES = 3
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_PARAMETERS = re.compile(r"\[parameters: .*\]", re.DOTALL)
_WORDS = re.compile(r"[^\x00-\x7f]+")
_NUMBERS = re.compile(r"\d{4,}")
_LONG_NUMBERS = re.compile(r"\d{6,}")
"""In a stack shorter numbers are lines."""


def masked(text: str) -> str:
    """``text`` without anything that could name a person."""
    return _NUMBERS.sub("#", _WORDS.sub("?", _PARAMETERS.sub("[parameters left out]", text)))


def described(error: BaseException) -> str:
    """The chain of an exception: files, lines and program text as they are, messages masked."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        stack = "".join(traceback.format_tb(current.__traceback__))
        said = "".join(traceback.format_exception_only(current))
        parts.append(f"{_LONG_NUMBERS.sub('#', _WORDS.sub('?', stack))}{masked(said)}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "caused by\n".join(parts).rstrip()


class MaskingFormatter(logging.Formatter):
    """Masks messages and exceptions, also those of libraries."""

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines of one record."""
        line = masked(super().format(_without_exception(record)))
        error = record.exc_info[1] if record.exc_info else None
        return line if error is None else f"{line}\n{described(error)}"


def _without_exception(record: logging.LogRecord) -> logging.LogRecord:
    plain = logging.makeLogRecord(record.__dict__)
    plain.exc_info = plain.exc_text = plain.stack_info = None
    return plain


class PrivateFile(RotatingFileHandler):
    """Three files of 1 MB, readable by their owner alone, made when there is something to write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES - 1, encoding="utf-8", delay=True)

    def _open(self) -> Any:
        return open(self.baseFilename, self.mode, encoding="utf-8", opener=_private)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging calls it so
        """Go on without a log: on a full disk the person's work matters more."""


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def start_file_log(path: Path) -> logging.Handler:
    """Write the log of this program to ``path``. Returns the handler for ``stop_file_log``."""
    handler = PrivateFile(path)
    handler.setFormatter(MaskingFormatter(_FORMAT))
    logger = logging.getLogger(ROOT)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return handler


def stop_file_log(handler: logging.Handler) -> None:
    """Take a handler of ``start_file_log`` away and close its file."""
    logging.getLogger(ROOT).removeHandler(handler)
    handler.close()
