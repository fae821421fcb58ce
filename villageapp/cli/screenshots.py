"""``villageapp screenshots``: every screen on a generated village as PNG."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser
from villageapp.paths import DataDir
from villageapp.services import training


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``screenshots``."""
    parser.add_argument("--out", required=True, type=Path, metavar="文件夹", help="图片放在哪里")
    parser.add_argument(
        "--scale", type=int, default=100, choices=(100, 115, 130, 150, 175), help="字号（百分比）"
    )
    parser.add_argument("--scheme", default="light", choices=("light", "contrast"), help="配色")
    parser.set_defaults(run=run)


def run(console: Console, arguments: Namespace) -> None:
    """Make a village in a folder that goes away, draw, list the files."""
    from villageapp.ui.screenshots import render

    with ExitStack() as stack:
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="villageapp-", ignore_cleanup_errors=True)
        )
        place = DataDir(Path(folder) / "village")
        work = stack.enter_context(training.make_village(place, console.progress()))
        files = render(work, arguments.out, scale=arguments.scale, scheme=arguments.scheme)
    console.answer({"files": [str(file) for file in files]}, [f"已画出 {len(files)} 张：{arguments.out}"])
