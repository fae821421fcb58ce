"""Income accounts of a household: one for a year, its lines, the sums and what they mean (domain.md 2.3, 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain import gap, income, income_subjects
from villageapp.domain.gap import Claimant, Gap
from villageapp.domain.household import is_monitored
from villageapp.domain.income import Income
from villageapp.domain.income_account import INCOME_ACCOUNT, INCOME_LINE, income_of
from villageapp.domain.parameters import UnsetParameter
from villageapp.errors import NotAllowed, Problem, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import Household, IncomeAccount, IncomeLine, Member
from villageapp.services import guards
from villageapp.services.case_facts import all_insured
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

LOCKED = "已锁定"
CALENDAR = "calendar"
_account, _line = IncomeAccount.__table__.c, IncomeLine.__table__.c


@dataclass(frozen=True, slots=True)
class AccountPage:
    """An account with its lines and sums; ``gap`` is None when the line is unset, then ``unset`` says so."""

    account: dict[str, Any]
    lines: list[dict[str, Any]]
    income: Income
    gap: Gap | None
    unset: str = ""


def record_account(
    work: Workspace, household_id: str, values: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]
) -> Saved:
    """Record a whole account with its lines in one transaction. ``detail`` is the Income.

    The period follows from year and basis, the population from the household when not given. Raises
    ValidationFailed (a line is named by its number), NotFound, UnsetParameter.
    """
    with work.transaction() as session:
        household = get(session, Household, household_id)
        account_values = INCOME_ACCOUNT.check(_with_defaults(work, household, values))
        refuse_missing(session, INCOME_ACCOUNT, account_values)
        twins = guards.judge(session, work, "income_account", None, account_values)
        if twins:
            raise ValidationFailed(twins)
        account = IncomeAccount(id=new_id())
        account.assign(account_values)
        session.add(account)
        session.flush()
        checked = _checked_lines(lines, account.id, household_id)
        for clean in checked:
            refuse_missing(session, INCOME_LINE, clean)
            line = IncomeLine(id=new_id())
            line.assign(clean)
            session.add(line)
        summed = _summed(account_values, checked)
        changes = capture.touched(session)
    warnings = tuple(p for clean in checked for p in INCOME_LINE.warnings(clean))
    return Saved((account.id,), changes, warnings, summed)


def _with_defaults(work: Workspace, household: Household, values: Mapping[str, Any]) -> dict[str, Any]:
    given = {"basis": CALENDAR, "status": "草稿", "claim_income": 0, "compliant_oop": 0, **values}
    given["household_id"] = household.id
    year = INCOME_ACCOUNT.check({"income_year": given.get("income_year")}, complete=False)["income_year"]
    if year is not None and not given.get("period_start"):
        given["period_start"], given["period_end"] = income.period(year, given["basis"], work.parameters)
    if not given.get("population"):
        given["population"] = household.income_year_population
    return given


def _checked_lines(
    lines: Iterable[Mapping[str, Any]], account_id: str, household_id: str
) -> list[dict[str, Any]]:
    checked: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for number, raw in enumerate(lines, start=1):
        try:
            given = {"evidence": "农户自述", "person_id": None, **raw}
            checked.append(
                INCOME_LINE.check({**given, "account_id": account_id, "household_id": household_id})
            )
        except ValidationFailed as error:
            problems += [Problem(p.field, f"第 {number} 行:{p.message}", p.severity) for p in error.problems]
    if problems:
        raise ValidationFailed(problems)
    return checked


def _summed(account: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> Income:
    try:
        return income_of(account, lines, income_subjects.shipped())
    except ValueError as error:
        raise ValidationFailed([Problem("lines", str(error))]) from error


def set_status(work: Workspace, account_id: str, status: str) -> Saved:
    """草稿 → 农户已签字 → 已上报 → 已锁定; a signed account is changed by a new one only (R-SYNC)."""
    wanted = INCOME_ACCOUNT.check({"status": status}, complete=False)["status"]
    with work.transaction() as session:
        account = get(session, IncomeAccount, account_id)
        order = ["草稿", "农户已签字", "已上报", LOCKED]
        if order.index(wanted) < order.index(account.status):
            raise NotAllowed(f"收支账已是“{account.status}”,不能退回“{wanted}”。", code="account_signed")
        account.assign({"status": wanted})
        changes = capture.touched(session)
    return Saved((account_id,), changes, (), wanted)


def page(work: Workspace, account_id: str) -> AccountPage:
    """The account, its lines, sums and the 防贫险补差 that would follow (R-INC-8)."""
    with work.transaction() as session:
        account = get(session, IncomeAccount, account_id)
        values = {"id": account_id, **account.values()}
        rows = session.scalars(
            select(IncomeLine)
            .where(_line.account_id == account_id, _line.deleted.is_(False))
            .order_by(_line.subject_code)
        )
        lines = [{"id": row.id, **row.values()} for row in rows]
        household = session.get_one(Household, account.household_id).values()
        members = [
            m.values()
            for m in session.scalars(
                select(Member).where(Member.__table__.c.household_id == account.household_id)
            )
            if not m.deleted and m.left_on is None
        ]
    summed = _summed(values, lines)
    try:
        line = income.line_of(values["income_year"], work.parameters, household["region_code"] or "")
    except UnsetParameter as unset:
        return AccountPage(values, lines, summed, None, unset.message)
    return AccountPage(values, lines, summed, gap.claim(_claimant(household, members, values, summed), line))


def _claimant(
    household: Mapping[str, Any], members: list[dict[str, Any]], account: Mapping[str, Any], summed: Income
) -> Claimant:
    return Claimant(
        household_type=household["household_type"],
        monitored=is_monitored(household["monitoring_category"], household["risk_eliminated"]),
        all_insured=all_insured(members),
        population=summed.population,
        net=summed.net_before_gap,
        status=account["status"],
        payments_recorded=account["payments_recorded"],
    )


def list_accounts(work: Workspace, household_id: str | None = None) -> list[dict[str, Any]]:
    """Accounts, the newest year first, each with its sums (net, per_capita, ref_per_capita in fen)."""
    accounts = select(IncomeAccount.__table__).where(_account.deleted.is_(False))
    lines = select(IncomeLine.__table__).where(_line.deleted.is_(False))
    if household_id is not None:
        accounts = accounts.where(_account.household_id == household_id)
        lines = lines.where(_line.household_id == household_id)
    with work.reading() as connection:
        of_account: dict[str, list[Mapping[str, Any]]] = {}
        for row in connection.execute(lines).mappings():
            of_account.setdefault(row["account_id"], []).append(dict(row))
        ordered = accounts.order_by(_account.income_year.desc(), _account.id)
        found = [dict(row) for row in connection.execute(ordered).mappings()]
    return [_with_sums(account, of_account.get(account["id"], ())) for account in found]


def _with_sums(account: dict[Any, Any], lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    summed = _summed(account, lines)
    sums = {"net": summed.net, "per_capita": summed.per_capita, "ref_per_capita": summed.ref_per_capita}
    return {**account, **sums}
