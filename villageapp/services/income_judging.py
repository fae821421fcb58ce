"""What an income account says: its sums, the category they point to, the clue that follows, what is odd (domain.md 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import income, income_subjects, income_warnings, monitoring_category
from villageapp.domain.household import is_monitored
from villageapp.domain.income import Income
from villageapp.domain.income_account import INCOME_LINE, WAGE_SUBJECTS, income_of
from villageapp.domain.income_warnings import AccountCheck
from villageapp.domain.monitoring_case import risks_of
from villageapp.domain.monitoring_category import Proposal
from villageapp.domain.parameters import Parameter, UnsetParameter
from villageapp.errors import Problem, Severity, ValidationFailed
from villageapp.models.records import Employment, Household, IncomeAccount, IncomeLine, Member
from villageapp.services import cases, clues
from villageapp.services.clues import OpenedClue

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_SICK = "01"
"""CL_RISK 因病: what a reference income below the line points to when bills were paid."""
_account, _line = IncomeAccount.__table__.c, IncomeLine.__table__.c


@dataclass(frozen=True, slots=True)
class AccountSaved:
    """What recording an account found out; ``clue`` is None without a need or a line."""

    income: Income
    proposal: Proposal | None
    """The category that the figures point to (R-MON-5); None while the line is unset."""
    clue: OpenedClue | None
    unset: str = ""


def members_of(session: Session, household_id: str) -> dict[str, dict[str, Any]]:
    """Values of the household's members that have not left, by id."""
    columns = Member.__table__.c
    found = session.scalars(
        select(Member).where(
            columns.household_id == household_id, columns.deleted.is_(False), columns.left_on.is_(None)
        )
    )
    return {member.id: member.values() for member in found}


def summed(account: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> Income:
    """The account added up. Raises ValidationFailed."""
    try:
        return income_of(account, lines, income_subjects.shipped())
    except ValueError as error:
        raise ValidationFailed([Problem("lines", str(error))]) from error


def judged(
    work: Workspace,
    session: Session,
    household: Household,
    account: IncomeAccount,
    lines: Sequence[Mapping[str, Any]],
) -> tuple[AccountSaved, tuple[Problem, ...]]:
    """Sums, the category they point to, the clue that follows, and what is odd (R-INC-7)."""
    figures = summed(account.values(), lines)
    odd = tuple(p for line in lines for p in INCOME_LINE.warnings(line))
    odd += _oddities(work, session, account, lines, figures)
    try:
        line = line_of(work, account.values(), household.region_code)
    except UnsetParameter as unset:
        return AccountSaved(figures, None, None, unset.line()), odd
    proposal = monitoring_category.propose(household.household_type, figures, line)
    clue = _clue(work, session, household, account, figures, proposal)
    return AccountSaved(figures, proposal, clue), odd


def line_of(work: Workspace, account: Mapping[str, Any], region: str | None) -> Parameter:
    """The monitoring line of the account's year. Raises UnsetParameter."""
    return income.line_of(account["income_year"], work.parameters, region or "")


def _clue(
    work: Workspace,
    session: Session,
    household: Household,
    account: IncomeAccount,
    figures: Income,
    proposal: Proposal,
) -> OpenedClue | None:
    if proposal.category is None or is_monitored(household.monitoring_category, household.risk_eliminated):
        return None
    long_past = account.income_year < work.today().year - 1
    if long_past or cases.open_case_of(session, household.id) is not None:
        return None
    values = {
        "household_id": household.id,
        "description": f"{account.income_year} 年收支账：{proposal.judgement.explanation}",
        "risk_codes": (_SICK,) if figures.compliant_oop > figures.claim_income else None,
    }
    return clues.add(work, session, values)


def _oddities(
    work: Workspace,
    session: Session,
    account: IncomeAccount,
    lines: Sequence[Mapping[str, Any]],
    figures: Income,
) -> tuple[Problem, ...]:
    case = cases.open_case_of(session, account.household_id)
    people = members_of(session, account.household_id).values()
    check = AccountCheck(
        figures,
        account.period_end,
        tuple(line["amount"] for line in lines if line["subject_code"] in WAGE_SUBJECTS),
        case.identified_on if case else None,
        risks_of(case.values()) if case else (),
        any(person["is_dibao"] or person["is_tekun"] for person in people),
        _worked(session, account),
        _last_per_capita(session, account),
    )
    found = income_warnings.warnings(check, work.parameters)
    return tuple(Problem(r.missing[0] if r.missing else "", str(r), Severity.WARNING) for r in found.warnings)


def _worked(session: Session, account: IncomeAccount) -> bool:
    columns = Employment.__table__.c
    first, last = f"{account.period_start:%Y-%m}", f"{account.period_end:%Y-%m}"
    spell = select(columns.id).where(
        columns.household_id == account.household_id,
        columns.deleted.is_(False),
        columns.start_ym <= last,
        columns.end_ym.is_(None) | (columns.end_ym >= first),
    )
    return session.scalars(spell.limit(1)).first() is not None


def _last_per_capita(session: Session, account: IncomeAccount) -> int | None:
    if account.last_year_per_capita is not None:
        return int(account.last_year_per_capita)
    before = session.scalars(
        select(IncomeAccount).where(
            _account.household_id == account.household_id,
            _account.income_year == account.income_year - 1,
            _account.basis == account.basis,
            _account.deleted.is_(False),
        )
    ).first()
    if before is None:
        return None
    return summed(before.values(), [line.values() for line in lines_of(session, before.id)]).per_capita


def lines_of(session: Session, account_id: str) -> list[IncomeLine]:
    """The account's lines, by subject and month."""
    return list(
        session.scalars(
            select(IncomeLine)
            .where(_line.account_id == account_id, _line.deleted.is_(False))
            .order_by(_line.subject_code, _line.month, _line.created_hlc, _line.id)
        )
    )
