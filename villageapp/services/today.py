"""今日工作: what to do next, most urgent first, and the month so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, exists, func, or_, select

from villageapp.domain import codes, dates
from villageapp.domain.household import POOR_BEFORE
from villageapp.domain.visit import NOBODY_HOME, REFUSED
from villageapp.models.local import Finding, HouseholdSummary
from villageapp.models.log import RecordState
from villageapp.models.records import Explanation, Visit
from villageapp.services import drafts
from villageapp.services.channel_items import unread
from villageapp.services.groups import group_order
from villageapp.services.problems import is_overdue, list_problems
from villageapp.services.reminders import reminders

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

OVERDUE, TODAY, SOON, LATER = range(4)
"""Urgency of a line: 0 is most urgent."""
AHEAD = timedelta(days=7)
"""How far ahead due visits and problem steps are shown."""
MOST_PUBLISHED = 5
"""Unread publications listed at a time."""

_summary, _visit = HouseholdSummary.__table__.c, Visit.__table__.c
_finding, _explanation = Finding.__table__.c, Explanation.__table__.c


@dataclass(frozen=True, slots=True)
class TodayItem:
    """One line of today's work, one click from doing it."""

    kind: str
    """problem, visit, conflict, finding, draft, sheet, channel (what an office published), import (an empty store), or a
    kind of ``reminders.Reminder``."""
    urgency: int
    title: str
    detail: str
    household_id: str | None
    due: date | None
    days_left: int | None
    """Negative when overdue, None without a due day."""
    target: str
    """Record to open: problem id, household id, the subject of a draft, or ``channel/number`` of a publication."""


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The month so far. Coverage counts 脱贫户 and monitored households (R-VIS-1)."""

    first_day: date
    households: int
    """Households that must be visited in turn."""
    visited: int
    unvisited: int
    coverage: float
    """``visited`` / ``households``, 0 … 1; 0 without households."""
    visits_by_day: tuple[tuple[date, int], ...]
    """One entry per day of the month up to today; visits that met nobody are not counted."""
    open_problems: int
    overdue_problems: int
    all_households: int


_DUE_VISITS = (
    select(_summary.household_id, _summary.head_name, _summary.group_name, _summary.next_visit_on)
    .where(_summary.next_visit_on != "", _summary.next_visit_on <= bindparam("until"))
    .order_by(_summary.next_visit_on, _summary.group_name, _summary.head_key)
)
_IN_TURN = or_(_summary.household_type == POOR_BEFORE, _summary.monitored == 1)
_NEVER = (
    select(_summary.group_name, func.count())
    .where(_IN_TURN, _summary.last_visit_on == "", _summary.next_visit_on == "")
    .group_by(_summary.group_name)
)
_CONFLICTS = select(func.coalesce(func.sum(RecordState.conflicts), 0)).where(RecordState.conflicts > 0)
_EXPLAINED = exists().where(
    _explanation.deleted.is_(False),
    _explanation.household_id == _finding.household_id,
    _explanation.rule == _finding.rule,
    _explanation.record_id == _finding.record_id,
    func.coalesce(_explanation.field, "") == _finding.field,
    _explanation.facts == _finding.facts,
)
_ERRORS = select(func.count()).select_from(Finding.__table__).where(_finding.severity == "error", ~_EXPLAINED)
_ALL = select(func.count()).select_from(HouseholdSummary.__table__)
_MONTH = select(func.count(), func.count().filter(_summary.last_visit_on >= bindparam("first"))).where(
    _IN_TURN
)
_BY_DAY = (
    select(func.date(_visit.started_at, "+8 hours").label("day"), func.count())
    .where(
        _visit.deleted.is_(False),
        _visit.result.not_in((NOBODY_HOME, REFUSED)),
        _visit.started_at >= bindparam("since"),
    )
    .group_by("day")
)


def work_list(work: Workspace) -> list[TodayItem]:
    """Everything that waits, most urgent first; an empty store says what to do first."""
    today = work.today()
    with work.reading() as connection:
        if connection.execute(_ALL).scalar_one() == 0:
            return [_first_step()]
        items = [
            *_visits(connection, today),
            *_conflicts(connection),
            *_findings(connection),
            *_never_visited(connection),
        ]
    items += [*_problems(work, today), *_reminders(work, today), *_drafts(work), *_published(work, today)]
    return sorted(items, key=lambda item: (item.urgency, item.due or date.max, item.kind, item.title))


def _first_step() -> TodayItem:
    detail = "从国家系统导出户名单（Excel），点“导入”后先预览再确认。"
    return TodayItem("import", TODAY, "先导入农户名单", detail, None, None, None, "")


def _urgency(days_left: int) -> int:
    if days_left < 0:
        return OVERDUE
    return TODAY if days_left == 0 else SOON


def _problems(work: Workspace, today: date) -> Iterator[TodayItem]:
    """Steps of the 135/710 clock that are overdue, due or near."""
    for row in list_problems(work, on=today):
        step = row["standing"]
        if step.due is None or step.due > today + AHEAD:
            continue
        days = f"超期 {-step.days_left} 天" if step.days_left < 0 else f"还有 {step.days_left} 天"
        who = f"{row['head_name']}：" if row["head_name"] else ""
        category = codes.code_list("CL_PROBLEM_CAT").label(row["category"])
        yield TodayItem(
            "problem",
            _urgency(step.days_left),
            f"{step.step}——{who}{row['title']}",
            f"{category}，{step.due} 到期，{days}",
            row["household_id"],
            step.due,
            step.days_left,
            row["id"],
        )


def _reminders(work: Workspace, today: date) -> Iterator[TodayItem]:
    """Loans, agreements, assets, cases, clues, accounts, terms and leaves; what a rule cannot say comes last."""
    for found in reminders(work, today):
        urgency = LATER if found.days_left is None else _urgency(found.days_left)
        yield TodayItem(
            found.kind,
            urgency,
            found.title,
            found.detail,
            found.household_id,
            found.due,
            found.days_left,
            found.target,
        )


def _visits(connection: Connection, today: date) -> Iterator[TodayItem]:
    until = (today + AHEAD).isoformat()
    for household, head, group, text in connection.execute(_DUE_VISITS, {"until": until}):
        due = date.fromisoformat(text)
        left = (due - today).days
        days = f"已过 {-left} 天" if left < 0 else "今天" if left == 0 else f"还有 {left} 天"
        detail = f"{group or '未分组'}，应于 {due} 走访，{days}"
        yield TodayItem("visit", _urgency(left), f"走访 {head}", detail, household, due, left, household)


def _never_visited(connection: Connection) -> Iterator[TodayItem]:
    """One line per group, so that one walk covers neighbours."""
    found = sorted(connection.execute(_NEVER), key=lambda row: group_order(row[0]))
    for group, number in found:
        title = f"{group or '未分组'}有 {number} 户从未走访"
        yield TodayItem("visit", LATER, title, "脱贫户和监测户应遍访，可按组安排。", None, None, None, "")


def _conflicts(connection: Connection) -> Iterator[TodayItem]:
    number = connection.execute(_CONFLICTS).scalar_one()
    if number:
        detail = "同一项在两台电脑上被改成了不同的值，请选定一个。"
        yield TodayItem("conflict", TODAY, f"{number} 项有不同的值", detail, None, None, None, "")


def _findings(connection: Connection) -> Iterator[TodayItem]:
    """Errors of the last data check-up that nobody explained."""
    number = connection.execute(_ERRORS).scalar_one()
    if number:
        detail = "资料前后不一致或缺少必填内容，按规则逐条列出。"
        yield TodayItem("finding", LATER, f"数据体检有 {number} 处错误", detail, None, None, None, "")


def _drafts(work: Workspace) -> Iterator[TodayItem]:
    """Half-written visits and sheets; other kept forms, as a planned route, are nobody's unfinished work."""
    kept = [draft for draft in drafts.all_drafts(work) if draft.form in (drafts.VISIT, drafts.SHEET)]
    if not kept:
        return
    with work.reading() as connection:
        named = dict(connection.execute(_NAMES, {"ids": [draft.subject for draft in kept]}).all())
    for draft in kept:
        detail = f"上次编辑 {dates.local_text(draft.saved_at)}，内容都在。"
        if draft.form == drafts.SHEET:
            group = draft.subject.removeprefix(drafts.SHEET_GROUP)
            title = f"有一张没录完的纸质表：{'今天的路线' if group == drafts.SHEET_ROUTE else group}"
            yield TodayItem("sheet", SOON, title, detail, None, None, None, draft.subject)
        elif draft.subject in named:
            title = f"有一份没写完的走访：{named[draft.subject]}"
            yield TodayItem("draft", SOON, title, detail, draft.subject, None, None, draft.subject)


def _published(work: Workspace, today: date) -> Iterator[TodayItem]:
    """Unread publications of the offices above, the newest ones; the others wait behind them."""
    found = unread(work, today)
    for item in found[:MOST_PUBLISHED]:
        issued = dates.local_text(item.issued_at)[:10] if item.issued_at is not None else ""
        until = f"，到 {item.to_day} 为止" if item.to_day is not None else ""
        waiting = f"，还有 {len(found) - MOST_PUBLISHED} 份未读" if len(found) > MOST_PUBLISHED else ""
        yield TodayItem(
            "channel",
            SOON,
            item.title,
            f"{item.issuer}第 {item.number} 号，{issued}{until}{waiting}",
            None,
            None,
            None,
            f"{item.channel}/{item.number}",
        )


_NAMES = select(_summary.household_id, _summary.head_name).where(
    _summary.household_id.in_(bindparam("ids", expanding=True))
)


def month_so_far(work: Workspace) -> MonthFigures:
    """Coverage, visits per day and problems of this month."""
    today = work.today()
    first = today.replace(day=1)
    since = datetime.combine(first, time(), dates.CHINA)
    with work.reading() as connection:
        households, visited = connection.execute(_MONTH, {"first": first.isoformat()}).one()
        by_day = {
            date.fromisoformat(day): number for day, number in connection.execute(_BY_DAY, {"since": since})
        }
        everything = connection.execute(_ALL).scalar_one()
    problems = list_problems(work, on=today)
    late = sum(map(is_overdue, problems))
    days = [first + timedelta(days=number) for number in range(today.day)]
    return MonthFigures(
        first_day=first,
        households=households,
        visited=visited,
        unvisited=households - visited,
        coverage=visited / households if households else 0.0,
        visits_by_day=tuple((day, by_day.get(day, 0)) for day in days),
        open_problems=len(problems),
        overdue_problems=late,
        all_households=everything,
    )
