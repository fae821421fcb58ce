"""遍访率: how many households of a scope were really met in a period (R-VIS-1 of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from villageapp.domain.visit import counts_as_coverage

RULE = "R-VIS-1"


@dataclass(frozen=True, slots=True)
class Met:
    """One visit: whom, when, CL_VISIT_RESULT."""

    household_id: str
    on: date
    result: str | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Households met and all households of the scope."""

    met: frozenset[str]
    scope: frozenset[str]

    @property
    def rate(self) -> Decimal | None:
        """Percent with one place, never rounded up to 100.0; None without households."""
        if not self.scope:
            return None
        exact = Decimal(100 * len(self.met)) / len(self.scope)
        return exact.quantize(Decimal("0.1"), rounding=ROUND_DOWN)

    @property
    def unmet(self) -> frozenset[str]:
        """Households still to be met."""
        return self.scope - self.met

    @property
    def text(self) -> str:
        """For a person, e.g. ``遍访率 66.6%(2/3 户)``."""
        rate = "—" if self.rate is None else f"{self.rate}%"
        return f"遍访率 {rate}（{len(self.met)}/{len(self.scope)} 户）"


def coverage(scope: Iterable[str], visits: Iterable[Met], first: date, last: date) -> Coverage:
    """Coverage of the households ``scope`` from ``first`` to ``last``, both included.

    Nobody home and refused visits do not count; visits of households outside the scope neither. Raises
    ValueError when the period ends before it begins.
    """
    if last < first:
        raise ValueError("期间的结束早于开始")
    wanted = frozenset(scope)
    met = frozenset(
        visit.household_id
        for visit in visits
        if first <= visit.on <= last and counts_as_coverage(visit.result) and visit.household_id in wanted
    )
    return Coverage(met, wanted)
