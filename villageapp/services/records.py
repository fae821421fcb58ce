"""Records of any entity that needs no service of its own: record, change, list, count, remove, restore.

Entities whose every step has rules (visits, problem items, monitoring cases …) have their own services and
are refused here. Rules that look at other records of the household are in ``services.guards``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from villageapp.domain.fields import Form
from villageapp.domain.forms import FORMS
from villageapp.errors import NotAllowed, NotFound, Severity, ValidationFailed
from villageapp.models.base import Synced
from villageapp.models.ids import new_id
from villageapp.models.records import CLASS_OF_ENTITY
from villageapp.services import guards
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

HAVE_SERVICES = frozenset({"village", "cadre", "household", "member", "visit", "problem", "monitoring_case"})
"""Entities that are written by services of their own alone."""
MOST_ROWS = 10_000


def form_of(entity: str) -> Form:
    """The form of an entity. Raises NotFound naming what there is."""
    form = FORMS.get(entity)
    if form is None:
        known = "、".join(f"{name}({form.title})" for name, form in FORMS.items())
        raise NotFound(f"没有“{entity[:40]}”这类记录。", remedy=f"可用:{known}。", code="unknown_entity")
    return form


def record(work: Workspace, entity: str, values: Mapping[str, Any]) -> Saved:
    """Save a new record. Raises ValidationFailed, NotFound, NotAllowed (entity with its own service)."""
    cls = _class(entity)
    clean = cls.form.check(values)
    with work.transaction() as session:
        refuse_missing(session, cls.form, clean)
        warnings = _guarded(session, work, entity, None, clean)
        made = cls(id=new_id())
        made.assign(clean)
        session.add(made)
        changes = capture.touched(session)
    return Saved((made.id,), changes, (*cls.form.warnings(clean), *warnings))


def change(
    work: Workspace,
    entity: str,
    record_id: str,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, Any] | None = None,
) -> Saved:
    """Change some fields; ``seen`` are the values the person saw (see ``households.change``)."""
    cls = _class(entity)
    with work.transaction() as session:
        found = get(session, cls, record_id)
        revision = revise(cls.form, found.values(), values, seen)
        refuse_missing(session, cls.form, revision.values)
        merged = {**found.values(), **revision.values}
        warnings = _guarded(session, work, entity, record_id, merged)
        capture.mark_unseen(session, found, revision.unseen)
        found.assign(revision.values)
        changes = capture.touched(session)
    return Saved((record_id,), changes, (*revision.warnings, *warnings), tuple(revision.values))


def remove(work: Workspace, entity: str, record_id: str) -> Saved:
    """Delete a record recorded by mistake; ``restore`` brings it back."""
    cls = _class(entity)
    with work.transaction() as session:
        capture.delete(session, get(session, cls, record_id))
        changes = capture.touched(session)
    return Saved((record_id,), changes)


def restore(work: Workspace, entity: str, record_id: str) -> Saved:
    """Bring a deleted record back. Raises NotFound when it was never here."""
    cls = _class(entity)
    with work.transaction() as session:
        found = session.get(cls, record_id)
        if found is None:
            raise NotFound(f"没有找到这条{cls.form.title}记录。")
        capture.restore(session, found)
        changes = capture.touched(session)
    return Saved((record_id,), changes)


def one(work: Workspace, entity: str, record_id: str) -> dict[str, Any]:
    """Clean values of a record, with its id. Raises NotFound."""
    cls = CLASS_OF_ENTITY[form_of(entity).entity]
    with work.transaction() as session:
        return {"id": record_id, **get(session, cls, record_id).values()}


def list_records(
    work: Workspace, entity: str, where: Mapping[str, Any] | None = None, limit: int = MOST_ROWS
) -> list[dict[str, Any]]:
    """Records whose fields equal ``where``, oldest first, as clean values with their ids."""
    form = form_of(entity)
    table = CLASS_OF_ENTITY[entity].__table__
    statement = select(table).where(table.c.deleted.is_(False), *_equal(form, table.c, where or {}))
    with work.reading() as connection:
        rows = connection.execute(statement.order_by(table.c.created_hlc, table.c.id).limit(limit)).mappings()
        return [{"id": row["id"], **{f.name: row[f.name] for f in form.fields}} for row in rows]


def count(work: Workspace, entity: str, where: Mapping[str, Any] | None = None) -> int:
    """How many records ``list_records`` would find without a limit."""
    form = form_of(entity)
    table = CLASS_OF_ENTITY[entity].__table__
    statement = select(func.count()).select_from(table)
    with work.reading() as connection:
        found = connection.execute(
            statement.where(table.c.deleted.is_(False), *_equal(form, table.c, where or {}))
        )
        return int(found.scalar_one())


def _equal(form: Form, columns: Any, where: Mapping[str, Any]) -> list[Any]:
    clean = form.check(where, complete=False) if where else {}
    return [
        columns[name].is_(None) if value is None else columns[name] == value for name, value in clean.items()
    ]


def _class(entity: str) -> type[Synced]:
    form = form_of(entity)
    if entity in HAVE_SERVICES:
        raise NotAllowed(f"{form.title}有自己的登记方式,不能这样登记。", code="has_own_service")
    return CLASS_OF_ENTITY[entity]


def _guarded(
    session: Any, work: Workspace, entity: str, record_id: str | None, values: Mapping[str, Any]
) -> tuple[Any, ...]:
    """Warnings of the rules between records. Raises ValidationFailed with their refusals."""
    found = guards.judge(session, work, entity, record_id, values)
    errors = [p for p in found if p.severity is Severity.ERROR]
    if errors:
        raise ValidationFailed(errors)
    return tuple(p for p in found if p.severity is Severity.WARNING)
