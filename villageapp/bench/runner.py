"""Runs the chosen benchmarks one after the other in a folder that is gone afterwards."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.result import Row, machine, table
from villageapp.bench.sizes import Sizes
from villageapp.bench.village import Stores
from villageapp.errors import AppError, Problem, Trouble, ValidationFailed

Benchmark = Callable[[Stores, Sizes], Iterable[Row]]
_MODULES: Mapping[str, str] = {
    "start": "starting",
    "unlock": "unlocking",
    "import": "importing",
    "search": "searching",
    "check": "checking",
    "card": "cards",
    "sync": "syncing",
    "sync-one": "single_change",
    "sync-slow": "slow_link",
    "sync-drops": "dropping_link",
    "stick-first": "first_stick",
    "server-ingest": "ingesting",
    "server-load": "loading",
    "ui-start": "ui_start",
    "ui-list": "ui_list",
    "ui-save": "ui_save",
    "ui-day": "ui_day",
}


def run_and_print(names: Sequence[str], *, as_json: bool, sizes: Sizes | None = None) -> int:
    """See ``villageapp.bench.run``."""
    if getattr(sys, "frozen", False):
        raise Trouble(
            "安装包里的程序不能自测性能。",
            remedy="请在源码环境中运行 villageapp bench。",
            code="bench_frozen",
        )
    chosen = _chosen(names)
    rows: list[Row] = []
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="villageapp-bench-") as folder, Stores(Path(folder)) as stores:
        for name in chosen:
            print(f"正在测 {name}：{DESCRIPTIONS[name]} …", file=sys.stderr, flush=True)
            try:
                rows += benchmark(name)(stores, sizes or Sizes())
            except AppError as error:  # the others are worth having all the same
                failures[name] = error.line()
    if as_json:
        answer = {"rows": [row.as_json() for row in rows], "failed": failures, "machine": machine()}
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    else:
        print(
            "\n".join([table(rows), *(f"{name} 没有测成：{why}" for name, why in failures.items())]),
            flush=True,
        )
    return 1 if failures else 0


def benchmark(name: str) -> Benchmark:
    """The function behind a name; its module is imported now."""
    found: Benchmark = import_module(f"villageapp.bench.{_MODULES[name]}").measure
    return found


def _chosen(names: Sequence[str]) -> list[str]:
    unknown = [name for name in names if name not in DESCRIPTIONS]
    if unknown:
        known = "、".join(f"{name}({text})" for name, text in DESCRIPTIONS.items())
        raise ValidationFailed([Problem("", f"没有这项测试：{'、'.join(unknown)}。可选：{known}。")])
    return [name for name in DESCRIPTIONS if not names or name in names]
