"""``villageapp enrol|sync|conflicts|state-hash``: the laptop and the provincial server."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import fields
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain
from villageapp.domain import dates
from villageapp.errors import NotAllowed
from villageapp.services import enrolling, syncing

_REPORT = (
    "pushed",
    "pulled",
    "conflicts",
    "round_trips",
    "bytes_up",
    "bytes_down",
    "receipt",
    "seconds",
    "refused",
)


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of whichever of the four commands ``parser`` belongs to."""
    _CONFIGURE[parser.prog.split()[-1]](parser, common)


def _enrol(parser: ChineseParser, common: ChineseParser) -> None:
    parser.add_argument(
        "--server", required=True, metavar="网址", help="服务器地址,如 https://zct.example.cn"
    )
    parser.add_argument("--code", required=True, metavar="登记码", help="县里发的一次性登记码")
    parser.set_defaults(run=run_enrol)


def _sync(parser: ChineseParser, common: ChineseParser) -> None:
    parser.add_argument("--server", metavar="网址", help="服务器地址;须是登记过的那一台")
    parser.set_defaults(run=run_sync)


def _conflicts(parser: ChineseParser, common: ChineseParser) -> None:
    Group(parser, common).add("list", "列出有不同值的字段", run_conflicts)


def _state_hash(parser: ChineseParser, common: ChineseParser) -> None:
    parser.set_defaults(run=run_state_hash)


_CONFIGURE = {"enrol": _enrol, "sync": _sync, "conflicts": _conflicts, "state-hash": _state_hash}


def run_enrol(console: Console, arguments: Namespace) -> None:
    """Redeem a one-time code."""
    with console.open() as work:
        enrolled = enrolling.enrol(work, arguments.server, arguments.code)
    console.answer(plain(enrolled), [f"已登记到 {enrolled.server},可以同步了。"])


def run_sync(console: Console, arguments: Namespace) -> None:
    """One full exchange."""
    with console.open() as work:
        if arguments.server:
            _same_server(work.identity.server_url, arguments.server)
        report = syncing.sync_now(work, console.progress())
    result = {f.name: plain(getattr(report, f.name)) for f in fields(report) if f.name in _REPORT}
    receipt = "服务器已签收" if report.receipt else "服务器尚未签收"
    lines = [
        f"已同步:上传 {report.pushed} 条,收到 {report.pulled} 条,{report.seconds:.1f} 秒,{receipt}。",
        *([f"有 {report.conflicts} 项不同的值,请用 conflicts list 查看。"] if report.conflicts else []),
        *(f"未接收:{line}" for line in report.refused),
    ]
    console.answer(result, lines)


def _same_server(enrolled: str, named: str) -> None:
    if enrolled and named.rstrip("/") != enrolled.rstrip("/"):
        raise NotAllowed(
            f"这台电脑登记在 {enrolled},不能与 {named[:100]} 同步。",
            remedy="请去掉 --server,或先向县里申请改登记。",
            code="other_server",
        )


def run_conflicts(console: Console, arguments: Namespace) -> None:
    """Fields with more than one value."""
    with console.open() as work:
        found = syncing.conflicts(work)
    lines = [line for conflict in found for line in _lines(conflict)] or ["没有不同的值。"]
    console.answer({"rows": [plain(conflict) for conflict in found]}, lines)


def _lines(conflict: Any) -> list[str]:
    head = f"{conflict.entity} {conflict.record_id} {conflict.label}({conflict.field}):"
    return [head, *(f"  “{v.value}” {v.by} {dates.local_text(v.at)} {v.replica_id}" for v in conflict.values)]


def run_state_hash(console: Console, arguments: Namespace) -> None:
    """Hash over everything synced."""
    with console.open() as work:
        state = syncing.state_hash(work)
    console.answer(plain(state), [f"{state.hash}  {state.records} 条记录,{state.changes} 次修改"])
