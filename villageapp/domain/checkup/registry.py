"""All rules of the data check-up (domain.md 3.7 and the R-… rules) and their run over one household."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from villageapp.domain import money
from villageapp.domain.checkup import exits, families, homes, incomes, livelihood, monitored, people
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import HouseholdFacts, Setting
from villageapp.domain.checkup.finding import Finding, Found, Level, fingerprint
from villageapp.domain.parameters import UnsetParameter

IN_REGISTER = "在册"
CHECKS: tuple[Check, ...] = (
    *people.CHECKS,
    *families.CHECKS,
    *homes.CHECKS,
    *livelihood.CHECKS,
    *incomes.CHECKS,
    *monitored.CHECKS,
    *exits.CHECKS,
)
"""In the order in which findings of one household are read."""
BY_ID: Mapping[str, Check] = {check.id: check for check in CHECKS}
ORDER: Mapping[str, int] = {check.id: place for place, check in enumerate(CHECKS)}


def examine(facts: HouseholdFacts, setting: Setting, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """Everything these rules find in the household; one that left the register is not looked at.

    A rule whose parameter is unset leaves a finding of level UNSET and what it found before.
    """
    if facts.get("status") not in (None, IN_REGISTER):
        return []
    findings: dict[tuple[str, str, str, str], Finding] = {}
    for check in checks:
        for found, level in _run(check, facts, setting):
            finding = _finding(check, found, level, facts.id)
            before = findings.get(finding.key)
            findings[finding.key] = finding if before is None else _joined(before, finding)
    return list(findings.values())


def _run(check: Check, facts: HouseholdFacts, setting: Setting) -> Iterable[tuple[Found, Level]]:
    try:
        for found in check.run(facts, setting):
            yield found, check.severity
    except UnsetParameter as unset:
        told = f"{unset.message}未检查：{check.title}"
        yield Found(facts.id, "", told, mend=unset.remedy), Level.UNSET


def _finding(check: Check, found: Found, level: Level, household_id: str) -> Finding:
    return Finding(
        household_id,
        check.id,
        found.record_id,
        found.field,
        level,
        found.message,
        found.mend or check.mend,
        found.member_id,
        fingerprint(f"{check.id}\n{found.facts or money.ungrouped(found.message)}"),
    )


def _joined(first: Finding, second: Finding) -> Finding:
    """Two facts of one rule about one field read as one finding."""
    if first.message == second.message:
        return first
    return Finding(
        *first.key,
        first.severity,
        f"{first.message}；{second.message}",
        first.mend,
        first.member_id,
        fingerprint(first.facts + second.facts),
    )
