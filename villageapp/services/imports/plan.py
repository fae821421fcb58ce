"""What reading a table found: immutable, with rows and cells as the spreadsheet numbers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from villageapp.services.imports.vocabulary import PERSONS


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that names the same person as an earlier one and was merged into it."""

    row: int
    of_row: int
    sheet: str = ""
    of_sheet: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not taken over; ``cell`` is the address of what is wrong, e.g. ``F6``."""

    row: int
    cell: str
    reason: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd about a row that is taken over nevertheless."""

    row: int
    message: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class PlannedHousehold:
    """A household of the file; ``values`` holds only fields that the file has a value for (clean values)."""

    national_hh_no: str
    values: Mapping[str, Any]
    rows: tuple[int, ...]
    head_key: str = ""
    """``key`` of the member who is the head; empty when the file does not say."""

    @property
    def row(self) -> int:
        """The first row of the household."""
        return self.rows[0]


@dataclass(frozen=True, slots=True)
class PlannedMember:
    """A person of the file. ``key`` is the natural key within the household: the first 18 characters of the
    ID number, or a substitute made of the national member number or of name and birth date."""

    national_hh_no: str
    key: str
    values: Mapping[str, Any]
    row: int


@dataclass(frozen=True, slots=True)
class PlannedSpell:
    """A row of an employment list that speaks of work. ``values`` are clean; without ``start_ym`` the row
    says that somebody does not work (any more). ``cell`` is the address of the ID number."""

    national_hh_no: str
    key: str
    name: str
    values: Mapping[str, Any]
    row: int
    cell: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class PlannedIntention:
    """A row of an employment list that speaks of the wish to work; ``values`` are fields of the member."""

    national_hh_no: str
    key: str
    name: str
    values: Mapping[str, Any]
    row: int
    cell: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class ColumnLeft:
    """A column that is not stored; ``reason`` is empty when nobody knows its heading."""

    cell: str
    heading: str
    reason: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class SheetRead:
    """One recognised sheet. ``header_rows`` counts the rows down to the headings, titles included."""

    name: str
    header_rows: int
    footer_rows: int
    person_rows: int


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All that a file says, before anything is compared with the store or written."""

    file: str
    sha256: str
    sheets: tuple[SheetRead, ...]
    households: tuple[PlannedHousehold, ...]
    members: tuple[PlannedMember, ...]
    duplicates: tuple[Duplicate, ...]
    rejected: tuple[Rejected, ...]
    warnings: tuple[Remark, ...]
    kind: str = PERSONS
    spells: tuple[PlannedSpell, ...] = ()
    intentions: tuple[PlannedIntention, ...] = ()
    columns_left: tuple[ColumnLeft, ...] = ()

    @property
    def sheet(self) -> str:
        """Names of the sheets that were read."""
        return "、".join(sheet.name for sheet in self.sheets)

    @property
    def header_rows(self) -> int:
        """Rows above the first person, in the first recognised sheet."""
        return self.sheets[0].header_rows

    @property
    def footer_rows(self) -> int:
        """Rows of sums and signatures, in all recognised sheets."""
        return sum(sheet.footer_rows for sheet in self.sheets)


def column_letters(index: int) -> str:
    """The spreadsheet's name of the column with 0-based ``index``: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
