"""Sync by USB stick, the receiving side: what a message of an exchange would have brought, with the same checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.errors import AppError, Cancelled, SyncError, SyncKind, Trouble
from villageapp.progress import Progress
from villageapp.sync import blobs, bundle_file, bundle_format, bundle_peers, chain, channels, receipts, store
from villageapp.sync.bundle import Store
from villageapp.sync.bundle_checks import Contents, inspect, refused_whole
from villageapp.sync.bundle_format import BlobHeader, Manifest, Part, Sink
from villageapp.sync.bundle_photos import Album
from villageapp.sync.chain import SERVER_NAME, Certificate, Refused, Sealed, Signed
from villageapp.sync.clock import COUNTER_BITS, instant

BATCH_BYTES = 4 * 1024 * 1024
"""Segments merged at a time while a file is imported; all in one transaction."""
_SINGLE = frozenset({Refused.GAP, Refused.FORK, Refused.REVOKED, Refused.UPGRADE_REQUIRED, Refused.EXPIRED})
"""Reasons that concern a segment and leave the rest of the file good."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A colleague's laptop whose changes from ``from_seq`` on must come first."""

    replica_id: str
    user_name: str
    from_seq: int


@dataclass(slots=True)
class Imported:
    """What came of a stick file."""

    maker_name: str
    changes: int = 0
    already_known: int = 0
    blobs: int = 0
    missing: list[Missing] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    touched: list[ChangeSet] = field(default_factory=list)
    receipt: bool = False
    items: int = 0  # publications of the offices above that were new here
    recoded: bool = False  # the village has another code now


def import_(here: Store, path: Path, progress: Progress) -> Imported:
    """Take in a stick file. Importing it again, or an older one, is harmless.

    The records are one transaction; then photos follow, each by itself. Raises SyncError (not_a_bundle,
    not_for_us, damaged, wrong_workspace, bad_signature, not_enrolled, malformed, upgrade_required; gap:
    everything in it continues something that is not here), Trouble or Cancelled; no record has changed then,
    except with Trouble(blobs_interrupted): the records are in, some photos are not.
    """
    with here.database.writing() as connection:
        store.seal_outbox(connection)
    with here.database.reading() as connection:
        identity = store.read_identity(connection)
        known = store.certificates(connection, identity.province_key)
        box_key: bytes = connection.exec_driver_sql("SELECT box_key FROM replica").scalar_one()

    def trust(manifest: Manifest) -> Mapping[str, Certificate]:
        if manifest.workspace != identity.workspace:
            raise other_village(manifest.village_code)
        return known

    contents = inspect(path, box_key, identity.province_key, trust, progress)
    with here.database.writing() as connection:
        store.keep_certificates(connection, contents.signed, identity.province_key)
        intake = _Intake(connection, here, contents)
        sink = bundle_file.read(path, box_key, intake.take, progress, what="正在导入记录", photos=False)
        check_same(sink, contents)
        imported = intake.finish()
        _keep_blob_receipts(connection, here, contents)
        imported.receipt = bundle_peers.keep_maker(connection, identity, contents)
    if contents.blobs:
        imported.blobs = _take_photos(here, path, box_key, progress)
    return imported


def other_village(code: str) -> SyncError:
    """The refusal of a file for another workspace."""
    return SyncError(
        SyncKind.PROTOCOL,
        f"这个U盘文件属于另一个村（区划代码 {code[:12]}），没有导入，这里的内容没有变。",
        remedy="请核对U盘文件。",
        code=Refused.WRONG_WORKSPACE.value,
    )


def check_same(sink: Sink, contents: Contents) -> None:
    """The second reading must give what the first one verified. Raises SyncError(malformed)."""
    if sink.records != contents.records:
        raise refused_whole(chain.malformed("文件在读取时变了"))


class _Intake:
    """The second reading: segments in order, batch by batch, in the caller's transaction."""

    def __init__(self, connection: Connection, here: Store, contents: Contents) -> None:
        self._connection = connection
        self._clock = here.clock
        self._contents = contents
        recoded = _follow_village(connection, contents)
        self._identity = store.read_identity(connection)
        self._own = self._identity.replica_id
        self._now = _now(here)
        self._batch: list[Sealed] = []
        self._size = 0
        self._missing: dict[str, int] = {}
        self._forked: set[str] = set(bundle_peers.contradicted(connection, contents.manifest))
        self._imported = Imported(name_of(contents, contents.manifest.maker), recoded=recoded)

    def take(self, part: int, payload: bytes) -> None:
        """One frame; only segments and items of channels matter here."""
        if part == Part.CHANNEL:
            self._publication(bundle_format.read_signed(payload))
        if part != Part.SEGMENT:
            return
        self._batch.append(bundle_format.read_segment(payload))
        self._size += len(payload)
        if self._size >= BATCH_BYTES:
            self._merge()

    def _publication(self, signed: Signed) -> None:
        key, village = self._identity.province_key, self._identity.village_code
        brought = channels.take(self._connection, [signed], key, village, self._now)
        self._imported.items += brought.new
        self._imported.refused += brought.refused

    def _merge(self) -> None:
        vector = store.vector_of(self._connection)
        fitting = [sealed for sealed in self._batch if self._fits(sealed, vector)]
        self._batch, self._size = [], 0
        taken = store.take(self._connection, fitting, self._clock)
        self._imported.changes += taken.changes
        if taken.touched:
            self._imported.touched.append(taken.touched)
        self._forked |= taken.forked
        for refusal in taken.refused:
            if refusal.code not in _SINGLE:
                raise refused_whole(refusal) from refusal
            if refusal.code != Refused.FORK:
                self._imported.refused.append(refusal.message)

    def _fits(self, sealed: Sealed, vector: dict[str, int]) -> bool:
        """Whether the store should look at this segment: known ones and forks too, but none after a gap."""
        try:
            header = sealed.read_header()
        except SyncError as error:  # the first reading counted it as newer
            self._imported.refused.append(error.message)
            return False
        replica_id, last = header.replica_id, vector.get(header.replica_id, 0)
        if header.first_seq > last + 1:
            self._missing.setdefault(replica_id, last + 1)
            return False
        if header.last_seq <= last:
            if bundle_peers.is_other(self._connection, replica_id, header.last_seq, sealed.hash):
                self._forked.add(replica_id)
                return False
            self._imported.already_known += header.last_seq - header.first_seq + 1
        vector[replica_id] = max(last, header.last_seq)
        return True

    def finish(self) -> Imported:
        """What came of it all. Raises SyncError(gap) when nothing fitted and something is missing."""
        self._merge()
        found = self._imported
        found.missing = [
            Missing(replica_id, name_of(self._contents, replica_id), seq)
            for replica_id, seq in sorted(self._missing.items())
        ]
        found.refused += [self._fork_text(replica_id) for replica_id in sorted(self._forked)]
        found.refused = list(dict.fromkeys(found.refused))
        if found.missing and not found.changes:
            raise gap(found.missing)
        return found

    def _fork_text(self, replica_id: str) -> str:
        if replica_id == self._own:
            return "U盘里有本机编号下的另一份内容（本机可能来自旧备份或复制件）。两份都保留，请联网同步一次，会自动补齐。"
        return (
            f"{name_of(self._contents, replica_id)}的电脑在同一编号下有两份不同的内容（可能从旧备份恢复过），"
            "没有覆盖任何一方；请那台电脑联网同步一次，会自动补齐。"
        )


def _follow_village(connection: Connection, contents: Contents) -> bool:
    """Whether the province gave the village another code: before items of channels are looked at."""
    if contents.receipt is None:
        return False
    identity = store.read_identity(connection)
    receipt = chain.read_receipt(contents.receipt, identity.province_key)
    return receipts.follow_village(connection, identity, receipt)


def name_of(contents: Contents, replica_id: str) -> str:
    """Who works at a laptop, by its certificate; the server without an id."""
    certificate = contents.certificates.get(replica_id)
    return certificate.shown_name if certificate else (replica_id or SERVER_NAME)


def missing_text(missing: Sequence[Missing]) -> str:
    """Which parts must come first, for people."""
    return "；".join(f"{m.user_name}的电脑（{m.replica_id[-4:]}）第 {m.from_seq} 号起的内容" for m in missing)


def gap(missing: Sequence[Missing]) -> SyncError:
    """The refusal of a file that only continues what is not here."""
    return SyncError(
        SyncKind.PROTOCOL,
        f"这个U盘文件接不上：缺少{missing_text(missing)}。没有导入，这里的内容没有变。",
        remedy="请先导入更早的U盘文件，或请对方选择“全部内容”重新导出。",
        code=Refused.GAP.value,
    )


def _take_photos(here: Store, path: Path, box_key: bytes, progress: Progress) -> int:
    """The third reading: photos, each in a transaction of its own; how many were new here."""
    album = Album(partial(_keep_photo, here))
    try:
        bundle_file.read(path, box_key, album.take, progress, what="正在导入照片")
        album.finish()
    except Cancelled:
        raise
    except AppError as error:
        raise Trouble(
            f"记录已全部导入；照片只导入了 {album.new} 张就中断了（{error.message}）。",
            remedy="请重新插好U盘，再导入一次，已有的会跳过。",
            code="blobs_interrupted",
        ) from error
    return album.new


def _keep_photo(here: Store, header: BlobHeader, content: bytes) -> bool:
    at = _now(here)
    with here.database.writing() as connection:
        return blobs.take(
            here.data_dir,
            connection,
            header.sha256,
            content,
            header.media_type,
            header.preview_of,
            added_at=at,
        )


def _keep_blob_receipts(connection: Connection, here: Store, contents: Contents) -> None:
    """The server has these photos: they need not go onto the next stick."""
    at = _now(here)
    for receipt in contents.blob_receipts:
        present = [name for name in receipt.sha256 if (row := blobs.find(connection, name)) and row.here]
        blobs.mark_received(connection, present, at, receipt.epoch)


def _now(here: Store) -> str:
    return dates.instant_text(instant(here.clock.now_ms() << COUNTER_BITS))
