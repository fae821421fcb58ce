"""Outputs that are forms and cards: what each is called, what it asks for, how its papers are made (domain.md 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from villageapp.services import income_sheets
from villageapp.services.output_kinds import CARDS, Ask, Choice, Output, households_of
from villageapp.services.paper_files import Papers

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

Make = Callable[["Workspace", Choice, int | None], Papers]
"""Papers of a choice; the number is how many households at most (a preview), None for all."""


@dataclass(frozen=True, slots=True)
class SheetOutput:
    """An output with its maker."""

    output: Output
    make: Make


def _incomes(*, by_month: bool) -> Make:
    def make(work: Workspace, choice: Choice, most: int | None) -> Papers:
        if choice.blank:
            return income_sheets.blank_income_papers(work, 1, by_month=by_month)
        year = (choice.on or work.today()).year
        ids = households_of(work, choice)[:most]
        return income_sheets.income_papers(work, ids, year, by_month=by_month)

    return make


_HOME = (Ask.DAY, Ask.GROUP, Ask.HOUSEHOLD, Ask.BLANK)
SHEETS: tuple[SheetOutput, ...] = (
    SheetOutput(
        Output(
            "income",
            CARDS,
            "家庭收入核算表",
            "“截至”那一年（没有的取更早一年）的收支账，农户签字；还没有收支账的打出待填的表。",
            _HOME,
            word="收支账",
        ),
        _incomes(by_month=False),
    ),
    SheetOutput(
        Output(
            "income-months",
            CARDS,
            "家庭收入分月核算表",
            "同一本账按月排开（A3 横向），逐月记的收支一目了然。",
            _HOME,
            landscape=True,
            sheet="A3",
        ),
        _incomes(by_month=True),
    ),
)


def made_by(key: str) -> Make | None:
    """How the papers of this output are made; None for an output of another kind."""
    return next((one.make for one in SHEETS if one.output.key == key), None)
