"""What a segment holds, column-wise as it came; changes one by one only for whoever asks for them.

A first sync is almost all creations: whole groups of them go from the columns to the store (``sync/bulk.py``)
without an object for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, compress
from typing import Any, overload

from villageapp.sync.change import SET, Change, Clock

NO_BASES: Mapping[str, tuple[Clock, ...]] = {}


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one entity, kind, schema and field set; one list entry each in every column."""

    entity: str
    kind: str
    schema: int
    names: tuple[str, ...]
    seqs: Sequence[int]
    hlcs: Sequence[int]
    actors: Sequence[str]
    record_ids: Sequence[str]
    columns: Sequence[Sequence[Any]]
    """One sequence for each name, in the order of ``names``."""
    bases: Mapping[int, Mapping[str, tuple[Clock, ...]]] = field(default_factory=dict)
    """By row; rows that replace nothing are absent."""

    @property
    def only_creates(self) -> bool:
        """Whether no change of it says that it replaces, deletes or restores anything."""
        return self.kind == SET and not self.bases

    def changes(self) -> Iterator[Change]:
        """One by one."""
        names = self.names
        values = zip(*self.columns, strict=True) if self.columns else iter([()] * len(self.seqs))
        rows = zip(self.seqs, self.hlcs, self.actors, self.record_ids, values, strict=True)
        bases = self.bases
        for row, (seq, hlc, actor, record_id, given) in enumerate(rows):
            fields = dict(zip(names, given, strict=True))
            replaced = bases.get(row, NO_BASES) if bases else NO_BASES
            yield Change(seq, hlc, actor, self.entity, record_id, self.kind, fields, replaced, self.schema)

    def chosen(self, keep: Sequence[bool]) -> Group:
        """The rows marked True of a group that only creates."""
        columns = self.chosen_columns(self.columns, keep)
        return replace(
            self,
            seqs=list(compress(self.seqs, keep)),
            hlcs=list(compress(self.hlcs, keep)),
            actors=list(compress(self.actors, keep)),
            record_ids=list(compress(self.record_ids, keep)),
            columns=columns,
        )

    @staticmethod
    def chosen_columns(columns: Sequence[Sequence[Any]], keep: Sequence[bool]) -> list[list[Any]]:
        """The same rows of any columns."""
        return [list(compress(column, keep)) for column in columns]


@dataclass(frozen=True)
class Contents(Sequence[Change]):
    """The changes of one segment: groups for bulk work, and a sequence in order of their numbers."""

    groups: tuple[Group, ...]

    def __len__(self) -> int:
        return sum(len(group.seqs) for group in self.groups)

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...
    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        return self._ordered[index]

    def __iter__(self) -> Iterator[Change]:
        return iter(self._ordered)

    @cached_property
    def _ordered(self) -> list[Change]:
        return in_order(chain.from_iterable(group.changes() for group in self.groups))

    def runs(self, first_seq: int, last_seq: int) -> bool:
        """Whether the numbers are exactly these, each once."""
        numbers = sorted(chain.from_iterable(group.seqs for group in self.groups))
        return numbers == list(range(first_seq, last_seq + 1))

    @property
    def highest_hlc(self) -> int:
        """The latest clock; 0 without changes."""
        return max((max(group.hlcs) for group in self.groups if group.hlcs), default=0)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """By sequence number."""
    return sorted(changes, key=lambda change: change.seq)
