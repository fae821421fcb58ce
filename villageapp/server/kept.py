"""Telling a laptop what this server holds of logs that did not all go into the log: segments kept for review.

Said in every answer and believed only as long as it is said: a server restored from a backup may have forgotten
what it kept. A laptop compares the hashes with its own segments and sends what is not held again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from villageapp.server.access import Laptop
from villageapp.sync.chain import NO_HASH, Header, Sealed
from villageapp.sync.protocol import End

_ROWS = """
    SELECT header, hash FROM quarantine
    WHERE county_code = %s AND workspace = %s AND (released_at IS NULL OR %s)
"""
_IN_LOG = """
    SELECT hash FROM segment
    WHERE county_code = %s AND workspace = %s AND replica_id = ANY(%s::uuid[]) AND hash = ANY(%s::bytea[])
"""
_LOG_ENDS = """
    SELECT k.replica_id::text, s.last_seq, s.hash
    FROM unnest(%s::uuid[], %s::bigint[]) AS k (replica_id, seq)
    CROSS JOIN LATERAL (
        SELECT g.last_seq, g.hash FROM segment g
        WHERE g.county_code = %s AND g.workspace = %s AND g.replica_id = k.replica_id
            AND g.first_seq <= k.seq AND g.last_seq <= k.seq
        ORDER BY g.first_seq DESC LIMIT 1
    ) AS s
"""
_HOLDS = """
    SELECT EXISTS (SELECT FROM quarantine
        WHERE county_code = %s AND workspace = %s AND replica_id = %s AND hash = %s)
"""
_RELEASED = """
    SELECT EXISTS (SELECT FROM quarantine
        WHERE county_code = %s AND workspace = %s AND replica_id = %s AND hash = %s AND released_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A segment in quarantine, whatever was decided about it: its bytes are here."""

    header: Header
    hash: bytes

    @property
    def name(self) -> str:
        """The replica."""
        return self.header.replica_id


def ends(connection: Connection, laptop: Laptop, vector: Mapping[str, int]) -> dict[str, list[End]]:
    """Per replica with segments in quarantine: where unbroken chains of what is held here end, as far as ``vector``.

    What was released is in the log, or is said there under another number: only a revoked laptop, which is given no
    log, is told of it here.
    """
    place = (laptop.county_code, laptop.workspace)
    rows = connection.exec_driver_sql(_ROWS, (*place, laptop.revoked)).all()
    listed = [Held(Sealed(bytes(row[0]), b"", b"").read_header(), bytes(row[1])) for row in rows]
    concerned = [held for held in listed if held.header.last_seq <= vector.get(held.name, 0)]
    if not concerned:
        return {}
    before = in_log(connection, place, concerned)
    found: dict[str, list[End]] = {}
    for held in tips(unbroken(concerned, before)):
        found.setdefault(held.name, []).append((held.header.last_seq, held.hash))
    return found


def ends_in_log(
    connection: Connection, laptop: Laptop, vector: Mapping[str, int], known: Mapping[str, int]
) -> dict[str, End]:
    """The last segment in the log of each replica that ends at or before the number in ``vector``.

    ``known`` is this server's own vector.
    """
    asked = {
        replica_id: min(seq, known[replica_id]) for replica_id, seq in vector.items() if replica_id in known
    }
    place = (laptop.county_code, laptop.workspace)
    rows = connection.exec_driver_sql(_LOG_ENDS, (list(asked), list(asked.values()), *place))
    return {row[0]: (row[1], bytes(row[2])) for row in rows}


def holds(connection: Connection, laptop: Laptop, replica_id: str, digest: bytes) -> bool:
    """Whether this very segment is in quarantine."""
    key = (laptop.county_code, laptop.workspace, replica_id, digest)
    return bool(connection.exec_driver_sql(_HOLDS, key).scalar_one())


def was_released(connection: Connection, laptop: Laptop, replica_id: str, digest: bytes) -> bool:
    """Whether a person has let this very segment out of quarantine."""
    key = (laptop.county_code, laptop.workspace, replica_id, digest)
    return bool(connection.exec_driver_sql(_RELEASED, key).scalar_one())


def in_log(connection: Connection, place: tuple[str, str], listed: Iterable[Held]) -> set[bytes]:
    """Hashes of segments in the log that these follow; ``place`` is county and workspace."""
    wanted = list(listed)
    replicas, hashes = {held.name for held in wanted}, {held.header.prev_hash for held in wanted}
    rows = connection.exec_driver_sql(_IN_LOG, (*place, list(replicas), list(hashes)))
    return {bytes(row[0]) for row in rows}


def unbroken(listed: Iterable[Held], before: Iterable[bytes]) -> list[Held]:
    """Those that follow the log (hashes ``before``) or each other back to it, in order of their numbers."""
    reached = set(before)
    found: list[Held] = []
    for held in sorted(listed, key=lambda one: one.header.first_seq):
        is_first = held.header.first_seq == 1 and held.header.prev_hash == NO_HASH
        if is_first or held.header.prev_hash in reached:
            reached.add(held.hash)
            found.append(held)
    return found


def tips(listed: Iterable[Held]) -> list[Held]:
    """Those that no other of them follows."""
    chosen = list(listed)
    followed = {held.header.prev_hash for held in chosen}
    return [held for held in chosen if held.hash not in followed]
