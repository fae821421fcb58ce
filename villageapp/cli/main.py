"""Reads the command line, runs one command, turns every ending into an exit code and one line.

0 done, 1 refused or failed (one Chinese line on standard error, or a JSON error object), 2 wrong usage.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TextIO

import villageapp
from villageapp import log, paths
from villageapp.cli.commands import COMMANDS
from villageapp.cli.console import Console, utf8
from villageapp.cli.parser import ChineseParser, UsageError, common_options
from villageapp.errors import AppError, Trouble
from villageapp.paths import DataDir

NO_DISPLAY = "no_display"
DONE, FAILED, WRONG_USAGE = 0, 1, 2
INTERNAL = "internal_error"
SERVER_MARK = "province.key"
"""A file that only a server's folder has."""


def main(argv: Sequence[str]) -> int:
    """Run the command line ``argv`` (without the program's name) and return the exit code."""
    _speak_utf8()
    as_json = "--json" in argv
    try:
        arguments = build_parser().parse_args([utf8(word) for word in argv])
    except UsageError as error:
        return _wrong_usage(error, as_json)
    except SystemExit as ended:  # --help and --version end here
        return ended.code if isinstance(ended.code, int) else DONE
    console = _console(arguments)
    with _logging(console) as log_file:
        return _run(console, arguments, log_file)


def build_parser() -> ChineseParser:
    """The parser of all commands; a command's module is imported when that command is chosen."""
    common = common_options()
    parser = ChineseParser(
        prog=villageapp.__name__,
        description="驻村通：驻村工作队离线走访与帮扶登记。不带命令时打开窗口。",
        parents=[common],
    )
    version = f"{villageapp.__name__} {villageapp.__version__}"
    parser.add_argument("--version", action="version", version=version, help="显示版本")
    parser.add_argument("--self-test", action="store_true", help="自检：建库、登记、出卡、开窗，逐项报告")
    commands = parser.add_subparsers(title="命令", metavar="命令", dest="command", parser_class=ChineseParser)
    for name, command in COMMANDS.items():
        later = partial(_configure, command.module, common)
        commands.add_parser(name, help=command.help, description=command.help, parents=[common], later=later)
    return parser


def _configure(module: str, common: ChineseParser, parser: ChineseParser) -> None:
    import_module(f"villageapp.cli.{module}").configure(parser, common)


def _console(arguments: Namespace) -> Console:
    folder, secret = getattr(arguments, "data_dir", None), getattr(arguments, "passphrase_file", None)
    return Console(
        as_json=getattr(arguments, "json", False),
        named_data_dir=Path(folder).expanduser().absolute() if folder else None,
        passphrase_file=Path(secret).expanduser() if secret else None,
    )


def _run(console: Console, arguments: Namespace, log_file: Path) -> int:
    try:
        code = _chosen(console, arguments)
        sys.stdout.flush()
        return code
    except AppError as error:
        return _refused(console, error)
    except KeyboardInterrupt:
        return _refused(console, AppError("已取消。", code="cancelled"))
    except BrokenPipeError:
        _forget_stdout()
        return FAILED
    except Exception as error:
        logging.getLogger(log.ROOT).exception("unexpected")
        return _refused(console, _internal(error, log_file))


def _chosen(console: Console, arguments: Namespace) -> int:
    if arguments.self_test:
        from villageapp.cli.self_test import run as self_test

        return self_test(console)
    if arguments.command is None:
        return open_window(console.data_dir)
    code = arguments.run(console, arguments)
    return DONE if code is None else int(code)


def open_window(data_dir: DataDir) -> int:
    """Open the desktop app on a store and wait until it is closed. Raises Trouble without a display."""
    shown = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in shown):
        raise Trouble(
            "这里没有图形界面，窗口打不开。",
            remedy="请在桌面环境里运行，或使用子命令（--help）。",
            code=NO_DISPLAY,
        )
    run: Callable[[DataDir], int] = import_module("villageapp.ui.app").run
    return run(data_dir)


def _refused(console: Console, error: AppError) -> int:
    if console.as_json:
        described = {"code": error.code, "message": error.message, "remedy": error.remedy}
        print(json.dumps({"error": described}, ensure_ascii=False), flush=True)
    else:
        print(error.line(), file=sys.stderr)
    return FAILED


def _wrong_usage(error: UsageError, as_json: bool) -> int:
    if as_json:
        described = {"code": "usage", "message": error.message, "remedy": error.usage}
        print(json.dumps({"error": described}, ensure_ascii=False), flush=True)
    print(f"{error.message}\n{error.usage}", file=sys.stderr)
    return WRONG_USAGE


def _internal(error: Exception, log_file: Path) -> AppError:
    return AppError(
        f"程序内部错误（{type(error).__name__}），此前保存的内容都在；日志在 {log_file}。",
        remedy="请把日志发给技术支持（不含个人信息）。",
        code=INTERNAL,
    )


@contextmanager
def _logging(console: Console) -> Iterator[Path]:
    """Log into the folder that is worked on when it is ours, else beside the caches."""
    data_dir = console.data_dir
    ours = data_dir.exists() or (data_dir.root / SERVER_MARK).exists()
    folder = data_dir.root if ours else paths.cache_dir()
    log_file = folder / data_dir.log.name
    if not ours:
        with suppress(OSError):  # without a cache folder there is no log
            folder.mkdir(parents=True, exist_ok=True)
    handler = log.start_file_log(log_file)
    try:
        yield log_file
    finally:
        log.stop_file_log(handler)


def _speak_utf8() -> None:
    """Chinese comes out whole on every terminal and pipe; what a terminal cannot show is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _forget_stdout() -> None:
    """Nobody reads any more: let the interpreter flush into nothing instead of complaining."""
    stream: TextIO = sys.stdout
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, stream.fileno())
    os.close(descriptor)
