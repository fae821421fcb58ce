"""A person export as a plan of households and members: nothing is compared with the store or written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from villageapp.errors import AppError
from villageapp.progress import SILENT, Progress
from villageapp.services.imports.families import Families
from villageapp.services.imports.findings import Findings
from villageapp.services.imports.headings import Layout, best_layout, suffices
from villageapp.services.imports.persons import RowReader
from villageapp.services.imports.plan import ImportPlan, SheetRead
from villageapp.services.imports.refusal import refused
from villageapp.services.imports.source import Cell, Sheet, open_source
from villageapp.services.imports.vocabulary import Vocabulary, vocabulary

_ROWS_BETWEEN_REPORTS = 500
_EXPORT_AGAIN = "请从国家系统导出“脱贫人口名单”“边缘易致贫人口名单”或 26 列人员表，不要改动表头。"
_TARGET_NAMES = {"member.name": "姓名", "member.id_no": "证件号码", "household.national_hh_no": "户编号"}
_SHOWN = 3
_SHOWN_COLUMNS = 30


@dataclass(slots=True)
class _Collected:
    """What the sheets read so far hold."""

    findings: Findings = field(default_factory=Findings)
    families: Families = field(init=False)
    sheets: list[SheetRead] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.families = Families(self.findings)


def read_plan(path: Path, progress: Progress = SILENT) -> ImportPlan:
    """Read the file and say what it holds.

    Raises Trouble (missing, damaged, encrypted, not a workbook), ValidationFailed (not a person export, too
    large, labels replaced by codes, not one usable row) or Cancelled; nothing is changed in any case.
    """
    words = vocabulary()
    source = open_source(path, words.limits)
    collected = _Collected()
    nearest: Layout | None = None
    for sheet in source.sheets:
        progress.check_cancelled()
        layout, rows = _recognised(sheet, words)
        if layout is not None and suffices(layout, words):
            _read_sheet(path, replace(sheet, rows=rows), layout, collected, progress)
        else:
            nearest = _nearer(nearest, layout)
    if not collected.sheets:
        raise _not_recognised(path, nearest, words)
    plan = _plan(path.name, source.sha256, collected)
    if not plan.members:
        raise _nothing_usable(path, plan)
    return plan


def _read_sheet(path: Path, sheet: Sheet, layout: Layout, into: _Collected, progress: Progress) -> None:
    if "household.national_hh_no" not in layout.keys:
        raise refused(path, f"的工作表“{sheet.name}”没有“户编号”列，分不清哪些人是一户", _EXPORT_AGAIN)
    into.findings.sheet = sheet.name if into.sheets else ""
    reader = RowReader(sheet, layout, vocabulary(), into.findings)
    for number, row in _watched(sheet, layout.header_rows, progress):
        person = reader.read(number, row)
        if person is not None and person.hh_no:
            into.families.add(person)
    _refuse_codes(path, sheet, reader, layout)
    if layout.unknown:
        shown = "、".join(layout.unknown[:_SHOWN_COLUMNS])
        into.findings.warn(layout.header_rows, f"这些列没有导入：{shown}")
    into.sheets.append(SheetRead(sheet.name, layout.header_rows, reader.footer_rows, reader.person_rows))


def _recognised(sheet: Sheet, words: Vocabulary) -> tuple[Layout | None, Iterator[list[Cell]]]:
    """The sheet's layout, and its rows from the first again."""
    top = list(islice(sheet.rows, words.limits.header_search_rows + 1))
    return best_layout(top, sheet.merges, sheet.first_column, words), chain(top, sheet.rows)


def _nearer(first: Layout | None, second: Layout | None) -> Layout | None:
    if first is None or second is None:
        return first or second
    return second if len(second.keys) > len(first.keys) else first


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
    )


def _not_recognised(path: Path, nearest: Layout | None, words: Vocabulary) -> AppError:
    if nearest is None or not nearest.columns:
        what = f"的前 {words.limits.header_search_rows} 行里没有找到认识的表头"
    else:
        missing = [_TARGET_NAMES[key] for key in words.needed if key not in nearest.keys]
        known = "、".join(column.heading for column in nearest.columns[:8])
        what = f"不像人员导出表：只认出 {len(nearest.keys)} 列（{known}）"
        what += f"，缺少{'、'.join(missing)}" if missing else f"，至少要 {words.least_targets} 列"
    return refused(path, what, _EXPORT_AGAIN, code="import_layout")


def _nothing_usable(path: Path, plan: ImportPlan) -> AppError:
    if not plan.rejected:
        return refused(path, "只有表头，没有人员", _EXPORT_AGAIN, code="import_empty")
    cells = "、".join(rejected.cell for rejected in plan.rejected[:_SHOWN])
    more = " 等" if len(plan.rejected) > _SHOWN else ""
    reasons = "；".join(dict.fromkeys(rejected.reason for rejected in plan.rejected[:_SHOWN]))
    what = f"的 {len(plan.rejected)} 行都不能导入（{cells}{more}：{reasons}）"
    return refused(path, what, "请在原表改正后再导入。", code="import_rejected")
