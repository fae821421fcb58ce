"""Import of the national system's tables (domain.md 5): person exports of three layouts, monthly employment lists."""

from villageapp.services.imports.applying import apply_import, preview_import
from villageapp.services.imports.plan import (
    ColumnLeft,
    Duplicate,
    ImportPlan,
    PlannedHousehold,
    PlannedIntention,
    PlannedMember,
    PlannedSpell,
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
from villageapp.services.imports.vocabulary import EMPLOYMENTS, PERSONS

__all__ = [
    "EMPLOYMENTS",
    "PERSONS",
    "Batch",
    "ColumnLeft",
    "Counts",
    "Duplicate",
    "FieldChange",
    "ImportPlan",
    "ImportReport",
    "LeftAlone",
    "Missing",
    "PlannedHousehold",
    "PlannedIntention",
    "PlannedMember",
    "PlannedSpell",
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
