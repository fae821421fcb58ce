"""``villageapp doctor``: is this laptop fit for work? ``--repair`` makes its records again from the log, ``--rescue``
brings a damaged store back with a backup."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser
from villageapp.cli.values import plain
from villageapp.services import quarantined, repairing, rescuing
from villageapp.services.checkup import Finding, examine
from villageapp.services.rescuing import RescueReport

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_SHOWN = 20
_WITHOUT = ""
"""``--rescue`` without a file."""
_SERVER = {
    repairing.EQUAL: "与服务器一致",
    repairing.DIFFERENT: "与服务器按同一日志整理的记录不一致，请告知省级管理员重做统计表",
    repairing.WAITING: "尚未与服务器核对：有内容还没同步，请先同步",
    repairing.OFFLINE: "尚未与服务器核对：连不上服务器",
    repairing.ALONE: "未登记服务器，只核对了本机",
}


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``doctor``."""
    parser.add_argument("--repair", action="store_true", help="由同步日志重做全部记录，并与服务器核对")
    parser.add_argument(
        "--export-quarantine", type=Path, metavar="文件", help="把待处理的单项内容写成 JSON，交技术人员查看"
    )
    parser.add_argument(
        "--rescue",
        nargs="?",
        const=_WITHOUT,
        metavar="备份文件",
        help="数据库损坏时：恢复这个备份，并从损坏的数据库取回备份之后的内容；没有备份时不写文件名；损坏的文件原样保留",
    )
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> int:
    """List what was looked at; exit code 1 when something is not well."""
    rescued = _rescued(console, arguments.rescue)
    with console.open() as work:
        repaired = repairing.repair(work) if arguments.repair else None
        exported = _exported(work, arguments.export_quarantine)
        findings = examine(work)
        waiting = quarantined.listed(work)
    well = all(finding.ok for finding in findings)
    result: dict[str, Any] = {"ok": well, "findings": plain(findings), "quarantine": plain(waiting)}
    lines = [_line(finding) for finding in findings]
    lines += [f"待处理  {q.title} {q.record_id}（{q.by or '未知'}）：{q.reason}" for q in waiting[:_SHOWN]]
    if rescued is not None:
        result["rescue"] = plain(rescued)
        lines.insert(0, rescuing.sentence(rescued))
    if repaired is not None:
        result["repair"] = plain(repaired)
        lines += _repair_lines(repaired)
    if exported is not None:
        result["exported"] = {"file": str(arguments.export_quarantine), "changes": exported}
        lines.append(f"已写出 {exported} 项到 {arguments.export_quarantine}，内含个人信息，请妥善保管。")
    console.answer(result, lines)
    return 0 if well else 1


def _rescued(console: Console, backup: str | None) -> RescueReport | None:
    if backup is None:
        return None
    path = Path(backup) if backup != _WITHOUT else None
    return rescuing.rescue(path, console.data_dir, console.passphrase(), console.progress())


def _exported(work: Workspace, target: Path | None) -> int | None:
    return quarantined.export(work, target) if target is not None else None


def _line(finding: Finding) -> str:
    word = "正常" if finding.ok else "异常"
    return f"{word}  {finding.name}：{finding.text} {finding.remedy}".rstrip()


def _repair_lines(repaired: repairing.Repaired) -> list[str]:
    found = repaired.differences
    head = f"已由日志重做全部记录，其中 {len(found)} 条与日志不符，已改正；{_SERVER[repaired.server]}。"
    lines = [head, *(f"  已改正  {repairing.sentence(one)}" for one in found[:_SHOWN])]
    if len(found) > _SHOWN:
        lines.append(f"  等 {len(found)} 条")
    if repaired.merged:
        lines.append(f"另有 {repaired.merged} 项待处理内容已并入。")
    return lines
