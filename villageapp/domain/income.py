"""Income of a household for one year: R-INC-1 … R-INC-6, all amounts in fen.

Two figures decide about monitoring: the net income, and the reference income, which also sees what an
illness took. Both are compared as whole household amounts, never as rounded per-capita values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from villageapp.domain import money
from villageapp.domain.income_subjects import Group, Role, Subject
from villageapp.domain.parameters import PROVINCE, Parameter, Parameters, UnsetParameter

LINE = "MON_LINE"
LINE_UNSET = "监测标准未核定"
_OFFSET, _GAP, _LEFT_OUT = "offset", "gap", "left out"
CALENDAR = "calendar"
"""Basis of an account over the calendar year, as 防贫险补差 wants it (code of CL_INC_BASIS)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the account; ``counts`` as stored on the line, None to ask the subject table."""

    subject: str
    amount: int
    counts: bool | None = None


@dataclass(frozen=True, slots=True)
class Income:
    """The account added up (R-INC-1, R-INC-2, R-INC-5), in fen."""

    population: int
    """年度家庭人口数, not today's head count (R-INC-4)."""
    wage: int = 0
    production: int = 0
    property_income: int = 0
    transfer: int = 0
    production_cost: int = 0
    """Production cost after its offset, never below 0."""
    claim_income: int = 0
    compliant_oop: int = 0
    gap_payment: int = 0
    """The part of ``transfer`` that is left out before the gap test (D11)."""
    not_counted: int = 0
    """Recorded but not part of the net income."""
    offset_unused: int = 0
    """Offset beyond the production cost; not income."""

    @property
    def gross(self) -> int:
        """年总收入."""
        return self.wage + self.production + self.property_income + self.transfer

    @property
    def net(self) -> int:
        """家庭纯收入; may be negative."""
        return self.gross - self.production_cost

    @property
    def net_before_gap(self) -> int:
        """Net income without a 防贫险补差 already paid (R-INC-8)."""
        return self.net - self.gap_payment

    @property
    def ref(self) -> int:
        """纳入监测对象的收入参考范围 (R-INC-5)."""
        return self.net + self.claim_income - self.compliant_oop

    @property
    def per_capita(self) -> int:
        """人均纯收入, rounded half up; to be shown, not compared."""
        return money.per_head(self.net, self.population)

    @property
    def ref_per_capita(self) -> int:
        """人均参考收入, rounded half up; to be shown, not compared."""
        return money.per_head(self.ref, self.population)


def add_up(
    lines: Iterable[Line],
    population: int,
    subjects: Mapping[str, Subject],
    claim_income: int = 0,
    compliant_oop: int = 0,
) -> Income:
    """The account of these lines, by the subjects in force on one day.

    Raises ValueError (Chinese) for an unknown subject, a negative amount or a population below 1.
    """
    if population < 1 or claim_income < 0 or compliant_oop < 0:
        raise ValueError("年度家庭人口数必须至少为 1，理赔收入和合规自付支出不能为负数")
    sums: Counter[str] = Counter()
    for line in lines:
        for part, amount in _shares(line, subjects):
            sums[part] += amount
    return Income(
        population,
        wage=sums[Group.WAGE],
        production=sums[Group.BUSINESS],
        property_income=sums[Group.PROPERTY],
        transfer=sums[Group.TRANSFER],
        production_cost=max(0, sums[Group.COST] - sums[_OFFSET]),
        claim_income=claim_income,
        compliant_oop=compliant_oop,
        gap_payment=sums[_GAP],
        not_counted=sums[_LEFT_OUT],
        offset_unused=max(0, sums[_OFFSET] - sums[Group.COST]),
    )


def _shares(line: Line, subjects: Mapping[str, Subject]) -> Iterable[tuple[str, int]]:
    """The sums that a line adds to."""
    subject = _subject(line, subjects)
    if not (subject.counts if line.counts is None else line.counts):
        yield _LEFT_OUT, line.amount
    elif subject.role is Role.OFFSET:
        yield _OFFSET, line.amount
    else:
        yield subject.group, line.amount
        if subject.left_out_of_gap:
            yield _GAP, line.amount


def _subject(line: Line, subjects: Mapping[str, Subject]) -> Subject:
    subject = subjects.get(line.subject)
    if subject is None:
        raise ValueError(f"没有收支科目“{line.subject[:20]}”")
    if line.amount < 0:
        raise ValueError(f"{subject.label}（{subject.code}）金额不能为负数")
    return subject


def below(amount: int, population: int, line: int, percent: int = 100) -> bool:
    """R-INC-6: whether a household amount is below ``percent`` of the line, on integers in fen."""
    return amount * 100 < line * percent * population


def line_of(year: int, parameters: Parameters, region: str = PROVINCE) -> Parameter:
    """The monitoring line of that year (fen per person and year).

    Raises UnsetParameter (监测标准未核定): without a confirmed line nothing is judged or printed.
    """
    try:
        return parameters.find(LINE, date(year, 12, 31), region)
    except UnsetParameter as error:
        raise UnsetParameter(
            f"{LINE_UNSET}（{year} 年），不作判断，不打印补差和低于标准的结论。",
            remedy="请在参数表中登记当年监测标准和文号后再试。",
        ) from error


def period(income_year: int, basis: str | None, parameters: Parameters) -> tuple[date, date]:
    """First and last day of an income year: previous 10-01 … 09-30 by INCOME_PERIOD, or the calendar year.

    Raises UnsetParameter.
    """
    if basis == CALENDAR:
        return date(income_year, 1, 1), date(income_year, 12, 31)
    start, end = parameters.find("INCOME_PERIOD", date(income_year, 12, 31)).value
    last = date.fromisoformat(f"{income_year}-{end}")
    first = date.fromisoformat(f"{income_year}-{start}")
    return (first if first <= last else date.fromisoformat(f"{income_year - 1}-{start}")), last


def explain(income: Income) -> str:
    """How the figures came about, as the printed form counts them (domain.md 4.7)."""
    y = money.yuan
    text = (
        f"总收入 {y(income.gross)} 元=工资性 {y(income.wage)}+生产经营性 {y(income.production)}"
        f"+财产性 {y(income.property_income)}+转移性 {y(income.transfer)}；"
        f"减生产经营性支出 {y(income.production_cost)}，家庭纯收入 {y(income.net)} 元；"
        f"÷年度家庭人口 {income.population} 人，人均纯收入 {y(income.per_capita)} 元。"
    )
    if income.claim_income or income.compliant_oop:
        text += (
            f"参考收入 {y(income.ref)} 元=纯收入+理赔收入 {y(income.claim_income)}-合规自付支出"
            f" {y(income.compliant_oop)}，人均 {y(income.ref_per_capita)} 元。"
        )
    if income.not_counted:
        text += f"另有 {y(income.not_counted)} 元不计入纯收入。"
    return text
