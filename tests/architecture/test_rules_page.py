"""docs/rules.md is what the data, parameters and tests say today."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _maker():
    spec = importlib.util.spec_from_file_location("make_rules", ROOT / "docs" / "make_rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date() -> None:
    maker = _maker()
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page(), "run: python docs/make_rules.py"


def test_every_rule_names_modules_and_tests_that_exist() -> None:
    rules = tomllib.loads((ROOT / "resources" / "rules.toml").read_text(encoding="utf-8"))
    for rule, entry in rules.items():
        for module in entry["modules"]:
            assert (ROOT / "villageapp" / "domain" / f"{module}.py").exists(), rule
        assert entry["tests"], rule
