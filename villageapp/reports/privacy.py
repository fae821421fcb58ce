"""How much a printed sheet may show (domain.md 4, R-NOTICE)."""

from __future__ import annotations

from enum import StrEnum


class Privacy(StrEnum):
    """The grade of a sheet; decides what is printed at all, not only how."""

    P0 = "P0"
    """Public wall: no ID number, family phone, bank, health, disability or amount."""
    P1 = "P1"
    """Family copy: ID numbers masked, helpers' phones in full."""
    P2 = "P2"
    """Work file: everything."""

    @property
    def label(self) -> str:
        """What the sheet calls itself."""
        return {"P0": "公示版", "P1": "农户留存", "P2": "工作用表 · 内部"}[self.value]


def masked_id(number: str) -> str:
    """First six and last four characters, stars between: ``149901********001X``; short numbers: stars."""
    if len(number) < 15:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]
