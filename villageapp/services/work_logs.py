"""A cadre's work log: a day filled in from the visits and problem steps that were recorded (domain.md 2.10)."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.codes import code_list
from villageapp.domain.problem_steps import Action, title
from villageapp.domain.team_work import WORK_LOG
from villageapp.domain.visit import VISIT
from villageapp.errors import Problem, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Attendance, Cadre, Leave, ProblemItem, ProblemStep, Visit, WorkLog
from villageapp.services.reading import reading_session
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

DRAFT, GRANTED, REFUSED = "草稿", "批准", "驳回"
ON_LEAVE = "请假"
VISITING, SERVING = "走访", "为民服务"
_NOON = time(12)
_log, _attendance, _leave = WorkLog.__table__.c, Attendance.__table__.c, Leave.__table__.c
_visit, _step, _item = Visit.__table__.c, ProblemStep.__table__.c, ProblemItem.__table__.c
_summary = HouseholdSummary.__table__.c


@dataclass(frozen=True, slots=True)
class DayLog:
    """A cadre's day: the saved log if any, and what the records say of that day."""

    saved: dict[str, Any] | None
    suggested: dict[str, Any]
    """Values of WORK_LOG from that day's visits and problem steps; texts are empty when there were none."""

    @property
    def values(self) -> dict[str, Any]:
        """What a form shows: the saved log, else the suggestion."""
        return self.saved or self.suggested


def day_log(work: Workspace, day: date, cadre_id: str | None = None) -> DayLog:
    """The log of a cadre (default: the person at this laptop) on a day. Raises NotFound."""
    cadre = cadre_id or work.identity.user_id
    with reading_session(work) as session:
        get(session, Cadre, cadre)
        found = _log_of(session, cadre, day)
        saved = None if found is None else {"id": found.id, **found.values()}
    with work.reading() as connection:
        visits, steps = _visits_of(connection, cadre, day), _steps_of(connection, cadre, day)
    return DayLog(saved, _suggested(cadre, day, visits, steps))


def _suggested(
    cadre: str, day: date, visits: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    told = [(row["at"], row["text"]) for row in (*visits, *steps)]
    morning = [text for at, text in sorted(told) if at < _NOON]
    afternoon = [text for at, text in sorted(told) if at >= _NOON]
    return {
        "day": day,
        "cadre_id": cadre,
        "kind": SERVING if steps and not visits else VISITING,
        "morning": "\n".join(morning) or None,
        "afternoon": "\n".join(afternoon) or None,
        "visit_ids": tuple(row["id"] for row in visits) or None,
        "problem_ids": tuple(dict.fromkeys(row["problem_id"] for row in steps)) or None,
        "note": None,
    }


def span_of(day: date) -> tuple[datetime, datetime]:
    """The civil day in China as UTC instants."""
    begin = datetime.combine(day, time(), dates.CHINA)
    return begin.astimezone(UTC), datetime.combine(dates.add_days(day, 1), time(), dates.CHINA).astimezone(
        UTC
    )


def _visits_of(connection: Connection, cadre: str, day: date) -> list[dict[str, Any]]:
    begin, end = span_of(day)
    statement = (
        select(
            _visit.id,
            _visit.started_at,
            _visit.visitors,
            _visit.kind,
            _visit.result,
            _visit.help_done,
            _summary.head_name,
        )
        .join_from(
            Visit.__table__,
            HouseholdSummary.__table__,
            _summary.household_id == _visit.household_id,
            isouter=True,
        )
        .where(_visit.deleted.is_(False), _visit.started_at >= begin, _visit.started_at < end)
        .order_by(_visit.started_at, _visit.id)
    )
    rows = [
        row for row in map(dict, connection.execute(statement).mappings()) if cadre in (row["visitors"] or ())
    ]
    return [
        {"id": row["id"], "at": row["started_at"].astimezone(dates.CHINA).time(), "text": _visit_text(row)}
        for row in rows
    ]


def _visit_text(row: Mapping[str, Any]) -> str:
    kind = code_list(VISIT["kind"].choices).label(row["kind"])
    done = f"，{row['help_done']}" if row["help_done"] else ""
    return f"{kind} {row['head_name'] or '农户'}（{row['result']}）{done}"


def _steps_of(connection: Connection, cadre: str, day: date) -> list[dict[str, Any]]:
    statement = (
        select(_step.problem_id, _step.action, _step.text, _step.created_hlc, _item.title)
        .join_from(ProblemStep.__table__, ProblemItem.__table__, _item.id == _step.problem_id)
        .where(_step.deleted.is_(False), _step.created_by == cadre, _step.on == day)
        .order_by(_step.created_hlc)
    )
    return [
        {
            "problem_id": row["problem_id"],
            "at": _entered_at(row["created_hlc"], day),
            "text": f"{title(Action(row['action']))}：{row['title']}"
            + (f"，{row['text']}" if row["text"] else ""),
        }
        for row in connection.execute(statement).mappings()
    ]


def _entered_at(hlc: int, day: date) -> time:
    """The time of day when it was entered on the day itself, else the evening."""
    entered = datetime.fromtimestamp((hlc >> 16) / 1000, dates.CHINA)
    return entered.time() if entered.date() == day else time(23, 59)


def _log_of(session: Session, cadre: str, day: date) -> WorkLog | None:
    return session.scalars(
        select(WorkLog)
        .where(_log.cadre_id == cadre, _log.day == day, _log.deleted.is_(False))
        .order_by(_log.id)
    ).first()


def save_log(work: Workspace, values: Mapping[str, Any]) -> Saved:
    """Save a day's log: one per cadre and day, a second saving changes the first.

    What is not given comes from the suggestion of ``day_log``. Raises ValidationFailed, NotFound.
    """
    given = {"day": work.today(), "cadre_id": work.identity.user_id, **values}
    key = WORK_LOG.check({n: given[n] for n in ("day", "cadre_id")}, complete=False)
    if key["day"] is None or key["cadre_id"] is None:
        raise ValidationFailed([Problem("day", "日期和干部必须填写")])
    if key["day"] > work.today():
        raise ValidationFailed([Problem("day", f"{WORK_LOG['day'].label}晚于今天")])
    suggested = day_log(work, key["day"], key["cadre_id"]).suggested
    with work.transaction() as session:
        found = _log_of(session, key["cadre_id"], key["day"])
        if found is None:
            clean = WORK_LOG.check({**suggested, **given})
            refuse_missing(session, WORK_LOG, clean)
            found = WorkLog(id=new_id())
            session.add(found)
        else:
            clean = revise(WORK_LOG, found.values(), given).values
            refuse_missing(session, WORK_LOG, clean)
        if not any({**found.values(), **clean}.get(n) for n in ("morning", "afternoon", "note")):
            raise ValidationFailed([Problem("morning", "上午、下午和备注不能都空着")])
        found.assign(clean)
        changes = capture.touched(session)
        saved = found.id
    return Saved((saved,), changes, (), tuple(clean))


def list_logs(work: Workspace, month: date, cadre_id: str | None = None) -> list[dict[str, Any]]:
    """Logs of the month in which ``month`` lies, by day, with cadre_name."""
    first, last = month_of(month)
    cadre = Cadre.__table__.c
    statement = (
        select(WorkLog.__table__, cadre.name.label("cadre_name"))
        .join_from(WorkLog.__table__, Cadre.__table__, cadre.id == _log.cadre_id, isouter=True)
        .where(_log.deleted.is_(False), _log.day >= first, _log.day <= last)
        .order_by(_log.day, cadre.name, _log.id)
    )
    if cadre_id is not None:
        statement = statement.where(_log.cadre_id == cadre_id)
    with work.reading() as connection:
        return [dict(row) for row in connection.execute(statement).mappings()]


def month_of(month: date) -> tuple[date, date]:
    """First and last day of the month in which a day lies."""
    last = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=1), month.replace(day=last)
