"""问题月调度表: the figures of a month and every open item (domain.md 4.5, R-PRB-7); A4 portrait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from villageapp.reports.pen import MM
from villageapp.reports.privacy import Privacy
from villageapp.reports.qr import qr_text
from villageapp.reports.sheet_rows import Cell, Row, Sheet

TITLE = "问题排查整改月调度表"
FIGURES = (
    ("added", "新增"),
    ("rebounded", "反弹"),
    ("to_finish", "应办结"),
    ("finished", "办结"),
    ("on_time", "按期"),
    ("overdue", "超期"),
    ("returned", "回炉"),
    ("closed", "销号"),
    ("open", "未销号"),
)
PAGE = (210 * MM, 297 * MM)
MARGINS = (20 * MM, 15 * MM, 15 * MM, 15 * MM)
WIDTH = PAGE[0] - MARGINS[0] - MARGINS[2]
_QR = 25 * MM
_COLUMNS = (
    ("序号", 26.0),
    ("编号", 136.0),
    ("户主", 48.0),
    ("问题", 0.0),
    ("解决期限", 58.0),
    ("超期\n（天）", 36.0),
    ("没有进展\n的月份", 62.0),
)
"""Headings and widths in points; 0 takes the rest."""
_BLANK_ROWS = 22
"""Empty rows that fill the page."""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """One item that is not 销号."""

    ledger_no: str
    head_name: str
    title: str
    due: date
    overdue_days: int
    idle_months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """``counts`` by the keys of ``FIGURES``; ``on`` is the day as of which the month is told.

    Without ``month`` it is an empty sheet for a pen.
    """

    month: date | None
    on: date | None
    village: str
    version: int
    counts: Mapping[str, int]
    lines: Sequence[OpenLine]


def month_sheet(facts: MonthFacts) -> Sheet:
    """The month as a sheet."""
    widths = [width or WIDTH - sum(w for _, w in _COLUMNS) for _, width in _COLUMNS]
    heading = Row(
        tuple(
            Cell(head, width, 9, bold=True, align="center", shade=True)
            for (head, _), width in zip(_COLUMNS, widths, strict=True)
        ),
        20,
    )
    return Sheet(
        f"{_month(facts)} {TITLE}".strip(),
        PAGE,
        MARGINS,
        tuple(_lines(facts, widths)),
        (_top(facts), *_figures(facts)),
        (_about(facts), heading),
    )


def _month(facts: MonthFacts) -> str:
    return f"{facts.month:%Y-%m}" if facts.month else ""


def _top(facts: MonthFacts) -> Row:
    code = sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    qr = qr_text("month", _month(facts), facts.version, code)
    told = f"{facts.month.year}年{facts.month.month}月" if facts.month else "＿＿＿＿年＿＿月"
    title = f"{TITLE}\n（{told}）"
    return Row(
        (
            Cell("", _QR, framed=False),
            Cell(title, WIDTH - 2 * _QR, 18, bold=True, align="center", framed=False),
            Cell("", _QR, framed=False, qr=qr),
        ),
        _QR,
    )


def _figures(facts: MonthFacts) -> Iterator[Row]:
    width = WIDTH / len(FIGURES)
    yield Row(tuple(Cell(label, width, bold=True, align="center", shade=True) for _, label in FIGURES), 20)
    yield Row(
        tuple(
            Cell(str(facts.counts.get(key, "")), width, 14, bold=True, align="center") for key, _ in FIGURES
        ),
        30,
    )
    yield Row((Cell("", WIDTH, framed=False),), 8)


def _about(facts: MonthFacts) -> Row:
    third = WIDTH / 3
    return Row(
        (
            Cell(facts.village, third, framed=False),
            Cell(f"未销号问题　截至 {facts.on or '＿＿＿＿＿＿'}", third, align="center", framed=False),
            Cell(Privacy.P2.label, third, align="right", framed=False),
        ),
        18,
    )


def _lines(facts: MonthFacts, widths: Sequence[float]) -> Iterator[Row]:
    if facts.month is None:
        yield from (Row(tuple(Cell("", width) for width in widths), 24) for _ in range(_BLANK_ROWS))
        return
    if not facts.lines:
        yield Row((Cell("没有未销号的问题", WIDTH, align="center"),), 24)
    for number, line in enumerate(facts.lines, start=1):
        texts = (
            str(number),
            line.ledger_no,
            line.head_name,
            line.title,
            str(line.due),
            str(line.overdue_days) if line.overdue_days else "",
            "、".join(line.idle_months),
        )
        yield Row(tuple(Cell(text, width, 9) for text, width in zip(texts, widths, strict=True)), 18)
