"""Photos that came by stick: into the same store as uploads, under the same limits, with the same receipts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.errors import SyncError, SyncKind
from villageapp.models.server_tables import blob
from villageapp.server import blobs
from villageapp.server.access import Laptop
from villageapp.server.blob_store import Place
from villageapp.server.blobs import BlobDesk, Promise
from villageapp.sync.blob_protocol import MAX_ASKED
from villageapp.sync.blobs import hash_of
from villageapp.sync.bundle_format import BlobHeader
from villageapp.sync.chain import Signed


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the photos of one laptop go."""

    desk: BlobDesk
    laptop: Laptop

    def keep(self, header: BlobHeader, content: bytes) -> bool:
        """Store a content; whether it was new. Raises SyncError: malformed, wrong_hash, server_full, busy."""
        metadata = {"sha256": header.sha256, "filetype": header.media_type, "preview-of": header.preview_of}
        said = blobs.promise(metadata, len(content))
        if hash_of(content) != said.sha256:
            raise SyncError(
                SyncKind.PROTOCOL,
                "U盘里的照片与校验值不符，没有采用。",
                remedy="请对方重新导出。",
                code="wrong_hash",
            )
        place = Place(self.laptop.county_code, self.laptop.workspace, said.sha256, said.size)
        if not self.desk.store.has(place):
            blobs.admit(self.desk, self.laptop, said)
            self.desk.store.put(place, [content])
        return self._record(said)

    def _record(self, said: Promise) -> bool:
        row = {
            "county_code": self.laptop.county_code,
            "workspace": self.laptop.workspace,
            "sha256": bytes.fromhex(said.sha256),
            "size": said.size,
            "media_type": said.media_type,
            "preview_of": bytes.fromhex(said.preview_of) or None,
            "stored_by": self.laptop.replica_id,
            "stored_at": datetime.now(UTC),
        }
        entry = upsert(blob).values(row).on_conflict_do_nothing(
            index_elements=["county_code", "workspace", "sha256"]
        )  # fmt: skip
        with self.desk.province.engine.begin() as connection:
            return connection.execute(entry.returning(blob.c.sha256)).one_or_none() is not None

    def receipts(self, hashes: Sequence[str]) -> Iterator[Signed]:
        """The province's word for those of these contents that it has."""
        for start in range(0, len(hashes), MAX_ASKED):
            known = blobs.known(self.desk, self.laptop, hashes[start : start + MAX_ASKED])
            yield Signed(known.receipt, known.signature)
