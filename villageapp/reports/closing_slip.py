"""问题销号单: A5, one for each problem item, with the household's signature (domain.md 4.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from villageapp.reports.pen import MM
from villageapp.reports.qr import qr_text
from villageapp.reports.sheet_rows import Cell, Measure, Row, Sheet, paginate, smaller

TITLE = "问题销号单"
PAGE = (148 * MM, 210 * MM)
MARGINS = (15 * MM, 10 * MM, 10 * MM, 12 * MM)
WIDTH = PAGE[0] - MARGINS[0] - MARGINS[2]
_QR = 25 * MM
_SCALES = (1.0, 0.9, 0.8)
_LABEL = 70.0


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """What stands on a slip; all texts as people read them, empty where a pen is to write."""

    uid: str
    """Empty on a blank slip, which carries no code."""
    version: int
    village: str
    ledger_no: str
    head: tuple[tuple[str, str], ...]
    """Label and text, two in a line."""
    words: tuple[tuple[str, str], ...]
    """Label and text over the whole width."""
    dates: tuple[tuple[str, str, str], ...]
    """Step, day due, day done."""


def closing_slip(facts: SlipFacts, measure: Measure) -> Sheet:
    """The slip, in smaller type where that keeps it on one page."""
    sheet = Sheet(f"{facts.ledger_no}{TITLE}", PAGE, MARGINS, tuple(_rows(facts)), (_top(facts),))
    tried = (sheet if scale == 1 else smaller(sheet, scale) for scale in _SCALES)
    return next((one for one in tried if len(paginate(one, measure)) == 1), sheet)


def _top(facts: SlipFacts) -> Row:
    code = sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    qr = qr_text("problem", facts.uid, facts.version, code) if facts.uid else ""
    return Row(
        (
            Cell(facts.village, _QR * 1.2, 9, framed=False),
            Cell(TITLE, WIDTH - 2.4 * _QR, 18, bold=True, align="center", framed=False),
            Cell("", _QR * 1.2, framed=False, qr=qr),
        ),
        _QR,
    )


def _label(text: str, width: float = _LABEL) -> Cell:
    return Cell(text, width, 9.5, bold=True, align="center", shade=True)


def _rows(facts: SlipFacts) -> Iterator[Row]:
    half = (WIDTH - 2 * _LABEL) / 2
    for (first, one), (second, two) in zip(facts.head[::2], facts.head[1::2], strict=True):
        yield Row((_label(first), Cell(one, half, 9.5), _label(second), Cell(two, half, 9.5)), 20)
    for name, text in facts.words:
        yield Row((_label(name), Cell(text, WIDTH - _LABEL, 9.5)), 26, stretch=1.0)
    third = WIDTH / 3
    yield Row(tuple(_label(text, third) for text in ("步骤", "期限", "完成")), 18)
    for step, due, done in facts.dates:
        yield Row(tuple(Cell(text, third, 9.5, align="center") for text in (step, due, done)), 18)
    quarter = (WIDTH - 2 * _LABEL) / 2
    signed = (("农户签字\n（手印）", "责任人签字"), ("验收人签字", "日期"))
    for first, second in signed:
        yield Row((_label(first), Cell("", quarter), _label(second), Cell("", quarter)), 40)
