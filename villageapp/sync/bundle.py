"""Sync by USB stick, the sending side: a file with what the server or the colleagues are not known to have.

``bundle_intake.py`` is the other side. Together they are the exchange with the network taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey
from sqlalchemy import Connection

from villageapp.errors import Trouble
from villageapp.models.database import Database
from villageapp.paths import DataDir
from villageapp.progress import Progress
from villageapp.sync import (
    age_keys,
    blobs,
    bundle_file,
    bundle_format,
    bundle_peers,
    chain,
    channels,
    protocol,
    store,
)
from villageapp.sync.bundle_format import BlobHeader, Manifest, Part, Purpose
from villageapp.sync.chain import Certificate, Sealed, Signed
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import HybridClock
from villageapp.sync.lacking import lacking

MOST_BLOB_BYTES = 2 * 1024**3
"""Bytes of photos in one file; the rest goes into the next one."""
MOST_ITEM_BYTES = 8 * 1024**2
"""Bytes of what the offices published in a file for colleagues."""
_SEGMENT_OVERHEAD = 300
"""Bytes of a segment beside its body."""
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of an open laptop store that a stick needs. ``app`` is the version of this program."""

    data_dir: DataDir
    database: Database
    clock: HybridClock
    app: str


@dataclass(frozen=True, slots=True)
class Plan:
    """For whom a file is made and what goes into it: what they lack, or everything; replacing a file or not."""

    purpose: Purpose
    everything: bool = False
    replace: bool = False
    with_blobs: bool = True


@dataclass(frozen=True, slots=True)
class Exported:
    """What a stick file holds; ``bytes`` is its size.

    ``damaged`` photos could not be read and are left out. ``readers`` are the colleagues who can open it.
    """

    changes: int
    blobs: int
    bytes: int
    damaged: int = 0
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """What goes into a file, decided in one consistent read."""

    manifest: Manifest
    theirs: dict[str, int]
    certificates: list[tuple[Certificate, Signed]]
    changes: int
    blobs: list[BlobHeader]
    size: int  # bytes, about
    damaged: list[str]  # photos that turn out unreadable while the file is written


def export(here: Store, plan: Plan, path: Path, progress: Progress) -> Exported:
    """Write a file that the server and every certified laptop of the workspace can open.

    Raises AlreadyDone (the file exists), Trouble (drive), Cancelled; nothing lies under ``path`` then.
    """
    with here.database.writing() as connection:
        store.seal_outbox(connection)
    with here.database.reading() as connection:
        identity = store.read_identity(connection)
        outgoing = _outgoing(connection, here, plan, identity)
    keys = [certificate.box_key for certificate, _ in outgoing.certificates]
    size = bundle_file.write(
        path,
        _frames(here, outgoing),
        lambda digest: SigningKey(identity.sign_key).sign(digest).signature,
        [age_keys.server_public_key(identity.province_key), *keys],
        progress,
        expected=outgoing.size,
        replace=plan.replace,
    )
    with here.database.writing() as connection:
        bundle_peers.keep_stick(connection, outgoing.manifest, path.name)
    damaged = len(outgoing.damaged)
    readers = tuple(c.user_name for c, _ in outgoing.certificates if c.replica_id != identity.replica_id)
    return Exported(outgoing.changes, len(outgoing.blobs) - damaged, size, damaged, readers)


def _outgoing(connection: Connection, here: Store, plan: Plan, identity: store.Identity) -> _Outgoing:
    certificates = _certificates(connection, identity)
    theirs: dict[str, int] = {}
    if not plan.everything:
        team = [certificate for certificate, _ in certificates]
        theirs = bundle_peers.known_of(connection, plan.purpose, identity, team)
    manifest = Manifest(
        bundle_format.VERSION,
        identity.workspace,
        identity.village_code,
        identity.replica_id,
        plan.purpose.value,
        store.vector_of(connection),
        here.clock.now_ms(),
        SCHEMA,
        here.app,
        bundle_peers.heads_of(connection),
        channels.have(connection),
    )
    total = lacking(connection, theirs, 0)
    photos = _photos(connection, plan) if plan.with_blobs else []
    size = total.total_bytes + _SEGMENT_OVERHEAD * total.total_segments + sum(photo.size for photo in photos)
    return _Outgoing(manifest, theirs, certificates, total.total_changes, photos, size, [])


def _certificates(connection: Connection, identity: store.Identity) -> list[tuple[Certificate, Signed]]:
    rows = connection.exec_driver_sql("SELECT body, signature FROM certificate ORDER BY replica_id").all()
    signed = [Signed(*row) for row in rows]
    return [(chain.read_certificate(one, identity.province_key), one) for one in signed]


def _photos(connection: Connection, plan: Plan) -> list[BlobHeader]:
    """Photos to take along, small ones first: those without a receipt of the server, or all that are here."""
    condition = "" if plan.everything else " AND receipt_at = ''"
    rows = connection.exec_driver_sql(
        "SELECT sha256, size, media_type, preview_of FROM blob"
        f" WHERE here = 1{condition} ORDER BY preview_of = '', size, sha256"
    )
    chosen: list[BlobHeader] = []
    total = 0
    for row in rows:
        total += row[1]
        if total > MOST_BLOB_BYTES:
            break
        chosen.append(BlobHeader(*row))
    return chosen


def _frames(here: Store, outgoing: _Outgoing) -> Iterator[bytes]:
    yield bundle_format.manifest_frame(outgoing.manifest)
    for _, signed in outgoing.certificates:
        yield bundle_format.signed_frame(Part.CERTIFICATE, signed)
    for sealed in _segments(here.database, outgoing.manifest.vector, outgoing.theirs):
        yield bundle_format.segment_frame(sealed)
    if outgoing.manifest.purpose == Purpose.COLLEAGUE:
        with here.database.reading() as connection:
            begun = dict.fromkeys(channels.above(outgoing.manifest.village_code), 0)
            items = channels.lacking(connection, begun, MOST_ITEM_BYTES)
        yield from (bundle_format.signed_frame(Part.CHANNEL, item) for item in items)
    for header in outgoing.blobs:
        try:
            with here.database.reading() as connection:
                content = blobs.open_content(here.data_dir, connection, header.sha256)
        except Trouble:  # one bad photo must not hold up the records; the report counts it
            outgoing.damaged.append(header.sha256)
            continue
        pieces = (content[i : i + _PIECE] for i in range(0, len(content), _PIECE))
        yield from bundle_format.blob_frames(header, pieces)


def _segments(database: Database, ours: Mapping[str, int], theirs: Mapping[str, int]) -> Iterator[Sealed]:
    """Segments between two vectors in order of arrival; read in portions, so that nothing waits for a stick."""
    known, more = dict(theirs), True
    while more:
        with database.reading() as connection:
            found = lacking(connection, known, protocol.SEND_LIMIT)
        more = found.more
        for sealed in found.segments:
            header = sealed.read_header()
            known[header.replica_id] = header.last_seq
            if header.last_seq <= ours.get(header.replica_id, 0):
                yield sealed
