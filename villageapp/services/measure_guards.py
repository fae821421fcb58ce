"""Loans and public posts against the household and what it has already (R-LOAN, R-POST of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.household import is_monitored
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.loan import LoanRequest, judge_loan, judge_rate
from villageapp.domain.parameters import UnsetParameter
from villageapp.domain.public_post import judge_agreement, judge_pay
from villageapp.errors import Problem, Severity
from villageapp.models.records import Household, Loan, Member, PublicPost

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

SETTLED = "结清"
_loan, _post = Loan.__table__.c, PublicPost.__table__.c


def loan(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterable[Problem]:
    """R-LOAN, with what the household owes already."""
    if values["due_on"] < values["start_on"]:
        return [Problem("due_on", "到期日期早于放款日期")]
    request = _request(session, values, record_id)
    if request is None:
        return [Problem("member_id", "小额信贷须选择有出生日期的借款人")]
    return [*problems_of(judge_loan(request, work.parameters), "principal"), *_rate(work, request, values)]


def _request(session: Session, values: Mapping[str, Any], record_id: str | None) -> LoanRequest | None:
    household = session.get_one(Household, values["household_id"])
    borrower = session.get(Member, values["member_id"]) if values.get("member_id") else None
    if borrower is None or borrower.birth_date is None:
        return None
    return LoanRequest(
        household.household_type,
        is_monitored(household.monitoring_category, household.risk_eliminated),
        _sum(session, func.coalesce(_loan.outstanding, _loan.principal), household.id, record_id),
        values["principal"],
        _months(values["start_on"], values["due_on"]),
        values["purpose"],
        borrower.birth_date,
        values["start_on"],
        (values.get("extra_reason") or "") if values.get("extra") else "",
    )


def _months(start: date, due: date) -> int:
    """Whole months, begun ones counted: a day more than three years is a thirty-seventh month."""
    months = (due.year - start.year) * 12 + due.month - start.month
    return months + (due.day > start.day)


def _sum(session: Session, amount: ColumnElement[int], household_id: str, but: str | None) -> int:
    """Fen over the household's loans that are not paid back."""
    owed = select(func.coalesce(func.sum(amount), 0)).where(
        _loan.household_id == household_id,
        _loan.deleted.is_(False),
        _loan.status != SETTLED,
        _loan.id != (but or ""),
    )
    return int(session.scalar(owed) or 0)


def _rate(work: Workspace, request: LoanRequest, values: Mapping[str, Any]) -> Iterator[Problem]:
    """The rate against the market; where the market rate is not recorded the person is told to look."""
    rate = values.get("rate_bp")
    if rate is None:
        return
    try:
        yield from problems_of(judge_rate(rate, request.term_months, request.on, work.parameters), "rate_bp")
    except UnsetParameter as unset:
        yield Problem("rate_bp", f"利率没有核对：{unset.message}", Severity.WARNING)


def subsidised(
    session: Session, work: Workspace, values: Mapping[str, Any], record_id: str | None
) -> int | None:
    """Fen of this loan that carry the subsidy: what the household's other loans leave of the ordinary cap.

    None for a day on which no cap is set.
    """
    others = _sum(session, func.coalesce(_loan.subsidised_principal, 0), values["household_id"], record_id)
    try:
        cap = work.parameters.integer("LOAN_CAP", values["start_on"])
    except UnsetParameter:
        return None
    return max(0, min(int(values["principal"]), cap - others))


def public_post(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterable[Problem]:
    """R-POST: one post per household, more only with a reason."""
    start, end = values["agreement_start"], values["agreement_end"]
    active = session.scalar(
        select(func.count())
        .select_from(PublicPost.__table__)
        .where(
            _post.household_id == values["household_id"],
            _post.deleted.is_(False),
            _post.agreement_end >= start,
            _post.agreement_start <= end,
            _post.id != (record_id or ""),
        )
    )
    reason = values.get("override_reason") or ""
    found = problems_of(
        judge_agreement(int(active or 0), start, end, reason, work.parameters), "agreement_start"
    )
    if not values.get("member_id"):
        found.append(Problem("member_id", "公益岗位须选择上岗人"))
    return [*found, *_pay(values)]


def _pay(values: Mapping[str, Any]) -> Iterable[Problem]:
    """R-POST: what was paid out so far against the months attended; not judged while the pay is unknown."""
    rows = [row for row in values.get("attended") or () if isinstance(row, Mapping)]
    paid = sum(row["paid"] for row in rows if isinstance(row.get("paid"), int))
    if not paid or values.get("month_pay") is None:
        return []
    attended = {row.get("month") for row in rows if row.get("days") not in (None, "", 0, "0")}
    start, end = values["agreement_start"], values["agreement_end"]
    months = dates.months_between(f"{start:%Y-%m}", f"{end:%Y-%m}") + 1
    return problems_of(judge_pay(values["month_pay"], months, len(attended), paid), "attended")


def problems_of(judgement: Judgement, field: str) -> list[Problem]:
    """Refusals and warnings of a judgement as problems of the field they miss, else of ``field``."""
    errors = [Problem(_field(r, field), str(r)) for r in judgement.reasons]
    return errors + [Problem(_field(r, field), str(r), Severity.WARNING) for r in judgement.warnings]


def _field(reason: Reason, fallback: str) -> str:
    return reason.missing[-1] if reason.missing else fallback
