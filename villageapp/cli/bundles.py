"""``villageapp bundle export|import``: sync by USB stick, without a network."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.services import bundles
from villageapp.services.bundles import ImportReport


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``bundle``."""
    group = Group(parser, common)
    exporting = group.add("export", "把对方还没有的内容写成U盘文件", run_export)
    exporting.add_argument(
        "--for", dest="target", required=True, choices=bundles.TARGETS, help="给县里 server，给队友 colleague"
    )
    exporting.add_argument("--out", required=True, metavar="文件", help="U盘上的文件名，以 .zcb 结尾")
    exporting.add_argument("--all", action="store_true", help="写入全部内容，不只是对方没有的")
    exporting.add_argument("--replace", action="store_true", help="同名文件已存在时替换它")
    exporting.add_argument("--no-photos", action="store_true", help="只写记录，不带照片和扫描件")
    importing = group.add("import", "导入队友或县里给的U盘文件", run_import)
    importing.add_argument("file", metavar="文件", help=".zcb 文件")


def run_export(console: Console, arguments: Namespace) -> None:
    """Write a stick file."""
    with console.open() as work:
        report = bundles.export_bundle(
            work,
            arguments.target,
            Path(arguments.out).expanduser(),
            console.progress(),
            everything=arguments.all,
            replace=arguments.replace,
            with_blobs=not arguments.no_photos,
        )
    result = {
        "file": str(report.file),
        "changes": report.changes,
        "blobs": report.blobs,
        "bytes": report.bytes,
        "damaged": report.damaged,
        "readers": list(report.readers),
    }
    told = f"已导出 {report.file}：修改 {report.changes} 条，照片 {report.blobs} 张，共 {report.bytes} 字节。"
    damaged = [f"本机有 {report.damaged} 张照片已损坏，没有写入。"] if report.damaged else []
    readers = "、".join(["省级服务器", *report.readers])
    damaged.append(f"能打开它的：{readers}。名单里没有的队友，请先各自联网同步一次再导出。")
    console.answer(result, [told, *damaged, "请安全弹出U盘后再拔。"])


def run_import(console: Console, arguments: Namespace) -> None:
    """Take in a stick file."""
    with console.open() as work:
        report = bundles.import_bundle(work, Path(arguments.file).expanduser(), console.progress())
    result = {
        "changes": report.changes,
        "blobs": report.blobs,
        "already_known": report.already_known,
        "missing": list(report.missing),
        "refused": list(report.refused),
        "receipt": report.receipt,
        "maker": report.maker,
    }
    console.answer(result, _lines(report))


def _lines(report: ImportReport) -> Iterator[str]:
    yield f"已导入{report.maker}的文件：新修改 {report.changes} 条，照片 {report.blobs} 张，已有 {report.already_known} 条。"
    if report.receipt:
        yield "省里的签收回执已核对。"
    if report.missing:
        yield f"还缺：{'；'.join(report.missing)}。请先导入更早的U盘文件，再导入这一个。"
    yield from (f"没有采用：{text}" for text in report.refused)
