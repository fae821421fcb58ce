"""``villageapp server`` for what happens to villages: households that move, villages merged, codes re-issued."""

from __future__ import annotations

from argparse import Namespace

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group


def configure(group: Group) -> list[ChineseParser]:
    """Add the sub-commands; the parsers that need ``--dsn``."""
    moving = group.add("move-household", "把一户连同其全部记录迁到另一个村", run_move_household)
    moving.add_argument("--household-no", required=True, metavar="户编号", help="16 位户编号")
    merging = group.add("merge-village", "村合并：把一个村的全部农户迁到另一个村", run_merge_village)
    recoding = group.add("recode-village", "村的区划代码变更（同一个县内）", run_recode_village)
    for one in (moving, merging, recoding):
        one.add_argument("--from", required=True, dest="from_village", metavar="代码", help="原村 12 位代码")
        one.add_argument("--to", required=True, dest="to_village", metavar="代码", help="新村 12 位代码")
    return [moving, merging, recoding]


def run_move_household(console: Console, arguments: Namespace) -> None:
    """A household to another village."""
    from villageapp.cli.server import opened, server_part

    office = server_part("admin").at_console()
    with opened(console, arguments) as province:
        done = server_part("transfers").move_household(
            province, arguments.household_no, arguments.from_village, arguments.to_village, office
        )
    console.answer(done, [_moved(done["records"])])


def run_merge_village(console: Console, arguments: Namespace) -> None:
    """All households to another village."""
    from villageapp.cli.server import opened, server_part

    office = server_part("admin").at_console()
    with opened(console, arguments) as province:
        done = server_part("transfers").merge_village(
            province, arguments.from_village, arguments.to_village, office
        )
    console.answer(done, [_moved(done["records"])])


def run_recode_village(console: Console, arguments: Namespace) -> None:
    """Another code for the same village."""
    from villageapp.cli.server import opened, server_part

    office = server_part("admin").at_console()
    with opened(console, arguments) as province:
        server_part("issuing").recode(province, arguments.from_village, arguments.to_village, office)
    console.answer({"village_code": arguments.to_village}, [f"已改用区划代码 {arguments.to_village}。"])


def _moved(records: int) -> str:
    return f"已迁移 {records} 条记录；两个村的电脑下次同步后生效，此后原村补登的内容会自动转过去。"
