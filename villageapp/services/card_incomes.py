"""The income block of a card: the household's account of its last full year beside the year before (domain.md 4.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select

from villageapp.domain.income import CALENDAR
from villageapp.models.records import IncomeAccount, IncomeLine
from villageapp.reports.card_facts import CardIncomeYear
from villageapp.services.income_judging import summed

Row = Mapping[Any, Any]
_account, _line = IncomeAccount.__table__.c, IncomeLine.__table__.c
_ACCOUNTS = select(IncomeAccount.__table__).where(
    _account.household_id.in_(bindparam("ids", expanding=True)),
    _account.period_end < bindparam("today"),
    _account.deleted.is_(False),
)
_LINES = select(IncomeLine.__table__).where(
    _line.account_id.in_(bindparam("accounts", expanding=True)), _line.deleted.is_(False)
)


@dataclass(frozen=True, slots=True)
class CardIncomes:
    """The two years of a household and the records they were added up from."""

    last: CardIncomeYear | None = None
    this: CardIncomeYear | None = None
    rows: tuple[Row, ...] = ()


def card_incomes(connection: Connection, household_ids: Sequence[str], today: date) -> dict[str, CardIncomes]:
    """By household: its newest account whose period is over and, on the same basis, that of the year before.

    Households without such an account are left out. Where both bases were kept the calendar year is taken.
    Raises ValidationFailed for an account that cannot be added up.
    """
    of_household: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(_ACCOUNTS, {"ids": list(household_ids), "today": today}).mappings():
        of_household[row["household_id"]].append(row)
    chosen = {household: _two_years(accounts) for household, accounts in of_household.items()}
    wanted = [row["id"] for pair in chosen.values() for row in pair if row is not None]
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(_LINES, {"accounts": wanted}).mappings():
        lines[row["account_id"]].append(row)
    return {household: _added_up(*pair, lines) for household, pair in chosen.items()}


def _two_years(accounts: Iterable[Row]) -> tuple[Row, Row | None]:
    """The newest account and the one of the year before on its basis."""
    known = {(row["income_year"], row["basis"]): row for row in accounts}
    year, basis = max(known, key=lambda key: (key[0], key[1] == CALENDAR))
    return known[year, basis], known.get((year - 1, basis))


def _added_up(this: Row, last: Row | None, lines: Mapping[str, list[Row]]) -> CardIncomes:
    rows = [this, *lines.get(this["id"], ())]
    if last is not None:
        rows += [last, *lines.get(last["id"], ())]
        before: CardIncomeYear | None = _year(last, lines)
    else:
        before = _recalled(this)
    return CardIncomes(before, _year(this, lines), tuple(rows))


def _year(account: Row, lines: Mapping[str, list[Row]]) -> CardIncomeYear:
    found = summed(account, lines.get(account["id"], ()))
    return CardIncomeYear(
        account["income_year"],
        found.wage,
        found.production,
        found.property_income,
        found.transfer,
        found.production_cost,
        found.net,
        found.per_capita,
    )


def _recalled(account: Row) -> CardIncomeYear | None:
    """Without an account of the year before: the per-capita figure that was recorded of it."""
    known = account["last_year_per_capita"]
    return None if known is None else CardIncomeYear(account["income_year"] - 1, net_per_head=known)
