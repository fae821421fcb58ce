"""What an import would do, did, or took back: for the screen, the command line and the log of batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from villageapp.domain.changes import ChangeSet
from villageapp.services.imports.plan import ColumnLeft, Duplicate, Rejected, Remark
from villageapp.services.imports.vocabulary import PERSONS


@dataclass(frozen=True, slots=True)
class Counts:
    """Records of one kind in the file, by what the store has of them."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a record that the file changes; values as people read them."""

    entity: str
    record_id: str
    row: int
    title: str
    """Name of the person, or number of the household."""
    field: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A record of this store that the file does not name; nothing is done to it."""

    entity: str
    record_id: str
    title: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of one import, or what it would be (``batch`` empty)."""

    batch: str
    file: str
    households: Counts
    members: Counts
    field_changes: tuple[FieldChange, ...]
    kept: tuple[FieldChange, ...]
    """Fields that people edited here: ``before`` stands, the file's ``after`` was not taken."""
    missing: tuple[Missing, ...]
    duplicates: tuple[Duplicate, ...]
    rejected: tuple[Rejected, ...]
    warnings: tuple[Remark, ...]
    header_rows: int
    footer_rows: int
    changes: ChangeSet = field(default_factory=ChangeSet)
    kind: str = PERSONS
    """Kind of table: ``persons`` or ``employment``."""
    employment: Counts = Counts()
    columns_left: tuple[ColumnLeft, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether importing changes anything here."""
        return any(c.new or c.changed for c in (self.households, self.members, self.employment))

    @property
    def takes_nothing(self) -> bool:
        """Whether rows were rejected and not one was taken."""
        counted = (self.households, self.members, self.employment)
        return bool(self.rejected) and not any(c.new or c.changed or c.unchanged for c in counted)

    def as_json(self) -> dict[str, Any]:
        """The JSON-safe form that ``villageapp import --json`` prints."""
        return {
            "batch": self.batch or None,
            "file": self.file,
            "kind": self.kind,
            "households": _counts(self.households),
            "members": _counts(self.members),
            "employment": _counts(self.employment),
            "duplicates": [{"row": d.row, "of_row": d.of_row, **_sheet(d.sheet)} for d in self.duplicates],
            "rejected": [
                {"row": r.row, "cell": r.cell, "reason": r.reason, **_sheet(r.sheet)} for r in self.rejected
            ],
            "warnings": [{"row": w.row, "message": w.message, **_sheet(w.sheet)} for w in self.warnings],
            "changed_fields": [_change(c) for c in self.field_changes],
            "kept_fields": [_change(c) for c in self.kept],
            "missing": [{"entity": m.entity, "id": m.record_id, "title": m.title} for m in self.missing],
            "columns_not_stored": [
                {
                    "cell": c.cell,
                    "heading": c.heading,
                    "known": bool(c.reason),
                    "reason": c.reason,
                    **_sheet(c.sheet),
                }
                for c in self.columns_left
            ],
            "header_rows": self.header_rows,
            "footer_rows": self.footer_rows,
        }


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """What an undo did not touch, and why."""

    entity: str
    record_id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What taking back a batch did."""

    batch: str
    households_removed: int
    members_removed: int
    fields_restored: int
    left_alone: tuple[LeftAlone, ...]
    changes: ChangeSet = field(default_factory=ChangeSet)
    spells_removed: int = 0

    def as_json(self) -> dict[str, Any]:
        """The JSON-safe form that ``villageapp import --undo --json`` prints."""
        return {
            "batch": self.batch,
            "households_removed": self.households_removed,
            "members_removed": self.members_removed,
            "employment_removed": self.spells_removed,
            "fields_restored": self.fields_restored,
            "left_alone": [
                {"entity": x.entity, "id": x.record_id, "title": x.title, "reason": x.reason}
                for x in self.left_alone
            ],
        }


@dataclass(frozen=True, slots=True)
class Batch:
    """An import made earlier on this laptop."""

    id: str
    file_name: str
    started_at: datetime
    actor: str
    households: Counts
    members: Counts
    undone_at: datetime | None
    employment: Counts = Counts()


def _counts(counts: Counts) -> dict[str, int]:
    return {"new": counts.new, "changed": counts.changed, "unchanged": counts.unchanged}


def _sheet(name: str) -> dict[str, str]:
    return {"sheet": name} if name else {}


def _change(change: FieldChange) -> dict[str, Any]:
    return {
        "entity": change.entity,
        "id": change.record_id,
        "row": change.row,
        "title": change.title,
        "field": change.field,
        "label": change.label,
        "before": change.before,
        "after": change.after,
    }
