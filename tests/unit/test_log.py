"""The log names nobody."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from villageapp import log


def test_masked() -> None:
    assert log.masked("张三 14990119620315001X tel 13800000001 row 12") == "? #X tel # row 12"
    assert "secret" not in log.masked("[SQL: x] [parameters: ('secret', 1)]")


def test_exceptions_keep_places_and_lose_values(tmp_path: Path) -> None:
    handler = log.start_file_log(tmp_path / "a.log")
    logger = logging.getLogger(log.ROOT)
    try:
        try:
            raise KeyError("王测试")
        except KeyError as error:
            raise ValueError("149901195512310035") from error
    except ValueError:
        logger.exception("broken for %s", "李样例")
    finally:
        log.stop_file_log(handler)
    logger.error("after the end")
    written = (tmp_path / "a.log").read_text(encoding="utf-8")
    assert "ValueError: #" in written
    assert "KeyError" in written
    assert "test_log.py" in written
    assert "broken for ?" in written
    assert "after the end" not in written
    assert not any(secret in written for secret in ("王测试", "149901195512310035", "李样例"))


def test_cycles_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first
    assert log.described(first).count("ValueError") == 2


def test_an_unwritable_log_does_not_stop_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = log.start_file_log(tmp_path / "no" / "such" / "a.log")
    logging.getLogger(log.ROOT).error("lost")
    log.stop_file_log(handler)
    assert capsys.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_private_and_made_when_needed(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    handler = log.start_file_log(path)
    assert not path.exists()
    logging.getLogger(log.ROOT).error("something")
    log.stop_file_log(handler)
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "plain ascii 12"])
def test_harmless_text_stays(text: str) -> None:
    assert log.masked(text) == text
