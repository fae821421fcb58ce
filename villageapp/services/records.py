"""Records of any entity that needs no service of its own: record, change, list, count, remove, restore.

Entities whose every step has rules (visits, problem items, monitoring cases …) have their own services and
are refused here. Rules that look at other records of the household are in ``services.guards``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from villageapp.domain.fields import Form
from villageapp.domain.forms import FORMS
from villageapp.errors import NotAllowed, NotFound, Problem, Severity, ValidationFailed
from villageapp.models.base import Synced
from villageapp.models.ids import new_id
from villageapp.models.records import CLASS_OF_ENTITY
from villageapp.services import asset_problems, guards
from villageapp.services.measure_guards import subsidised
from villageapp.services.reading import reading_session
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.services.sub_lines import in_fen
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

HAVE_SERVICES = frozenset(
    {
        "village",
        "cadre",
        "household",
        "member",
        "visit",
        "measure",
        "problem",
        "problem_step",
        "clue",
        "monitoring_case",
        "income_account",
        "leave",
        "policy",
        "explanation",
        "merge",
        "attachment",
    }
)
"""Entities that are written by services of their own alone."""
ALSO_REMOVED = frozenset({"measure", "attachment"})
"""Of those, what may be deleted here when it was recorded by mistake."""
APPEND_ONLY: Mapping[str, frozenset[str]] = {
    "consent": frozenset({"withdrawn_on", "note"}),
    "signature": frozenset(),
}
"""What was signed is evidence (R-SYNC): these are not removed, and only these fields are added later."""
MOST_ROWS = 10_000


def form_of(entity: str) -> Form:
    """The form of an entity. Raises NotFound naming what there is."""
    form = FORMS.get(entity)
    if form is None:
        known = "、".join(f"{name}（{form.title}）" for name, form in FORMS.items())
        raise NotFound(f"没有“{entity[:40]}”这类记录。", remedy=f"可用：{known}。", code="unknown_entity")
    return form


def record(work: Workspace, entity: str, values: Mapping[str, Any]) -> Saved:
    """Save a new record. Raises ValidationFailed, NotFound, NotAllowed (entity with its own service).

    ``detail`` is the problem item that an asset opens which is not 正常 (OpenedProblem), else None.
    """
    cls = _class(entity)
    clean = cls.form.check(in_fen(cls.form, values))
    with work.transaction() as session:
        refuse_missing(session, cls.form, clean)
        warnings = _guarded(session, work, entity, None, clean)
        clean |= _computed(session, work, entity, clean)
        made = cls(id=new_id())
        made.assign(clean)
        session.add(made)
        follows = asset_problems.follow(work, session, made.id, clean) if entity == "asset" else None
        changes = capture.touched(session)
    return Saved((made.id,), changes, (*cls.form.warnings(clean), *warnings), follows)


def change(
    work: Workspace,
    entity: str,
    record_id: str,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, Any] | None = None,
) -> Saved:
    """Change some fields; ``seen`` are the values the person saw (see ``households.change``).

    What was wrong before the change does not block it. ``detail`` names the fields that changed.
    """
    cls = _class(entity)
    with work.transaction() as session:
        found = get(session, cls, record_id)
        before = found.values()
        _refuse_signed(session, work, entity, record_id, before)
        revision = revise(cls.form, before, in_fen(cls.form, values), seen)
        _refuse_evidence(cls.form, revision.values)
        refuse_missing(session, cls.form, revision.values)
        merged = {**before, **revision.values}
        warnings = _guarded(session, work, entity, record_id, merged, before) if revision.values else ()
        capture.mark_unseen(session, found, revision.unseen)
        found.assign(revision.values)
        if entity == "asset" and "status" in revision.values:
            asset_problems.follow(work, session, record_id, merged)
        changes = capture.touched(session)
    return Saved((record_id,), changes, (*revision.warnings, *warnings), tuple(revision.values))


def remove(work: Workspace, entity: str, record_id: str) -> Saved:
    """Delete a record recorded by mistake; ``restore`` brings it back. Raises NotFound, NotAllowed."""
    cls = _removable(entity)
    if entity in APPEND_ONLY:
        raise NotAllowed(f"{cls.form.title}是签字凭据，不能删除。", remedy="可登记撤回或另签一份。")
    with work.transaction() as session:
        found = get(session, cls, record_id)
        _refuse_signed(session, work, entity, record_id, found.values())
        capture.delete(session, found)
        changes = capture.touched(session)
    return Saved((record_id,), changes)


def restore(work: Workspace, entity: str, record_id: str) -> Saved:
    """Bring a deleted record back. Raises NotFound when it was never here, ValidationFailed when it no longer fits."""
    cls = _removable(entity)
    with work.transaction() as session:
        found = session.get(cls, record_id)
        if found is None:
            raise NotFound(f"没有找到这条{cls.form.title}记录。")
        refuse_missing(session, cls.form, found.values())
        _guarded(session, work, entity, record_id, found.values())
        capture.restore(session, found)
        changes = capture.touched(session)
    return Saved((record_id,), changes)


def one(work: Workspace, entity: str, record_id: str) -> dict[str, Any]:
    """Clean values of a record, with its id. Raises NotFound."""
    cls = CLASS_OF_ENTITY[form_of(entity).entity]
    with reading_session(work) as session:
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


def _removable(entity: str) -> type[Synced]:
    return CLASS_OF_ENTITY[entity] if entity in ALSO_REMOVED else _class(entity)


def _class(entity: str) -> type[Synced]:
    form = form_of(entity)
    if entity in HAVE_SERVICES:
        raise NotAllowed(f"{form.title}有自己的登记方式，不能这样登记。", code="has_own_service")
    return CLASS_OF_ENTITY[entity]


def _refuse_evidence(form: Form, changed: Mapping[str, Any]) -> None:
    allowed = APPEND_ONLY.get(form.entity)
    if allowed is not None and not allowed.issuperset(changed):
        raise NotAllowed(f"{form.title}是签字凭据，不能修改。没有保存。", remedy="可登记撤回或另签一份。")


def _refuse_signed(
    session: Session, work: Workspace, entity: str, record_id: str, values: Mapping[str, Any]
) -> None:
    """A line of a signed account stays."""
    if entity == "income_line":
        _guarded(session, work, entity, record_id, values)


def _computed(session: Session, work: Workspace, entity: str, clean: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that follow from the others when nobody gave them."""
    if entity == "loan" and clean.get("subsidised_principal") is None:
        return {"subsidised_principal": subsidised(session, work, clean, None)}
    return {}


def _guarded(
    session: Session,
    work: Workspace,
    entity: str,
    record_id: str | None,
    values: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> tuple[Problem, ...]:
    """Warnings of the rules between records. Raises ValidationFailed with the refusals that are new."""
    found = guards.judge(session, work, entity, record_id, values)
    known = guards.judge(session, work, entity, record_id, before) if before else []
    errors = [p for p in found if p.severity is Severity.ERROR and p not in known]
    if errors:
        raise ValidationFailed(errors)
    return tuple(p for p in found if p.severity is Severity.WARNING)
