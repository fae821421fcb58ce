"""Saying why a finding is right as it is. The explanation is synced; it holds until the facts change."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from villageapp.domain.checkup import Finding, Level, examine
from villageapp.domain.explanation import EXPLANATION
from villageapp.errors import NotAllowed, NotFound
from villageapp.models.records import Explanation
from villageapp.services.checking.loading import load, setting_of
from villageapp.services.results import Saved
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

Key = tuple[str, str, str, str]
"""Household, rule, record, field: ``Finding.key``."""


def explain(work: Workspace, key: Key, reason: str) -> Saved:
    """Record why the finding is right. Explaining again replaces the reason.

    Raises NotFound when nothing is found there any more, NotAllowed for a rule that could not judge,
    ValidationFailed without a reason.
    """
    finding = _standing(work, key)
    if finding.severity is Level.UNSET:
        raise NotAllowed("这条规则因标准未核定没有检查，无需说明。", remedy=finding.mend)
    values = EXPLANATION.check(
        {
            "household_id": finding.household_id,
            "rule": finding.rule,
            "record_id": finding.record_id,
            "field": finding.field,
            "facts": finding.facts,
            "reason": reason,
            "explained_on": work.today(),
        }
    )
    with work.transaction() as session:
        record = _record(session, key)
        record.assign(values)
        return Saved((record.id,), capture.touched(session))


def withdraw(work: Workspace, key: Key) -> Saved:
    """Take an explanation back; the finding is open again. Raises NotFound when there is none."""
    with work.transaction() as session:
        record = session.get(Explanation, _id(key))
        if record is None or record.deleted:
            raise NotFound("这条体检结果没有说明，没有改动。")
        capture.delete(session, record)
        return Saved((record.id,), capture.touched(session))


def _standing(work: Workspace, key: Key) -> Finding:
    """The finding as the records stand now."""
    with work.reading() as connection:
        setting = setting_of(connection, work.today(), work.parameters)
        for facts in load(connection, frozenset({key[0]})):
            for finding in examine(facts, setting):
                if finding.key == key:
                    return finding
    raise NotFound("这条体检结果已经不在了（资料已改正），没有登记说明。", remedy="请刷新体检结果。")


def _record(session: Session, key: Key) -> Explanation:
    """The explanation of that finding: the same record on every laptop, so that two colleagues say one thing."""
    record = session.get(Explanation, _id(key))
    if record is None:
        record = Explanation(id=_id(key))
        session.add(record)
    elif record.deleted:
        capture.restore(session, record)
    return record


def _id(key: Key) -> str:
    household_id, *rest = key
    return str(uuid.uuid5(uuid.UUID(household_id), "\x1f".join(("explanation", *rest))))
