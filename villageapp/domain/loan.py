"""Small loans of households lifted out of poverty or monitored (R-LOAN of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from villageapp.domain import dates, money
from villageapp.domain.household import POOR_BEFORE
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters

RULE = "R-LOAN"
_KEYS = ("LOAN_CAP", "LOAN_CAP_EXTRA", "LOAN_TERM_MAX", "LOAN_AGE", "LOAN_PURPOSE_BAN")


@dataclass(frozen=True, slots=True)
class LoanRequest:
    """An application on one day; money in fen."""

    household_type: str | None
    """CL_HH_TYPE."""
    monitored: bool | None
    """Whether the household is monitored and its risk not eliminated."""
    outstanding: int
    """Principal that the household has not paid back yet."""
    principal: int
    term_months: int
    purpose: str
    borrower_birth: date
    on: date
    extra_reason: str = ""
    """Why more than the ordinary cap is needed; empty when not asked for (``extra``)."""

    @property
    def total(self) -> int:
        """What the household would owe."""
        return self.outstanding + self.principal


def judge_loan(request: LoanRequest, parameters: Parameters) -> Judgement:
    """Whether the loan may be recorded as 脱贫人口小额信贷. Raises UnsetParameter."""
    used = tuple(parameters.find(key, request.on) for key in _KEYS)
    reasons = (
        *_household(request),
        *_amount(request, parameters),
        *_term(request, parameters),
        *_age(request, parameters),
        *_purpose(request, parameters),
    )
    told = f"未还 {money.yuan(request.outstanding)} 元，本次 {money.yuan(request.principal)} 元，合计 {money.yuan(request.total)} 元"
    told += (
        f"，贴息本金 {money.yuan(subsidised_principal(request, parameters))} 元。" if not reasons else "。"
    )
    return Judgement(RULE, reasons, told + "".join(f"{reason.message}。" for reason in reasons), used)


def subsidised_principal(request: LoanRequest, parameters: Parameters) -> int:
    """Fen of the household's loans that carry the subsidy: all up to the ordinary cap."""
    return min(request.total, parameters.integer("LOAN_CAP", request.on))


def _household(request: LoanRequest) -> Iterator[Reason]:
    if request.household_type != POOR_BEFORE and not request.monitored:
        yield Reason(RULE, "只面向脱贫户和风险未消除的监测户")


def _amount(request: LoanRequest, parameters: Parameters) -> Iterator[Reason]:
    cap = parameters.integer("LOAN_CAP", request.on)
    most = parameters.integer("LOAN_CAP_EXTRA", request.on)
    total = money.yuan(request.total)
    if request.principal <= 0:
        yield Reason(RULE, "本金应大于 0")
    if request.total > most:
        yield Reason(RULE, f"合计 {total} 元，超过每户最高 {money.yuan(most)} 元")
    elif request.total > cap and not request.extra_reason.strip():
        missing = ("extra", "extra_reason")
        yield Reason(RULE, f"合计 {total} 元，超过 {money.yuan(cap)} 元须说明追加理由", missing=missing)


def _term(request: LoanRequest, parameters: Parameters) -> Iterator[Reason]:
    longest = parameters.integer("LOAN_TERM_MAX", request.on)
    if not 1 <= request.term_months <= longest:
        yield Reason(RULE, f"期限 {request.term_months} 个月，应为 1—{longest} 个月")


def _age(request: LoanRequest, parameters: Parameters) -> Iterator[Reason]:
    youngest, oldest = parameters.integers("LOAN_AGE", request.on)
    years = dates.age(request.borrower_birth, request.on)
    if years < youngest:
        grown = _birthday(request.borrower_birth, youngest)
        yield Reason(RULE, f"借款人 {years} 周岁，不满 {youngest} 周岁", earliest=grown)
    elif years > oldest:
        yield Reason(RULE, f"借款人 {years} 周岁，超过 {oldest} 周岁")


def _birthday(birth: date, years: int) -> date:
    day = dates.add_months(birth, 12 * years)
    return day if dates.age(birth, day) == years else dates.add_days(day, 1)


def _purpose(request: LoanRequest, parameters: Parameters) -> Iterator[Reason]:
    """A purpose that names a banned one is refused; the wording can be made clearer."""
    if not request.purpose.strip():
        yield Reason(RULE, "须写明贷款用途", missing=("purpose",))
    for banned in parameters.find("LOAN_PURPOSE_BAN", request.on).value:
        if banned in request.purpose:
            yield Reason(RULE, f"用途“{request.purpose}”属于禁止的“{banned}”")


@dataclass(frozen=True, slots=True)
class Interest:
    """Fen of interest on both parts of what a household owes."""

    on_subsidised: int
    on_rest: int


def interest(total: int, subsidised: int, rate_bp: int, months: int) -> Interest:
    """Simple interest over whole months at ``rate_bp`` ten-thousandths a year, each part half up to the fen."""
    return Interest(_simple(subsidised, rate_bp, months), _simple(total - subsidised, rate_bp, months))


def _simple(principal: int, rate_bp: int, months: int) -> int:
    exact = Decimal(principal * rate_bp * months) / 120_000
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def subsidy(owed: Interest, on: date, parameters: Parameters) -> int:
    """Fen that the public purse pays, down to the fen. Raises UnsetParameter: the share is not set."""
    share = Decimal(parameters.text("LOAN_SUBSIDY_SHARE", on))
    return int((owed.on_subsidised * share).quantize(Decimal(1), rounding=ROUND_DOWN))


def judge_rate(rate_bp: int, term_months: int, on: date, parameters: Parameters) -> Judgement:
    """The rate against the market rate of that day: one year's up to 12 months, five years' above.

    Raises UnsetParameter when the market rate of that day is not recorded.
    """
    market = parameters.find("LPR_1Y" if term_months <= 12 else "LPR_5Y", on)
    told = f"年利率 {money.yuan(rate_bp)}%,{market.title or market.key} {money.yuan(int(market.value))}%。"
    too_high = (Reason(RULE, told + "利率超过上限"),) if rate_bp > int(market.value) else ()
    return Judgement(RULE, too_high, told, (market,))


def reminders(due_on: date, parameters: Parameters) -> tuple[date, ...]:
    """The days on which to remind the household that a loan falls due, earliest first."""
    return tuple(sorted(dates.add_days(due_on, -days) for days in _remind(due_on, parameters)))


def reminder(due_on: date, today: date, parameters: Parameters) -> int | None:
    """Which reminder stands today: the number of days of the last one passed, 0 once due, None before all."""
    left = (due_on - today).days
    if left <= 0:
        return 0
    return min((days for days in _remind(due_on, parameters) if left <= days), default=None)


def _remind(on: date, parameters: Parameters) -> tuple[int, ...]:
    return parameters.integers("LOAN_REMIND_DAYS", on)
