"""What the demo village consists of; values stand under the forms' field names, as ``Form.check`` returns them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Values = Mapping[str, Any]

IN_WORKBOOK_HOUSEHOLD = frozenset(
    "county town village natural_village national_hh_no phone household_type monitoring_category risk_eliminated "
    "identified_ym first_identified_ym registered_population per_capita is_dangerous_house "
    "water_safe region_code status".split()
)
"""Household fields that the national workbook carries whole (of the 致贫原因 it has one) or the import sets."""
IN_WORKBOOK_MEMBER = frozenset(
    "national_member_no name id_type id_no disability_card_no disability_category disability_level sex birth_date "
    "relation nation education student_status health labour work_months critical_illness_ins phone "
    "identified_ym".split()
)


@dataclass(frozen=True, slots=True)
class DemoHousehold:
    """One family. ``values`` has no references; the head is the first of ``members``."""

    values: Values
    members: tuple[Values, ...]  # without household_id
    duty_cadre: str = ""  # name of the 结对帮扶责任人; empty for those who need none

    @property
    def number(self) -> str:
        """The 16-digit household number."""
        return str(self.values["national_hh_no"])


@dataclass(frozen=True, slots=True)
class DemoVisit:
    """A visit without household_id and visitors; ``visitors`` are names of cadres."""

    values: Values
    visitors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoMeasure:
    """A measure without references: who enjoys it by ID number (empty: the household), who answers for it by name."""

    values: Values
    member_id_no: str
    responsible: str


@dataclass(frozen=True, slots=True)
class DemoVillage:
    """A fictitious village with a year of work behind it; every mapping is keyed by household number."""

    today: date
    village: Values
    cadres: tuple[Values, ...]
    households: tuple[DemoHousehold, ...]
    visits: Mapping[str, tuple[DemoVisit, ...]]
    measures: Mapping[str, tuple[DemoMeasure, ...]]

    @property
    def details(self) -> dict[str, dict[str, Any]]:
        """Household fields that the workbook cannot carry, to record after the import."""
        return {h.number: _without(h.values, IN_WORKBOOK_HOUSEHOLD) for h in self.households}

    @property
    def member_details(self) -> dict[str, dict[str, Any]]:
        """Member fields that layout b cannot carry, by ID number."""
        members = (m for h in self.households for m in h.members)
        return {m["id_no"]: _without(m, IN_WORKBOOK_MEMBER) for m in members}

    @property
    def duties(self) -> dict[str, str]:
        """Name of the 结对帮扶责任人 by household number."""
        return {h.number: h.duty_cadre for h in self.households if h.duty_cadre}


def _without(values: Values, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names and value is not None}
