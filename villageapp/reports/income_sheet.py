"""家庭收入核算表: sections in the order of the printed form, sums, what does not count (domain.md 4.7). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from villageapp.domain.income import Income
from villageapp.domain.income_subjects import Group
from villageapp.domain.money import yuan
from villageapp.reports.paper_form import Band, Block, Boxes, Column, PaperForm, Prose, Signatures, Table
from villageapp.reports.privacy import Privacy
from villageapp.reports.sheet_rows import Align

TITLE = "家庭收入核算表"
MONTHS_TITLE = "家庭收入分月核算表"
SECTIONS: tuple[tuple[str, str], ...] = (
    (Group.BUSINESS, "一、生产经营性收入"),
    (Group.COST, "二、生产经营性支出"),
    (Group.WAGE, "三、工资性收入"),
    (Group.PROPERTY, "四、财产性收入"),
    (Group.TRANSFER, "五、转移性收入"),
)
LEFT_OUT = "不计入"
"""Key of the lines that do not count."""
_MONEY: Align = "right"
_BLANK_MONTH_ROWS = 22
_LOW = 15.0
"""Height of a row of the blank form, which names every subject and stays on one page."""


@dataclass(frozen=True, slots=True)
class IncomeEntry:
    """One line of the account as people read it; ``month`` 0 when none is named, ``amount`` in fen."""

    subject: str
    person: str
    amount: int
    month: int = 0
    job: str = ""
    place: str = ""
    months: str = ""
    qty: str = ""
    price: str = ""
    evidence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class IncomeFacts:
    """One sheet; without ``income`` it is a blank form, prepared for a household when its name is given."""

    uid: str
    version: int
    village: str
    subjects: Mapping[str, tuple[str, ...]]
    """By section (a Group, or LEFT_OUT): the names of its subjects, for the blank form."""
    year: int | None = None
    income: Income | None = None
    entries: Mapping[str, Sequence[IncomeEntry]] | None = None
    """By section."""
    line_text: str = "监测线未核定"
    """The monitoring line with its version, or that it is unset."""
    head_name: str = ""
    group_name: str = ""
    household_no: str = ""
    household_type: str = ""
    population: str = ""
    period: str = ""
    collector: str = ""
    collected_on: str = ""
    status: str = ""
    last_year: str = ""


def income_form(facts: IncomeFacts) -> PaperForm:
    """The account as a form of A4."""
    return PaperForm(
        "income",
        facts.uid,
        facts.version,
        _name(facts, TITLE),
        TITLE,
        facts.village,
        Privacy.P1,
        (
            *_head(facts),
            *_sections(facts),
            *_totals(facts),
            *_left_out(facts),
            *_reference(facts),
            *_foot(facts),
        ),
        subtitle=_year(facts),
    )


def month_form(facts: IncomeFacts) -> PaperForm:
    """The same amounts by month, A3 landscape."""
    columns = (
        Column("项目", 2.6),
        Column("家庭成员", 1.3),
        *(Column(f"{month}月", 1.0, _MONEY) for month in range(1, 13)),
        Column("未分月", 1.1, _MONEY),
        Column("合计", 1.2, _MONEY),
    )
    rows = tuple(_month_rows(facts))
    blanks = 0 if facts.income else max(0, _BLANK_MONTH_ROWS - len(rows))
    return PaperForm(
        "income-months",
        facts.uid,
        facts.version,
        _name(facts, MONTHS_TITLE),
        MONTHS_TITLE,
        facts.village,
        Privacy.P1,
        _head(facts, across=4),
        subtitle=_year(facts),
        paper="A3 landscape",
        table=Table(columns, rows, blanks),
        after=(*_totals(facts), *_reference(facts), *_foot(facts)),
    )


def _name(facts: IncomeFacts, title: str) -> str:
    return f"{facts.head_name}户{title}" if facts.head_name else title


def _year(facts: IncomeFacts) -> str:
    return f"（{facts.year}年度）" if facts.year else "（＿＿＿＿年度）"


def _head(facts: IncomeFacts, across: int = 2) -> tuple[Block, ...]:
    pairs = (
        ("户主", facts.head_name),
        ("村民小组", facts.group_name),
        ("户编号", facts.household_no),
        ("户类型", facts.household_type),
        ("核算周期", facts.period),
        ("年度家庭人口", facts.population),
        ("上年人均纯收入", facts.last_year),
        ("账目状态", facts.status),
    )
    return (Boxes(pairs, across),)


def _sections(facts: IncomeFacts) -> Iterator[Block]:
    for key, title in SECTIONS:
        yield Band(title + _section_sum(facts, key))
        yield _table(facts, key)


def _section_sum(facts: IncomeFacts, key: str) -> str:
    found = facts.income
    if found is None:
        return "　小计＿＿＿＿＿＿元"
    total = {
        Group.BUSINESS: found.production,
        Group.COST: found.production_cost,
        Group.WAGE: found.wage,
        Group.PROPERTY: found.property_income,
        Group.TRANSFER: found.transfer,
    }[Group(key)]
    return f"　小计 {yuan(total)} 元" + ("（已扣除专项补贴）" if key == Group.COST else "")


def _table(facts: IncomeFacts, key: str) -> Table:
    if facts.entries is None:
        names = facts.subjects.get(key, ())
        if key == Group.WAGE:
            return Table(_WAGE, blanks=max(3, len(names)), height=_LOW)
        if key in (Group.PROPERTY, Group.TRANSFER):
            return _in_two_columns(names)
        return Table(_DETAIL, tuple((name, "", "", "", "", "") for name in names), height=_LOW)
    rows = facts.entries.get(key, ())
    if key == Group.WAGE:
        return Table(_WAGE, tuple(_wage(entry) for entry in rows), nothing="无")
    return Table(_DETAIL, tuple(_detail(entry) for entry in rows), nothing="无")


_DETAIL = (
    Column("科目（品种）", 2.6),
    Column("数量", 1.2, _MONEY),
    Column("单价（元）", 1.2, _MONEY),
    Column("金额（元）", 1.4, _MONEY),
    Column("依据", 1.1),
    Column("备注", 2.2),
)
_WAGE = (
    Column("科目", 1.6),
    Column("姓名", 1.0),
    Column("工种", 1.1),
    Column("地点、单位", 2.0),
    Column("月数", 1.0),
    Column("金额（元）", 1.3, _MONEY),
    Column("依据", 1.1),
)


def _in_two_columns(names: Sequence[str]) -> Table:
    """Subjects of which a family has one line each: two beside each other save half the paper."""
    columns = (Column("科目", 2.2), Column("金额（元）", 1.3), Column("科目", 2.2), Column("金额（元）", 1.3))
    padded = [*names, ""] if len(names) % 2 else list(names)
    half = len(padded) // 2
    return Table(
        columns,
        tuple((left, "", right, "") for left, right in zip(padded[:half], padded[half:], strict=True)),
        height=_LOW,
    )


def _detail(entry: IncomeEntry) -> tuple[str, ...]:
    about = "　".join(part for part in (entry.person, _month(entry), entry.note) if part)
    return (entry.subject, entry.qty, entry.price, yuan(entry.amount), entry.evidence, about)


def _wage(entry: IncomeEntry) -> tuple[str, ...]:
    months = entry.months or _month(entry) or entry.qty
    place = "　".join(part for part in (entry.place, entry.note) if part)
    return (entry.subject, entry.person, entry.job, place, months, yuan(entry.amount), entry.evidence)


def _month(entry: IncomeEntry) -> str:
    return f"{entry.month}月" if entry.month else ""


def _told(facts: IncomeFacts, name: str) -> str:
    return f"{yuan(getattr(facts.income, name))} 元" if facts.income else ""


def _totals(facts: IncomeFacts) -> Iterator[Block]:
    yield Boxes(
        (
            ("六、总收入\n（一＋三＋四＋五）", _told(facts, "gross")),
            ("七、纯收入\n（六－二）", _told(facts, "net")),
            ("八、人均纯收入\n（七÷年度人口）", _told(facts, "per_capita")),
        ),
        across=3,
        label_width=104,
        height=30,
    )


def _left_out(facts: IncomeFacts) -> Iterator[Block]:
    found = facts.income
    yield Band(f"九、不计入收入项目{'　小计 ' + yuan(found.not_counted) + ' 元' if found else ''}")
    if facts.entries is None:
        yield _in_two_columns(facts.subjects.get(LEFT_OUT, ()))
    else:
        rows = tuple(_detail(entry) for entry in facts.entries.get(LEFT_OUT, ()))
        yield Table(_DETAIL, rows, nothing="无")


def _reference(facts: IncomeFacts) -> Iterator[Block]:
    yield Band("十、纳入监测对象的收入参考范围")
    yield Boxes(
        (
            ("理赔收入", _told(facts, "claim_income")),
            ("合规自付支出", _told(facts, "compliant_oop")),
            ("参考收入\n（七＋理赔－自付）", _told(facts, "ref")),
            ("人均参考收入", _told(facts, "ref_per_capita")),
        ),
        label_width=104,
        height=26,
    )


def _foot(facts: IncomeFacts) -> Iterator[Block]:
    yield Prose(f"参数：{facts.line_text}", 9.5, 0)
    yield Prose("金额单位为元；比较以户为单位按分计算，人均数仅供参考。", 9.5, 0)
    if facts.collector or facts.collected_on:
        yield Boxes((("采集人", facts.collector), ("采集日期", facts.collected_on)))
    yield Signatures(("户主签字\n（手印）", "采集人签字", "日期"), across=3, label_width=62)


def _month_rows(facts: IncomeFacts) -> Iterator[tuple[str, ...]]:
    titles = {key: title.partition("、")[2] for key, title in SECTIONS} | {LEFT_OUT: "不计入收入"}
    if facts.entries is None:
        for key in titles:
            yield from ((name, *[""] * 15) for name in facts.subjects.get(key, ()))
        return
    for key in titles:
        yield from _by_month(facts.entries.get(key, ()))


def _by_month(entries: Sequence[IncomeEntry]) -> Iterator[tuple[str, ...]]:
    sums: dict[tuple[str, str], dict[int, int]] = {}
    for entry in entries:
        of_line = sums.setdefault((entry.subject, entry.person), {})
        of_line[entry.month] = of_line.get(entry.month, 0) + entry.amount
    for (subject, person), by_month in sums.items():
        cells = (yuan(by_month[month]) if month in by_month else "" for month in (*range(1, 13), 0))
        yield (subject, person, *cells, yuan(sum(by_month.values())))
