"""Sync by USB stick, as a person does it: export a file for the county or for colleagues, import one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import villageapp
from villageapp.domain.changes import ChangeSet
from villageapp.errors import NotAllowed, ValidationFailed
from villageapp.progress import SILENT, Progress
from villageapp.services import channel_items, villages
from villageapp.services.workspace import Workspace
from villageapp.sync import bundle, bundle_intake
from villageapp.sync.bundle_file import SUFFIX
from villageapp.sync.bundle_format import Purpose
from villageapp.sync.bundle_intake import Imported

FOR_SERVER, FOR_COLLEAGUE = Purpose.SERVER.value, Purpose.COLLEAGUE.value
TARGETS = (FOR_SERVER, FOR_COLLEAGUE)
"""What ``target`` of an export may be."""
_SETTLED = 1000


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A file that was written: how many changes and photos it holds, its size in bytes.

    ``damaged`` photos lie unreadable on this disk and are not in it. ``readers`` are the colleagues who can open
    it, beside the server: those whose laptops this one knows of.
    """

    file: Path
    changes: int
    blobs: int
    bytes: int
    damaged: int = 0
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file brought. ``missing`` says which parts must come first, ``refused`` what was left out and why."""

    changes: int
    blobs: int
    already_known: int
    missing: tuple[str, ...]
    refused: tuple[str, ...]
    receipt: bool  # the server's signature came along and counts
    maker: str  # whose file it was: a name, or the server
    touched: ChangeSet = field(default_factory=ChangeSet)


def export_bundle(
    work: Workspace,
    target: str,
    path: Path,
    progress: Progress = SILENT,
    *,
    everything: bool = False,
    replace: bool = False,
    with_blobs: bool = True,
) -> ExportReport:
    """Write a stick file for ``target``: "server" or "colleague". It holds what they are not known to have.

    ``everything``: all that is here, for somebody who begins anew. Only the server and the certified laptops of
    this team can open it. Raises NotAllowed (not enrolled), ValidationFailed (target or file name), AlreadyDone
    (the file exists and ``replace`` is not set), Trouble (drive full, write-protected, gone), Cancelled; nothing
    lies under ``path`` then.
    """
    _check_enrolled(work)
    if target not in TARGETS:
        raise ValidationFailed([], "请选择给县里（server）还是给队友（colleague）。")
    if path.suffix.lower() != SUFFIX:
        raise ValidationFailed([], f"文件名应以 {SUFFIX} 结尾，没有导出。")
    store = bundle.Store(work.data_dir, work.database, work.clock, villageapp.__version__)
    plan = bundle.Plan(Purpose(target), everything=everything, replace=replace, with_blobs=with_blobs)
    written = bundle.export(store, plan, path.absolute(), progress)
    counts = (written.changes, written.blobs, written.bytes, written.damaged)
    return ExportReport(path.absolute(), *counts, written.readers)


def import_bundle(work: Workspace, path: Path, progress: Progress = SILENT) -> ImportReport:
    """Take in a stick file of a colleague or of the server. Doing it again, or with an older file, is harmless.

    Raises NotAllowed (not enrolled), SyncError (see ``sync.bundle_intake.import_``), Trouble or Cancelled; the store is
    as it was then, except for photos that were complete before a stick was pulled out.
    """
    _check_enrolled(work)
    store = bundle.Store(work.data_dir, work.database, work.clock, villageapp.__version__)
    imported = bundle_intake.import_(store, path.absolute(), progress)
    if imported.recoded:
        villages.follow_code(work)
        imported.touched.append(ChangeSet(everything=True))
    if imported.items:
        channel_items.refresh(work)
        imported.touched.append(ChangeSet(everything=True))
    if imported.changes > _SETTLED:
        work.database.settle()
    return _report(imported)


def _report(imported: Imported) -> ImportReport:
    if any(touched.everything for touched in imported.touched):
        touched = ChangeSet(everything=True)
    else:
        listed = ((e, i) for t in imported.touched for e, ids in t.touched.items() for i in ids)
        touched = ChangeSet.of(listed)
    return ImportReport(
        imported.changes,
        imported.blobs,
        imported.already_known,
        tuple(bundle_intake.missing_text([one]) for one in imported.missing),
        tuple(imported.refused),
        imported.receipt,
        imported.maker_name,
        touched,
    )


def _check_enrolled(work: Workspace) -> None:
    if not work.identity.enrolled:
        raise NotAllowed(
            "这台电脑还没有登记，不能导出或导入U盘文件。",
            remedy="请先在“同步”页用登记码登记一次。",
            code="not_enrolled",
        )
