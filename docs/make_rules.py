"""Write docs/rules.md from the rulebook's data, parameters and tests: ``python docs/make_rules.py``.

A test holds the committed page against what this makes, so that it cannot fall behind.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

from villageapp.domain.checkup import CHECKS
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.finding import LABELS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "rules.md"
HEAD = """# 规则一览

由 `python docs/make_rules.py` 从 `resources/rules.toml`、`resources/parameters/` 和测试生成,不要手改。
“未设定”的参数没有值,依赖它的规则不作判断。数据体检的规则见 `villageapp check`。

| 规则 | 内容 | 参数(值,生效日期,来源) | 程序 | 测试 |
|---|---|---|---|---|
"""


CHECKS_HEAD = """
## 数据体检

`villageapp check` 逐户核对下列各条(编号带下划线的出自国家系统的数据核查规则)。

| 编号 | 内容 | 程度 | 出处 | 怎么办 |
|---|---|---|---|---|
"""


SCENARIOS_HEAD = """
## 验收情景

规则手册第 6 节的 S1—S12,每个都有带原数字的测试。

| 情景 | 测试 |
|---|---|
"""
_OF_SCENARIO = re.compile(r"test_(s\d+)[a-e]?_")


def page() -> str:
    """The whole page."""
    parameters = _parameters()
    rules = tomllib.loads((ROOT / "resources" / "rules.toml").read_text(encoding="utf-8"))
    rows = "".join(_row(rule, entry, parameters) for rule, entry in rules.items())
    return HEAD + rows + SCENARIOS_HEAD + _scenarios() + CHECKS_HEAD + "".join(map(_check, CHECKS))


def _scenarios() -> str:
    """Every test named after a scenario, by scenario."""
    found: dict[int, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _names(path):
            match = _OF_SCENARIO.match(name)
            if match:
                found.setdefault(int(match[1][1:]), []).append(f"`{path.relative_to(ROOT / 'tests')}`:{name}")
    return "".join(f"| S{number} | {'<br>'.join(found[number])} |\n" for number in sorted(found))


def _check(check: Check) -> str:
    cells = (check.id, check.title, LABELS[check.severity], check.source, check.mend)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def _parameters() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted((ROOT / "resources" / "parameters").glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def _row(rule: str, entry: dict[str, Any], parameters: dict[str, Any]) -> str:
    used = "<br>".join(_parameter(key, parameters[key]) for key in entry.get("parameters", ()))
    modules = "<br>".join(f"`domain/{name}.py`" for name in entry["modules"])
    tests = "<br>".join(_tests(name) for name in entry["tests"])
    return f"| {rule} | {entry['sentence']} | {used} | {modules} | {tests} |\n"


def _parameter(key: str, table: dict[str, Any]) -> str:
    values = table.get("values", [])
    if not values:
        return f"{key}:未设定"
    newest = values[-1]
    value = newest["value"]
    shown = (
        f"{len(value)} 项"
        if isinstance(value, list) and value and isinstance(value[0], dict)
        else _plain(value)
    )
    source = newest.get("source", table.get("source", "")).replace("|", "/")
    ended = f" 至 {newest['to']}" if "to" in newest else ""
    return f"{key}={shown}({newest['from']} 起{ended};{source})"


def _plain(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _tests(name: str) -> str:
    path = ROOT / (name if "/" in name else f"tests/unit/domain/{name}.py")
    names = _names(path)
    shown = "、".join(names[:3]) + (f" 等 {len(names)} 个" if len(names) > 3 else "")
    return f"`{path.relative_to(ROOT / 'tests')}`:{shown}"


def _names(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
