"""Import of the national system's person exports (domain.md 5): read, compare, apply, undo."""

from villageapp.services.imports.applying import apply_import, preview_import
from villageapp.services.imports.plan import (
    Duplicate,
    ImportPlan,
    PlannedHousehold,
    PlannedMember,
    Rejected,
    Remark,
    SheetRead,
)
from villageapp.services.imports.reading import read_plan
from villageapp.services.imports.report import (
    Batch,
    Counts,
    FieldChange,
    ImportReport,
    LeftAlone,
    Missing,
    UndoReport,
)
from villageapp.services.imports.undoing import list_batches, undo_import

__all__ = [
    "Batch",
    "Counts",
    "Duplicate",
    "FieldChange",
    "ImportPlan",
    "ImportReport",
    "LeftAlone",
    "Missing",
    "PlannedHousehold",
    "PlannedMember",
    "Rejected",
    "Remark",
    "SheetRead",
    "UndoReport",
    "apply_import",
    "list_batches",
    "preview_import",
    "read_plan",
    "undo_import",
]
