"""From the rows of one recognised sheet to persons (domain.md 5.3, 5.4)."""

from __future__ import annotations

import re
from typing import Any

from villageapp.domain.fields import Kind
from villageapp.services.imports import cells, identity
from villageapp.services.imports.findings import Findings
from villageapp.services.imports.headings import Column, Layout
from villageapp.services.imports.identity import PersonRow, is_blank
from villageapp.services.imports.plan import column_letters
from villageapp.services.imports.source import Cell, Sheet
from villageapp.services.imports.vocabulary import Vocabulary, normalised, plain

_MEMO_LIMIT = 50_000

Pairs = tuple[tuple[str, str, Any], ...]
"""(entity, field name, clean value)."""


class RowReader:
    """Reads the rows of one sheet in order; what is odd goes to ``findings``."""

    def __init__(self, sheet: Sheet, layout: Layout, words: Vocabulary, findings: Findings) -> None:
        self._sheet, self._words, self._findings = findings.sheet, words, findings
        self._first_column, self._layout = sheet.first_column, layout
        self._name = _needed(layout, "member.name")
        self._id = _needed(layout, "member.id_no")
        self._number = _needed(layout, "household.national_hh_no")
        special = {self._id.index, self._number.index}
        self._columns = tuple(
            c for c in layout.columns if c.index not in special and c.target.name != "id_no"
        )
        self._memo: dict[int, dict[Any, tuple[Pairs, str]]] = {c.index: {} for c in self._columns}
        self._headings = {c.index: normalised(c.heading) for c in layout.columns}
        words_of_footer = "|".join(map(re.escape, sorted(words.footer, key=len, reverse=True)))
        self._footer = re.compile(rf"(?:{words_of_footer})(?:$|[::(\d共].*)", re.DOTALL)
        self._tall = {
            top: bottom
            for (top, left), (bottom, right) in sheet.merges
            if left <= self._number.index + sheet.first_column <= right and bottom > top
        }
        self._tall_until = -1
        self._tall_value: Cell = ""
        self._last_number: Cell = ""
        self._last_read = cells.Read()
        self.footer_rows = 0
        self.person_rows = 0

    def read(self, row: int, given: list[Cell]) -> PersonRow | None:
        """The person in spreadsheet row ``row``, or None for blanks, sums, signatures and repeated headings."""
        name, number = _at(given, self._name.index), _at(given, self._id.index)
        household = self._household_cell(row, _at(given, self._number.index))
        if is_blank(name) or is_blank(number):
            if self._is_footer(given, name, number):
                self.footer_rows += 1
                return None
            if is_blank(name) and is_blank(number) and not self._says_anything(given):
                return None
        if self._repeats_heading(name, number):
            return None
        self.person_rows += 1
        return self._person(row, given, household, number)

    def foreign_codes(self) -> list[Column]:
        """Labelled columns in which every cell is a bare number (domain.md 5.3: stop and ask)."""
        labelled = [
            c for c in self._columns if c.target.field and c.target.field.kind in (Kind.CODE, Kind.CODES)
        ]
        return [c for c in labelled if self._holds_only_codes(c)]

    def _holds_only_codes(self, column: Column) -> bool:
        found = [key for key in self._memo[column.index] if not self._says_nothing(key)]
        return bool(found) and all(map(_is_code_key, found))

    def _says_nothing(self, key: Any) -> bool:
        return isinstance(key, str) and plain(key) in self._words.nothing

    def address(self, column: Column, row: int) -> str:
        """The spreadsheet's name of a cell."""
        return f"{column_letters(column.index + self._first_column)}{row}"

    def where(self, key: str, row: int) -> str:
        """The cell of a target in that row; empty when no column has it."""
        column = next((c for c in self._layout.columns if c.target.key == key), None)
        return self.address(column, row) if column else ""

    def _household_cell(self, row: int, cell: Cell) -> Cell:
        """The household number of a row, from the top of a merged cell where it stands in one."""
        bottom = self._tall.get(row - 1)
        if bottom is not None:
            self._tall_until, self._tall_value = bottom, cell
        return self._tall_value if is_blank(cell) and row - 1 <= self._tall_until else cell

    def _is_footer(self, given: list[Cell], name: Cell, number: Cell) -> bool:
        filled = [normalised(c) for c in given if isinstance(c, str) and not is_blank(c)]
        if not filled:
            return False
        first = self._footer.match(filled[0]) is not None
        return first or (is_blank(name) and any(self._footer.match(text) for text in filled))

    def _says_anything(self, given: list[Cell]) -> bool:
        return any(not is_blank(_at(given, column.index)) for column in self._columns)

    def _repeats_heading(self, name: Cell, number: Cell) -> bool:
        return (
            isinstance(name, str)
            and isinstance(number, str)
            and normalised(name) == self._headings[self._name.index]
            and normalised(number) == self._headings[self._id.index]
        )

    def _person(self, row: int, given: list[Cell], household: Cell, number: Cell) -> PersonRow:
        person = PersonRow(row, self._sheet, "")
        if household != self._last_number or type(household) is not type(self._last_number):
            self._last_number, self._last_read = household, cells.read(self._number, household, self._words)
        hh_no = self._last_read
        if hh_no.problem or not hh_no.value:
            reason = f"户编号{hh_no.problem}" if hh_no.problem else "户编号是空的，不知道属于哪一户"
            return self._reject(person, self._number, reason)
        person.hh_no = hh_no.value
        self._fields(person, given)
        if not person.member.get("name"):
            return self._reject(person, self._name, "没有姓名")
        reason = identity.identify(person, number, self._words, self._findings)
        return self._reject(person, self._id, reason) if reason else person

    def _fields(self, person: PersonRow, given: list[Cell]) -> None:
        """Values of all columns but the two numbers; of repeated headings the first non-empty counts."""
        of_entity = {
            "household": person.household,
            "member": person.member,
            "head": person.head,
            "employment": person.employment,
        }
        width = len(given)
        for column in self._columns:
            raw = given[column.index] if column.index < width else ""
            if raw == "":
                continue
            memo = self._memo[column.index]
            key = raw if type(raw) is str else (type(raw), raw)
            known = memo.get(key)
            if known is None:
                known = self._cell(column, raw)
                if len(memo) < _MEMO_LIMIT:
                    memo[key] = known
            pairs, problem = known
            for entity, name, value in pairs:
                values = of_entity[entity]
                if name not in values:
                    values[name] = value
                elif type(value) is tuple:
                    values[name] = tuple(sorted({*values[name], *value}))
            if problem:
                where = self.address(column, person.row)
                self._findings.warn(person.row, f"{where} {column.heading}:{problem}")

    def _cell(self, column: Column, raw: Cell) -> tuple[Pairs, str]:
        found = cells.read(column, raw, self._words)
        problem = found.problem
        target = column.target
        if problem and found.value is None:
            problem += "，这一项留空"
        pairs: Pairs = () if found.value in (None, "") else ((target.entity, target.name, found.value),)
        if target.name == "household_type" and isinstance(raw, str):
            label = plain(raw)
            if label in self._words.entitled or label in self._words.not_entitled:
                pairs += (("household", "policy_entitled", label in self._words.entitled),)
        return pairs, problem

    def _reject(self, person: PersonRow, column: Column, reason: str) -> PersonRow:
        self._findings.reject(person.row, self.address(column, person.row), reason)
        person.rejected = True
        return person


def _needed(layout: Layout, key: str) -> Column:
    for column in layout.columns:
        if column.target.key == key:
            return column
    raise KeyError(key)  # the caller has checked the layout


def _at(row: list[Cell], index: int) -> Cell:
    return row[index] if index < len(row) else ""


def _is_code_key(key: Any) -> bool:
    return cells.is_foreign_code(key[1] if isinstance(key, tuple) else key)
