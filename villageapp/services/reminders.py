"""What a village must not forget: loans and agreements that end, checks and case steps that are due (domain.md 2, 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, or_, select

from villageapp.domain import attendance, codes, dates, income, loan, money
from villageapp.domain.household import POOR_BEFORE
from villageapp.domain.parameters import UnsetParameter
from villageapp.domain.periods import period_end
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import (
    Asset,
    Cadre,
    IncomeAccount,
    Leave,
    Loan,
    Member,
    PublicPost,
)
from villageapp.services import cases, clues
from villageapp.services.measure_guards import SETTLED

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

DISPOSED = frozenset({"处置", "流失"})
"""CL_ASSET_STATUS of assets that nobody checks any more."""
GRANTED = "批准"
_summary = HouseholdSummary.__table__.c


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing that is due; ``target`` is the record to open."""

    kind: str
    """loan, post, contract, asset_check, case, clue, income, term, leave, or unset (a missing parameter)."""
    title: str
    detail: str
    due: date | None
    days_left: int | None
    """Negative when overdue."""
    household_id: str | None
    entity: str
    target: str


def reminders(work: Workspace, on: date | None = None) -> list[Reminder]:
    """All reminders that stand on that day (default today), the first due first.

    A source whose parameter is unset gives one line that says so instead of its reminders.
    """
    day = on or work.today()
    found: list[Reminder] = []
    for source in _SOURCES:
        try:
            found += source(work, day)
        except UnsetParameter as unset:
            found.append(_unset(unset.message, unset.remedy))
    return sorted(found, key=lambda r: (r.due or date.max, r.kind, r.title, r.target))


def _unset(message: str, remedy: str = "") -> Reminder:
    return Reminder("unset", message, remedy, None, None, None, "", "")


def _rows(connection: Connection, statement: Select[Any]) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def _of_households(connection: Connection, cls: Any) -> list[Mapping[str, Any]]:
    """Records that are not deleted, with the head's and the member's name."""
    columns, person = cls.__table__.c, Member.__table__.c
    statement = (
        select(cls.__table__, _summary.head_name, person.name.label("member_name"))
        .join_from(
            cls.__table__,
            HouseholdSummary.__table__,
            _summary.household_id == columns.household_id,
            isouter=True,
        )
        .join(Member.__table__, person.id == columns.member_id, isouter=True)
        .where(columns.deleted.is_(False))
    )
    return _rows(connection, statement)


def _made(
    day: date,
    kind: str,
    title: str,
    detail: str,
    due: date,
    household_id: str | None,
    entity: str,
    target: str,
) -> Reminder:
    left = (due - day).days
    when = f"已过 {-left} 天" if left < 0 else "今天" if left == 0 else f"还有 {left} 天"
    text = f"{detail}，{when}" if detail else when
    return Reminder(kind, title, text, due, left, household_id, entity, target)


def _loans(work: Workspace, day: date) -> Iterator[Reminder]:
    """R-LOAN: 90, 30 and 7 days before, and every day after, until it is paid back."""
    with work.reading() as connection:
        rows = _of_households(connection, Loan)
    for row in rows:
        if row["status"] == SETTLED or loan.reminder(row["due_on"], day, work.parameters) is None:
            continue
        who = row["member_name"] or row["head_name"] or ""
        owed = row["outstanding"] if row["outstanding"] is not None else row["principal"]
        detail = f"{row['bank']}，未还 {money.yuan(owed)} 元，{row['due_on']} 到期"
        yield _made(
            day, "loan", f"小额信贷到期：{who}", detail, row["due_on"], row["household_id"], "loan", row["id"]
        )


def _posts(work: Workspace, day: date) -> Iterator[Reminder]:
    """Agreements that end soon, or ended as recently, and are not followed by another of the same person."""
    ahead = work.parameters.integer("REMIND_POST_DAYS", day)
    with work.reading() as connection:
        rows = _of_households(connection, PublicPost)
    last: dict[tuple[str, str | None], date] = {}
    for row in rows:
        key = (row["household_id"], row["member_id"])
        last[key] = max(row["agreement_end"], last.get(key, row["agreement_end"]))
    for row in rows:
        end = row["agreement_end"]
        newest = end == last[(row["household_id"], row["member_id"])]
        if newest and abs((end - day).days) <= ahead:
            label = codes.code_list("CL_MEASURE_ITEM").label(row["post_kind"])
            title = f"公益岗协议到期：{row['member_name'] or row['head_name'] or ''}"
            yield _made(
                day,
                "post",
                title,
                f"{label}，协议至 {end}",
                end,
                row["household_id"],
                "public_post",
                row["id"],
            )


def _assets(work: Workspace, day: date) -> Iterator[Reminder]:
    """Contracts that end soon, and assets whose yearly check is due or was never done."""
    ahead = work.parameters.integer("REMIND_CONTRACT_DAYS", day)
    months = work.parameters.integer("ASSET_CHECK_MONTHS", day)
    with work.reading() as connection:
        rows = _rows(connection, select(Asset.__table__).where(Asset.__table__.c.deleted.is_(False)))
    for row in rows:
        name, end, checked = f"{row['asset_no']} {row['name']}", row["contract_end"], row["last_check_on"]
        if row["status"] in DISPOSED:
            continue
        if end is not None and (end - day).days <= ahead:
            yield _made(
                day, "contract", f"资产合同到期：{name}", f"合同至 {end}", end, None, "asset", row["id"]
            )
        due = date(row["built_year"], 12, 31) if checked is None else dates.add_months(checked, months)
        if due < day:
            told = "从未登记检查" if checked is None else f"上次检查 {checked}"
            yield _made(day, "asset_check", f"资产“回头看”检查：{name}", told, due, None, "asset", row["id"])


def _cases(work: Workspace, day: date) -> Iterator[Reminder]:
    """What every monitoring case has due (R-MON-1, R-MON-7, R-MON-14, follow-up visits)."""
    found, unset = cases.open_duties(work, day)
    for reason in unset:
        yield _unset(reason)
    for row, duty in found:
        title = f"{duty.text}：{row['head_name'] or ''}"
        detail = f"监测对象，{duty.due} 到期"
        yield _made(day, "case", title, detail, duty.due, row["household_id"], "monitoring_case", row["id"])


def _clues(work: Workspace, day: date) -> Iterator[Reminder]:
    """House checks and decisions that wait (135); a monitored household is followed up by its case."""
    for row in clues.list_clues(work, on=day):
        if row["monitored"]:
            continue
        checked = row["verified_on"] is not None
        title = f"{'线索待决定' if checked else '线索上门核实'}：{row['head_name'] or ''}"
        detail = f"{row['reported_on']} 反映"
        yield _made(day, "clue", title, detail, row["due_verify"], row["household_id"], "clue", row["id"])


def _incomes(work: Workspace, day: date) -> Iterator[Reminder]:
    """Households that must have an account of the last income year that is over, as one line.

    A village that keeps no accounts here at all (the national system does) is not reminded of them.
    """
    account = IncomeAccount.__table__.c
    with work.reading() as connection:
        if connection.execute(select(account.id).where(account.deleted.is_(False)).limit(1)).first() is None:
            return
    year, end = _last_income_year(work, day)
    due = period_end(end, work.parameters.text("INCOME_ACCOUNT_DUE", end), work.parameters)
    recorded = select(account.household_id).where(account.income_year == year, account.deleted.is_(False))
    missing = select(_summary.household_id, _summary.head_name).where(
        or_(_summary.household_type == POOR_BEFORE, _summary.monitored == 1),
        _summary.household_id.not_in(recorded),
    )
    with work.reading() as connection:
        rows = connection.execute(missing.order_by(_summary.group_name, _summary.head_key)).all()
    if rows:
        names = "、".join(name for _, name in rows[:5])
        more = f"等 {len(rows)} 户" if len(rows) > 5 else ""
        title = f"{len(rows)} 户没有 {year} 年收支账"
        yield _made(day, "income", title, f"{names}{more}", due, None, "income_account", str(year))


def _last_income_year(work: Workspace, day: date) -> tuple[int, date]:
    """The newest income year whose survey period is over, and the last day of that period."""
    for year in (day.year, day.year - 1):
        _, end = income.period(year, None, work.parameters)
        if end < day:
            return year, end
    raise UnsetParameter(f"{day.year - 1} 年收入核算周期晚于今天，不作判断。")


def _terms(work: Workspace, day: date) -> Iterator[Reminder]:
    """Cadres whose term ends soon, told whether it was long enough."""
    ahead = work.parameters.integer("REMIND_TERM_DAYS", day)
    columns = Cadre.__table__.c
    with work.reading() as connection:
        ending = select(Cadre.__table__).where(columns.deleted.is_(False), columns.term_end.is_not(None))
        rows = _rows(connection, ending)
    for row in rows:
        start, end = row["term_start"], row["term_end"]
        if not 0 <= (end - day).days <= ahead:
            continue
        told = _short_term(work, start, end) or f"任期至 {end}"
        yield _made(day, "term", f"驻村任期届满：{row['name']}", told, end, None, "cadre", row["id"])


def _short_term(work: Workspace, start: date | None, end: date) -> str:
    """What is wrong with the length of a term; nothing is said where no length was required."""
    if start is None:
        return ""
    try:
        judged = attendance.judge_term(start, end, work.parameters)
    except UnsetParameter:
        return ""
    return "；".join(reason.message for reason in (*judged.reasons, *judged.warnings))


def _leaves(work: Workspace, day: date) -> Iterator[Reminder]:
    """Granted leaves that are over and not reported back (销假)."""
    columns, cadre = Leave.__table__.c, Cadre.__table__.c
    statement = (
        select(Leave.__table__, cadre.name.label("cadre_name"))
        .join_from(Leave.__table__, Cadre.__table__, cadre.id == columns.cadre_id, isouter=True)
        .where(columns.deleted.is_(False), columns.state == GRANTED, columns.back_on.is_(None))
    )
    with work.reading() as connection:
        rows = _rows(connection, statement)
    for row in rows:
        due = dates.add_days(row["to_on"], 1)
        if due <= day:
            title = f"请假期满未销假：{row['cadre_name'] or ''}"
            yield _made(day, "leave", title, f"请假至 {row['to_on']}", due, None, "leave", row["id"])


_SOURCES: tuple[Callable[[Workspace, date], Iterable[Reminder]], ...] = (
    _loans,
    _posts,
    _assets,
    _cases,
    _clues,
    _incomes,
    _terms,
    _leaves,
)
