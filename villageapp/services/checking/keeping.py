"""The findings of the last check-up, kept beside the records so that a list opens at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Row, delete, insert, select

import villageapp
from villageapp.domain import dates
from villageapp.domain.checkup import CHECKS, Finding, Level, Setting
from villageapp.domain.checkup.finding import fingerprint
from villageapp.models import local

_finding, _stale = local.Finding.__table__, local.StaleHousehold.__table__
_last = local.LastCheckup.__table__
SHARED_RULES = ("R-ID-UNIQUE", "D-HH-NO-UNIQUE")
"""Rules whose finding in one household depends on records of another."""


def rules_of(setting: Setting) -> str:
    """Fingerprint of what all findings depend on beside the records of one household."""
    cadres = sorted((key, str(cadre["term_end"]), cadre["name"]) for key, cadre in setting.cadres.items())
    return fingerprint(
        repr(
            (
                villageapp.__version__,
                [check.id for check in CHECKS],
                setting.parameters.fingerprint(),
                setting.region,
                cadres,
            )
        )
    )


def begin_anew(connection: Connection) -> None:
    """Before everything is checked: what changes from now on is marked afresh."""
    connection.execute(delete(local.StaleHousehold))
    connection.execute(delete(local.LastCheckup))


def replace_all(connection: Connection, findings: Sequence[Finding]) -> None:
    """Keep these findings alone."""
    connection.execute(delete(local.Finding))
    _add(connection, findings)


def replace_some(connection: Connection, ids: Iterable[str], findings: Sequence[Finding]) -> None:
    """Keep these findings in place of those of the households ``ids``, which are no longer marked."""
    wanted = sorted(ids)
    connection.execute(delete(local.Finding).where(_finding.c.household_id.in_(wanted)))
    connection.execute(delete(local.StaleHousehold).where(_stale.c.household_id.in_(wanted)))
    _add(connection, findings)


def _add(connection: Connection, findings: Sequence[Finding]) -> None:
    if findings:
        connection.execute(insert(local.Finding), [_values(finding) for finding in findings])


def _values(finding: Finding) -> dict[str, str]:
    return {
        "household_id": finding.household_id,
        "rule": finding.rule,
        "record_id": finding.record_id,
        "field": finding.field,
        "member_id": finding.member_id,
        "severity": finding.severity.value,
        "message": finding.message,
        "mend": finding.mend,
        "facts": finding.facts,
    }


def finished(connection: Connection, setting: Setting, at: datetime) -> None:
    """Remember for which day and rules the findings stand."""
    connection.execute(delete(local.LastCheckup))
    connection.execute(
        insert(local.LastCheckup),
        {
            "id": 1,
            "checked_on": setting.on.isoformat(),
            "rules": rules_of(setting),
            "finished_at": dates.instant_text(at),
        },
    )


def is_current(connection: Connection, setting: Setting) -> bool:
    """Whether the kept findings stand for this day and these rules (but for marked households)."""
    row = connection.execute(select(_last.c.checked_on, _last.c.rules)).one_or_none()
    return row is not None and tuple(row) == (setting.on.isoformat(), rules_of(setting))


def checked_on(connection: Connection) -> date | None:
    """The day for which the findings stand; None before the first check-up."""
    day = connection.scalar(select(_last.c.checked_on))
    return None if day is None else date.fromisoformat(day)


def marked(connection: Connection) -> frozenset[str]:
    """Households whose records changed since they were looked at."""
    return frozenset(connection.execute(select(_stale.c.household_id)).scalars())


def with_shared(connection: Connection) -> frozenset[str]:
    """Households with a finding that depends on another household."""
    found = connection.execute(select(_finding.c.household_id).where(_finding.c.rule.in_(SHARED_RULES)))
    return frozenset(found.scalars())


def kept(connection: Connection, household_id: str | None = None) -> list[Finding]:
    """The kept findings, of one household or of all."""
    statement = select(_finding)
    if household_id is not None:
        statement = statement.where(_finding.c.household_id == household_id)
    texts: dict[str, str] = {}
    return [_from(row, texts) for row in connection.execute(statement)]


def _from(row: Row[tuple[str, ...]], texts: dict[str, str]) -> Finding:
    """Equal texts are one object in ``texts``: a village has some 20,000 findings of 200 sorts."""
    same = texts.setdefault
    return Finding(
        same(row.household_id, row.household_id),
        same(row.rule, row.rule),
        row.record_id,
        same(row.field, row.field),
        Level(row.severity),
        same(row.message, row.message),
        same(row.mend, row.mend),
        row.member_id,
        same(row.facts, row.facts),
    )
