"""``villageapp attachment add|list|get|sync``: photos and scans of a record."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from villageapp.cli.console import Console
from villageapp.cli.given import HOUSEHOLD_HELP
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain, warning_lines, warnings_of
from villageapp.domain import dates
from villageapp.errors import Problem, ValidationFailed
from villageapp.services import attachments, blob_syncing, households, syncing

if TYPE_CHECKING:
    from villageapp.services.attachments import Attached
    from villageapp.services.blob_syncing import BlobReport
    from villageapp.services.workspace import Workspace

_YES_NO = {"是": True, "否": False}


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``attachment``."""
    group = Group(parser, common)
    adding = group.add("add", "给一条记录加照片、扫描件或 PDF（自动缩小，去掉位置信息）", run_add)
    adding.add_argument(
        "file", metavar="文件", help="JPEG、PNG、WebP、TIFF、BMP、GIF 图片或 PDF，不超过 64 MB"
    )
    _owner(adding)
    adding.add_argument("--kind", metavar="类别", help="照片、扫描或文档（默认按内容）")
    adding.add_argument("--caption", metavar="说明", help="一句说明")
    adding.add_argument("--sensitive", choices=tuple(_YES_NO), metavar="是|否", help="是否敏感")
    _owner(group.add("list", "列出一条记录的附件，以及每份在哪里", run_list))
    getting = group.add("get", "取出一份附件；不在本机时登记待下载", run_get)
    getting.add_argument("attachment", metavar="编号", help="attachment list 里的编号")
    getting.add_argument("--out", metavar="文件", help="写到哪里（默认当前文件夹）")
    getting.add_argument("--preview", action="store_true", help="只取缩略图")
    syncing_now = group.add("sync", "与服务器传照片和扫描件，断了可续", run_sync)
    syncing_now.add_argument("--originals", action="store_true", help="队友的原图也全部下载，不论网速")
    syncing_now.add_argument("--seconds", type=float, metavar="秒", help="过了这么久就不再开始传新的")


def _owner(parser: ChineseParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--household", metavar="农户", help=HOUSEHOLD_HELP)
    which.add_argument("--owner", metavar="类别:编号", help="其他记录，如 visit:编号")


def _owner_of(work: Workspace, arguments: Namespace) -> tuple[str, str]:
    if arguments.household:
        return "household", households.find_one(work, arguments.household)
    entity, sign, record_id = arguments.owner.replace("\uff1a", ":").partition(":")
    if not sign or not record_id:
        raise ValidationFailed([Problem("owner", "--owner 应写成 类别:编号，如 visit:编号")])
    return entity, record_id


def run_add(console: Console, arguments: Namespace) -> None:
    """Attach a file."""
    with console.open() as work:
        saved = attachments.add(
            work,
            Path(arguments.file),
            *_owner_of(work, arguments),
            kind=arguments.kind,
            caption=arguments.caption,
            sensitive=_YES_NO.get(arguments.sensitive or ""),
        )
        made = attachments.one(work, saved.id)
    result = {**_presented(made), "warnings": warnings_of(saved.warnings)}
    size = f"{made.width}×{made.height}，" if made.width else ""
    console.answer(
        result, [f"已保存{made.kind} {made.id}（{size}{made.size:,} 字节）", *warning_lines(saved.warnings)]
    )


def run_list(console: Console, arguments: Namespace) -> None:
    """Attachments of a record."""
    with console.open() as work:
        found = attachments.of(work, *_owner_of(work, arguments))
    cells = [
        (one.kind, one.caption, dates.local_text(one.taken_at) if one.taken_at else "", one.state, one.id)
        for one in found
    ]
    lines = table(("类别", "说明", "拍摄时间", "在哪里", "编号"), cells) if cells else ["没有附件。"]
    console.answer({"rows": [_presented(one) for one in found]}, lines)


def _presented(one: Attached) -> dict[str, Any]:
    return {**plain(one), "state": one.state}


def run_get(console: Console, arguments: Namespace) -> None:
    """Write the content out, or have it fetched next time."""
    target = Path(arguments.out) if arguments.out else Path.cwd()
    with console.open() as work:
        found = attachments.one(work, arguments.attachment)
        sha256 = attachments.preview_hash(work, found.sha256) if arguments.preview else found.sha256
        if not arguments.preview and not found.is_here:
            attachments.want(work, sha256)
        path = attachments.export(work, sha256, target)
    console.answer({"file": str(path)}, [f"已写到 {path}"])


def run_sync(console: Console, arguments: Namespace) -> None:
    """Photos up and down, after the log."""
    with console.open() as work:
        syncing.sync_now(work, console.progress(), blob_seconds=0)
        report = blob_syncing.sync_blobs(
            work,
            console.progress(),
            seconds=arguments.seconds,
            originals=True if arguments.originals else None,
        )
    if report.interrupted is not None:
        console.say(f"上传 {report.uploaded} 份，下载 {report.downloaded} 份，还有 {report.waiting} 份待传。")
        raise report.interrupted
    console.answer(_report(report), _lines(report))


def _report(report: BlobReport) -> dict[str, Any]:
    names = ("uploaded", "downloaded", "bytes_up", "bytes_down", "waiting", "refused")
    return {name: plain(getattr(report, name)) for name in names}


def _lines(report: BlobReport) -> list[str]:
    done = f"照片和扫描件：上传 {report.uploaded} 份，下载 {report.downloaded} 份"
    left = f"，还有 {report.waiting} 份待传。" if report.waiting else "，全部传完。"
    return [done + left, *(f"未传：{line}" for line in report.refused)]
