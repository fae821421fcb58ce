"""The check-up over the village, over one household, or over what changed since the last one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, func, select

from villageapp.domain.checkup import Finding, Setting, examine
from villageapp.errors import NotFound
from villageapp.models.records import Household
from villageapp.progress import SILENT, Progress
from villageapp.services.checking import keeping
from villageapp.services.checking.loading import load, neighbours, setting_of
from villageapp.services.checking.report import CheckReport, report

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_STEP = 250
"""Households between two words of progress."""


def check_village(work: Workspace, on: date | None = None, progress: Progress = SILENT) -> CheckReport:
    """Check every household as of a day; findings of today are kept for ``kept_findings``.

    Raises Cancelled when the person stops it; then nothing counts as checked until the next check-up,
    which begins anew.
    """
    today = work.today()
    day = on or today
    if day == today:
        with work.database.writing() as connection:
            keeping.begin_anew(connection)
    with work.reading() as connection:
        setting = setting_of(connection, day, work.parameters)
        findings, looked_at = _examine_all(connection, setting, progress)
        found = report(connection, day, findings, looked_at)
    if day == today:
        with work.database.writing() as connection:
            keeping.replace_all(connection, findings)
            keeping.finished(connection, setting, work.now())
    return found


def _examine_all(connection: Connection, setting: Setting, progress: Progress) -> tuple[list[Finding], int]:
    findings: list[Finding] = []
    progress.step(0, 0, "正在读取全村数据")
    everything = list(load(connection))
    for done, facts in enumerate(everything):
        if done % _STEP == 0:
            progress.step(done, len(everything), "正在体检")
            progress.check_cancelled()
        findings += examine(facts, setting)
    progress.step(len(everything), len(everything), "正在体检")
    return findings, len(everything)


def check_changed(work: Workspace, progress: Progress = SILENT) -> int:
    """Bring the kept findings up to date; how many households were looked at.

    After an edit only the changed households (and those that share an ID number with them) are checked; a
    new day, new rules or a changed list of cadres ask for the whole village.
    """
    with work.database.writing() as connection:
        setting = setting_of(connection, work.today(), work.parameters)
        if keeping.is_current(connection, setting):
            stale = keeping.marked(connection)
            return _check_some(connection, setting, stale) if stale else 0
    return check_village(work, progress=progress).households


def _check_some(connection: Connection, setting: Setting, ids: frozenset[str]) -> int:
    wanted = ids | neighbours(connection, ids) | keeping.with_shared(connection)
    findings = [found for facts in load(connection, wanted) for found in examine(facts, setting)]
    keeping.replace_some(connection, wanted, findings)
    return len(wanted)


def check_household(work: Workspace, household_id: str, on: date | None = None) -> CheckReport:
    """Check one household as of a day, without touching what is kept. Raises NotFound."""
    day = on or work.today()
    with work.reading() as connection:
        known = select(Household.__table__.c.id).where(
            Household.__table__.c.id == household_id, Household.__table__.c.deleted.is_(False)
        )
        if connection.scalar(known) is None:
            raise NotFound("没有找到这一户，可能已被删除。")
        setting = setting_of(connection, day, work.parameters)
        one = frozenset({household_id})
        findings = [found for facts in load(connection, one) for found in examine(facts, setting)]
        return report(connection, day, findings, 1)


def kept_findings(work: Workspace, household_id: str | None = None) -> CheckReport:
    """The findings of the last check-up, of one household or of all; call ``check_changed`` first.

    ``households`` is 0 when the village was never checked, or not since everything was derived anew.
    """
    household = Household.__table__.c
    with work.reading() as connection:
        day = keeping.checked_on(connection)
        if day is None:
            return CheckReport(work.today(), ())
        where: list[ColumnElement[bool]] = [household.deleted.is_(False)]
        if household_id is not None:
            where.append(household.id == household_id)
        looked_at = connection.scalar(select(func.count(household.id)).where(*where)) or 0
        return report(connection, day, keeping.kept(connection, household_id), looked_at)
