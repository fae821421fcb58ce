"""One hash over a workspace's log. A segment's hash covers the hash before it, so the last hash of every replica
stands for all of its bytes: equal log hashes mean that two peers hold the very same segments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection

from villageapp.sync import seal

_TOO_MANY = 2**62
Head = tuple[str, int, bytes]
"""Replica, last sequence number, hash of the segment that ends there."""

_HEADS = "SELECT replica_id, last_seq, last_hash FROM vector"
_ENDING = "SELECT hash FROM segment WHERE replica_id = ? AND first_seq BETWEEN ? AND ? AND last_seq = ?"


def log_hash(heads: Iterable[Head]) -> bytes:
    """SHA-256 over the heads in order of the replicas' ids; a replica without segments does not count."""
    listed = sorted(
        (replica_id, last_seq, bytes(digest)) for replica_id, last_seq, digest in heads if last_seq
    )
    return hashlib.sha256(msgspec.msgpack.encode(listed)).digest()


def own_log_hash(connection: Connection) -> bytes:
    """The hash of everything that this laptop holds."""
    return log_hash(tuple(row) for row in connection.exec_driver_sql(_HEADS))


def log_hash_at(connection: Connection, vector: Mapping[str, int]) -> bytes | None:
    """The hash that a peer with this vector must have if its bytes are ours.

    None when that cannot be said here: a replica's log is shorter here, or has no segment that ends there.
    """
    heads: list[Head] = []
    for replica_id, last_seq in vector.items():
        place = (replica_id, last_seq - seal.MAX_CHANGES + 1, last_seq, last_seq)
        digest = connection.exec_driver_sql(_ENDING, place).scalar_one_or_none()
        if digest is None and last_seq:
            return None
        heads.append((replica_id, last_seq, digest or b""))
    return log_hash(heads)


def ends_here(connection: Connection, ends: Mapping[str, Iterable[tuple[int, bytes]]]) -> dict[str, int]:
    """Of each replica the highest of these ends (number, hash) that is in our log with these very bytes."""
    found: dict[str, int] = {}
    for replica_id, listed in ends.items():
        for last_seq, digest in sorted(listed):
            if not 0 < last_seq < _TOO_MANY:
                continue
            place = (replica_id, last_seq - seal.MAX_CHANGES + 1, last_seq, last_seq)
            if connection.exec_driver_sql(_ENDING, place).scalar_one_or_none() == digest:
                found[replica_id] = last_seq
    return found
