"""One line of the answer, and how the lines are shown."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import east_asian_width

import villageapp
from villageapp.bench.timing import Cost

_HEADINGS = ("项目", "本程序", "CPU", "基准", "CPU", "倍数", "CPU倍数", "目标", "说明")
_LEFT = (0, 8)
"""Columns of words; the others hold figures."""


@dataclass(frozen=True, slots=True)
class Row:
    """Ours beside its baseline. ``baseline`` is None when it could not be measured here; ``note`` says why."""

    name: str
    what: str
    against: str
    """What the baseline is."""
    ours: Cost
    baseline: Cost | None
    rounds: int
    goal: float | None = None
    """Largest ratio of wall times that the product allows itself; None where none is set."""
    limit_seconds: float | None = None
    """Longest wall time that the product allows itself, where something other than the machine sets the pace."""
    note: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Wall time as a multiple of the baseline's."""
        return _ratio(self.ours.wall, self.baseline.wall) if self.baseline else None

    @property
    def cpu_ratio(self) -> float | None:
        """CPU time as a multiple of the baseline's."""
        return _ratio(self.ours.cpu, self.baseline.cpu) if self.baseline else None

    @property
    def is_met(self) -> bool | None:
        """Whether goal and limit are met; None where there is none, or no baseline for the goal."""
        said = []
        if self.goal is not None and self.ratio is not None:
            said.append(self.ratio <= self.goal)
        if self.limit_seconds is not None:
            said.append(self.ours.wall <= self.limit_seconds)
        return all(said) if said else None

    def as_json(self) -> dict[str, Any]:
        """For ``--json``; seconds."""
        return {
            "name": self.name,
            "what": self.what,
            "against": self.against,
            "ours": _seconds(self.ours),
            "baseline": _seconds(self.baseline) if self.baseline else None,
            "ratio": _rounded(self.ratio),
            "cpu_ratio": _rounded(self.cpu_ratio),
            "goal": self.goal,
            "limit_seconds": self.limit_seconds,
            "met": self.is_met,
            "rounds": self.rounds,
            "note": self.note,
            **self.extra,
        }


def machine() -> dict[str, Any]:
    """Where it was measured; nothing that names the machine."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "version": villageapp.__version__,
    }


def table(rows: Sequence[Row]) -> str:
    """Lines for people, columns aligned."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(line, widths) for line in cells)


def _cells(row: Row) -> tuple[str, ...]:
    aims = [f"≤{row.goal:g}"] if row.goal is not None else []
    aims += [f"≤{row.limit_seconds:g} s"] if row.limit_seconds is not None else []
    said = {True: "达到", False: "未达到", None: ""}[row.is_met]
    goal = " ".join([*aims, said]).strip()
    ours = (_shown(row.ours.wall), _shown(row.ours.cpu))
    theirs = (_shown(row.baseline.wall), _shown(row.baseline.cpu)) if row.baseline else ("—", "—")
    ratios = tuple("—" if r is None else f"{r:.2f}" for r in (row.ratio, row.cpu_ratio))
    words = ";".join(part for part in (f"{row.what} / {row.against}", row.note) if part)
    return (row.name, *ours, *theirs, *ratios, goal, words)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        gap = " " * (width - _width(cell))
        padded.append(cell + gap if place in _LEFT else gap + cell)
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def _seconds(cost: Cost) -> dict[str, float]:
    return {"wall": round(cost.wall, 6), "cpu": round(cost.cpu, 6)}


def _ratio(ours: float, baseline: float) -> float | None:
    return ours / baseline if baseline > 0 else None


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 3)
