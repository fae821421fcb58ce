"""Which segments a peer lacks, found by the index: the log grows for years, an exchange looks at its end only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from villageapp.sync import seal
from villageapp.sync.chain import Sealed

_LISTED = (
    "SELECT s.arrived, length(s.body), s.last_seq - s.first_seq + 1"
    " FROM json_each(?) AS w CROSS JOIN segment AS s"
    f" WHERE s.replica_id = w.key AND s.first_seq > w.value - {seal.MAX_CHANGES} AND s.last_seq > w.value"
    " ORDER BY s.arrived"
)
_BODIES = (
    "SELECT header, body, signature FROM segment WHERE arrived IN (SELECT value FROM json_each(?))"
    " ORDER BY arrived"
)


@dataclass(frozen=True, slots=True)
class Lacking:
    """The first segments that a peer lacks, in order of arrival, and how much there is of them in all."""

    segments: list[Sealed]
    more: bool
    total_segments: int
    total_changes: int
    total_bytes: int


def lacking(connection: Connection, theirs: Mapping[str, int], limit: int) -> Lacking:
    """What a peer with vector ``theirs`` lacks: at most ``limit`` bytes of it (0: none), but at least one segment.

    A segment of which the peer has the beginning counts as lacking.
    """
    listed = connection.exec_driver_sql(_LISTED, (json.dumps(_wanted(connection, theirs)),)).all()
    chosen: list[int] = []
    size = 0
    for arrived, length, _ in listed if limit else ():
        if chosen and size + length > limit:
            break
        chosen.append(arrived)
        size += length
    rows = connection.exec_driver_sql(_BODIES, (json.dumps(chosen),)).all() if chosen else []
    return Lacking(
        [Sealed(*row) for row in rows],
        len(chosen) < len(listed),
        len(listed),
        sum(row[2] for row in listed),
        sum(row[1] for row in listed),
    )


def _wanted(connection: Connection, theirs: Mapping[str, int]) -> dict[str, int]:
    """Replicas of which we have more, with what the peer has."""
    rows = connection.exec_driver_sql("SELECT replica_id, last_seq FROM vector")
    return {row[0]: theirs.get(row[0], 0) for row in rows if row[1] > theirs.get(row[0], 0)}
