"""All cases, and households without a finding."""

from __future__ import annotations

from tests.unit.domain.checkup.homes import ACCOUNTED, ELIMINATED, FILED, MONITORED, ORDINARY
from tests.unit.domain.checkup.livelihood_cases import HOMES, INCOMES, LIVELIHOOD
from tests.unit.domain.checkup.monitoring_cases import EXITS, MONITORING
from tests.unit.domain.checkup.people_cases import FAMILIES, PEOPLE

CASES = (*PEOPLE, *FAMILIES, *HOMES, *LIVELIHOOD, *INCOMES, *MONITORING, *EXITS)
CLEAN = (ORDINARY, MONITORED, FILED, ELIMINATED, ACCOUNTED)
