"""The month sheet of the problem ledger as a PDF (domain.md 4.5)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from villageapp.domain import dates
from villageapp.reports.month_sheet import TITLE, MonthFacts, OpenLine
from villageapp.reports.month_sheet import month_sheet as printed
from villageapp.services import problems
from villageapp.services.imprints import data_version, village_line
from villageapp.services.paper_files import Papers
from villageapp.services.problem_courses import month_sheet

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def month_papers(work: Workspace, month: date, *, blank: bool = False) -> Papers:
    """The sheet of the month in which ``month`` lies; ``items`` are the open problems. Raises UnsetParameter.

    ``blank`` is an empty one for a pen, of any month.
    """
    facts = _blank(work) if blank else _facts(work, month)
    return Papers(TITLE, 1 if blank else len(facts.lines), lambda _measure: [printed(facts)], 1)


def _blank(work: Workspace) -> MonthFacts:
    return MonthFacts(None, None, village_line(work), data_version(work), {}, ())


def _facts(work: Workspace, month: date) -> MonthFacts:
    sheet = month_sheet(work, month)
    named = {row["id"]: row for row in problems.list_problems(work, open_only=False)}
    lines = tuple(
        OpenLine(
            named[line.item.id]["ledger_no"] or "",
            named[line.item.id]["head_name"] or "",
            named[line.item.id]["title"] or "",
            line.due,
            line.overdue_days,
            line.idle_months,
        )
        for line in sheet.open
    )
    first = month.replace(day=1)
    last = dates.add_days(dates.add_months(first, 1), -1)
    on = min(last, work.today())
    return MonthFacts(first, on, village_line(work), data_version(work), sheet.counts(), lines)
