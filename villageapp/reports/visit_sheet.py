"""入户走访记录表 (domain.md 4.3): A4 portrait, one page unless the words need more; blank, prepared or recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256

from villageapp.domain.codes import code_list
from villageapp.domain.money import yuan
from villageapp.reports.pen import MM
from villageapp.reports.qr import qr_text
from villageapp.reports.sheet_rows import Align, Cell, Measure, Row, Sheet, paginate, smaller
from villageapp.reports.visit_facts import Answer, CheckedMeasure, FoundProblem, VisitFacts

TITLE = "入户走访记录表"
PAGE = (210 * MM, 297 * MM)
MARGINS = (20 * MM, 15 * MM, 15 * MM, 15 * MM)
WIDTH = PAGE[0] - MARGINS[0] - MARGINS[2]
LINE = 16.2
"""Least height of a line; what is left of the page is shared out to the lines for the pen."""
_SCALES = (1.0, 0.95, 0.9, 0.85, 0.8)
EMPTY, TICKED = "□", "☑"
CHECK_STATES = ("落实", "未落实", "变化")
_QR = 25 * MM
_MEASURES, _PROBLEMS = 3, 2
"""Lines for a pen."""
_DATES = ("核查（1天）", "意见（3天）", "方案（5天）", "解决（7天/月）")


def visit_sheet(facts: VisitFacts, measure: Measure) -> Sheet:
    """The sheet of one visit, in somewhat smaller type where that keeps it on one page."""
    body = [*_who(facts), *_asked(facts), *_around(facts), *_told(facts), *_signatures(facts)]
    name = f"{facts.head_name}户{TITLE}" if facts.head_name else TITLE
    sheet = Sheet(name, PAGE, MARGINS, body, (_title(facts),))
    tried = (smaller(sheet, scale) if scale < 1 else sheet for scale in _SCALES)
    return next((one for one in tried if len(paginate(one, measure)) == 1), sheet)


def label(text: str, width: float) -> Cell:
    """The name of a field."""
    return Cell(text, width, bold=True, align="center", shade=True)


def value(text: str, width: float, align: Align = "left", *, top: bool = False) -> Cell:
    """What is filled in."""
    return Cell(text, width, align=align, top=top)


def ticks(labels: Sequence[str], chosen: str) -> str:
    """Boxes with their words, one of them ticked."""
    return "  ".join(f"{TICKED if word == chosen else EMPTY}{word}" for word in labels)


def labels_of(codes: str) -> list[str]:
    """The words of a code list in their order."""
    return list(code_list(codes).labels.values())


def yes_no(answer: bool | None, words: tuple[str, str]) -> str:
    """Boxes for no and yes (or the other way round): ``words`` are those of True and False."""
    return ticks(words, "" if answer is None else words[0] if answer else words[1])


def qr_of(facts: VisitFacts) -> str:
    """The code on the sheet: which record, of which version; no personal data."""
    if not facts.uid:
        return ""
    content = sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return qr_text("visit" if facts.recorded else "visit-blank", facts.uid, facts.version, content)


def _title(facts: VisitFacts) -> Row:
    return Row(
        (
            Cell(facts.village, _QR * 1.6, framed=False),
            Cell(TITLE, WIDTH - 3.2 * _QR, 20, bold=True, align="center", framed=False),
            Cell("", _QR * 1.6, framed=False, qr=qr_of(facts)),
        ),
        _QR * 0.95,
    )


def _row(*cells: Cell, height: float = LINE, stretch: float = 0.0) -> Row:
    return Row(cells, height, stretch)


def _band(text: str) -> Row:
    return Row((Cell(text, WIDTH, bold=True, shade=True),), 14.0)


def _who(facts: VisitFacts) -> Iterator[Row]:
    a, b = 62.0, (WIDTH - 3 * 62.0) / 3
    yield _row(
        label("户主", a),
        value(facts.head_name, b),
        label("村民小组", a),
        value(facts.group_name, b),
        label("户类型", a),
        value(facts.household_type, b),
    )
    wide = WIDTH - a
    yield _row(
        label("户编号", a), value(facts.household_no, b), label("住址", a), value(facts.address, wide - b - a)
    )
    yield _row(label("家庭成员", a), value(facts.members, wide))
    kinds = ticks(labels_of("CL_VISIT_KIND"), facts.kind)
    yield _row(label("走访类型", a), value(kinds, wide))
    yield _row(
        label("排查类型", a),
        value(ticks(labels_of("CL_SWEEP"), facts.sweep_type), b + 20),
        label("走访结果", a),
        value(ticks(labels_of("CL_VISIT_RESULT"), facts.result), wide - b - a - 20),
    )
    half = (WIDTH - 2 * a) / 2
    yield _row(
        label("到户时间", a), value(facts.started_at, half), label("离户时间", a), value(facts.ended_at, half)
    )
    yield _row(
        label("走访人", a),
        value("、".join(facts.visitors), half),
        label("受访人", a),
        value(facts.interviewee, half),
    )


def _asked(facts: VisitFacts) -> Iterator[Row]:
    yield _band("一、五变化")
    for answer in facts.changes:
        yield _answer(answer, ("有", "无"))
    yield _band("二、两不愁三保障和饮水安全（选“否”请写明情况，即登记问题）")
    for answer in facts.needs:
        yield _answer(answer, ("是", "否"))


def _answer(answer: Answer, words: tuple[str, str]) -> Row:
    tick, name = 76.0, 112.0
    boxes = value(yes_no(answer.yes, words), tick, "center")
    return _row(label(answer.label, name), boxes, value(answer.text, WIDTH - tick - name), stretch=0.4)


def _around(facts: VisitFacts) -> Iterator[Row]:
    yield _band("三、收入、大额支出和务工")
    a = 76.0
    half = (WIDTH - 2 * a) / 2
    trend = ticks(labels_of("CL_TREND"), facts.income_trend)
    amount = "" if facts.expense_amount is None else f"{yuan(facts.expense_amount)} 元"
    yield _row(label("收入变化", a), value(trend, half), label("支出金额", a), value(amount, half))
    expense = yes_no(facts.big_expense, ("有", "无"))
    kinds = ticks(labels_of("CL_EXPENSE"), facts.expense_kind)
    yield _row(label("近期大额支出", a), value(f"{expense}    类别：{kinds}", WIDTH - a))
    yield _row(label("务工情况", a), value(facts.working, WIDTH - a), stretch=0.5)
    yield _band("四、帮扶措施落实核查")
    blank = [CheckedMeasure("")] * (0 if facts.recorded else max(0, _MEASURES - len(facts.measures)))
    for measure in [*facts.measures, *blank] or [CheckedMeasure("没有核查")]:
        tick = 150.0
        boxes = "" if measure.title == "没有核查" else ticks(CHECK_STATES, measure.state)
        yield _row(value(measure.title, WIDTH - tick), value(boxes, tick, "center"), stretch=0.3)


def _told(facts: VisitFacts) -> Iterator[Row]:
    a = 76.0
    yield _band("五、困难、诉求和办理")
    for name, text, stretch in (
        ("困难", facts.difficulty, 1.0),
        ("诉求", facts.demand, 1.0),
        ("宣讲政策", facts.policy_told, 0.5),
    ):
        yield _row(label(name, a), value(text, WIDTH - a), stretch=stretch)
    yield from _problems(facts)
    opinion = "\n".join(text for text in (facts.help_done, facts.note) if text)
    yield _row(label("现场帮办\n处理意见", a), value(opinion, WIDTH - a), height=2 * LINE, stretch=1.5)
    half = (WIDTH - 2 * a) / 2
    yield _row(
        label("满意度", a),
        value(ticks(labels_of("CL_ACK"), facts.satisfaction), half),
        label("下次走访", a),
        value(_day(facts.next_visit_on), half),
    )


def _problems(facts: VisitFacts) -> Iterator[Row]:
    dates, first = 58.0, 138.0
    widths = (first, WIDTH - first - 4 * dates, dates, dates, dates, dates)
    heads = ("发现问题（台账编号）", "问题", *_DATES)
    yield _row(*(_small(text, wide, head=True) for text, wide in zip(heads, widths, strict=True)))
    blank = [FoundProblem("", "")] * (0 if facts.recorded else max(0, _PROBLEMS - len(facts.problems)))
    for item in [*facts.problems, *blank] or [FoundProblem("没有发现问题", "")]:
        days = (item.due_verify, item.due_opinion, item.due_plan, item.due_solve)
        texts = (item.ledger_no, item.title, *map(_day, days))
        yield _row(*(_small(text, wide) for text, wide in zip(texts, widths, strict=True)), stretch=0.3)


def _small(text: str, width: float, *, head: bool = False) -> Cell:
    return Cell(text, width, 8 if head else 9, bold=head, align="center" if head else "left", shade=head)


def _signatures(facts: VisitFacts) -> Iterator[Row]:
    a = 68.0
    names = (*facts.visitors, "", "")
    room = (WIDTH - 4 * 68.0) / 4
    signed = (
        "农户签字\n（手印）",
        "",
        "走访人签字",
        names[0],
        "走访人签字",
        names[1],
        "日期",
        _day(facts.visited_on),
    )
    cells = []
    for place, text in enumerate(signed):
        wide = a if place % 2 == 0 else room
        cells.append(label(text, wide) if place % 2 == 0 else Cell(text, wide, 8, top=True))
    yield _row(*cells, height=2.4 * LINE)


def _day(day: date | None) -> str:
    return "" if day is None else str(day)
