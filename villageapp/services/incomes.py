"""Income accounts of a household: one for a year, its lines, the sums and what they mean (domain.md 2.3, 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import gap, income, monitoring_category
from villageapp.domain.gap import Claimant, Gap
from villageapp.domain.household import is_monitored
from villageapp.domain.income import Income
from villageapp.domain.income_account import INCOME_ACCOUNT, INCOME_LINE
from villageapp.domain.monitoring_category import Proposal
from villageapp.domain.parameters import UnsetParameter
from villageapp.errors import NotAllowed, Problem, Severity, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import Household, IncomeAccount, IncomeLine, MonitoringCase
from villageapp.services import guards
from villageapp.services.case_facts import all_insured
from villageapp.services.income_judging import AccountSaved, judged, line_of, lines_of, members_of, summed
from villageapp.services.income_lists import DeclineLists, Decliner, decline_lists, list_accounts
from villageapp.services.reading import reading_session
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.true_time import require_true_time
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = [
    "AccountPage",
    "AccountSaved",
    "DeclineLists",
    "Decliner",
    "change_account",
    "decline_lists",
    "list_accounts",
    "page",
    "record_account",
    "set_status",
]

DRAFT, LOCKED = "草稿", "已锁定"
STATES = (DRAFT, "农户已签字", "已上报", LOCKED)
CALENDAR = income.CALENDAR
_MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class AccountPage:
    """An account with its lines and sums; ``gap`` and ``proposal`` are None while the line is unset."""

    account: dict[str, Any]
    lines: list[dict[str, Any]]
    income: Income
    gap: Gap | None
    unset: str = ""
    proposal: Proposal | None = None
    explanation: str = ""


def record_account(
    work: Workspace, household_id: str, values: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]
) -> Saved:
    """Record a whole account with its lines in one transaction. ``detail`` is an AccountSaved.

    The period follows from year and basis, the population from the household when not given. Figures that
    point to a monitoring category open a clue in the same transaction, unless the household is monitored.
    Raises ValidationFailed (a line is named by its number), NotFound, UnsetParameter.
    """
    with work.transaction() as session:
        household = get(session, Household, household_id)
        clean = INCOME_ACCOUNT.check(_with_defaults(work, household, values))
        if clean["status"] != DRAFT:
            raise ValidationFailed([Problem("status", "新建的收支账为草稿，农户签字后再改状态")])
        refuse_missing(session, INCOME_ACCOUNT, clean)
        _refuse(guards.judge(session, work, "income_account", None, clean))
        account = IncomeAccount(id=new_id())
        account.assign(clean)
        session.add(account)
        checked = _add_lines(session, account, lines)
        saved, warnings = judged(work, session, household, account, checked)
        changes = capture.touched(session)
    return Saved((account.id,), changes, warnings, saved)


def change_account(
    work: Workspace,
    account_id: str,
    values: Mapping[str, Any],
    lines: Iterable[Mapping[str, Any]] | None = None,
) -> Saved:
    """Change a draft; ``lines``, when given, replace all lines. ``detail`` is an AccountSaved.

    Raises NotAllowed for an account that the family has signed (R-SYNC), else as ``record_account``.
    """
    with work.transaction() as session:
        account = get(session, IncomeAccount, account_id)
        if account.status != DRAFT:
            raise NotAllowed(f"收支账已是“{account.status}”，不能再改。没有保存。", code="account_signed")
        clean = INCOME_ACCOUNT.check({**account.values(), **values, "household_id": account.household_id})
        if clean["status"] != DRAFT:
            raise ValidationFailed([Problem("status", "状态另行办理，不能在修改时填写")])
        refuse_missing(session, INCOME_ACCOUNT, clean)
        _refuse(guards.judge(session, work, "income_account", account_id, clean))
        account.assign(clean)
        kept = lines_of(session, account_id)
        if lines is not None:
            for line in kept:
                capture.delete(session, line)
            checked = _add_lines(session, account, lines)
        else:
            checked = [line.values() for line in kept]
        household = get(session, Household, account.household_id)
        saved, warnings = judged(work, session, household, account, checked)
        changes = capture.touched(session)
    return Saved((account_id,), changes, warnings, saved)


def _refuse(found: Iterable[Problem]) -> None:
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if errors:
        raise ValidationFailed(errors)


def _with_defaults(work: Workspace, household: Household, values: Mapping[str, Any]) -> dict[str, Any]:
    given = {"basis": CALENDAR, "status": DRAFT, "claim_income": 0, "compliant_oop": 0, **values}
    given["household_id"] = household.id
    known = INCOME_ACCOUNT.check({n: given.get(n) for n in ("income_year", "basis")}, complete=False)
    year = known["income_year"]
    if year is not None and known["basis"] and not given.get("period_start"):
        given["period_start"], given["period_end"] = income.period(year, known["basis"], work.parameters)
    if not given.get("population"):
        given["population"] = household.income_year_population
    if not given.get("collected_by"):
        given["collected_by"] = work.identity.user_id
    return given


def _add_lines(
    session: Session, account: IncomeAccount, lines: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    session.flush()
    checked = _checked_lines(session, lines, account)
    for clean in checked:
        line = IncomeLine(id=new_id())
        line.assign(clean)
        session.add(line)
    return checked


def _checked_lines(
    session: Session, lines: Iterable[Mapping[str, Any]], account: IncomeAccount
) -> list[dict[str, Any]]:
    own = {"account_id": account.id, "household_id": account.household_id}
    people = set(members_of(session, account.household_id))
    checked: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for number, raw in enumerate(lines, start=1):
        if number > _MOST_LINES:
            raise ValidationFailed([Problem("lines", f"收支明细超过 {_MOST_LINES} 行")])
        try:
            clean = INCOME_LINE.check({"evidence": "农户自述", "person_id": None, **raw, **own})
        except ValidationFailed as error:
            problems += [Problem(p.field, f"第 {number} 行：{p.message}", p.severity) for p in error.problems]
            continue
        if clean["person_id"] is not None and clean["person_id"] not in people:
            problems.append(Problem("person_id", f"第 {number} 行：所选家庭成员不是这一户的"))
        checked.append(clean)
    if problems:
        raise ValidationFailed(problems)
    return checked


def set_status(work: Workspace, account_id: str, status: str) -> Saved:
    """草稿 → 农户已签字 → 已上报 → 已锁定; never back: a signed account is evidence (R-SYNC)."""
    wanted = INCOME_ACCOUNT.check({"status": status}, complete=False)["status"]
    if wanted is None:
        raise ValidationFailed([Problem("status", "状态：必须填写")])
    if wanted != DRAFT:
        require_true_time(work)
    with work.transaction() as session:
        account = get(session, IncomeAccount, account_id)
        if STATES.index(wanted) < STATES.index(account.status):
            raise NotAllowed(f"收支账已是“{account.status}”，不能退回“{wanted}”。", code="account_signed")
        if wanted != DRAFT and not lines_of(session, account_id):
            raise NotAllowed("收支账还没有任何明细，不能签字。没有保存。", code="account_empty")
        account.assign({"status": wanted})
        changes = capture.touched(session)
    return Saved((account_id,), changes, (), wanted)


def page(work: Workspace, account_id: str) -> AccountPage:
    """The account, its lines, sums, what they point to and the 防贫险补差 that would follow (R-INC-8).

    补差 is counted for the calendar year (当年): an account of the survey period gives no sheet.
    """
    with reading_session(work) as session:
        account = get(session, IncomeAccount, account_id)
        values = {"id": account_id, **account.values()}
        lines = [{"id": row.id, **row.values()} for row in lines_of(session, account_id)]
        household = session.get_one(Household, account.household_id).values()
        members = list(members_of(session, account.household_id).values())
        monitored = _monitored_in(session, household, account)
    figures = summed(values, lines)
    told = income.explain(figures)
    try:
        line = line_of(work, values, household["region_code"])
    except UnsetParameter as unset:
        return AccountPage(values, lines, figures, None, unset.line(), None, told)
    proposal = monitoring_category.propose(household["household_type"], figures, line)
    if values["basis"] != CALENDAR:
        unset_text = "防贫险补差按自然年（当年）收支账测算，本账为收入采集周期。"
        return AccountPage(values, lines, figures, None, unset_text, proposal, told)
    claimant = _claimant(household, monitored, members, values, figures)
    return AccountPage(values, lines, figures, gap.claim(claimant, line), "", proposal, told)


def _monitored_in(session: Session, household: Mapping[str, Any], account: IncomeAccount) -> bool:
    """Whether the household is monitored, or had a case in the account's year (R-INC-8)."""
    if is_monitored(household["monitoring_category"], household["risk_eliminated"]):
        return True
    columns = MonitoringCase.__table__.c
    year = str(account.income_year)
    identified = select(columns.identified_ym, columns.eliminated_ym).where(
        columns.household_id == account.household_id,
        columns.deleted.is_(False),
        columns.identified_ym.is_not(None),
    )
    return any(
        start[:4] <= year and (end is None or end[:4] >= year) for start, end in session.execute(identified)
    )


def _claimant(
    household: Mapping[str, Any],
    monitored: bool,
    members: list[dict[str, Any]],
    account: Mapping[str, Any],
    figures: Income,
) -> Claimant:
    return Claimant(
        household_type=household["household_type"],
        monitored=monitored,
        all_insured=all_insured(members),
        population=figures.population,
        net=figures.net_before_gap,
        status=account["status"],
        payments_recorded=account["payments_recorded"],
    )
