"""What is odd about an income account: R-INC-7. Each is a reminder, none forbids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from villageapp.domain import money
from villageapp.domain.income import Income
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import PROVINCE, Parameter, Parameters, UnsetParameter

RULE = "R-INC-7"
ILLNESS = "01"
"""因病 in CL_RISK."""


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """An account and what is known around it; None where unknown, which gives no warning."""

    income: Income
    on: date
    """Last day of the income period."""
    wage_lines: tuple[int, ...] = ()
    """Fen of each wage line."""
    identified_on: date | None = None
    risks: tuple[str, ...] = ()
    """Codes of CL_RISK of the open case."""
    receives_support: bool | None = None
    """Whether a member has 低保, 特困 or a disability subsidy."""
    has_employment: bool | None = None
    """Whether an employment spell of the year is recorded."""
    last_per_capita: int | None = None
    """Fen, last year's 人均纯收入."""


_Find = Callable[[str, date], Parameter | None]
_Finding = tuple[str, str, tuple[Parameter, ...]]
"""Field, Chinese sentence, parameters used."""


def warnings(check: AccountCheck, parameters: Parameters, region: str = PROVINCE) -> Judgement:
    """All reminders about the account; always allowed. A reminder is in force only on days its threshold is."""

    def find(key: str, on: date) -> Parameter | None:
        try:
            return parameters.find(key, on, region)
        except UnsetParameter:
            return None

    found = [finding for rule in _RULES for finding in rule(check, find)]
    return Judgement(
        RULE,
        explanation=f"收支账有 {len(found)} 处需要核对。" if found else "收支账没有发现需要核对之处。",
        used=tuple(parameter for *_, used in found for parameter in used),
        warnings=tuple(Reason(RULE, message, missing=(field,)) for field, message, _ in found),
    )


def _negative(check: AccountCheck, find: _Find) -> Iterable[_Finding]:
    if check.income.net < 0:
        yield "production_cost", f"家庭纯收入为负（{money.yuan(check.income.net)} 元），请核对支出", ()


def _wage_slip(check: AccountCheck, find: _Find) -> Iterable[_Finding]:
    limit = find("WAGE_SLIP_BELOW", check.on)
    for amount in check.wage_lines:
        if limit and 0 < amount < limit.value:
            yield "wage", f"工资性收入 {money.yuan(amount)} 元过小，是否误以万元填写", (limit,)


def _rich_when_identified(check: AccountCheck, find: _Find) -> Iterable[_Finding]:
    limit = find("IDENT_PC_ODD", check.identified_on) if check.identified_on else None
    if limit and check.income.net > limit.value * check.income.population:
        shown = money.yuan(check.income.per_capita)
        yield "per_capita", f"识别为监测对象而人均纯收入达 {shown} 元，请核对", (limit,)


def _support_without_transfer(check: AccountCheck, find: _Find) -> Iterable[_Finding]:
    if check.receives_support and check.income.transfer == 0:
        yield "transfer", "享受低保、特困或残疾补贴而转移性收入为 0", ()


def _illness_without_cost(check: AccountCheck, find: _Find) -> Iterable[_Finding]:
    if ILLNESS in check.risks and check.income.compliant_oop == 0:
        yield "compliant_oop", "风险为因病而合规自付支出为 0", ()


def _jump(check: AccountCheck, find: _Find) -> Iterable[_Finding]:
    limit, last = find("INCOME_CHANGE_ODD", check.on), check.last_per_capita
    if limit is None or last is None or last <= 0:
        return
    fall, rise = limit.value
    before = last * check.income.population
    change = (check.income.net - before) * 100
    if change <= -fall * before or change >= rise * before:
        now = money.yuan(check.income.per_capita)
        yield "per_capita", f"人均纯收入 {now} 元，上年 {money.yuan(last)} 元，变化较大，请核对", (limit,)


def _wages_and_employment(check: AccountCheck, find: _Find) -> Iterable[_Finding]:
    if check.has_employment is False and check.income.wage > 0:
        yield "wage", "有工资性收入而没有务工登记", ()
    if check.has_employment and check.income.wage == 0:
        yield "wage", "有务工登记而没有工资性收入", ()


_RULES: tuple[Callable[[AccountCheck, _Find], Iterable[_Finding]], ...] = (
    _negative,
    _wage_slip,
    _rich_when_identified,
    _support_without_transfer,
    _illness_without_cost,
    _jump,
    _wages_and_employment,
)
