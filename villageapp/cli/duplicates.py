"""``villageapp duplicate``: who may be registered twice, merging, parting again."""

from __future__ import annotations

from argparse import Namespace

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain
from villageapp.services import duplicates, merging
from villageapp.services.duplicates import Proposal, Side


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``duplicate``."""
    group = Group(parser, common)
    group.add("list", "列出可能重复登记的人", run_list)
    joining = group.add("merge", "把两条记录合为一条（可撤销）", run_merge)
    joining.add_argument("--keep", required=True, metavar="编号", help="保留的记录")
    joining.add_argument("--drop", required=True, metavar="编号", help="并入的记录")
    parting = group.add("different", "说明两条不是同一个，以后不再提示", run_different)
    parting.add_argument("--first", required=True, metavar="编号", help="一条记录")
    parting.add_argument("--second", required=True, metavar="编号", help="另一条记录")
    for one in (joining, parting):
        one.add_argument(
            "--entity",
            default="member",
            choices=merging.MERGEABLE,
            metavar="种类",
            help="member 或 household",
        )
        one.add_argument("--note", default="", metavar="文字", help="备注")
    undoing = group.add("unmerge", "撤销一次合并", run_unmerge)
    undoing.add_argument("merge", metavar="编号", help="merge 时给出的编号")


def run_list(console: Console, arguments: Namespace) -> None:
    """Proposals."""
    with console.open() as work:
        found = duplicates.proposals(work)
    lines = [line for proposal in found for line in _lines(proposal)] or ["没有可能重复登记的人。"]
    console.answer({"rows": [plain(proposal) for proposal in found]}, lines)


def _lines(proposal: Proposal) -> tuple[str, ...]:
    return (f"{proposal.reason}：", *(f"  {_side(side)}" for side in (proposal.first, proposal.second)))


def _side(side: Side) -> str:
    return f"{side.name}（{side.head_name}家 {side.group}）{side.id}"


def run_merge(console: Console, arguments: Namespace) -> None:
    """Two become one."""
    with console.open() as work:
        saved = merging.merge(work, arguments.entity, arguments.keep, arguments.drop, arguments.note)
    result = {"merge_id": saved.detail, "kept": arguments.keep, "merged": arguments.drop}
    console.answer(result, [f"已合并；要撤销用 duplicate unmerge {saved.detail}。"])


def run_different(console: Console, arguments: Namespace) -> None:
    """They are not the same."""
    first, second = arguments.first, arguments.second
    with console.open() as work:
        saved = merging.different(work, arguments.entity, first, second, arguments.note)
    console.answer({"merge_id": saved.detail}, ["已记下不是同一个，以后不再提示。"])


def run_unmerge(console: Console, arguments: Namespace) -> None:
    """One becomes two again."""
    with console.open() as work:
        saved = merging.unmerge(work, arguments.merge)
    left = [problem.message for problem in saved.warnings]
    console.answer({"unmerged": True, "left": left}, ["已撤销合并。", *left])
