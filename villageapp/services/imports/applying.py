"""Importing a table of the national system: shown first, then applied in one transaction that a batch can take back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.domain.fields import Kind, show, to_wire
from villageapp.models.base import Synced
from villageapp.models.ids import new_id
from villageapp.models.local import ImportBatch, ImportRow
from villageapp.models.records import Employment, Household, Member
from villageapp.models.types import json_text
from villageapp.progress import SILENT, Progress
from villageapp.services.imports import stored as stored_records
from villageapp.services.imports.comparison import IN_REGISTER, Comparison, Difference, compare, missing_ids
from villageapp.services.imports.plan import ImportPlan, Remark
from villageapp.services.imports.reading import read_plan
from villageapp.services.imports.report import Counts, FieldChange, ImportReport, Missing
from villageapp.services.imports.spell_comparison import compare_spells
from villageapp.services.imports.stored import Stored, chunks
from villageapp.services.imports.villages import of_this_village
from villageapp.services.imports.vocabulary import EMPLOYMENTS
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_CHUNK = 500
_import_row = cast("Table", ImportRow.__table__)


def preview_import(
    work: Workspace, path: Path | str | ImportPlan, progress: Progress = SILENT
) -> ImportReport:
    """What importing the file would do; writes nothing.

    Raises what ``read_plan`` raises, and Cancelled.
    """
    plan = _plan(path, progress)
    village_code = work.identity.village_code
    with work.reading() as connection:
        stored = stored_records.load(connection)
    plan = of_this_village(plan, stored.village)
    return _report("", plan, stored, _compared(plan, stored, village_code, progress))


def apply_import(work: Workspace, path: Path | str | ImportPlan, progress: Progress = SILENT) -> ImportReport:
    """Import the file in one transaction: all of it, or on error and cancel nothing.

    Importing the same file again changes nothing. Raises what ``read_plan`` raises, Cancelled and Trouble.
    """
    plan = _plan(path, progress)
    identity = work.identity
    batch = new_id()
    with work.database.roomy(), work.transaction() as session:
        stored = stored_records.load(session.connection())
        plan = of_this_village(plan, stored.village)
        found = _compared(plan, stored, identity.village_code, progress)
        differences = found.differences
        _write(session, differences, progress)
        changes = capture.touched(session)
        report = _report(batch, plan, stored, found)
        session.add(_batch(batch, plan, report, identity.user_id, dates.instant_text(work.now())))
        _remember(session, batch, differences)
        progress.check_cancelled()
    if changes:
        work.database.settle()
    return replace(report, changes=ChangeSet(everything=True) if changes else ChangeSet())


def _plan(path: Path | str | ImportPlan, progress: Progress) -> ImportPlan:
    return path if isinstance(path, ImportPlan) else read_plan(Path(path), progress)


def _compared(plan: ImportPlan, stored: Stored, village_code: str, progress: Progress) -> Comparison:
    if plan.kind == EMPLOYMENTS:
        return compare_spells(plan, stored, progress)
    return compare(plan, stored, village_code, progress)


def _write(session: Session, differences: list[Difference], progress: Progress) -> None:
    done, total = 0, sum(1 for d in differences if d.is_new or d.after)
    for cls in (Household, Member, Employment):
        own = [d for d in differences if d.entity == cls.form.entity]
        made = [d for d in own if d.is_new and not d.restored]
        for part in _parts(made):
            capture.create_many(session, cls, [(d.record_id, d.after) for d in part])
            done += len(part)
            progress.check_cancelled()
            progress.step(done, total, "正在写入")
        changed = {d.record_id: d for d in own if d.restored or (d.after and not d.is_new)}
        for some in chunks(changed, _CHUNK):
            for record in _records(session, cls, some):
                _change(session, record, changed[record.id])
            session.flush()
            done += len(some)
            progress.check_cancelled()
            progress.step(done, total, "正在写入")


def _parts(differences: list[Difference]) -> Iterable[list[Difference]]:
    for start in range(0, len(differences), _CHUNK):
        yield differences[start : start + _CHUNK]


def _records(session: Session, cls: type[Synced], record_ids: list[str]) -> Iterable[Synced]:
    return session.scalars(select(cls).where(cls.id.in_(record_ids)))


def _change(session: Session, record: Synced, difference: Difference) -> None:
    if difference.restored:
        capture.restore(session, record)
        emptied = {f.name: None for f in record.form.fields if f.name not in difference.after}
        record.assign(emptied)
    record.assign(difference.after)


def _remember(session: Session, batch: str, differences: list[Difference]) -> None:
    """Rows that allow to take the batch back, and that say what this file said last."""
    rows = [
        {
            "batch_id": batch,
            "entity": d.entity,
            "record_id": d.record_id,
            "row": d.row,
            "created": int(d.is_new),
            "before": _wire(d.before),
            "after": _wire({**d.said, **d.after}),
        }
        for d in differences
        if d.said or d.after
    ]
    if rows:
        session.execute(insert(_import_row), rows)


def _wire(values: dict[str, Any]) -> str:
    return json_text({name: to_wire(value) for name, value in values.items()})


def _batch(batch: str, plan: ImportPlan, report: ImportReport, actor: str, now: str) -> ImportBatch:
    counts = report.as_json()
    return ImportBatch(
        id=batch,
        file_name=plan.file[:200],
        sha256=plan.sha256,
        started_at=now,
        actor=actor,
        counts=json_text({name: counts[name] for name in ("households", "members", "employment")}),
        undone_at="",
    )


def _report(batch: str, plan: ImportPlan, stored: Stored, found: Comparison) -> ImportReport:
    remarks = [Remark(row, message) for row, message in found.remarks]
    coming = {d.record_id: d.title for d in found.differences if d.is_new}
    return ImportReport(
        batch=batch,
        file=plan.file,
        households=_counted(found.households),
        members=_counted(found.members),
        field_changes=tuple(c for d in _changed(found) for c in _field_changes(d, d.after, stored, coming)),
        kept=tuple(c for d in found.differences for c in _field_changes(d, d.kept, stored, coming)),
        missing=_missing_spells(stored, found) if plan.kind == EMPLOYMENTS else _missing(stored, found),
        duplicates=plan.duplicates,
        rejected=tuple(sorted((*plan.rejected, *found.rejected), key=lambda r: (r.sheet, r.row))),
        warnings=(*plan.warnings, *remarks),
        header_rows=plan.header_rows,
        footer_rows=plan.footer_rows,
        kind=plan.kind,
        employment=_counted(found.spells),
        columns_left=plan.columns_left,
    )


def _counted(differences: list[Difference]) -> Counts:
    new = sum(1 for d in differences if d.is_new)
    changed = sum(1 for d in differences if d.after and not d.is_new)
    return Counts(new, changed, len(differences) - new - changed)


def _changed(found: Comparison) -> Iterable[Difference]:
    return (d for d in found.differences if d.after and not d.is_new)


def _field_changes(
    d: Difference, values: dict[str, Any], stored: Stored, coming: Mapping[str, str]
) -> Iterable[FieldChange]:
    present = stored.present(d.record_id)
    for name, value in values.items():
        described = d.form[name]
        before, after = (_shown(stored, coming, described, v) for v in (present.get(name), value))
        yield FieldChange(d.entity, d.record_id, d.row, d.title, name, described.label, before, after)


def _shown(stored: Stored, coming: Mapping[str, str], described: Any, value: Any) -> str:
    """References are shown by name; ``coming`` are the names of records that this file brings."""
    if described.kind is Kind.REF and value in coming:
        return coming[value]
    if described.name in ("head_member_id", "member_id") and value in stored.members:
        return str(stored.members[value]["name"])
    if described.name == "household_id" and value in stored.households:
        return f"户 {stored.households[value]['national_hh_no']}"
    return show(described, value)


def _missing(stored: Stored, found: Comparison) -> tuple[Missing, ...]:
    """Households of the register and their members that the file does not name."""
    gone = []
    for record_id in missing_ids(found.households, stored.households, stored.removed):
        values = stored.households[record_id]
        if values["national_hh_no"] and values["status"] in (None, IN_REGISTER):
            gone.append(Missing("household", record_id, f"户 {values['national_hh_no']}"))
    listed = {d.record_id for d in found.households}
    for record_id in missing_ids(found.members, stored.members, stored.removed):
        values = stored.members[record_id]
        if values["household_id"] in listed and values["left_on"] is None:
            gone.append(Missing("member", record_id, str(values["name"])))
    return tuple(gone)


def _missing_spells(stored: Stored, found: Comparison) -> tuple[Missing, ...]:
    """Spells that still run here and were imported once, and that the file does not name any more.

    A list of plans names no spells at all: nothing is missing from it.
    """
    if not found.spells:
        return ()
    return tuple(
        Missing("employment", record_id, _spell_title(stored, record_id))
        for record_id in missing_ids(found.spells, stored.spells, stored.removed)
        if stored.spells[record_id]["end_ym"] is None and record_id in stored.imported
    )


def _spell_title(stored: Stored, record_id: str) -> str:
    spell = stored.spells[record_id]
    name = stored.members.get(spell["member_id"], {}).get("name", "")
    return f"{name} {spell['start_ym']} 起务工".strip()
