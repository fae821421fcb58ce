"""Code lists of domain.md 2.0: our own codes and labels; foreign codes are never accepted.

The lists are data: ``resources/codes/*.toml``. Old and misspelt labels are listed there as synonyms.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from villageapp import paths

_SEPARATORS = re.compile(r"[,,、;;/|\s]+")


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list; ``labels`` maps code to Chinese label in the order people expect."""

    name: str
    title: str
    labels: Mapping[str, str]
    lookup: Mapping[str, str]
    source: str = ""

    def label(self, code: str) -> str:
        """The label of a code; a code from a newer version of the list shows as itself."""
        return self.labels.get(code, code)

    def find(self, text: str) -> str:
        """The code of a label, synonym or own code. Raises ValueError naming what was read."""
        code = self.lookup.get(_plain(text))
        if code is None:
            raise ValueError(f"“{text[:30]}”不在“{self.title}”的选项里")
        return code


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def split(text: str) -> list[str]:
    """Parts of a cell that holds several labels (domain.md 5.3)."""
    return [part for part in _SEPARATORS.split(unicodedata.normalize("NFKC", text)) if part]


@cache
def _lists() -> Mapping[str, CodeList]:
    found: dict[str, CodeList] = {}
    for path in sorted((paths.resources() / "codes").glob("*.toml")):
        with path.open("rb") as file:
            found |= {name: _list(name, table) for name, table in tomllib.load(file).items()}
    return found


def _list(name: str, table: Mapping[str, object]) -> CodeList:
    labels: dict[str, str] = {}
    lookup: dict[str, str] = {}
    items = table["items"]
    assert isinstance(items, list)
    for item in items:
        code, label, *synonyms = item if isinstance(item, list) else [item, item]
        labels[code] = label
        for word in (label, *synonyms):
            lookup.setdefault(_plain(word), code)
        lookup.setdefault(_plain(code), code)
    return CodeList(name, str(table["title"]), labels, lookup, str(table.get("source", "")))


def code_list(name: str) -> CodeList:
    """The list with that name. Raises KeyError: a misspelt name is a bug."""
    return _lists()[name]


def names() -> tuple[str, ...]:
    """All list names."""
    return tuple(_lists())
