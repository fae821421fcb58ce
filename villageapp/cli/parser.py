"""argparse that speaks Chinese, in help as in refusals."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), chinese)
    for pattern, chinese in (
        (r"unrecognized arguments: (.*)", "不认识的参数：{0}"),
        (r"the following arguments are required: (.*)", "缺少参数：{0}"),
        (r"one of the arguments (.*) is required", "必须给出其中一个参数：{0}"),
        (
            r"argument (.*): invalid choice: '?(.*?)'? \(.*?choose from (.*)\)",
            "参数 {0}：不能是“{1}”，可选：{2}",
        ),
        (r"argument (.*): expected one argument", "参数 {0}：后面要写一个值"),
        (r"argument (.*): expected at least one argument", "参数 {0}：后面至少要写一个值"),
        (r"argument (.*): expected \d+ arguments?", "参数 {0}：值的个数不对"),
        (r"argument (.*): invalid int value: '?(.*?)'?", "参数 {0}：“{1}”不是整数"),
        (r"argument (.*): not allowed with argument (.*)", "参数 {0} 不能与 {1} 同时使用"),
        (r"argument (.*): ignored explicit argument '?(.*?)'?", "参数 {0}：后面不能写值“{1}”"),
        (r"ambiguous option: (.*) could match (.*)", "参数 {0} 不明确，可能是：{1}"),
        (r"argument (.*?): (.*)", "参数 {0}：{1}"),
    )
)


class UsageError(Exception):
    """Wrong usage of the command line; the message is Chinese, ``usage`` the right form."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.message = message
        self.usage = usage


class ChineseFormatter(argparse.RawDescriptionHelpFormatter):
    """Help with Chinese headings."""

    def add_usage(
        self, usage: str | None, actions: Iterable[Any], groups: Iterable[Any], prefix: str | None = None
    ) -> None:
        """Usage under its Chinese word."""
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class ChineseParser(argparse.ArgumentParser):
    """Raises UsageError instead of ending the program; a prefix of an option is not an option.

    ``later`` adds the arguments when the parser is first used, so that a command's module is imported only
    when that command is chosen.
    """

    def __init__(self, *, later: Callable[[ChineseParser], None] | None = None, **keywords: Any) -> None:
        self._later = later
        super().__init__(
            **{"formatter_class": ChineseFormatter, "allow_abbrev": False, **keywords, "add_help": False}
        )
        self._positionals.title = "命令和参数"
        self._optionals.title = "选项"
        if keywords.get("add_help", True):
            self.add_argument("-h", "--help", action="help", help="显示这个说明")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse, after the arguments have been added."""
        later, self._later = self._later, None
        if later is not None:
            later(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Refuse, in Chinese."""
        raise UsageError(in_chinese(message), self.format_usage().strip())


def in_chinese(message: str) -> str:
    """What argparse says, in Chinese; its own words are kept when it says something new."""
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(message)
        if found:
            return chinese.format(*(group.replace("'", "") for group in found.groups()))
    return f"命令写法不对（{message}）"


def count(text: str) -> int:
    """A number of rows or the like, from 1 up. Raises ArgumentTypeError."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"“{text}”不是整数，或小于 1")
    return number


def common_options() -> ChineseParser:
    """Options that every command takes, before or after its name."""
    options = ChineseParser(add_help=False)
    options._optionals.title = argparse.ArgumentParser(add_help=False)._optionals.title  # merges by title
    options.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="只输出一个 JSON 对象，供程序读取"
    )
    options.add_argument(
        "--data-dir",
        metavar="文件夹",
        default=argparse.SUPPRESS,
        help="数据放在哪里（默认：系统的用户数据文件夹，或环境变量 VILLAGEAPP_DATA_DIR）",
    )
    options.add_argument(
        "--passphrase-file",
        metavar="文件",
        default=argparse.SUPPRESS,
        help="从文件第一行读取口令（也可用环境变量 VILLAGEAPP_PASSPHRASE;都没有时在终端询问）",
    )
    return options


class Group:
    """Sub-commands of one command, each taking the common options too."""

    def __init__(self, parser: ChineseParser, common: ChineseParser) -> None:
        self._common = common
        self._parsers = parser.add_subparsers(
            title="子命令", metavar="子命令", dest="subcommand", required=True, parser_class=ChineseParser
        )

    def add(self, name: str, help_text: str, run: Any) -> ChineseParser:
        """A sub-command that calls ``run(console, arguments)``."""
        made: ChineseParser = self._parsers.add_parser(
            name, help=help_text, description=help_text, parents=[self._common]
        )
        made.set_defaults(run=run)
        return made
