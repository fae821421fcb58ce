"""``villageapp server bundle-import``: a stick file that a village team brought to the county."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group


def configure(group: Group) -> ChineseParser:
    """Add ``bundle-import`` to the commands of ``server``."""
    importing = group.add("bundle-import", "导入村里带来的U盘文件（服务器运行时也可用）", run_bundle_import)
    importing.add_argument("file", metavar="文件", help=".zcb 文件")
    importing.add_argument(
        "--reply", metavar="文件", help="给村里带回去的答复文件（签收回执和他们还没有的内容）"
    )
    importing.add_argument("--dsn", metavar="DSN", help="外部 PostgreSQL;不写则用内嵌的")
    importing.add_argument("--blobs", metavar="URL", help="照片放在哪里，与 server run 的 --blobs 相同")
    return importing


def run_bundle_import(console: Console, arguments: Namespace) -> None:
    """Take in a stick file, answer it if asked."""
    from villageapp.cli.main import SERVER_MARK
    from villageapp.cli.server import folder, server_part
    from villageapp.errors import NotFound

    if not (folder(console) / SERVER_MARK).exists():
        raise NotFound(
            f"{folder(console)} 里没有服务器，没有导入。",
            remedy="请用 --data-dir 指明服务器的文件夹。",
            code="no_server",
        )
    reply = Path(arguments.reply).expanduser().absolute() if arguments.reply else None
    received = server_part("bundles").import_bundle(
        folder(console),
        arguments.dsn,
        Path(arguments.file).expanduser(),
        reply,
        console.progress(),
        arguments.blobs,
    )
    result = {
        "changes": received.changes,
        "blobs": received.blobs,
        "already_known": received.already_known,
        "missing": received.missing,
        "refused": received.refused,
        "reply": str(received.reply) if received.reply else None,
    }
    console.answer(result, _lines(received))


def _lines(received: Any) -> Iterator[str]:
    yield f"已导入：新修改 {received.changes} 条，照片 {received.blobs} 张，已有 {received.already_known} 条。"
    if received.missing:
        yield f"还缺：{'；'.join(received.missing)}。请村里先带来更早的U盘文件。"
    yield from (f"没有采用：{text}" for text in received.refused)
    if received.reply:
        yield f"答复文件：{received.reply}，请交给村里导入。"
