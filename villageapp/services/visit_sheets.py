"""Record sheets of visits: blank, prepared for a household, or filled from a recorded visit (domain.md 4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain import dates
from villageapp.domain.fields import show
from villageapp.domain.household import HOUSEHOLD, NOT_MONITORED
from villageapp.domain.member import MEMBER
from villageapp.domain.problem import UNSOLVED_STATES
from villageapp.domain.visit import BASIC_NEEDS, CHANGES, GUARANTEES, VISIT
from villageapp.errors import NotFound, Problem, ValidationFailed
from villageapp.models.records import Visit
from villageapp.progress import SILENT, Progress
from villageapp.reports.visit_facts import Answer, CheckedMeasure, FoundProblem, VisitFacts
from villageapp.reports.visit_sheet import TITLE, visit_sheet
from villageapp.reports.visit_short import ON_A_PAGE, short_sheet
from villageapp.reports.visit_short import TITLE as SHORT_TITLE
from villageapp.services import household_lists, paper_files
from villageapp.services.cards import PrintReport
from villageapp.services.household_pages import HouseholdPage, page
from villageapp.services.imprints import data_version, village_line
from villageapp.services.paper_files import Papers

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

MOST_BLANK = 500
"""Blank sheets printed at once."""
_RUNNING = frozenset({"计划", "实施中"})
_MEASURES_SHOWN, _PROBLEMS_SHOWN = 8, 4
_visit = Visit.__table__.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sheets: prepared for ``households`` (None = every household), of recorded ``visits``, or ``blank``.

    The first that is given counts.
    """

    blank: int | None = None
    visits: tuple[str, ...] = ()
    households: tuple[str, ...] | None = ()
    group: str | None = None
    """With every household: of this villagers' group alone."""
    short: bool = False
    """The short form of a sweep, two on a page."""


def visit_papers(work: Workspace, wanted: Wanted) -> Papers:
    """The sheets; ``items`` are the visits and households, two of which share a page of the short form.

    Raises ValidationFailed (number of blank sheets); NotFound (a household, a visit) while they are made.
    """
    total, facts = _facts(work, wanted)
    if wanted.short:
        return Papers(
            SHORT_TITLE,
            total,
            lambda measure: (short_sheet(pair, measure) for pair in _paired(facts)),
            -(-total // ON_A_PAGE),
        )
    return Papers(TITLE, total, lambda measure: (visit_sheet(one, measure) for one in facts), total)


def print_visits(
    work: Workspace,
    wanted: Wanted,
    out_path: Path,
    progress: Progress = SILENT,
    *,
    allow_missing: bool = False,
) -> PrintReport:
    """Write the sheets as one PDF; see ``visit_papers`` and ``paper_files.print_papers``."""
    papers = visit_papers(work, wanted)
    return paper_files.print_papers(work, papers, out_path, progress, allow_missing=allow_missing)


def visits_pdf(
    work: Workspace, wanted: Wanted, progress: Progress = SILENT, *, allow_missing: bool = True
) -> bytes:
    """The PDF of these sheets for preview and printer; see ``visit_papers``."""
    return paper_files.papers_pdf(work, visit_papers(work, wanted), progress, allow_missing=allow_missing)


def _paired(facts: Iterator[VisitFacts]) -> Iterator[tuple[VisitFacts, ...]]:
    while pair := tuple(islice(facts, ON_A_PAGE)):
        yield pair


def _facts(work: Workspace, wanted: Wanted) -> tuple[int, Iterator[VisitFacts]]:
    village, version = village_line(work), data_version(work)
    if wanted.blank is not None:
        if not 1 <= wanted.blank <= MOST_BLANK:
            raise ValidationFailed([Problem("blank", f"空白表一次可打印 1 至 {MOST_BLANK} 份")])
        blank = VisitFacts("", version, village, recorded=False, **_questions({}))
        return wanted.blank, (blank for _ in range(wanted.blank))
    if wanted.visits:
        return len(wanted.visits), (_recorded(work, one, village, version) for one in wanted.visits)
    ids = _households(work, wanted)
    return len(ids), (_prepared(work, one, village, version) for one in ids)


def _households(work: Workspace, wanted: Wanted) -> Sequence[str]:
    if wanted.households is not None:
        return wanted.households
    filters = household_lists.HouseholdFilter(group_name=wanted.group)
    return household_lists.list_ids(work, filters=filters)


def _prepared(work: Workspace, household_id: str, village: str, version: int) -> VisitFacts:
    """A sheet to take along: who lives there, what is running, what is open."""
    home = page(work, household_id)
    running = [m for m in home.measures if m["status"] in _RUNNING]
    open_items = [item for item in home.problems if item["state"] in UNSOLVED_STATES]
    return VisitFacts(
        household_id,
        version,
        village,
        recorded=False,
        **_questions({}),
        **_home(home),
        working=_working(home),
        measures=tuple(CheckedMeasure(_measure_title(m)) for m in running[:_MEASURES_SHOWN]),
        problems=tuple(_problem(item) for item in open_items[:_PROBLEMS_SHOWN]),
    )


def _recorded(work: Workspace, visit_id: str, village: str, version: int) -> VisitFacts:
    with work.reading() as connection:
        statement = select(_visit.household_id).where(_visit.id == visit_id, _visit.deleted.is_(False))
        household = connection.scalar(statement)
    if household is None:
        raise NotFound("没有找到这次走访。", remedy="请用 villageapp visit list 查看走访的编号。")
    home = page(work, household)
    visit = next(one for one in home.visits if one["id"] == visit_id)
    titles = {m["id"]: _measure_title(m) for m in home.measures}
    checked = visit["measures_checked"] or ()
    return VisitFacts(
        visit_id,
        version,
        village,
        recorded=True,
        **_questions(visit),
        **_home(home),
        **_answers(visit),
        visitors=tuple(visit["visitor_names"]),
        started_at=dates.local_text(visit["started_at"]),
        ended_at=dates.local_text(visit["ended_at"]) if visit["ended_at"] else "",
        visited_on=dates.local_day(visit["started_at"]),
        working=visit["work_change_note"] or _working(home),
        measures=tuple(
            CheckedMeasure(titles.get(row["measure_id"], ""), row.get("status") or "") for row in checked
        ),
        problems=tuple(_problem(item) for item in home.problems if item["visit_id"] == visit_id),
    )


def _questions(visit: Mapping[str, Any]) -> dict[str, Any]:
    def answers(names: Iterable[str]) -> tuple[Answer, ...]:
        return tuple(
            Answer(VISIT[name].label, visit.get(name), visit.get(f"{name}_note") or "") for name in names
        )

    return {"changes": answers(CHANGES), "needs": answers((*BASIC_NEEDS, *GUARANTEES))}


_CODES = ("kind", "sweep_type", "result", "income_trend", "expense_kind", "satisfaction")
_TEXTS = ("interviewee", "difficulty", "demand", "policy_told", "help_done", "note")
_PLAIN = ("big_expense", "expense_amount", "next_visit_on")


def _answers(visit: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: show(VISIT[name], visit[name]) for name in _CODES}
    found |= {name: visit[name] or "" for name in _TEXTS}
    return found | {name: visit[name] for name in _PLAIN}


def _home(home: HouseholdPage) -> dict[str, Any]:
    values = home.values
    kinds = [show(HOUSEHOLD["household_type"], values["household_type"])]
    if values["monitoring_category"] not in (None, "", NOT_MONITORED):
        kinds.append(show(HOUSEHOLD["monitoring_category"], values["monitoring_category"]))
    members = (_person(member) for member in home.members if member["active"])
    return {
        "head_name": home.head_name,
        "group_name": values["group_name"] or "",
        "household_no": values["national_hh_no"] or "",
        "household_type": " ".join(kind for kind in kinds if kind),
        "address": values["address"] or values["natural_village"] or "",
        "members": "、".join(members),
    }


def _person(member: Mapping[str, Any]) -> str:
    age = "" if member["age"] is None else f" {member['age']}岁"
    return f"{member['name']}（{show(MEMBER['relation'], member['relation'])}{age}）"


def _working(home: HouseholdPage) -> str:
    """Who works where, as last known."""
    found = []
    for member in home.members:
        if member["active"] and (member["employer"] or member["work_place"]):
            where = " ".join(part for part in (member["work_place"], member["employer"]) if part)
            found.append(f"{member['name']}：{where}")
    return "；".join(found)


def _measure_title(measure: Mapping[str, Any]) -> str:
    whose = f"（{measure['member_name']}）" if measure["member_name"] else ""
    return f"{measure['title'] or ''}{whose}"


def _problem(item: Mapping[str, Any]) -> FoundProblem:
    days = (item[name] for name in ("due_verify", "due_opinion", "due_plan", "due_solve"))
    return FoundProblem(item["ledger_no"] or "", item["title"] or "", *days)
