"""``villageapp server`` for county, city and province offices: accounts, quarantine, reports, the bulletin."""

from __future__ import annotations

import os
import secrets
from argparse import Namespace
from pathlib import Path

from villageapp import durable
from villageapp.cli import server_reports
from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.errors import Trouble, os_reason

_MOST_LINES = 10_000


def configure(group: Group, common: ChineseParser) -> list[ChineseParser]:
    """Add the sub-commands; the parsers that need ``--dsn``."""
    account = Group(group.add("account", "市县账号", None), common)
    quarantine = Group(group.add("quarantine", "停用电脑的待核实内容", None), common)
    report = Group(group.add("report", "服务器的报告", None), common)
    return [*_accounts(account), *_quarantine(quarantine), *_reports(report), _bulletin(group)]


def _accounts(parsers: Group) -> list[ChineseParser]:
    adding = parsers.add("add", "开一个账号（口令见 --passphrase-file，或在终端询问）", run_account_add)
    adding.add_argument("--name", required=True, metavar="名字", help="账号名")
    adding.add_argument("--role", required=True, metavar="角色", help="管理员 或 查看")
    adding.add_argument("--division", required=True, metavar="代码", help="管辖的市、县或乡镇代码")
    listing = parsers.add("list", "列出账号", run_account_list)
    closing = parsers.add("close", "停用一个账号", run_account_close)
    closing.add_argument("login", metavar="账号", help="写成 县代码/名字")
    return [adding, listing, closing]


def _quarantine(parsers: Group) -> list[ChineseParser]:
    listing = parsers.add("list", "列出待核实的内容", run_quarantine_list)
    releasing = parsers.add("release", "放行一台电脑的待核实内容", run_quarantine_release)
    discarding = parsers.add("discard", "标记为不采用（内容仍保留）", run_quarantine_discard)
    for one in (releasing, discarding):
        one.add_argument("replica", metavar="电脑编号")
        one.add_argument(
            "--branch", default="", metavar="分支", help="同一编号有两份内容时选一份（见 quarantine list）"
        )
    return [listing, releasing, discarding]


def _reports(parsers: Group) -> list[ChineseParser]:
    restoration = parsers.add("restoration", "从备份恢复以来各电脑补送了什么", run_report_restoration)
    audit = parsers.add("audit", "谁在什么时候做了什么管理操作", run_report_audit)
    audit.add_argument("--last", type=int, default=50, metavar="条数", help="最近多少条（默认 50）")
    audit.add_argument("--county", metavar="代码", help="只看一个县（6 位代码）")
    return [restoration, audit, *server_reports.configure(parsers)]


def _bulletin(group: Group) -> ChineseParser:
    bulletin = group.add("bulletin", "按区划出一个月的通报（XLSX）", run_bulletin)
    bulletin.add_argument("--month", required=True, metavar="月份", help="写成 2026-07")
    bulletin.add_argument("--division", required=True, metavar="代码", help="省、市、县或乡镇代码")
    bulletin.add_argument("--out", required=True, metavar="文件", help="写到哪里（.xlsx）")
    return bulletin


def run_account_add(console: Console, arguments: Namespace) -> None:
    """A new account."""
    from villageapp.cli.server import opened, server_part

    password = console.passphrase(new=True)
    with opened(console, arguments) as province:
        login = server_part("accounts").add(
            province, arguments.name, arguments.role, arguments.division, password, _who()
        )
    console.answer({"login": login}, [f"已开账号：{login}"])


def run_account_list(console: Console, arguments: Namespace) -> None:
    """All accounts."""
    from villageapp.cli.server import opened, server_part

    with opened(console, arguments) as province:
        found = server_part("accounts").listing(province)
    rows = [(a["login"], a["role"], a["division"], "已停用" if a["closed_at"] else "在用") for a in found]
    console.answer({"accounts": found}, table(("账号", "角色", "区划", "状态"), rows))


def run_account_close(console: Console, arguments: Namespace) -> None:
    """Close an account."""
    from villageapp.cli.server import opened, server_part

    with opened(console, arguments) as province:
        server_part("accounts").close(province, arguments.login, _who())
    console.answer({"login": arguments.login}, [f"已停用账号 {arguments.login}。"])


def run_quarantine_list(console: Console, arguments: Namespace) -> None:
    """What waits for a decision."""
    from villageapp.cli.server import opened, server_part

    with opened(console, arguments) as province, province.engine.connect() as connection:
        found = server_part("quarantine").listing(connection)
    rows = [
        (
            row["replica_id"],
            row["village_code"],
            each["branch"],
            str(each["changes"]),
            row["last_received"][:10],
        )
        for row in found
        for each in row["branches"]
    ]
    lines = table(("电脑编号", "村", "分支", "变更", "最近送到"), rows) if rows else ["没有待核实的内容。"]
    console.answer({"waiting": found}, lines)


def run_quarantine_release(console: Console, arguments: Namespace) -> None:
    """Let them into the log."""
    from villageapp.cli.server import opened, server_part

    admin = server_part("admin")
    with opened(console, arguments) as province:
        replica_id = admin.as_uuid(arguments.replica, "电脑编号")
        done = server_part("quarantine").release(province, replica_id, admin.at_console(), arguments.branch)
    line = f"已放行 {done['changes']} 条变更；还有 {done['left']} 段没有放行，继续保管。"
    console.answer(done, [line if done["left"] else f"已放行 {done['changes']} 条变更。"])


def run_quarantine_discard(console: Console, arguments: Namespace) -> None:
    """Mark them."""
    from villageapp.cli.server import opened, server_part

    admin = server_part("admin")
    with opened(console, arguments) as province:
        replica_id = admin.as_uuid(arguments.replica, "电脑编号")
        done = server_part("quarantine").discard(province, replica_id, admin.at_console(), arguments.branch)
    console.answer(done, [f"已标记 {done['segments']} 段为不采用，内容仍保留在服务器。"])


def run_report_restoration(console: Console, arguments: Namespace) -> None:
    """Who has sent again what."""
    from villageapp.cli.server import opened, server_part

    with opened(console, arguments) as province, province.engine.connect() as connection:
        found = server_part("restoration").report(connection)
    if found["restored_at"] is None:
        console.answer(found, ["这个服务器没有从备份恢复过。"])
        return
    rows = [
        (place["village_code"], laptop["replica_id"], str(laptop["changes"]))
        for place in found["workspaces"]
        for laptop in place["laptops"]
    ]
    lines = [f"恢复时间：{found['restored_at']}", *table(("村", "电脑编号", "补送的变更"), rows)]
    silent = [f"{row['village_code']} {row['replica_id']}" for row in found["silent"]]
    console.answer(found, [*lines, f"恢复后还没有联系过的电脑：{len(silent)} 台", *silent])


def run_report_audit(console: Console, arguments: Namespace) -> None:
    """The last lines of the audit trail."""
    from villageapp.cli.server import opened, server_part

    most = max(1, min(arguments.last, _MOST_LINES))
    with opened(console, arguments) as province, province.engine.connect() as connection:
        found = server_part("audit_trail").latest(connection, most, arguments.county)
    rows = [(row["at"], row["county_code"], row["action"], row["subject"], row["who"]) for row in found]
    console.answer({"lines": found}, table(("时间", "区划", "操作", "对象", "操作者"), rows))


def run_bulletin(console: Console, arguments: Namespace) -> None:
    """The monthly bulletin, written whole or not at all."""
    from villageapp.cli.server import opened, server_part

    with opened(console, arguments) as province:
        office = server_part("admin").at_console()
        content = server_part("bulletin").workbook_for(province, arguments.month, arguments.division, office)
    out = Path(arguments.out).expanduser().absolute()
    _write(out, content)
    console.answer({"file": str(out), "bytes": len(content)}, [f"已写出：{out}"])


def _write(out: Path, content: bytes) -> None:
    draft = out.with_name(f"{out.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        durable.put(draft, out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Trouble(
            f"无法写出 {out}：{os_reason(error)}。",
            remedy="请检查文件夹和磁盘空间；文件正打开着的请先关闭。",
            code="not_written",
        ) from error


def _who() -> str:
    from villageapp.cli.server import server_part

    who: str = server_part("admin").at_console().who
    return who
