"""Income accounts of the whole village: the list, and whose income fell, lies low or broke away (R-INC-9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from villageapp.domain import dates, decline, income
from villageapp.domain.decline import YearIncome
from villageapp.domain.parameters import UnsetParameter
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Clue, IncomeAccount, IncomeLine, Visit
from villageapp.services.clues import BROKE_AWAY, RISK_OF_EXPENSE
from villageapp.services.income_judging import summed

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_account, _line = IncomeAccount.__table__.c, IncomeLine.__table__.c


def list_accounts(
    work: Workspace, household_id: str | None = None, *, year: int | None = None
) -> list[dict[str, Any]]:
    """Accounts, the newest year first, with head_name, household_group and the sums in fen: net, per_capita,
    ref, ref_per_capita.
    """
    summary = HouseholdSummary.__table__.c
    accounts = (
        select(IncomeAccount.__table__, summary.head_name, summary.group_name.label("household_group"))
        .join_from(
            IncomeAccount.__table__,
            HouseholdSummary.__table__,
            summary.household_id == _account.household_id,
            isouter=True,
        )
        .where(_account.deleted.is_(False))
        .order_by(_account.income_year.desc(), summary.group_name, summary.head_key, _account.id)
    )
    lines = select(IncomeLine.__table__).where(_line.deleted.is_(False))
    if household_id is not None:
        accounts = accounts.where(_account.household_id == household_id)
        lines = lines.where(_line.household_id == household_id)
    if year is not None:
        accounts = accounts.where(_account.income_year == year)
    with work.reading() as connection:
        of_account: dict[str, list[Mapping[str, Any]]] = {}
        for row in connection.execute(lines).mappings():
            of_account.setdefault(row["account_id"], []).append(dict(row))
        found = [dict(row) for row in connection.execute(accounts).mappings()]
    return [_with_sums(account, of_account.get(account["id"], ())) for account in found]


def _with_sums(account: dict[Any, Any], lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    figures = summed(account, lines)
    names = ("net", "per_capita", "ref", "ref_per_capita")
    return {**account, **{name: getattr(figures, name) for name in names}}


@dataclass(frozen=True, slots=True)
class Decliner:
    """A household on at least one of the lists of R-INC-9; incomes in fen per head, None where unknown."""

    household_id: str
    head_name: str
    household_group: str
    per_capita: int | None
    last_per_capita: int | None
    fell: bool
    """收入下降: less per head than last year."""
    low: bool | None
    """人均偏低; None while the line is unset or there is no account."""
    shock: bool
    """收入骤减: by SHOCK_PCT or more, or reported on a visit because of disaster or epidemic."""


@dataclass(frozen=True, slots=True)
class DeclineLists:
    """The three lists of one year, the deepest fall first; ``unset`` says why 人均偏低 was not judged."""

    year: int
    rows: tuple[Decliner, ...]
    judged: int
    """Households with an account of that year."""
    unset: str = ""


def decline_lists(work: Workspace, year: int) -> DeclineLists:
    """Whose income fell, lies low or broke away in that year, over the whole village (R-INC-9).

    Both years are compared on the same basis; where last year has no account its recorded per-capita figure
    serves. Raises UnsetParameter when the shock share is unset; an unset line only leaves 人均偏低 open.
    """
    now = _by_household(list_accounts(work, year=year))
    before = _by_household(list_accounts(work, year=year - 1))
    with work.reading() as connection:
        shocks = _reported_shocks(connection, work, year)
        heads = _heads(connection, {*now, *shocks})
    judge = _Judge(work, year)
    rows = [
        judge.row(
            household, heads.get(household, ("", "")), now.get(household), before.get(household), shocks
        )
        for household in {*now, *shocks}
    ]
    found = [row for row in rows if row.fell or row.low or row.shock]
    return DeclineLists(year, tuple(sorted(found, key=_depth)), len(now), judge.unset)


_Accounts = Mapping[str, dict[str, Any]]
"""Accounts of one household and year by basis."""


def _by_household(accounts: Iterable[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for account in accounts:
        found.setdefault(account["household_id"], {})[account["basis"]] = account
    return found


def _depth(row: Decliner) -> tuple[int, int, str]:
    fallen = (row.per_capita or 0) - (row.last_per_capita or 0) if row.fell else 0
    return fallen, row.per_capita or 0, row.household_id


class _Judge:
    """The thresholds of one year, read once."""

    def __init__(self, work: Workspace, year: int) -> None:
        day = date(year, 12, 31)
        self.percent = work.parameters.integer("SHOCK_PCT", day)
        self.share = work.parameters.integer("INCOME_LOW_PERCENT", day)
        self.line: int | None = None
        self.unset = ""
        try:
            self.line = income.line_of(year, work.parameters, work.identity.village_code).value
        except UnsetParameter as unset:
            self.unset = unset.line()

    def row(
        self,
        household: str,
        head: tuple[str, str],
        now: _Accounts | None,
        before: _Accounts | None,
        shocks: Mapping[str, bool],
    ) -> Decliner:
        """One household against all three lists."""
        shock = shocks.get(household, False)
        if not now:
            return Decliner(household, *head, None, None, False, None, shock)
        account, last = _pair(now, before or {})
        this = YearIncome(account["net"], account["population"])
        fell = last is not None and decline.fell(this, last)
        deep = last is not None and decline.fell_by(this, last, self.percent)
        low = None if self.line is None else income.below(this.net, this.population, self.line, self.share)
        last_each = None if last is None else last.per_capita
        return Decliner(household, *head, this.per_capita, last_each, fell, low, deep or shock)


def _pair(now: _Accounts, before: _Accounts) -> tuple[dict[str, Any], YearIncome | None]:
    """The account of the year and last year's income, on the same basis where there is one."""
    for basis in sorted(now, reverse=True):
        if basis in before:
            last = before[basis]
            return now[basis], YearIncome(last["net"], last["population"])
    account = now[max(now)]
    known = account["last_year_per_capita"]
    return account, None if known is None else YearIncome(known)


def _reported_shocks(connection: Connection, work: Workspace, year: int) -> dict[str, bool]:
    """Households where a visit of the year answered 骤减 with disaster or epidemic as the reason."""
    causes = frozenset(work.parameters.find("SHOCK_RISKS", date(year, 12, 31)).value)
    visit, clue = Visit.__table__.c, Clue.__table__.c
    statement = (
        select(visit.household_id, visit.started_at, visit.expense_kind, clue.risk_codes)
        .join_from(
            Visit.__table__,
            Clue.__table__,
            (clue.visit_id == visit.id) & clue.deleted.is_(False),
            isouter=True,
        )
        .where(visit.income_trend == BROKE_AWAY, visit.deleted.is_(False))
    )
    return {
        household: True
        for household, started_at, expense, risks in connection.execute(statement)
        if dates.local_day(started_at).year == year
        and causes.intersection({*(risks or ()), RISK_OF_EXPENSE.get(expense or "")})
    }


def _heads(connection: Connection, households: Iterable[str]) -> dict[str, tuple[str, str]]:
    wanted = set(households)
    columns = HouseholdSummary.__table__.c
    statement = select(columns.household_id, columns.head_name, columns.group_name)
    return {h: (head, group) for h, head, group in connection.execute(statement) if h in wanted}
