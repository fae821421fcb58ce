"""A table of the national system as a plan: persons, or spells of employment. Nothing is compared with the store or written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from villageapp.errors import AppError
from villageapp.progress import SILENT, Progress
from villageapp.services.imports.families import Families
from villageapp.services.imports.findings import Findings
from villageapp.services.imports.headings import Layout
from villageapp.services.imports.kinds import Recognised, recognise
from villageapp.services.imports.persons import RowReader
from villageapp.services.imports.plan import ColumnLeft, ImportPlan, SheetRead, column_letters
from villageapp.services.imports.refusal import refused
from villageapp.services.imports.source import Cell, Sheet, open_source
from villageapp.services.imports.spells import Spells
from villageapp.services.imports.vocabulary import PERSONS, vocabulary

_ROWS_BETWEEN_REPORTS = 500
_EXPORT_AGAIN = (
    "请从国家系统导出“脱贫人口名单”“边缘易致贫人口名单”、26 列人员表、全字段表，"
    "或务工月监测的“已外出务工表”“计划务工表”，不要改动表头。"
)
_SHOWN = 3
_SHOWN_COLUMNS = 30


@dataclass(slots=True)
class _Collected:
    """What the sheets read so far hold; all of one kind."""

    findings: Findings = field(default_factory=Findings)
    families: Families = field(init=False)
    spells: Spells = field(init=False)
    kind: str = ""
    sheets: list[SheetRead] = field(default_factory=list)
    columns_left: list[ColumnLeft] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.families, self.spells = Families(self.findings), Spells(self.findings)


def read_plan(path: Path, progress: Progress = SILENT) -> ImportPlan:
    """Read the file and say what it holds.

    Raises Trouble (missing, damaged, encrypted, not a workbook), ValidationFailed (no table we know, two
    kinds at once, too large, labels replaced by codes, not one usable row) or Cancelled; nothing is changed
    in any case.
    """
    source = open_source(path, vocabulary().limits)
    collected = _Collected()
    nearest: Recognised | None = None
    skipped: list[tuple[str, Recognised]] = []
    for sheet in source.sheets:
        progress.check_cancelled()
        found, rows = _recognised(sheet)
        if found is not None and not found.shortfall:
            _read_sheet(path, replace(sheet, rows=rows), found, collected, progress)
        elif found is not None:
            nearest = _nearer(nearest, found)
            skipped.append((sheet.name, found))
    if not collected.sheets:
        raise _not_recognised(path, nearest)
    for name, found in skipped:
        if found.layout.columns:
            message = f"工作表“{name}”没有导入：{found.shortfall}"
            collected.findings.warn(found.layout.header_rows, message, name)
    plan = _plan(path.name, source.sha256, collected)
    if not (plan.members or plan.spells or plan.intentions):
        raise _nothing_usable(path, plan)
    return plan


def _read_sheet(path: Path, sheet: Sheet, found: Recognised, into: _Collected, progress: Progress) -> None:
    layout, words = found.layout, found.words
    if into.kind not in ("", words.kind):
        what = f"里既有人员名单又有务工月监测表（工作表“{into.sheets[0].name}”和“{sheet.name}”）"
        raise refused(path, what, "请把两种表分成两个文件，先导入人员名单。", code="import_layout")
    if "household.national_hh_no" not in layout.keys:
        raise refused(path, f"的工作表“{sheet.name}”没有“户编号”列，分不清哪些人是一户", _EXPORT_AGAIN)
    into.kind = words.kind
    into.findings.sheet = sheet.name if into.sheets else ""
    reader = RowReader(sheet, layout, words, into.findings)
    for number, row in _watched(sheet, layout.header_rows, progress):
        person = reader.read(number, row)
        if person is None or not person.hh_no:
            continue
        if words.kind == PERSONS:
            into.families.add(person)
        else:
            into.spells.add(person, reader.where)
    _refuse_codes(path, sheet, reader, layout)
    _note_columns(sheet, layout, into)
    into.sheets.append(SheetRead(sheet.name, layout.header_rows, reader.footer_rows, reader.person_rows))


def _note_columns(sheet: Sheet, layout: Layout, into: _Collected) -> None:
    """Every column that is not stored is named: why not, or that nobody knows it."""
    if layout.unknown:
        shown = "、".join(layout.unknown[:_SHOWN_COLUMNS])
        more = f" 等 {len(layout.unknown)} 列" if len(layout.unknown) > _SHOWN_COLUMNS else ""
        into.findings.warn(layout.header_rows, f"这些列没有导入：{shown}{more}")
    for column in layout.unused:
        cell = f"{column_letters(column.index + sheet.first_column)}{layout.header_rows}"
        into.columns_left.append(ColumnLeft(cell, column.heading, column.reason, into.findings.sheet))


def _recognised(sheet: Sheet) -> tuple[Recognised | None, Iterator[list[Cell]]]:
    """What the sheet is, and its rows from the first again."""
    top = list(islice(sheet.rows, vocabulary().limits.header_search_rows + 1))
    return recognise(top, sheet.merges, sheet.first_column), chain(top, sheet.rows)


def _nearer(first: Recognised | None, second: Recognised) -> Recognised:
    if first is None:
        return second
    return second if len(second.layout.keys) > len(first.layout.keys) else first


def _watched(sheet: Sheet, header_rows: int, progress: Progress) -> Iterator[tuple[int, list[Cell]]]:
    """Rows below the heading with their spreadsheet numbers; reports and checks for cancel now and then."""
    for number, row in enumerate(sheet.rows, 1):
        if number % _ROWS_BETWEEN_REPORTS == 0:
            progress.check_cancelled()
            progress.step(number, sheet.height, "正在读取表格")
        if number > header_rows:
            yield number, row


def _refuse_codes(path: Path, sheet: Sheet, reader: RowReader, layout: Layout) -> None:
    coded = reader.foreign_codes()
    if coded:
        where = "、".join(f"{c.heading}（{reader.address(c, layout.header_rows)} 以下）" for c in coded)
        raise refused(
            path,
            f"的工作表“{sheet.name}”里 {where} 全是数字代码，各系统的代码互不相同，不能猜是哪一本代码表",
            "请在导出时选择“导出文字”，或告诉管理员用的是哪一本代码表。",
            code="import_codes",
        )


def _plan(name: str, sha256: str, collected: _Collected) -> ImportPlan:
    findings = collected.findings
    households, members = collected.families.households(), collected.families.members()
    untyped = [h for h in households if "household_type" not in h.values]
    if untyped:
        message = f"{len(untyped)} 户没有户类型（户编号 {untyped[0].national_hh_no} 等），导入后请补填"
        findings.warn(untyped[0].row, message, "")
    return ImportPlan(
        file=name,
        sha256=sha256,
        sheets=tuple(collected.sheets),
        households=households,
        members=members,
        duplicates=tuple(findings.duplicates),
        rejected=tuple(findings.rejected),
        warnings=findings.all_warnings(),
        kind=collected.kind,
        spells=collected.spells.spells,
        intentions=collected.spells.intentions,
        columns_left=tuple(collected.columns_left),
    )


def _not_recognised(path: Path, nearest: Recognised | None) -> AppError:
    if nearest is None or not nearest.layout.columns:
        what = f"的前 {vocabulary().limits.header_search_rows} 行里没有找到认识的表头"
        return refused(path, what, _EXPORT_AGAIN, code="import_layout")
    return refused(path, nearest.shortfall, nearest.remedy or _EXPORT_AGAIN, code="import_layout")


def _nothing_usable(path: Path, plan: ImportPlan) -> AppError:
    if not plan.rejected:
        return refused(path, "只有表头，没有人员", _EXPORT_AGAIN, code="import_empty")
    cells = "、".join(rejected.cell for rejected in plan.rejected[:_SHOWN])
    more = " 等" if len(plan.rejected) > _SHOWN else ""
    reasons = "；".join(dict.fromkeys(rejected.reason for rejected in plan.rejected[:_SHOWN]))
    what = f"的 {len(plan.rejected)} 行都不能导入（{cells}{more}：{reasons}）"
    return refused(path, what, "请在原表改正后再导入。", code="import_rejected")
