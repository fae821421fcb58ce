"""What is said about rows while a file is read; bounded, so that a hopeless file cannot fill the memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from villageapp.services.imports.plan import Duplicate, Rejected, Remark

MOST_WARNINGS = 5_000


@dataclass(slots=True)
class Findings:
    """Collected while reading; ``sheet`` is empty as long as only one sheet is read."""

    sheet: str = ""
    duplicates: list[Duplicate] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    unsaid: int = 0

    def warn(self, row: int, message: str, sheet: str | None = None) -> None:
        """Remember a remark, or count it when there are too many to read."""
        if len(self.warnings) >= MOST_WARNINGS:
            self.unsaid += 1
            return
        self.warnings.append(Remark(row, message, self.sheet if sheet is None else sheet))

    def reject(self, row: int, cell: str, reason: str) -> None:
        """Remember a row that is not taken."""
        self.rejected.append(Rejected(row, cell, reason, self.sheet))

    def all_warnings(self) -> tuple[Remark, ...]:
        """Remarks in order of rows, with a last one about those left out."""
        found = sorted(self.warnings, key=lambda remark: (remark.sheet, remark.row))
        if self.unsaid:
            found.append(Remark(0, f"另有 {self.unsaid} 条提示未列出；请先改正以上问题"))
        return tuple(found)
