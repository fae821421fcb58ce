"""What an operation touched: screens refresh from it, whoever made the change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Record ids by entity. ``everything`` stands for more than is worth listing (import, first sync)."""

    touched: Mapping[str, frozenset[str]] = field(default_factory=dict)
    everything: bool = False

    @classmethod
    def of(cls, records: Iterable[tuple[str, str]]) -> ChangeSet:
        """From (entity, record id) pairs."""
        grouped: dict[str, set[str]] = {}
        for entity, record_id in records:
            grouped.setdefault(entity, set()).add(record_id)
        return cls({entity: frozenset(ids) for entity, ids in grouped.items()})

    def touches(self, entity: str, record_id: str | None = None) -> bool:
        """Whether that entity (or that one record) may have changed."""
        if self.everything:
            return True
        ids = self.touched.get(entity, frozenset())
        return bool(ids) if record_id is None else record_id in ids

    def __bool__(self) -> bool:
        return self.everything or any(self.touched.values())
