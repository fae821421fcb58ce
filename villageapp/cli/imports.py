"""``villageapp import``: a table of the national system (persons, or monthly employment), shown first, applied,
taken back."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser
from villageapp.errors import AppError
from villageapp.services.imports import (
    EMPLOYMENTS,
    Counts,
    ImportReport,
    apply_import,
    preview_import,
    undo_import,
)

_SHOWN = 20


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``import``."""
    parser.add_argument(
        "file",
        nargs="?",
        metavar="文件",
        help="国家系统导出的 .xlsx、.xls 或 .csv：人员名单、全字段表、务工月监测表",
    )
    parser.add_argument("--dry-run", action="store_true", help="只预览，不写入")
    parser.add_argument("--undo", metavar="批次", help="撤销一次导入")
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> None:
    """Preview, apply or undo."""
    if (arguments.file is None) == (arguments.undo is None):
        raise AppError(
            "要么写导入的文件，要么写 --undo 批次。",
            remedy="例：villageapp import 名单.xlsx --dry-run",
            code="usage",
        )
    if arguments.undo is not None:
        _undo(console, arguments.undo)
        return
    action = preview_import if arguments.dry_run else apply_import
    with console.open() as work:
        report = action(work, Path(arguments.file).expanduser(), console.progress())
    console.answer(report.as_json(), _lines(report))


def _undo(console: Console, batch: str) -> None:
    with console.open() as work:
        report = undo_import(work, batch, console.progress())
    removed = f"删除农户 {report.households_removed} 户、成员 {report.members_removed} 人"
    if report.spells_removed:
        removed += f"、务工 {report.spells_removed} 段"
    lines = [f"已撤销：{removed}，恢复字段 {report.fields_restored} 个。"]
    lines += [f"保留：{left.title}（{left.reason}）" for left in report.left_alone]
    console.answer(report.as_json(), lines)


def _lines(report: ImportReport) -> Iterator[str]:
    yield f"已导入，批次 {report.batch}" if report.batch else "预览（没有写入）："
    if report.takes_nothing:
        yield "没有一行能登记到本村的人，原因见下。"
    for label, counts in _figures(report):
        yield f"{label}：新增 {counts.new}，变更 {counts.changed}，不变 {counts.unchanged}"
    yield f"表头 {report.header_rows} 行，表尾 {report.footer_rows} 行"
    parts = (
        ("拒绝", [f"{r.sheet} {r.cell or f'第 {r.row} 行'}：{r.reason}" for r in report.rejected]),
        ("重复", [f"{d.sheet} 第 {d.row} 行与第 {d.of_row} 行是同一人，已合并" for d in report.duplicates]),
        ("提醒", [f"{w.sheet} 第 {w.row} 行：{w.message}" for w in report.warnings]),
        ("没有登记的列", _columns_left(report)),
        ("变更", [f"{c.title} {c.label}：“{c.before}”→“{c.after}”" for c in report.field_changes]),
        ("保留本机修改", [f"{c.title} {c.label}：“{c.before}”（文件：“{c.after}”）" for c in report.kept]),
        ("文件中没有", [missing.title for missing in report.missing]),
    )
    for label, lines in parts:
        yield from _some(label, lines)


def _figures(report: ImportReport) -> tuple[tuple[str, Counts], ...]:
    if report.kind == EMPLOYMENTS:
        return ("务工", report.employment), ("成员（务工打算）", report.members)
    return ("农户", report.households), ("成员", report.members)


def _columns_left(report: ImportReport) -> list[str]:
    """One line for all columns with the same reason."""
    by_reason: dict[str, list[str]] = {}
    for column in report.columns_left:
        by_reason.setdefault(column.reason or "不认识", []).append(f"{column.cell} {column.heading}")
    return [f"{'、'.join(columns)}（{reason}）" for reason, columns in by_reason.items()]


def _some(label: str, lines: list[str]) -> Iterator[str]:
    yield from (f"  {label}：{line.strip()}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"  {label}：…… 共 {len(lines)} 条（--json 可看全部）"
