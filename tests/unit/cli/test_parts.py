"""Tables, values and progress of the command line."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from villageapp.cli.parser import in_chinese
from villageapp.cli.table import fitted, table, width
from villageapp.cli.terminal_progress import TerminalProgress
from villageapp.cli.values import plain, presented
from villageapp.domain.measure import MEASURE


def test_table_counts_wide_characters() -> None:
    lines = list(table(("姓名", "No"), [("张示范", 1), ("a", None)]))
    assert lines == ["姓名    No", "张示范  1", "a"]
    assert width("张a") == 3
    assert fitted("张示范", 4) == "张示"
    assert fitted("张示范", 5) == "张示 "
    assert next(table(("x",), [("两\n行",)])) == "x"


def test_plain() -> None:
    @dataclass(frozen=True)
    class Thing:
        day: date
        parts: tuple[object, ...]

    thing = Thing(date(2023, 1, 31), (Decimal("1.50"), Path("a"), {"x": None}))
    assert plain(thing) == {"day": "2023-01-31", "parts": ["1.50", "a", {"x": None}]}
    assert plain(datetime(2023, 1, 31, 2, tzinfo=UTC)) == "2023-01-31T02:00:00.000Z"


def test_presented_money_codes_and_unknown() -> None:
    row = {field.name: None for field in MEASURE.fields} | {"amount": 812125, "group": "M01", "id": "x"}
    shown = presented(MEASURE, row)
    assert (shown["amount"], shown["group"], shown["group_label"]) == ("8121.25", "M01", "产业帮扶")
    assert (shown["item"], shown["item_label"], shown["qty"]) == (None, None, None)


@pytest.mark.parametrize("message", ["something quite new", "argument --x: odd"])
def test_unknown_refusals_keep_their_words(message: str) -> None:
    assert message.rpartition(" ")[2] in in_chinese(message)


def test_progress_rewrites_one_line() -> None:
    stream = io.StringIO()
    progress = TerminalProgress(stream)
    progress.step(1, 10, "正在导入")
    progress.step(2, 10, "正在导入")
    progress.step(10, 10, "正在导入")
    progress.check_cancelled()
    written = stream.getvalue()
    assert "\n" not in written
    assert "正在导入 1/10(10%)" in written
    assert "2/10" not in written, "at most ten reports a second"
    assert written.endswith(f"{' ' * 72}\r")
