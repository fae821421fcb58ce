"""Settling a conflict: a person chooses one of the values (or types another); every replica follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain import permissions as rights
from villageapp.domain.fields import Kind, from_wire
from villageapp.domain.forms import FORMS
from villageapp.errors import AlreadyDone, NotAllowed, NotFound
from villageapp.models.base import Synced
from villageapp.models.records import CLASS_OF_ENTITY, Household, Member
from villageapp.services import permissions, undoing
from villageapp.services.reading import reading_session
from villageapp.services.references import ENTITY_OF_REFERENCE
from villageapp.services.results import Saved
from villageapp.services.syncing import Conflict, conflicts
from villageapp.sync import capture, log_reading, states
from villageapp.sync.change import DELETED
from villageapp.sync.registers import same

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_NAME_FIELDS = ("name", "title")


def settle(work: Workspace, entity: str, record_id: str, field: str, wire_value: Any) -> Saved:
    """Make ``wire_value`` (as a ConflictValue holds it) the field's only value.

    For ``deleted`` a true value deletes the record, anything else keeps it. Raises NotFound (no such record),
    AlreadyDone (nobody disagrees any more), NotAllowed (a field that a newer version brought).
    """
    form = FORMS.get(entity)
    if form is None or (field != DELETED and field not in form.by_name):
        raise NotAllowed("这个字段来自更新的版本，请升级驻村通后再选定。", code="unknown_field")
    if entity == "monitoring_case":
        permissions.require(work, rights.acts_of_fields([field]))
    standing = [c for c in conflicts(work) if (c.entity, c.record_id, c.field) == (entity, record_id, field)]
    if not standing:
        raise AlreadyDone("这一处已经没有不同的值。", code="settled")
    with work.transaction() as session:
        record = session.get(CLASS_OF_ENTITY[entity], record_id)
        if record is None:
            raise NotFound("没有找到这条记录。", remedy="请刷新后再试。")
        capture.mark_settled(session, record, [field])
        if field == DELETED:
            capture.write_again(record, field, bool(wire_value))
        else:
            capture.write_again(record, field, from_wire(form[field], wire_value))
        changes = capture.touched(session)
    return Saved((record_id,), changes)


def reopen(work: Workspace, entity: str, record_id: str, field: str) -> Saved:
    """Undo the last choice between different values of a field: all of them stand again, on every laptop.

    Raises NotFound (no such record, or nobody has chosen there), NotAllowed (changed since, unknown field).
    """
    form = FORMS.get(entity)
    if form is None or field not in form.by_name:
        raise NotAllowed(
            "这个字段来自更新的版本，或是删除与修改之间的选定，不能这样撤销。", code="unknown_field"
        )
    if entity == "monitoring_case":
        permissions.require(work, rights.acts_of_fields([field]))
    with work.transaction() as session:
        record = session.get(CLASS_OF_ENTITY[entity], record_id)
        if record is None:
            raise NotFound("没有找到这条记录。", remedy="请刷新后再试。")
        connection = session.connection()
        values = _chosen_among(connection, record_id, field)
        if not values:
            raise NotFound("这一处没有选定过不同的值。", code="nothing_to_undo")
        standing = states.load(connection, entity, [record_id])[record_id].heads(field)
        if not any(same(values[-1], value) for value in standing.values()):
            raise NotAllowed("选定之后内容又有改动，没有撤销。", remedy="请直接修改。", code="changed_since")
        undoing.write_old(session, record, field, values[:-1])
        changes = capture.touched(session)
    return Saved((record_id,), changes)


def _chosen_among(connection: Connection, record_id: str, field: str) -> list[Any]:
    """The values that the last choice replaced, and at the end the one it chose; empty without a choice."""
    for _replica, change in reversed(list(log_reading.changes_of(connection, [record_id]))):
        if field not in change.fields:
            continue
        replaced = undoing.old_values(connection, change, field)
        if len(change.bases.get(field, ())) > 1 and len(replaced) > 1:
            return [*replaced, change.fields[field]]
    return []


def titles(work: Workspace, found: Sequence[Conflict]) -> dict[str, str]:
    """What people call the records in conflict, and those that the values refer to, by record id.

    ``张示范家(一组)``, ``李样例(张示范家(一组))``, ``张示范家(一组) 2026-11-20``, a cadre's name. Deleted
    records have a title too; an id that is not here has none.
    """
    with reading_session(work) as session:
        known = (
            (record_id, session.get(CLASS_OF_ENTITY[entity], record_id))
            for entity, record_id in dict.fromkeys(_named(found))
        )
        return {record_id: _title(session, record) for record_id, record in known if record is not None}


def _named(found: Iterable[Conflict]) -> Iterator[tuple[str, str]]:
    """Entity and id of every record that these conflicts are about or refer to."""
    for conflict in found:
        if conflict.entity not in FORMS:
            continue  # brought by a newer version
        yield conflict.entity, conflict.record_id
        field = FORMS[conflict.entity].by_name.get(conflict.field)
        target = ENTITY_OF_REFERENCE.get(conflict.field)
        if field is None or target is None or field.kind not in (Kind.REF, Kind.REFS):
            continue
        for one in conflict.values:
            given = one.value if isinstance(one.value, list) else [one.value]
            yield from ((target, record_id) for record_id in given if isinstance(record_id, str))


def _title(session: Session, record: Synced) -> str:
    if isinstance(record, Household):
        return _home(session, record)
    values = record.values()
    name = next((values[key] for key in _NAME_FIELDS if values.get(key)), "")
    household = session.get(Household, values["household_id"]) if values.get("household_id") else None
    home = _home(session, household) if household is not None else ""
    if name:
        return f"{name}（{home}）" if home else str(name)
    day = next((value for value in values.values() if isinstance(value, date)), None)
    parts = (home or record.form.title, _day(day) if day is not None else "")
    return " ".join(part for part in parts if part)


def _home(session: Session, household: Household) -> str:
    head = session.get(Member, household.head_member_id) if household.head_member_id else None
    name = head.name if head is not None and head.name else household.national_hh_no or "未登记户主"
    return f"{name}家（{household.group_name}）" if household.group_name else f"{name}家"


def _day(value: date) -> str:
    return (dates.local_day(value) if isinstance(value, datetime) else value).isoformat()
