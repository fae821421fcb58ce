"""``villageapp init``: make the encrypted store of one team."""

from __future__ import annotations

from argparse import Namespace

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser
from villageapp.services.workspace import init_workspace


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``init``."""
    parser.add_argument("--village", required=True, metavar="代码", help="本村 12 位区划代码")
    parser.add_argument("--village-name", required=True, metavar="村名", help="行政村名称")
    parser.add_argument("--user", required=True, metavar="姓名", help="这台电脑由谁使用")
    parser.add_argument(
        "--role", default="工作队员", metavar="角色", help="第一书记、工作队长、工作队员等（默认工作队员）"
    )
    parser.add_argument("--unit", default="", metavar="单位", help="派出单位")
    parser.add_argument("--phone", default="", metavar="电话", help="联系电话")
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> None:
    """Make the store; the recovery code is shown once."""
    made = init_workspace(
        console.data_dir,
        village_code=arguments.village,
        village_name=arguments.village_name,
        user_name=arguments.user,
        passphrase=console.passphrase(new=True),
        role=arguments.role,
        unit=arguments.unit,
        phone=arguments.phone,
    )
    with made.work as work:
        identity = work.identity
    result = {
        "data_dir": str(console.data_dir.root),
        "workspace": identity.workspace,
        "replica_id": identity.replica_id,
        "recovery_code": made.recovery_code,
    }
    lines = (
        f"已新建加密数据库：{console.data_dir.root}",
        f"恢复码（只显示这一次，请抄写后妥善保管）：{made.recovery_code}",
    )
    console.answer(result, lines)
