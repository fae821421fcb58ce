"""Rules between a record and the others of its household, asked before it is saved (domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villageapp.domain.household import is_monitored
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.loan import LoanRequest, judge_loan
from villageapp.domain.notice import judge_period, judge_text
from villageapp.domain.public_post import judge_agreement
from villageapp.errors import Problem, Severity
from villageapp.models.records import Household, IncomeAccount, Loan, Member, PublicPost

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

Guard = Callable[[Session, "Workspace", "str | None", Mapping[str, Any]], Iterable[Problem]]
SETTLED = "结清"


def judge(
    session: Session, work: Workspace, entity: str, record_id: str | None, values: Mapping[str, Any]
) -> list[Problem]:
    """Errors and warnings about a record with these clean values; ``record_id`` is None for a new one."""
    guard = _GUARDS.get(entity)
    return [] if guard is None else list(guard(session, work, record_id, values))


def _loan(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterable[Problem]:
    household = session.get(Household, values["household_id"])
    borrower = session.get(Member, values["member_id"]) if values.get("member_id") else None
    if household is None or borrower is None or borrower.birth_date is None:
        return [Problem("member_id", "小额信贷须选择有出生日期的借款人")]
    start, due = values["start_on"], values["due_on"]
    request = LoanRequest(
        household.household_type,
        is_monitored(household.monitoring_category, household.risk_eliminated),
        _owed(session, household.id, record_id),
        values["principal"],
        _months(start, due),
        values["purpose"],
        borrower.birth_date,
        start,
        (values.get("extra_reason") or "") if values.get("extra") else "",
    )
    return _problems(judge_loan(request, work.parameters), "principal")


def _months(start: Any, due: Any) -> int:
    """Whole months, begun ones counted: a day more than three years is a thirty-seventh month."""
    months = (due.year - start.year) * 12 + due.month - start.month
    return int(months + (due.day > start.day))


def _owed(session: Session, household_id: str, but: str | None) -> int:
    columns = Loan.__table__.c
    owed = select(func.coalesce(func.sum(func.coalesce(columns.outstanding, columns.principal)), 0))
    return int(
        session.scalar(
            owed.where(
                columns.household_id == household_id,
                columns.deleted.is_(False),
                columns.status != SETTLED,
                columns.id != (but or ""),
            )
        )
        or 0
    )


def _post(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterable[Problem]:
    columns = PublicPost.__table__.c
    start = values["agreement_start"]
    active = session.scalar(
        select(func.count())
        .select_from(PublicPost.__table__)
        .where(
            columns.household_id == values["household_id"],
            columns.deleted.is_(False),
            columns.agreement_end >= start,
            columns.id != (record_id or ""),
        )
    )
    judgement = judge_agreement(
        int(active or 0), start, values["agreement_end"], values.get("override_reason") or "", work.parameters
    )
    return _problems(judgement, "agreement_start")


def _account(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterable[Problem]:
    """One account for a household, year and basis (domain.md 2.3)."""
    columns = IncomeAccount.__table__.c
    twin = session.scalar(
        select(columns.id).where(
            columns.household_id == values["household_id"],
            columns.income_year == values["income_year"],
            columns.basis == values["basis"],
            columns.deleted.is_(False),
            columns.id != (record_id or ""),
        )
    )
    return [] if twin is None else [Problem("income_year", "该户这一年度已有收支账,请打开原账修改")]


def _notice(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterable[Problem]:
    """R-NOTICE: no ID, phone, bank account, health or disability on a public notice."""
    text = f"{values['title']}\n{values['content']}"
    found = _problems(judge_text(text), "content")
    if values.get("end_on"):
        period = judge_period(values["kind"], values["start_on"], values["end_on"], work.parameters)
        found += _problems(period, "end_on")
    return found


def _problems(judgement: Judgement, field: str) -> list[Problem]:
    errors = [Problem(_field(r, field), str(r)) for r in judgement.reasons]
    return errors + [Problem(_field(r, field), str(r), Severity.WARNING) for r in judgement.warnings]


def _field(reason: Reason, fallback: str) -> str:
    return reason.missing[-1] if reason.missing else fallback


_GUARDS: Mapping[str, Guard] = {
    "loan": _loan,
    "public_post": _post,
    "income_account": _account,
    "notice": _notice,
}
