"""Merging two records of one person or household: nothing is lost, and it can be undone at any time later.

The record that goes is deleted, not erased; whatever pointed at it points at the one that stays; fields that
the one that stays does not have are taken over. What was changed is written down in the ``merge`` record, from
which ``unmerge`` puts it back. All of it are ordinary changes: they sync, and colleagues see the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from villageapp.domain.fields import Kind, from_wire, to_wire
from villageapp.domain.merging import DIFFERENT, MERGE, SAME
from villageapp.errors import AlreadyDone, NotAllowed, NotFound, Problem, Severity
from villageapp.models.base import Synced
from villageapp.models.ids import new_id
from villageapp.models.records import CLASS_OF_ENTITY, Merge
from villageapp.services.references import ENTITY_OF_REFERENCE, get
from villageapp.services.results import Saved
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

MERGEABLE = ("member", "household")
_OWNED = frozenset({"attachment", "signature"})
"""Entities whose ``owner_id`` names a record of the kind in ``owner_entity``."""
_KEPT_AS_THEY_ARE = frozenset({"household_id", "national_hh_no", "national_member_no", "relation"})
"""Fields that say which record it is: never taken over from the other."""


@dataclass(slots=True)
class _Note:
    """What is changed, as ``unmerge`` needs it: [entity, record id, field, value before, value after]."""

    lines: list[list[Any]] = field(default_factory=list)

    def put(self, record: Synced, name: str, value: Any) -> None:
        """Change a field and write it down."""
        described = record.form[name]
        before = getattr(record, name)
        self.lines.append([record.form.entity, record.id, name, to_wire(before), to_wire(value)])
        record.assign({described.name: value})


def merge(work: Workspace, entity: str, kept_id: str, merged_id: str, note: str = "") -> Saved:
    """Make two records one. ``detail`` is the id of the merge record, for ``unmerge``.

    Raises NotFound, NotAllowed (the same record, a kind that is not merged).
    """
    _check(entity, kept_id, merged_id)
    cls = CLASS_OF_ENTITY[entity]
    with work.transaction() as session:
        kept, merged = get(session, cls, kept_id), get(session, cls, merged_id)
        written = _Note()
        for record, name in _pointing_at(session, entity, merged_id):
            written.put(record, name, _replaced(getattr(record, name), merged_id, kept_id))
        _take_over(written, kept, merged)
        session.flush()
        capture.delete(session, merged)
        made = _decide(work, session, entity, kept_id, merged_id, SAME, note, json.dumps(written.lines))
        changes = capture.touched(session)
    return Saved((kept_id,), changes, detail=made)


def unmerge(work: Workspace, merge_id: str) -> Saved:
    """Put everything back that still is as the merge left it; what was changed since stays and is named.

    Raises NotFound, AlreadyDone (undone before), NotAllowed (a decision that merged nothing).
    """
    with work.transaction() as session:
        decision = session.get(Merge, merge_id)
        if decision is None:
            raise NotFound("没有找到这次合并。")
        if decision.deleted:
            raise AlreadyDone("这次合并已经撤销。", code="unmerged")
        if decision.decision != SAME:
            raise NotAllowed("这一条是“不是同一个”的结论，没有可撤销的合并。", remedy="可直接删除这条结论。")
        left: list[Problem] = []
        restored = session.get(CLASS_OF_ENTITY[decision.entity], decision.merged_id)
        if restored is not None and restored.deleted:
            capture.restore(session, restored)
        for entity, record_id, name, before, after in reversed(json.loads(decision.moved or "[]")):
            left += _put_back(session, entity, record_id, name, before, after)
        capture.delete(session, decision)
        ids = (decision.kept_id, decision.merged_id)
        changes = capture.touched(session)
    return Saved(ids, changes, tuple(left))


def different(work: Workspace, entity: str, first_id: str, second_id: str, note: str = "") -> Saved:
    """Note that two records are not the same; they are not proposed again. Raises NotFound, NotAllowed."""
    _check(entity, first_id, second_id)
    cls = CLASS_OF_ENTITY[entity]
    with work.transaction() as session:
        for record_id in (first_id, second_id):
            get(session, cls, record_id)
        made = _decide(work, session, entity, first_id, second_id, DIFFERENT, note, None)
        changes = capture.touched(session)
    return Saved((made,), changes, detail=made)


def decisions(work: Workspace) -> list[dict[str, Any]]:
    """Every decision that stands, newest first."""
    table = Merge.__table__
    query = select(table).where(table.c.deleted.is_(False)).order_by(table.c.created_hlc.desc())
    with work.reading() as connection:
        rows = connection.execute(query).mappings()
        return [{"id": row["id"], **{f.name: row[f.name] for f in MERGE.fields}} for row in rows]


def _check(entity: str, first: str, second: str) -> None:
    if entity not in MERGEABLE:
        raise NotAllowed("这类记录不能合并。", code="not_mergeable")
    if first == second:
        raise NotAllowed("两条是同一条记录，不用合并。", code="same_record")


def _decide(
    work: Workspace,
    session: Session,
    entity: str,
    kept_id: str,
    merged_id: str,
    decision: str,
    note: str,
    moved: str | None,
) -> str:
    made = Merge(id=new_id())
    made.assign(
        MERGE.check(
            {
                "entity": entity,
                "kept_id": kept_id,
                "merged_id": merged_id,
                "decision": decision,
                "moved": moved,
                "decided_on": work.today(),
                "note": note or None,
            }
        )
    )
    session.add(made)
    return made.id


def _pointing_at(session: Session, entity: str, record_id: str) -> Iterator[tuple[Synced, str]]:
    """Every record that names this one, with the field that does."""
    wanted: tuple[ColumnElement[bool], ...]
    for cls in CLASS_OF_ENTITY.values():
        if cls is Merge:
            continue
        for described in cls.form.fields:
            column = cls.__table__.c[described.name]
            if described.name == "owner_id" and cls.form.entity in _OWNED:
                wanted = (column == record_id, cls.__table__.c.owner_entity == entity)
            elif ENTITY_OF_REFERENCE.get(described.name) != entity:
                continue
            elif described.kind is Kind.REF:
                wanted = (column == record_id,)
            elif described.kind is Kind.REFS:
                wanted = (column.cast(_text()).contains(record_id, autoescape=True),)
            else:
                continue
            for record in session.scalars(select(cls).where(*wanted, cls.deleted.is_(False))):
                yield record, described.name


def _text() -> Any:
    from sqlalchemy import String

    return String


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(new if one == old else one for one in value))
    return new


def _take_over(written: _Note, kept: Synced, merged: Synced) -> None:
    """Fields that the kept record does not have."""
    for described in kept.form.fields:
        name = described.name
        if name in _KEPT_AS_THEY_ARE or described.kind in (Kind.REF, Kind.REFS):
            continue
        if getattr(kept, name) is None and getattr(merged, name) is not None:
            written.put(kept, name, getattr(merged, name))


def _put_back(
    session: Session, entity: str, record_id: str, name: str, before: Any, after: Any
) -> list[Problem]:
    record = session.get(CLASS_OF_ENTITY[entity], record_id)
    if record is None or name not in record.form.by_name:
        return []
    described = record.form[name]
    if to_wire(getattr(record, name)) != after:
        return [Problem(name, f"{described.label}：合并之后又有改动，保持现在的内容", Severity.WARNING)]
    record.assign({name: from_wire(described, before)})
    return []
