"""Versioned thresholds of domain.md 3.1: key, region, effective dates, value, source.

The values are data (``resources/parameters/*.toml``). A key without a value on a day refuses to
judge: a guessed line is worse than none.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from villageapp import paths
from villageapp.errors import AppError

PROVINCE = "14"


class UnsetParameter(AppError):
    """The rule needs a number that nobody has set for that day and region."""

    code = "parameter_unset"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value over one period; ``region`` is a division code prefix."""

    key: str
    value: Any
    effective_from: date
    effective_to: date | None = None
    region: str = PROVINCE
    title: str = ""
    source: str = ""

    def holds(self, on: date, region: str) -> bool:
        """Whether it is in force on that day in that region."""
        started = self.effective_from <= on
        return (
            started
            and (self.effective_to is None or on <= self.effective_to)
            and region.startswith(self.region)
        )


class Parameters:
    """A set of parameters; the narrowest region and the latest start win, and of equals the one added last."""

    def __init__(self, entries: Iterable[Parameter], titles: Mapping[str, str] | None = None) -> None:
        self._entries = tuple(entries)
        self._titles = dict(titles or {})

    def find(self, key: str, on: date, region: str = PROVINCE) -> Parameter:
        """The parameter in force. Raises UnsetParameter."""
        fits = [p for p in self._entries if p.key == key and p.holds(on, region)]
        if not fits:
            title = self._titles.get(key, key)
            raise UnsetParameter(
                f"{title}未核定（{on:%Y-%m-%d}），不作判断。", remedy="请在参数表中登记标准和文号后再试。"
            )
        return max(reversed(fits), key=lambda p: (len(p.region), p.effective_from))

    def integer(self, key: str, on: date, region: str = PROVINCE) -> int:
        """A whole number (days, months, fen …)."""
        return int(self.find(key, on, region).value)

    def integers(self, key: str, on: date, region: str = PROVINCE) -> tuple[int, ...]:
        """A fixed series of whole numbers."""
        return tuple(int(value) for value in self.find(key, on, region).value)

    def text(self, key: str, on: date, region: str = PROVINCE) -> str:
        """A word or period such as ``1m``."""
        return str(self.find(key, on, region).value)

    def fingerprint(self) -> str:
        """Changes when any value, period, region or source does."""
        return hashlib.sha256(repr(self._entries).encode()).hexdigest()[:16]

    def with_changes(self, entries: Iterable[Parameter]) -> Parameters:
        """A copy in which these entries are added (a province's pack, a test's line)."""
        return Parameters((*self._entries, *entries), self._titles)


@cache
def _tables() -> Mapping[str, Any]:
    tables: dict[str, Any] = {}
    for path in sorted((paths.resources() / "parameters").glob("*.toml")):
        with path.open("rb") as file:
            tables |= tomllib.load(file)
    return tables


@cache
def shipped() -> Parameters:
    """The parameters that come with the program."""
    entries = [
        Parameter(
            key,
            row["value"],
            row["from"],
            row.get("to"),
            row.get("region", PROVINCE),
            table["title"],
            row.get("source", table.get("source", "")),
        )
        for key, table in _tables().items()
        for row in table.get("values", [])
    ]
    return Parameters(entries, titles())


def titles() -> dict[str, str]:
    """What every known parameter is called in Chinese, by key."""
    return {key: table["title"] for key, table in _tables().items()}


def examples() -> dict[str, Any]:
    """A value of every known parameter: the latest shipped one, or ``example`` of one that nobody has set yet."""
    known = _tables().items()
    return {key: t["values"][-1]["value"] if t.get("values") else t["example"] for key, t in known}
