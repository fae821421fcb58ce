"""Rules for the window's source: texts that can be translated, and a main window that stays small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

UI = Path(__file__).parents[2] / "villageapp" / "ui"
SOURCES = sorted(UI.rglob("*.py"))
_TRANSLATORS = {"tr": 0, "translate": 1}
"""Name of the call, and which argument is the text."""
_NAMES_OF_TR = {"tr"}


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _TRANSLATORS:
                if not _moves_a_painter(node.func):
                    yield node, node.func.attr
            elif isinstance(node.func, ast.Name) and node.func.id in _NAMES_OF_TR:
                yield node, "translate"


def _moves_a_painter(called: ast.Attribute) -> bool:
    """``translate`` is Qt's word for moving, too."""
    return isinstance(called.value, ast.Name) and called.value.id == "painter"


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(UI)))
def test_translated_texts_are_literal(path: Path) -> None:
    """lupdate reads the source: a text put together at run time would never be in its catalogue."""
    wrong = [
        call.lineno
        for call, name in _calls(ast.parse(path.read_text(encoding="utf-8")))
        if not _is_literal(call.args[_TRANSLATORS[name]])
    ]
    assert wrong == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(UI)))
def test_widgets_get_no_bare_chinese(path: Path) -> None:
    """What a widget is given to show comes from ``tr``, from domain, or from data."""
    wrong = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in {
            "setText",
            "setWindowTitle",
            "setPlaceholderText",
            "setAccessibleName",
            "setToolTip",
            "label",
            "button",
        }:
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            wrong += [f"{node.lineno}: {text}" for text in texts if _is_chinese(text)]
    assert wrong == []


def test_the_main_window_stays_small() -> None:
    assert len((UI / "main_window.py").read_text(encoding="utf-8").splitlines()) <= 250


def test_nobody_processes_events_or_kills_threads() -> None:
    words = ("processEvents", "QThread", ".terminate(", "qasync", ".exec_(")
    assert [(p.name, w) for p in SOURCES for w in words if w in p.read_text(encoding="utf-8")] == []
