"""``villageapp bench``: each benchmark beside its baseline in the same run."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``bench``."""
    parser.add_argument("names", nargs="*", metavar="名称", help="只跑这几项（默认全部）")
    parser.add_argument("--list", action="store_true", help="只列出有哪些测试")
    parser.add_argument("--quick", action="store_true", help="小规模快跑一遍（只看能否跑通，数字不作数）")
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> int:
    """Run the benchmarks; lines while they go on, one JSON object with ``--json``."""
    bench: Any = import_module("villageapp.bench")
    if arguments.list:
        lines = [f"{name:<14}{text}" for name, text in bench.DESCRIPTIONS.items()]
        console.answer({"benchmarks": dict(bench.DESCRIPTIONS)}, lines)
        return 0
    return int(bench.run(arguments.names, as_json=console.as_json, quick=arguments.quick))
