"""What an output is and what a person chooses for it; the list itself is in ``outputs``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from villageapp.errors import NotFound
from villageapp.reports.ledger_table import Paper
from villageapp.reports.privacy import Privacy
from villageapp.services import household_lists
from villageapp.services.ledger_layouts import layout_of

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

CARDS, SHEETS, PUBLIC, LEDGERS = "发给农户", "入户走访", "公示和调度", "台账"
CASES, WORK = "监测案卷和申请", "就业、资产和驻村"
"""Headings of the list."""


class Ask(StrEnum):
    """What a person chooses before printing."""

    DAY = "day"
    GROUP = "group"
    HOUSEHOLD = "household"
    GRADE = "grade"
    PAPER = "paper"
    MONTH = "month"
    COPIES = "copies"
    VISIT = "visit"
    CASE = "case"
    PROBLEM = "problem"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen; what an output does not ask for is not looked at."""

    on: date | None = None
    group: str | None = None
    household_id: str | None = None
    """One household; None for all (of the group)."""
    grade: Privacy = Privacy.P1
    paper: Paper | None = None
    month: date | None = None
    copies: int = 1
    visit_id: str | None = None
    case_id: str | None = None
    problem_id: str | None = None
    blank: bool = False
    """The empty form, for days without power."""


@dataclass(frozen=True, slots=True)
class Output:
    """One entry of the list. ``ledger`` is the kind of ledger, empty for sheets that are only printed."""

    key: str
    group: str
    title: str
    told: str
    asks: tuple[Ask, ...]
    landscape: bool = False
    ledger: str = ""
    word: str = ""
    """Further words to find it by."""
    sheet: Paper = "A4"
    """The paper of what is no ledger; a slip of A5 is printed larger, on A4."""

    def paper(self, choice: Choice) -> Paper:
        """The sheets it is printed on."""
        return (choice.paper or layout_of(self.ledger).paper) if self.ledger else self.sheet


def households_of(work: Workspace, choice: Choice) -> list[str]:
    """The households chosen, in the order of the list."""
    if choice.household_id is not None:
        return [choice.household_id]
    filters = household_lists.HouseholdFilter(group_name=choice.group)
    return household_lists.list_ids(work, filters=filters)


def case_of(choice: Choice) -> str:
    """The case chosen. Raises NotFound."""
    if choice.case_id is None:
        raise NotFound("还没有监测案卷。", remedy="请先在“监测帮扶”里建立案卷。", code="nothing")
    return choice.case_id
