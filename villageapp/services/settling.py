"""Settling a conflict: a person chooses one of the values (or types another); every replica follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from villageapp.domain.fields import from_wire
from villageapp.domain.forms import FORMS
from villageapp.errors import AlreadyDone, NotAllowed, NotFound
from villageapp.models.records import CLASS_OF_ENTITY
from villageapp.services.results import Saved
from villageapp.services.syncing import conflicts
from villageapp.sync import capture
from villageapp.sync.change import DELETED

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def settle(work: Workspace, entity: str, record_id: str, field: str, wire_value: Any) -> Saved:
    """Make ``wire_value`` (as a ConflictValue holds it) the field's only value.

    For ``deleted`` a true value deletes the record, anything else keeps it. Raises NotFound (no such record),
    AlreadyDone (nobody disagrees any more), NotAllowed (a field that a newer version brought).
    """
    form = FORMS.get(entity)
    if form is None or (field != DELETED and field not in form.by_name):
        raise NotAllowed("这个字段来自更新的版本,请升级驻村通后再选定。", code="unknown_field")
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
