"""Stick files at the server: taken in as if their maker had come over the network, answered by a reply file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import and_, select

from villageapp import __version__
from villageapp.errors import AppError, Cancelled, SyncError, SyncKind
from villageapp.models.server_tables import certificate, replica, vector, workspace
from villageapp.progress import SILENT, Progress
from villageapp.server import admin, audit_trail, box_key
from villageapp.server.access import Laptop
from villageapp.server.blobs import open_desk
from villageapp.server.bundle_photos import Shelf
from villageapp.server.opening import Province, open_province
from villageapp.server.store import exchange
from villageapp.sync import bundle_file, bundle_format, chain, channels
from villageapp.sync.bundle_checks import Contents, inspect
from villageapp.sync.bundle_format import Manifest, Part, Purpose
from villageapp.sync.bundle_intake import Missing, check_same, missing_text, name_of, other_village
from villageapp.sync.bundle_photos import Album
from villageapp.sync.chain import Certificate, Refused, Sealed, Signed
from villageapp.sync.change import SCHEMA
from villageapp.sync.protocol import SEND_LIMIT, Hello, Message


@dataclass(slots=True)
class Received:
    """What came of a stick file: changes that were new, photos that were new, changes known before."""

    changes: int = 0
    blobs: int = 0
    already_known: int = 0
    missing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    reply: Path | None = None


@dataclass(frozen=True, slots=True)
class _Team:
    """The workspace of a file: its maker as a laptop of this server, and everybody's certificates."""

    maker: Laptop
    village_code: str
    certificates: Mapping[str, Certificate]
    revoked: frozenset[str]


def import_bundle(
    data_dir: Path,
    dsn: str | None,
    path: Path,
    reply: Path | None = None,
    progress: Progress = SILENT,
    blobs: str | None = None,
) -> Received:
    """Take in a stick file, beside a running server or without one; ``reply``: write an answer for its maker.

    The answer holds the server's signature over what it has, and what the maker lacks. ``blobs`` is where the
    server keeps photos, as it was started with. Raises SyncError (not_a_bundle, not_for_us, damaged,
    wrong_workspace, bad_signature, not_enrolled, malformed, own_file …), AlreadyDone (the reply's name is taken)
    or Trouble. A file that fails a check is refused whole.
    """
    with open_province(data_dir, dsn) as province:
        secret = box_key.secret_box_key(province)
        team, contents = _inspected(province, path, secret, progress)
        received = _receive(province, team, contents, path, progress)
        shelf = Shelf(open_desk(province, blobs), team.maker)
        if contents.blobs and not team.maker.revoked:
            _receive_photos(shelf, path, secret, received, progress)
        if reply is not None:
            _reply(shelf, team, contents, reply, progress)
            received.reply = reply
    return received


def _inspected(province: Province, path: Path, secret: bytes, progress: Progress) -> tuple[_Team, Contents]:
    teams: list[_Team] = []

    def trust(manifest: Manifest) -> Mapping[str, Certificate]:
        teams.append(_team(province, manifest))
        return teams[0].certificates

    contents = inspect(path, secret, province.public_key, trust, progress)
    return teams[0], contents


def _receive(province: Province, team: _Team, contents: Contents, path: Path, progress: Progress) -> Received:
    intake = _Intake(province, team, contents)
    secret = box_key.secret_box_key(province)
    check_same(bundle_file.read(path, secret, intake.take, progress, photos=False), contents)
    received = intake.finish()
    with province.engine.begin() as connection:
        maker = team.maker
        who = admin.at_console().who
        audit_trail.note(connection, maker.county_code, "bundle", maker.workspace, maker.replica_id, who)
    return received


def _receive_photos(shelf: Shelf, path: Path, secret: bytes, received: Received, progress: Progress) -> None:
    """Photos after the records; what stops them is told, and the records and the reply stand."""
    album = Album(shelf.keep)
    try:
        bundle_file.read(path, secret, album.take, progress)
        album.finish()
    except Cancelled:
        raise
    except AppError as error:
        received.refused.append(f"照片没有收全（{error.message}）；再导入一次即可补上。")
    received.blobs = album.new


def _team(province: Province, manifest: Manifest) -> _Team:
    """Raises SyncError: wrong_workspace, own_file."""
    if not manifest.maker:
        raise SyncError(
            SyncKind.PROTOCOL,
            "这是服务器自己写给村里的答复文件，没有导入。",
            remedy="请把它交给村里，在村里的电脑上导入。",
            code="own_file",
        )
    home = _home(province, manifest)
    with province.engine.connect() as connection:
        rows = connection.execute(
            select(certificate.c.body, certificate.c.signature, replica.c.revoked_at)
            .outerjoin(
                replica,
                and_(
                    replica.c.county_code == certificate.c.county_code,
                    replica.c.workspace == certificate.c.workspace,
                    replica.c.replica_id == certificate.c.replica_id,
                ),
            )
            .where(
                certificate.c.county_code == home.county_code, certificate.c.workspace == manifest.workspace
            )
        ).all()
    known = [(chain.read_certificate(Signed(row[0], row[1]), province.public_key), row[2]) for row in rows]
    revoked = frozenset(held.replica_id for held, revoked_at in known if revoked_at is not None)
    laptop = Laptop(home.county_code, manifest.workspace, manifest.maker, manifest.maker in revoked)
    return _Team(laptop, home.village_code, {held.replica_id: held for held, _ in known}, revoked)


def _home(province: Province, manifest: Manifest) -> Any:
    """County and village code of the workspace. Raises SyncError(wrong_workspace)."""
    try:
        wanted = str(uuid.UUID(manifest.workspace))
    except ValueError as error:
        raise chain.malformed("工作区编号不对") from error
    columns = workspace.c
    query = select(columns.county_code, columns.village_code).where(columns.workspace == wanted)
    with province.engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None or wanted != manifest.workspace:
        raise other_village(manifest.village_code)
    return row


class _Intake:
    """The second reading: the segments in portions, each portion one exchange without a network."""

    def __init__(self, province: Province, team: _Team, contents: Contents) -> None:
        self._province = province
        self._team = team
        self._contents = contents
        self._batch: list[Sealed] = []
        self._size = 0
        self._missing: dict[str, int] = {}
        self._vector = self._stored()
        self._received = Received()
        self._send([])  # certificates alone, in case the server was restored and has lost them

    def take(self, part: int, payload: bytes) -> None:
        """One frame; only segments matter here."""
        if part != Part.SEGMENT:
            return
        self._batch.append(bundle_format.read_segment(payload))
        self._size += len(payload)
        if self._size >= SEND_LIMIT:
            self._store()

    def _store(self) -> None:
        before, batch = self._vector, self._batch
        self._batch, self._size = [], 0
        for header in _headers(batch):
            if header.last_seq <= before.get(header.replica_id, 0):
                self._received.already_known += header.last_seq - header.first_seq + 1
        answer = self._send(batch)
        self._vector = self._stored()
        mine = {header.replica_id for header in _headers(batch)}
        self._received.changes += sum(self._vector.get(r, 0) - before.get(r, 0) for r in mine)
        for refusal in answer.refusals:
            if refusal.code == Refused.GAP:
                self._missing.setdefault(refusal.replica_id, refusal.expected)
            else:
                self._received.refused.append(refusal.message)

    def _send(self, segments: list[Sealed]) -> Message:
        """One round that asks for nothing: the maker is said to have what the server has."""
        contents, maker = self._contents, self._team.maker
        hello = _hello(maker, contents.manifest, {**contents.manifest.vector, **self._vector})
        certificates = [] if segments else contents.signed
        return exchange(self._province, maker, Message(hello, segments, certificates))

    def _stored(self) -> dict[str, int]:
        """What the server has of this workspace."""
        maker, columns = self._team.maker, vector.c
        query = select(columns.replica_id, columns.last_seq).where(
            columns.county_code == maker.county_code, columns.workspace == maker.workspace
        )
        with self._province.engine.connect() as connection:
            return {row.replica_id: row.last_seq for row in connection.execute(query)}

    def finish(self) -> Received:
        """What came of it all."""
        self._store()
        received = self._received
        received.missing = [
            missing_text([Missing(replica_id, name_of(self._contents, replica_id), seq)])
            for replica_id, seq in sorted(self._missing.items())
        ]
        received.refused = list(dict.fromkeys(received.refused))
        return received


def _headers(segments: list[Sealed]) -> Iterator[chain.Header]:
    """Headers of those that this version can read."""
    for sealed in segments:
        try:
            yield sealed.read_header()
        except SyncError as error:
            if error.kind is not SyncKind.TOO_OLD:
                raise


def _hello(
    maker: Laptop, manifest: Manifest, vector: dict[str, int], items: dict[str, int] | None = None
) -> Hello:
    made = (manifest.made_at_ms, manifest.schema, manifest.app)
    return Hello(maker.workspace, maker.replica_id, vector, *made, channels=items)


def _reply(shelf: Shelf, team: _Team, contents: Contents, path: Path, progress: Progress) -> None:
    """Write the answer. Nobody whose laptop was revoked can read it."""
    province = shelf.desk.province
    trusted = [held for replica_id, held in contents.certificates.items() if replica_id not in team.revoked]
    bundle_file.write(
        path.absolute(),
        _reply_frames(shelf, team, contents),
        lambda digest: province.key.sign(digest).signature,
        [box_key.public_box_key(province), *(held.box_key for held in trusted)],
        progress,
    )


def _reply_frames(shelf: Shelf, team: _Team, contents: Contents) -> Iterator[bytes]:
    """What the maker lacks, round by round as over the network, and the receipts."""
    theirs, province = contents.manifest, shelf.desk.province
    known, items = dict(theirs.vector), theirs.channels
    answer = exchange(province, team.maker, Message(_hello(team.maker, theirs, known, items)))
    yield bundle_format.manifest_frame(_manifest(answer.hello, team))
    for signed in answer.certificates:
        yield bundle_format.signed_frame(Part.CERTIFICATE, signed)
    while True:
        for sealed in answer.segments:
            header = sealed.read_header()
            known[header.replica_id] = header.last_seq
            yield bundle_format.segment_frame(sealed)
        for signed in answer.items:
            mark = channels.mark_of(signed, province.public_key)
            items = {**(items or {}), mark.channel: mark.number}
            yield bundle_format.signed_frame(Part.CHANNEL, signed)
        if not answer.hello.more or not (answer.segments or answer.items):
            break
        answer = exchange(province, team.maker, Message(_hello(team.maker, theirs, known, items)))
    if answer.receipt is not None:
        yield bundle_format.signed_frame(Part.RECEIPT, answer.receipt)
    if not team.maker.revoked:
        for signed in shelf.receipts(contents.blobs):
            yield bundle_format.signed_frame(Part.BLOB_RECEIPT, signed)


def _manifest(ours: Hello, team: _Team) -> Manifest:
    return Manifest(
        bundle_format.VERSION,
        team.maker.workspace,
        team.village_code,
        "",
        Purpose.REPLY.value,
        ours.vector,
        ours.time_ms,
        SCHEMA,
        __version__,
    )
