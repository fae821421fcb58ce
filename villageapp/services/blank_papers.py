"""Empty ledgers and slips for a pen, for days without power (domain.md 4, general part)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from villageapp.reports.closing_slip import TITLE as SLIP_TITLE
from villageapp.reports.closing_slip import closing_slip
from villageapp.reports.ledger_table import LedgerTable, Paper, ledger_sheet
from villageapp.services.closing_slips import blank_slip
from villageapp.services.imprints import data_version, village_line
from villageapp.services.ledger_layouts import layout_of, print_columns
from villageapp.services.ledger_rows import Ledger
from villageapp.services.ledgers import ledger
from villageapp.services.paper_files import Papers

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_ROWS = {"A4": 14, "A3": 23}
"""Empty rows that fill one page."""


def blank_ledger_papers(work: Workspace, kind: str, paper: Paper | None = None) -> Papers:
    """One page of a ledger without rows, in the columns of the printed ledger. Raises NotFound (kind)."""
    described = ledger(work, kind)
    layout = layout_of(kind)
    wanted = paper or layout.paper
    found = Ledger(kind, described.title, described.columns, [])
    table = LedgerTable(
        kind,
        found.title,
        village_line(work),
        work.today(),
        data_version(work),
        print_columns(found, layout),
        (),
        paper=wanted,
        blanks=_ROWS[wanted],
    )
    return Papers(found.title, 1, lambda measure: [ledger_sheet(table, measure)], 1)


def blank_slip_papers(work: Workspace) -> Papers:
    """One empty 问题销号单."""
    facts = blank_slip(work)
    return Papers(SLIP_TITLE, 1, lambda measure: [closing_slip(facts, measure)], 1)
