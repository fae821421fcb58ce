"""A change: one record, some of its fields, and for each field the clocks of the values that it replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SET, DELETE, RESTORE = "set", "delete", "restore"
KINDS = frozenset({SET, DELETE, RESTORE})
DELETED = "deleted"
"""Name of the register that says whether a record is deleted; its value is the vector the deleter had seen."""

SCHEMA = 4
"""Version of the field descriptions that a change was written with; rises with every new field or entity."""


class Clock(NamedTuple):
    """Hybrid time (Unix milliseconds << 16 | counter), made unique by replica and sequence number."""

    hlc: int
    replica_id: str
    seq: int


Bases = Mapping[str, tuple[Clock, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """What one laptop did to one record. ``fields`` holds wire values; ``bases`` only fields that had a value."""

    seq: int
    hlc: int
    actor: str  # record id of the cadre
    entity: str
    record_id: str
    kind: str
    fields: Mapping[str, Any]
    bases: Bases = field(default_factory=dict)
    schema: int = SCHEMA

    def clock(self, replica_id: str) -> Clock:
        """The clock of every value this change writes."""
        return Clock(self.hlc, replica_id, self.seq)
