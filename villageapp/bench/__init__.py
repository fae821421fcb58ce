"""``villageapp bench``: what users wait for, each measured beside its baseline in the same run.

A ratio is trustworthy where seconds are not: both sides run interleaved on the same machine at the same
moment. What each row means stands in ``docs/benchmarks.md``. Nothing heavy is imported here: the measured
child processes import this package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from villageapp.bench.sizes import Sizes

DESCRIPTIONS: Mapping[str, str] = {
    "start": "冷启动到登录窗口画出",
    "unlock": "输入口令到农户列表可用",
    "import": "导入国家系统人员表",
    "search": "搜索框每次按键",
    "check": "全村数据体检",
    "card": "打印明白卡",
    "sync": "走访上传与下载",
    "sync-one": "一条变更传到另一台电脑",
    "sync-slow": "慢速线路上的同步",
    "sync-drops": "新电脑经常断的线路上取回全村",
    "stick-first": "新电脑不联网，从U盘取回全村",
    "server-ingest": "服务器收下变更",
    "server-load": "许多电脑同时同步",
    "ui-start": "冷启动到今日工作可用（不计输入口令）",
    "ui-list": "窗口里翻页、筛选、排序、换标签、搜索",
    "ui-save": "保存一次走访到显示已保存",
    "ui-day": "模拟一个工作日的窗口",
}
"""Every benchmark in the order in which it runs, with a Chinese line about it."""


def run(names: Sequence[str], *, as_json: bool, sizes: Sizes | None = None, quick: bool = False) -> int:
    """Run the named benchmarks (none: all) and print a table or one JSON object; the exit code.

    ``sizes`` None measures what the goals speak of, or with ``quick`` a small run of minutes.
    Raises ValidationFailed for an unknown name and Trouble in an installed package, which has no interpreter to
    start children with.
    """
    from villageapp.bench.runner import run_and_print
    from villageapp.bench.sizes import QUICK

    return run_and_print(names, as_json=as_json, sizes=sizes or (QUICK if quick else None))
