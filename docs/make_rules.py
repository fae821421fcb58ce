"""Write docs/rules.md from the rulebook's data, parameters and tests: ``python docs/make_rules.py``.

A test holds the committed page against what this makes, so that it cannot fall behind.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "rules.md"
HEAD = """# 规则一览

由 `python docs/make_rules.py` 从 `resources/rules.toml`、`resources/parameters/` 和测试生成,不要手改。
“未设定”的参数没有值,依赖它的规则不作判断。数据体检的规则见 `villageapp check`。

| 规则 | 内容 | 参数(值,生效日期,来源) | 程序 | 测试 |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    parameters = _parameters()
    rules = tomllib.loads((ROOT / "resources" / "rules.toml").read_text(encoding="utf-8"))
    return HEAD + "".join(_row(rule, entry, parameters) for rule, entry in rules.items())


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
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
    shown = "、".join(names[:3]) + (f" 等 {len(names)} 个" if len(names) > 3 else "")
    return f"`{path.relative_to(ROOT / 'tests')}`:{shown}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
