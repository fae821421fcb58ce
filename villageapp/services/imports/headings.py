"""Finding the heading row of a person export and what each column means (domain.md 5.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from villageapp.services.imports.source import Cell, Merge
from villageapp.services.imports.vocabulary import Target, Vocabulary, normalised

_RUN_OF_DIGITS = re.compile(r"\d{6}")
_MOST_MERGES = 2_000


@dataclass(frozen=True, slots=True)
class Column:
    """One recognised column; ``index`` counts from 0 in the rows of the sheet."""

    index: int
    target: Target
    unit: str
    heading: str


@dataclass(frozen=True, slots=True)
class Unused:
    """A column that is not stored; ``reason`` is empty when nobody knows its heading."""

    index: int
    heading: str
    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a sheet. ``header_rows`` rows stand above the first person."""

    header_rows: int
    columns: tuple[Column, ...]
    unused: tuple[Unused, ...]

    @property
    def keys(self) -> frozenset[str]:
        """Distinct targets, e.g. ``member.id_no``."""
        return frozenset(column.target.key for column in self.columns)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headings that nobody knows."""
        return tuple(column.heading for column in self.unused if not column.reason)


def best_layout(
    top: Sequence[Sequence[Cell]], merges: Sequence[Merge], first_column: int, words: Vocabulary
) -> Layout | None:
    """The layout with most targets among the first rows, whether or not it suffices; None when empty.

    A heading of two rows is only preferred when it yields more than its lower row alone.
    """
    texts = _texts(top, merges, first_column)
    best: Layout | None = None
    for row in range(min(len(texts), words.limits.header_search_rows)):
        for upper in ({}, texts[row - 1]) if row else ({},):
            if upper and any(_RUN_OF_DIGITS.search(text) for text in texts[row].values()):
                continue  # a person, not the second row of a heading
            layout = _layout(row, texts[row], upper, words)
            if best is None or len(layout.keys) > len(best.keys):
                best = layout
    return best


def suffices(layout: Layout, words: Vocabulary) -> bool:
    """Whether this is a heading of that kind of table."""
    return len(layout.keys) >= words.least_targets and layout.keys.issuperset(words.needed)


def _texts(top: Sequence[Sequence[Cell]], merges: Sequence[Merge], first_column: int) -> list[dict[int, str]]:
    """Normalised text by column of each row, merged cells filled with the text of their first cell."""
    texts = [{i: normalised(c) for i, c in enumerate(row) if isinstance(c, str)} for row in top]
    texts = [{i: text for i, text in row.items() if text} for row in texts]
    width = max((len(row) for row in top), default=0)
    near = [merge for merge in merges if merge[0][0] < len(texts)]
    for (row, column), (last_row, last_column) in near[:_MOST_MERGES]:
        text = texts[row].get(column - first_column)
        if not text:
            continue
        for filled in texts[row : last_row + 1]:
            for index in range(max(column - first_column, 0), min(last_column - first_column + 1, width)):
                filled.setdefault(index, text)
    return texts


def _layout(row: int, lower: Mapping[int, str], upper: Mapping[int, str], words: Vocabulary) -> Layout:
    columns: list[Column] = []
    unused: list[Unused] = []
    for index in sorted(lower.keys() | upper.keys()):
        group, heading = upper.get(index, ""), lower.get(index, "")
        full = f"{group}{heading}" if group != heading else heading
        why = words.why_group_not_stored(group)
        target, unit = (None, "") if why else _target(group, heading, words)
        if target is not None and words.takes(target):
            columns.append(Column(index, target, unit, heading or group))
        elif target is not None:
            unused.append(Unused(index, heading or group, words.not_taken))
        elif heading:
            reason = why or words.why_not_stored(full) or words.why_not_stored(heading)
            unused.append(Unused(index, heading, reason))
    return Layout(row + 1, tuple(columns), tuple(unused))


def _target(group: str, heading: str, words: Vocabulary) -> tuple[Target | None, str]:
    """Top-down: 户信息 over 编号 is 户编号; else the heading alone; the group alone only for a tall cell."""
    candidates = [heading or group]
    if group and heading and group != heading:
        if _is_about_the_head(group, words):  # 户主信息 over 姓名: never the member's own name
            candidates = [prefix + heading for prefix in words.head_prefix]
        else:
            prefix = next((p for p in words.household_prefix if group.startswith(p)), "")
            prefix = prefix or ("人" if group.startswith(words.member_prefix) else "")
            candidates = [prefix + heading, heading, group + heading]
    for candidate in candidates:
        target, unit = words.find(candidate)
        if target is not None:
            return target, unit
    return None, ""


def _is_about_the_head(group: str, words: Vocabulary) -> bool:
    return group.startswith(words.head_prefix) and not group.startswith(words.not_head_prefix)
