"""``villageapp bench``: each benchmark beside its baseline in the same run."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser

SIMULATION = "sync-sim"
"""Not a measurement: runs by itself, never among the others."""


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``bench``."""
    parser.add_argument("names", nargs="*", metavar="名称", help="只跑这几项（默认全部）")
    parser.add_argument("--list", action="store_true", help="只列出有哪些测试")
    parser.add_argument("--quick", action="store_true", help="小规模快跑一遍（只看能否跑通，数字不作数）")
    parser.add_argument(
        "--schedules", type=int, default=300, metavar="个数", help=f"{SIMULATION} 跑多少个随机过程"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="种子", help=f"{SIMULATION} 的第一个种子")
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> int:
    """Run the benchmarks; lines while they go on, one JSON object with ``--json``."""
    bench: Any = import_module("villageapp.bench")
    if arguments.list:
        known = {**bench.DESCRIPTIONS, SIMULATION: "同步的随机模拟：断线、断电、换机、恢复备份"}
        console.answer({"benchmarks": known}, [f"{name:<14}{text}" for name, text in known.items()])
        return 0
    if arguments.names == [SIMULATION]:
        running: Any = import_module("villageapp.bench.simulation.running")
        return int(running.run_and_print(arguments.schedules, arguments.seed, as_json=console.as_json))
    return int(bench.run(arguments.names, as_json=console.as_json, quick=arguments.quick))
