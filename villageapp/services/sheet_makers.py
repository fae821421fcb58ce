"""How the papers of each form and card are made from what a person chose (domain.md 4); the list is in ``sheet_outputs``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from villageapp.services import (
    case_files,
    contact_cards,
    gap_lists,
    income_sheets,
    loan_slips,
    pocket_books,
    post_sheets,
    relief_forms,
    village_rosters,
)
from villageapp.services.output_kinds import Choice, households_of
from villageapp.services.paper_files import Papers

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

Make = Callable[["Workspace", Choice, int | None], Papers]
"""Papers of a choice; the number is how many households at most (a preview), None for all."""


def of_incomes(*, by_month: bool) -> Make:
    """The account of the year, as a form or by month."""

    def make(work: Workspace, choice: Choice, most: int | None) -> Papers:
        if choice.blank:
            return income_sheets.blank_income_papers(work, 1, by_month=by_month)
        year = (choice.on or work.today()).year
        ids = households_of(work, choice)[:most]
        return income_sheets.income_papers(work, ids, year, by_month=by_month)

    return make


def of_contacts(work: Workspace, choice: Choice, most: int | None) -> Papers:
    """Cards to know whom to ring."""
    if choice.blank:
        return contact_cards.blank_contact_papers(work)
    return contact_cards.contact_papers(work, households_of(work, choice)[:most])


def of_case(work: Workspace, choice: Choice, _most: int | None) -> Papers:
    """The case file; empty while there is no case."""
    if choice.blank or choice.case_id is None:
        return case_files.blank_case_papers(work)
    return case_files.case_papers(work, choice.case_id)


def by_month(make: Callable[..., Papers]) -> Make:
    """Of a maker that takes a month."""
    return lambda work, choice, _most: make(work, choice.month or work.today(), blank=choice.blank)


def of_posts(work: Workspace, choice: Choice, _most: int | None) -> Papers:
    """The register of public posts of a month."""
    month = choice.month or work.today()
    return post_sheets.post_papers(work, month, group=choice.group, blank=choice.blank)


def of_roster(make: Callable[..., Papers]) -> Make:
    """Of a maker of a register over all households (of the group)."""
    return lambda work, choice, _most: make(
        work, households_of(work, Choice(group=choice.group)), blank=choice.blank
    )


def of_receipts(work: Workspace, choice: Choice, _most: int | None) -> Papers:
    """Who signs for what is handed out in a month."""
    ids, month = households_of(work, Choice(group=choice.group)), choice.month or work.today()
    return village_rosters.receipt_papers(work, ids, month, blank=choice.blank)


def of_emergency(work: Workspace, choice: Choice, most: int | None) -> Papers:
    """Applications for emergency relief."""
    if choice.blank:
        return relief_forms.blank_emergency_papers(work)
    return relief_forms.emergency_papers(work, households_of(work, choice)[:most])


def of_gap(work: Workspace, choice: Choice, _most: int | None) -> Papers:
    """Reckonings of the insurance against poverty."""
    if choice.blank:
        return relief_forms.blank_gap_papers(work)
    year, only_due = (choice.on or work.today()).year, choice.household_id is None
    return relief_forms.gap_papers(work, households_of(work, choice), year, only_due=only_due)


def of_loans(work: Workspace, choice: Choice, _most: int | None) -> Papers:
    """Slips for loans that fall due."""
    day = choice.on or work.today()
    return loan_slips.loan_papers(
        work, day, household_id=choice.household_id, group=choice.group, blank=choice.blank
    )


def of_gap_lists(work: Workspace, choice: Choice, _most: int | None) -> Papers:
    """Who is without insurance, school or work."""
    day = choice.on or work.today()
    return gap_lists.gap_list_papers(work, day, group=choice.group, blank=choice.blank)


def by_day(make: Callable[..., Papers]) -> Make:
    """Of a maker that takes a day."""
    return lambda work, choice, _most: make(work, choice.on or work.today(), blank=choice.blank)


def of_village(make: Callable[..., Papers]) -> Make:
    """Of a maker that takes nothing."""
    return lambda work, choice, _most: make(work, blank=choice.blank)


def of_policies(work: Workspace, choice: Choice, _most: int | None) -> Papers:
    """The pocket book."""
    return pocket_books.pocket_papers(work, choice.on or work.today())
