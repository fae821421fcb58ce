"""Which kind of table a sheet holds, told by its headings alone (domain.md 5.1); never guessed when it could be two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from villageapp.services.imports.headings import Layout, best_layout, suffices
from villageapp.services.imports.source import Cell, Merge
from villageapp.services.imports.vocabulary import EMPLOYMENTS, PERSONS, Target, Vocabulary, vocabulary

_TAKE_APART = (
    "请另存两份：导入人员的一份删去务工的列（开始时间、就业渠道等），"
    "导入务工的一份只留户编号、姓名、证件号码和务工的列。"
)
_SHOWN = 8
_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Recognised:
    """A heading row read as one kind of table. ``shortfall``: why it cannot be imported; empty when it can."""

    words: Vocabulary
    layout: Layout
    shortfall: str = ""
    remedy: str = ""
    """What to do about the shortfall, where exporting again would not help."""


def recognise(top: Sequence[Sequence[Cell]], merges: Sequence[Merge], first_column: int) -> Recognised | None:
    """The kind and layout of a sheet by its first rows; None when no heading is known at all."""
    persons, lists = vocabulary(PERSONS), vocabulary(EMPLOYMENTS)
    person = best_layout(top, merges, first_column, persons)
    listed = best_layout(top, merges, first_column, lists)
    if person is None or listed is None:
        return None
    spell = listed.keys & lists.marks.spell
    marks = person.keys & lists.marks.persons
    if len(marks) >= lists.marks.ambiguous_from:
        if spell.issuperset(lists.marks.spell_needed):
            return Recognised(lists, listed, _two_kinds(person, listed, lists), _TAKE_APART)
        return _judged(persons, person)
    if spell or listed.keys & lists.marks.plan:
        return _list(lists, listed, is_spell=bool(spell - lists.marks.plan))
    return _judged(persons, person) if person.columns else None


def _list(words: Vocabulary, layout: Layout, *, is_spell: bool) -> Recognised:
    needed = (*words.needed, *(words.marks.spell_needed if is_spell else ()))
    missing = [label_of(key, words) for key in needed if key not in layout.keys]
    if missing:
        return Recognised(words, layout, f"像{words.title}，但缺少{'、'.join(missing)}")
    return Recognised(words, layout)


def _judged(words: Vocabulary, layout: Layout) -> Recognised:
    if suffices(layout, words):
        return Recognised(words, layout)
    known = "、".join(column.heading for column in layout.columns[:_SHOWN])
    missing = [label_of(key, words) for key in words.needed if key not in layout.keys]
    what = f"不像人员导出表，也不像{vocabulary(EMPLOYMENTS).title}：只认出 {len(layout.keys)} 列（{known}）"
    what += f"，缺少{'、'.join(missing)}" if missing else f"，至少要 {words.least_targets} 列"
    return Recognised(words, layout, what)


def _two_kinds(person: Layout, listed: Layout, words: Vocabulary) -> str:
    of_person = _headings(person, words.marks.persons)
    of_spell = _headings(listed, words.marks.spell)
    return f"既有人员名单的列（{of_person} 等），又有务工表的列（{of_spell}），分不清按哪一种导入"


def _headings(layout: Layout, keys: frozenset[str]) -> str:
    return "、".join([c.heading for c in layout.columns if c.target.key in keys][:_ALIKE])


def label_of(key: str, words: Vocabulary) -> str:
    """What the missing column is called in the export, e.g. “户编号”."""
    target: Target | None = next((t for t in words.targets.values() if t.key == key), None)
    return f"“{target.label}”" if target else key
