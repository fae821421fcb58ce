"""The data check-up as a service: the village, one household, what changed; explaining away (domain.md 3.7)."""

from villageapp.services.checking.explaining import explain, withdraw
from villageapp.services.checking.report import CheckReport, ReportedFinding
from villageapp.services.checking.running import check_changed, check_household, check_village, kept_findings

__all__ = [
    "CheckReport",
    "ReportedFinding",
    "check_changed",
    "check_household",
    "check_village",
    "explain",
    "kept_findings",
    "withdraw",
]
