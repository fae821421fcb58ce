"""What server, colleagues and sticks are known to hold, kept in the ``peer`` table.

The server by its signed receipts, a colleague by the vector in files of theirs, a stick by what was written
to it: one row for the latest file of each purpose, for a later file holds at least as much.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from villageapp.domain import dates
from villageapp.sync import chain, receipts, seal, store
from villageapp.sync.bundle_checks import Contents
from villageapp.sync.bundle_format import Manifest, Purpose
from villageapp.sync.chain import Certificate, Receipt
from villageapp.sync.clock import COUNTER_BITS, instant

SERVER, STICK, COLLEAGUE = "server", "stick", "colleague"
"""Values of ``peer.kind``."""

_KEEP = (
    "INSERT INTO peer (url, kind, name, last_try_at, last_success_at, ended, message, vector, receipt)"
    " VALUES (?, ?, ?, ?, ?, '', '', ?, '')"
    " ON CONFLICT (url) DO UPDATE SET name = excluded.name, last_try_at = excluded.last_try_at,"
    " last_success_at = excluded.last_success_at, vector = excluded.vector"
)
_COVERING = (
    "SELECT last_seq, hash FROM segment WHERE replica_id = ? AND first_seq <= ? AND first_seq > ?"
    " ORDER BY first_seq DESC LIMIT 1"
)


def known_of(
    connection: Connection, purpose: Purpose, identity: store.Identity, team: Sequence[Certificate]
) -> dict[str, int]:
    """A vector that whoever a file is for has for certain.

    For colleagues: what each of them has, so that one file serves all. For the server: what it signed for.
    """
    if purpose is not Purpose.COLLEAGUE:
        return receipts.read(connection, identity.server_url).signed.vector
    own = {identity.replica_id, *_former(connection)}
    laptops: dict[bytes, dict[str, int]] = {}  # by key: a laptop that got a new number is still one laptop
    for certificate in team:
        merged = laptops.setdefault(certificate.box_key, {})
        for replica_id, seq in _colleague_vector(connection, certificate.replica_id).items():
            merged[replica_id] = max(seq, merged.get(replica_id, 0))
    for certificate in team:
        if certificate.replica_id in own:
            laptops.pop(certificate.box_key, None)
    return common(list(laptops.values()))


def common(vectors: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """What every one of these vectors covers."""
    if not vectors:
        return {}
    replicas = set.intersection(*(set(vector) for vector in vectors))
    return {replica_id: min(vector[replica_id] for vector in vectors) for replica_id in replicas}


def _colleague_vector(connection: Connection, replica_id: str) -> dict[str, int]:
    """What a colleague's laptop said it has, and its own log as far as it is known here."""
    vector = _stored(connection, _colleague(replica_id))
    own = store.vector_of(connection).get(replica_id, 0)
    return {**vector, replica_id: max(own, vector.get(replica_id, 0))}


def _colleague(replica_id: str) -> str:
    return f"{COLLEAGUE}:{replica_id}"


def _stored(connection: Connection, url: str) -> dict[str, int]:
    text = connection.exec_driver_sql("SELECT vector FROM peer WHERE url = ?", (url,)).scalar_one_or_none()
    return dict(json.loads(text)) if text else {}


def _former(connection: Connection) -> list[str]:
    """Identities that this laptop had before a fork."""
    return list(json.loads(connection.exec_driver_sql("SELECT former FROM replica").scalar_one()))


def keep_stick(connection: Connection, manifest: Manifest, name: str) -> None:
    """Remember what was written to a stick, for whom, in which file."""
    at = dates.instant_text(instant(manifest.made_at_ms << COUNTER_BITS))
    row = (f"{STICK}:{manifest.purpose}", STICK, name, at, at, json.dumps(manifest.vector))
    connection.exec_driver_sql(_KEEP, row)


def heads_of(connection: Connection) -> dict[str, bytes]:
    """The hash of the last known segment of each laptop."""
    rows = connection.exec_driver_sql("SELECT replica_id, last_hash FROM vector")
    return {row[0]: row[1] for row in rows}


def contradicted(connection: Connection, manifest: Manifest) -> list[str]:
    """Laptops of which the maker of a file has another history than we, as far as its last segments tell."""
    return [
        replica_id
        for replica_id, digest in manifest.heads.items()
        if is_other(connection, replica_id, manifest.vector.get(replica_id, 0), digest)
    ]


def is_other(connection: Connection, replica_id: str, last_seq: int, digest: bytes) -> bool:
    """Whether the segment that ends at this number has another hash, or other ends, in our log."""
    row = connection.exec_driver_sql(_COVERING, (replica_id, last_seq, last_seq - seal.MAX_CHANGES)).first()
    if row is None or row[0] < last_seq:  # not here (yet): nothing to compare with
        return False
    return bool(row[0] != last_seq or row[1] != digest)


def keep_maker(connection: Connection, identity: store.Identity, contents: Contents) -> bool:
    """Remember what the maker of a file has; returns whether it brought a newer receipt of the server."""
    manifest = contents.manifest
    if manifest.maker and manifest.maker != identity.replica_id:
        url = _colleague(manifest.maker)
        known = _stored(connection, url)
        other = set(contradicted(connection, manifest))
        vector = {
            replica_id: max(known.get(replica_id, 0), manifest.vector.get(replica_id, 0))
            for replica_id in {*known, *manifest.vector} - other
        }
        certificate = contents.certificates[manifest.maker]
        at = dates.instant_text(instant(manifest.made_at_ms << COUNTER_BITS))
        row = (url, COLLEAGUE, certificate.user_name, at, at, json.dumps(vector))
        connection.exec_driver_sql(_KEEP, row)
    if contents.receipt is None:
        return False
    return _keep_receipt(connection, identity, chain.read_receipt(contents.receipt, identity.province_key))


def _keep_receipt(connection: Connection, identity: store.Identity, receipt: Receipt) -> bool:
    """Enter a receipt as if it had come over the line. An older one (by the server's clock) says nothing new."""
    ledger = receipts.read(connection, identity.server_url)
    if receipt.time_ms <= ledger.signed.time_ms:
        return False
    standing = receipts.weigh(connection, receipt, ledger.signed.kept)
    if not standing.by:
        return False
    receipts.enter_epoch(ledger, receipt.epoch)
    receipts.note(ledger, receipt, standing)
    ledger.hint = dict(receipt.vector)
    ledger.save(connection)
    return True
