"""``villageapp server``: run the provincial server and administer it. ``--data-dir`` is the server's folder."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

from villageapp.cli import server_bundles, server_channels, server_offices, server_villages
from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.errors import Trouble

DEFAULT_PORT = 8765
MOST_PROJECTORS = 16


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``server``."""
    group = Group(parser, common)
    parsers = [
        *_running(group),
        *_laptops(group),
        *server_offices.configure(group, common),
        *server_villages.configure(group),
        *server_channels.configure(group, common),
    ]
    for one in parsers:
        one.add_argument("--dsn", metavar="DSN", help="外部 PostgreSQL;不写则用内嵌的")
    server_bundles.configure(group)


def _running(group: Group) -> list[ChineseParser]:
    running = group.add("run", "运行服务器，直到被停止", run_server)
    running.add_argument("--host", default="127.0.0.1", metavar="地址", help="监听地址（默认 127.0.0.1）")
    running.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        metavar="端口",
        help=f"监听端口（默认 {DEFAULT_PORT},0 自动选择）",
    )
    running.add_argument(
        "--projectors",
        type=int,
        default=1,
        metavar="个数",
        help=f"同时做统计表的进程数（默认 1，最多 {MOST_PROJECTORS}）",
    )
    running.add_argument("--blobs", metavar="URL", help="照片放在哪里（默认数据文件夹；也可为 s3://桶/前缀）")
    init = group.add("init", "建立密钥和数据库", run_init)
    rebuilding = group.add("rebuild", "由日志重做统计表", run_rebuild)
    rebuilding.add_argument("--workspace", metavar="编号", help="只重做这一个工作区")
    worker = group.add("projector", "做统计表的进程（由 run 启动）", run_projector)
    restored = group.add("restored", "说明数据库已从备份恢复，各电脑会重新补送", run_restored)
    return [running, init, rebuilding, worker, restored]


def _laptops(group: Group) -> list[ChineseParser]:
    code = group.add("enrol-code", "给一名队员发一次性登记码（服务器运行时也可用）", run_enrol_code)
    code.add_argument("--village", required=True, metavar="代码", help="行政村 12 位区划代码")
    code.add_argument("--name", required=True, metavar="姓名", help="给谁用")
    code.add_argument("--role", default="工作队员", metavar="角色", help="角色（默认工作队员）")
    revoking = group.add("revoke", "停用一台电脑，此后的内容单独保管，不采用", run_revoke)
    revoking.add_argument("replica", metavar="电脑编号", help="init 或 enrol 时显示的编号")
    return [code, revoking]


def folder(console: Console) -> Path:
    """The server's data folder: never the laptop's by accident."""
    return (console.named_data_dir or console.data_dir.root.with_name("villageapp-server")).absolute()


def server_part(name: str) -> Any:
    """A module of the server, which is an extra of the package."""
    try:
        return import_module(f"villageapp.server.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("villageapp"):
            raise
        raise Trouble(
            f"这里没有安装服务器部分（缺少 {error.name}）。",
            remedy='请安装 "villageapp[server]" 后再试。',
            code="server_not_installed",
        ) from error


def opened(console: Console, arguments: Namespace) -> AbstractContextManager[Any]:
    """The server of these arguments (a ``Province``), beside a running one or alone."""
    made: AbstractContextManager[Any] = server_part("opening").open_province(folder(console), arguments.dsn)
    return made


def run_server(console: Console, arguments: Namespace) -> None:
    """Serve until told to stop; prints ``ready http://…`` when it answers."""
    if not 0 <= arguments.port <= 65535:
        raise Trouble(f"端口 {arguments.port} 不存在。", remedy="请用 0 至 65535。", code="bad_port")
    if not 1 <= arguments.projectors <= MOST_PROJECTORS:
        raise Trouble(
            f"--projectors 应为 1 至 {MOST_PROJECTORS}，服务器没有启动。",
            remedy="一般与 CPU 核数相同。",
            code="bad_projectors",
        )
    run = server_part("run").run
    run(
        folder(console),
        arguments.dsn,
        host=arguments.host,
        port=arguments.port,
        blobs=arguments.blobs,
        projectors=arguments.projectors,
    )


def run_projector(console: Console, arguments: Namespace) -> None:
    """A worker process of a running server."""
    server_part("projectors").work_until_closed(folder(console), arguments.dsn, sys.stdin.buffer)


def run_init(console: Console, arguments: Namespace) -> None:
    """Keys and schema."""
    where = folder(console)
    server_part("admin").init(where, arguments.dsn)
    console.answer({"data_dir": str(where)}, [f"服务器已就绪：{where}"])


def run_enrol_code(console: Console, arguments: Namespace) -> None:
    """A one-time code."""
    admin = server_part("admin")
    where = folder(console)
    code = admin.enrol_code(where, arguments.dsn, arguments.village, arguments.name, arguments.role)
    console.answer({"code": code}, [f"登记码（只能用一次）：{code}"])


def run_revoke(console: Console, arguments: Namespace) -> None:
    """No more from this laptop."""
    server_part("admin").revoke(folder(console), arguments.dsn, arguments.replica)
    console.answer({"replica_id": arguments.replica}, [f"已停用电脑 {arguments.replica}。"])


def run_rebuild(console: Console, arguments: Namespace) -> None:
    """Records again from the log."""
    server_part("admin").rebuild(folder(console), arguments.dsn, arguments.workspace)
    console.answer({"workspace": arguments.workspace}, ["已由日志重做。"])


def run_restored(console: Console, arguments: Namespace) -> None:
    """A new epoch."""
    epoch = server_part("admin").restored(folder(console), arguments.dsn)
    line = "已记下：数据库由备份恢复。各电脑下次联系时会重新补送；用 server report restoration 查看。"
    console.answer({"epoch": epoch}, [line])
