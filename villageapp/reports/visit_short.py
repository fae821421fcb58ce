"""The short record sheet for sweeps (集中排查): A5, two on a sheet of A4 to be cut apart (domain.md 4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from villageapp.reports.pen import MM
from villageapp.reports.sheet_rows import Cell, Measure, Row, Sheet, paginate, smaller
from villageapp.reports.visit_facts import Answer, VisitFacts
from villageapp.reports.visit_sheet import labels_of, qr_of, ticks, yes_no

TITLE = "入户排查记录表"
PAGE = (210 * MM, 297 * MM)
MARGINS = (20 * MM, 9 * MM, 15 * MM, 11 * MM)
WIDTH = PAGE[0] - MARGINS[0] - MARGINS[2]
ON_A_PAGE = 2
_QR = 25 * MM
_SIZE, _LINE, _LABEL = 9.5, 16.5, 62.0
_SCALES = (1.0, 0.93, 0.86, 0.8)


def short_sheet(pair: Sequence[VisitFacts], measure: Measure) -> Sheet:
    """One or two short forms on a page, in smaller type where that keeps them on one."""
    rows = [row for place, facts in enumerate(pair) for row in (*_cut(place), *_form(facts))]
    if len(pair) < ON_A_PAGE:
        rows.append(Row((_text("", WIDTH, framed=False),), 1.0, stretch=12.0))
    named = "、".join(f"{facts.head_name}户" for facts in pair if facts.head_name)
    sheet = Sheet(f"{named}{TITLE}", PAGE, MARGINS, rows)
    tried = (sheet if scale == 1 else smaller(sheet, scale) for scale in _SCALES)
    return next((one for one in tried if len(paginate(one, measure)) == 1), sheet)


def _cut(place: int) -> Iterator[Row]:
    """Where the sheet is cut apart."""
    if place:
        yield Row((Cell("- " * 90, WIDTH, 6, align="center", framed=False),), 14)


def _text(text: str, width: float, *, framed: bool = True) -> Cell:
    return Cell(text, width, _SIZE, framed=framed)


def _label(text: str, width: float = _LABEL) -> Cell:
    return Cell(text, width, _SIZE, bold=True, align="center", shade=True)


def _pairs(*named: tuple[str, str]) -> Row:
    wide = (WIDTH - len(named) * _LABEL) / len(named)
    cells = [cell for name, text in named for cell in (_label(name), _text(text, wide))]
    return Row(tuple(cells), _LINE)


def _whole(name: str, text: str, *, stretch: float = 0.0) -> Row:
    return Row((_label(name), _text(text, WIDTH - _LABEL)), _LINE, stretch)


def _form(facts: VisitFacts) -> Iterator[Row]:
    yield Row(
        (
            Cell(facts.village, 1.4 * _QR, _SIZE, framed=False),
            Cell(TITLE, WIDTH - 2.8 * _QR, 16, bold=True, align="center", framed=False),
            Cell("", 1.4 * _QR, framed=False, qr=qr_of(facts)),
        ),
        _QR,
    )
    yield _pairs(("户主", facts.head_name), ("村民小组", facts.group_name), ("户类型", facts.household_type))
    yield _pairs(
        ("到户时间", facts.started_at), ("走访人", "、".join(facts.visitors)), ("受访人", facts.interviewee)
    )
    yield _whole("走访结果", ticks(labels_of("CL_VISIT_RESULT"), facts.result))
    yield _whole("五变化", _ticked(facts.changes, ("有", "无")))
    yield _whole("变化内容", _told(facts.changes), stretch=1.0)
    yield _whole("两不愁\n三保障饮水", _ticked(facts.needs, ("是", "否")))
    yield _whole("“否”的情况", _told(facts.needs), stretch=1.5)
    trend = ticks(labels_of("CL_TREND"), facts.income_trend)
    expense = (
        f"{yes_no(facts.big_expense, ('有', '无'))}  {ticks(labels_of('CL_EXPENSE'), facts.expense_kind)}"
    )
    yield _whole("收入变化", trend)
    yield _whole("大额支出", expense)
    yield _whole(
        "困难和诉求", "\n".join(text for text in (facts.difficulty, facts.demand) if text), stretch=1.5
    )
    found = "；".join(f"{item.ledger_no} {item.title}（{item.due_solve or ''}）" for item in facts.problems)
    yield _whole("问题", found, stretch=1.0)
    yield _whole("处理意见", "\n".join(text for text in (facts.help_done, facts.note) if text), stretch=1.5)
    quarter = (WIDTH - 3 * _LABEL) / 3
    signed = ("农户签字\n（手印）", "走访人签字", "日期")
    day = "" if facts.visited_on is None else str(facts.visited_on)
    cells = [
        cell
        for name, text in zip(signed, ("", "", day), strict=True)
        for cell in (_label(name), _text(text, quarter))
    ]
    yield Row(tuple(cells), 30.0)


def _ticked(answers: Sequence[Answer], words: tuple[str, str]) -> str:
    return "    ".join(f"{_short(answer.label)} {yes_no(answer.yes, words)}" for answer in answers)


def _short(label: str) -> str:
    return label.removesuffix("变化").removesuffix("有保障")


def _told(answers: Sequence[Answer]) -> str:
    return "；".join(f"{_short(answer.label)}：{answer.text}" for answer in answers if answer.text)
