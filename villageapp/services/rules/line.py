"""The monitoring line as a fact: given with the question, or the one in force."""

from __future__ import annotations

from datetime import date

from villageapp.domain.fields import Field, Kind
from villageapp.domain.income import LINE, line_of
from villageapp.domain.parameters import Parameter, Parameters

LINE_FACT = Field("line", "监测标准（元/人·年）", Kind.MONEY, minimum=1, maximum=1_000_000_00, unit="元")


def given_line(fen: int, day: date) -> Parameter:
    """The line of the question as a parameter that says where it comes from."""
    return Parameter(LINE, fen, date(day.year, 1, 1), title="监测标准指导线（分/人·年）", source="提问时给出")


def line_for(fen: int | None, day: date, parameters: Parameters) -> Parameter:
    """The given line, else the one of that day's year. Raises UnsetParameter (监测标准未核定)."""
    return line_of(day.year, parameters) if fen is None else given_line(fen, day)
