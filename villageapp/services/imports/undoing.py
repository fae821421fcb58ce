"""Taking back an import: records it made go, fields it changed return, whatever people did since stays."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.errors import AlreadyDone, NotFound
from villageapp.models.base import Synced
from villageapp.models.local import ImportBatch, ImportRow
from villageapp.models.records import CLASS_OF_ENTITY, Employment, Household, Member
from villageapp.progress import SILENT, Progress
from villageapp.services.imports.report import Batch, Counts, LeftAlone, UndoReport
from villageapp.services.imports.stored import Values, chunks, clean
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_IMPORTED: tuple[type[Synced], ...] = (Household, Member, Employment)
_member = Member.__table__.c
_EDITED = "导入后改动过，没有删除"
_USED = "导入后已有走访、措施、问题、务工等记录，没有删除"
_WITH_FAMILY = "同户有导入后改动过的内容，没有删除"


def list_batches(work: Workspace) -> list[Batch]:
    """Imports made on this laptop, newest first."""
    table = ImportBatch.__table__
    with work.reading() as connection:
        rows = connection.execute(select(table).order_by(table.c.id.desc())).mappings().all()
    return [_batch(row) for row in rows]


def undo_import(work: Workspace, batch_id: str, progress: Progress = SILENT) -> UndoReport:
    """Take back one batch in one transaction, and say what was left alone because people worked on it since.

    Raises NotFound (no such batch), AlreadyDone (taken back before), Cancelled and Trouble.
    """
    with work.transaction() as session:
        batch = session.get(ImportBatch, batch_id)
        if batch is None:
            raise NotFound(f"没有编号为 {batch_id[:36]} 的导入。", remedy="请先查看导入记录。")
        if batch.undone_at:
            raise AlreadyDone(f"“{batch.file_name}”的这次导入已经撤销过了。")
        undo = _Undo(session, _rows(session, batch_id), progress)
        undo.restore_changed()
        undo.remove_made()
        changes = capture.touched(session)
        batch.undone_at = dates.instant_text(work.now())
        progress.check_cancelled()
    if changes:
        work.database.settle()
    return UndoReport(
        batch=batch_id,
        households_removed=undo.removed["household"],
        members_removed=undo.removed["member"],
        spells_removed=undo.removed["employment"],
        fields_restored=undo.restored,
        left_alone=tuple(undo.left_alone),
        changes=ChangeSet(everything=True) if changes else ChangeSet(),
    )


def _entity(cls: type[Synced]) -> str:
    return cls.form.entity


@dataclass(frozen=True, slots=True)
class _Row:
    record: Synced
    created: bool
    before: Values
    after: Values


@dataclass(slots=True)
class _Undo:
    session: Session
    rows: list[_Row]
    progress: Progress
    restored: int = 0
    removed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(map(_entity, _IMPORTED), 0))
    left_alone: list[LeftAlone] = field(default_factory=list)

    def remove_made(self) -> None:
        """A household goes with all its members or not at all; spells go one by one."""
        made = {row.record.id: row for row in self.rows if row.created and not row.record.deleted}
        stays = {record_id: _EDITED for record_id, row in made.items() if not _untouched(row)}
        stays |= dict.fromkeys(self._used(made), _USED)
        families = {
            row.record.household_id
            for row in made.values()
            if row.record.id in stays and isinstance(row.record, Member)
        }
        families |= self._homes_of_others(made)
        for record_id, row in made.items():
            home = _home(row)
            reason = stays.get(record_id)
            if reason is None and (home in families or home in stays):
                reason = _WITH_FAMILY
            if reason:
                self._leave(row, reason)
            else:
                capture.delete(self.session, row.record)
                self.removed[row.record.form.entity] += 1
            self.progress.check_cancelled()

    def restore_changed(self) -> None:
        """Fields that still hold what the batch wrote return to what they held before."""
        for row in self.rows:
            if row.created or row.record.deleted:
                continue
            written = {n: v for n, v in row.before.items() if row.after.get(n) != v}
            back = {n: v for n, v in written.items() if getattr(row.record, n) == row.after[n]}
            row.record.assign(back)
            self.restored += len(back)
            for name in written.keys() - back.keys():
                self._leave(row, f"{row.record.form[name].label}导入后又改过，没有恢复")
            self.progress.check_cancelled()

    def _leave(self, row: _Row, reason: str) -> None:
        title = self._title(row.record)
        self.left_alone.append(LeftAlone(row.record.form.entity, row.record.id, title, reason))

    def _title(self, record: Synced) -> str:
        if isinstance(record, Employment):
            worker = self.session.get(Member, record.member_id)
            return f"{worker.name if worker else ''} {record.start_ym} 起务工".strip()
        return str(record.name) if isinstance(record, Member) else f"户 {record.national_hh_no}"

    def _used(self, made: dict[str, _Row]) -> set[str]:
        """Made records that anything people recorded since names: visits, measures, accounts, spells."""
        found: set[str] = set()
        if not any(isinstance(row.record, (Household, Member)) for row in made.values()):
            return found
        for cls in (c for c in CLASS_OF_ENTITY.values() if c not in _IMPORTED[:2]):
            for name in ("household_id", "member_id", "person_id"):
                if name in cls.form.by_name:
                    about = select(getattr(cls, name)).where(cls.deleted.is_(False)).distinct()
                    found |= made.keys() & set(self.session.scalars(about))
        return found

    def _homes_of_others(self, made: dict[str, _Row]) -> set[str]:
        """Made households with members that the batch did not make."""
        found: set[str] = set()
        for some in chunks(record_id for record_id, row in made.items() if isinstance(row.record, Household)):
            members = select(_member.id, _member.household_id).where(
                _member.household_id.in_(some), _member.deleted.is_(False)
            )
            found.update(home for record_id, home in self.session.execute(members) if record_id not in made)
        return found


def _untouched(row: _Row) -> bool:
    """Whether a record that the batch made still holds exactly what the batch wrote."""
    return all(value == row.after.get(name) for name, value in row.record.values().items())


def _home(row: _Row) -> str:
    """The household that a made household or member stands and falls with; a spell has none."""
    if isinstance(row.record, Member):
        return str(row.record.household_id)
    return row.record.id if isinstance(row.record, Household) else ""


def _rows(session: Session, batch_id: str) -> list[_Row]:
    kept = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch_id)).all()
    records: dict[str, Synced] = {}
    for cls in _IMPORTED:
        wanted = (row.record_id for row in kept if row.entity == cls.form.entity)
        for some in chunks(wanted):
            records.update({r.id: r for r in session.scalars(select(cls).where(cls.id.in_(some)))})
    return [_row(row, records[row.record_id]) for row in kept if row.record_id in records]


def _row(row: ImportRow, record: Synced) -> _Row:
    form = CLASS_OF_ENTITY[row.entity].form
    before, after = (clean(form, json.loads(text)) for text in (row.before, row.after))
    return _Row(record, bool(row.created), before, after)


def _batch(row: Any) -> Batch:
    counts = json.loads(row["counts"])
    return Batch(
        id=row["id"],
        file_name=row["file_name"],
        started_at=dates.parse_instant(row["started_at"]),
        actor=row["actor"],
        households=Counts(**counts["households"]),
        members=Counts(**counts["members"]),
        undone_at=dates.parse_instant(row["undone_at"]) if row["undone_at"] else None,
        employment=Counts(**counts.get("employment", {})),
    )


def newest(batches: Iterable[Batch]) -> Batch | None:
    """The last import that still stands: what a person most likely wants to take back."""
    return next((batch for batch in batches if batch.undone_at is None), None)
