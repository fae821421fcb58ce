"""What laptops lack of a workspace's log, read from the database once for all who ask together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from villageapp.server.access import Laptop
from villageapp.sync import seal
from villageapp.sync.chain import Sealed
from villageapp.sync.protocol import SEND_LIMIT

MAX_LISTED = 5000
"""Segments considered for one answer."""
FRAME_BYTES = 256
"""What a segment weighs beside its body."""
SHARED_CHANGES = 10_000
"""Who lacks more than this reads for himself: a new laptop must not make everybody read the whole log."""
_LACKING = f"""
    SELECT header, body, signature, replica_id, last_seq FROM (
        SELECT s.header, s.body, s.signature, k.replica_id::text, s.last_seq, s.arrived,
            sum(octet_length(s.body) + %s) OVER (ORDER BY s.arrived) AS reached,
            row_number() OVER (ORDER BY s.arrived) AS place
        FROM unnest(%s::uuid[], %s::bigint[]) AS k (replica_id, seq)
        CROSS JOIN LATERAL (
            SELECT g.header, g.body, g.signature, g.last_seq, g.arrived FROM segment g
            WHERE g.county_code = %s AND g.workspace = %s AND g.replica_id = k.replica_id
                AND g.first_seq > k.seq - {seal.MAX_CHANGES} AND g.last_seq > k.seq AND g.arrived <= %s
            ORDER BY g.first_seq LIMIT %s
        ) AS s
    ) AS listed WHERE reached <= %s OR place = 1 ORDER BY arrived
"""
Found = tuple[list[Sealed], bool]
"""Segments in order of arrival, and whether more is left."""


@dataclass(frozen=True, slots=True)
class _Row:
    sealed: Sealed
    replica_id: str
    last_seq: int


@dataclass(slots=True)
class Log:
    """A workspace's log up to one moment, as it is handed out."""

    connection: Connection
    laptop: Laptop
    """Any of the workspace: it says where to read."""
    arrived: int
    """Number of the last segment at that moment."""
    known: Mapping[str, int]
    """The vector at that moment."""
    _floor: Mapping[str, int] | None = None
    _shared: Sequence[_Row] = ()

    def share(self, wishes: Iterable[tuple[Mapping[str, int], int]]) -> None:
        """Read once what all laptops with these vectors and limits lack; ``lacking`` then finds it here."""
        listed = [(gap, limit) for vector, limit in wishes if (gap := self._gap(vector))]
        if len(listed) > 1:
            listed = [one for one in listed if self._changes(one[0]) <= SHARED_CHANGES]
        if not listed:
            return
        floor: dict[str, int] = {}
        for gap, _ in listed:
            for replica_id, seq in gap.items():
                floor[replica_id] = min(seq, floor.get(replica_id, seq))
        alone = len(listed) == 1
        rows = self._read(floor, listed[0][1] if alone else SEND_LIMIT)
        if alone or not self._is_cut(floor, rows):
            self._floor, self._shared = floor, rows

    def lacking(self, theirs: Mapping[str, int], limit: int) -> Found:
        """What a laptop with this vector lacks, in order of arrival, up to ``limit`` bytes; more left?"""
        gap = self._gap(theirs)
        if not gap:
            return [], False
        rows = self._within(gap, limit) if self._is_shared(gap) else self._read(gap, limit)
        return [row.sealed for row in rows], self._is_cut(gap, rows)

    def _gap(self, theirs: Mapping[str, int]) -> dict[str, int]:
        """Replicas of which a laptop lacks something, and up to where it has them."""
        return {r: max(theirs.get(r, 0), 0) for r, last in self.known.items() if theirs.get(r, 0) < last}

    def _changes(self, gap: Mapping[str, int]) -> int:
        return sum(self.known[replica_id] - seq for replica_id, seq in gap.items())

    def _is_shared(self, gap: Mapping[str, int]) -> bool:
        floor = self._floor
        return floor is not None and all(seq >= floor.get(r, self.known[r]) for r, seq in gap.items())

    def _within(self, gap: Mapping[str, int], limit: int) -> Sequence[_Row]:
        """Of the rows that were read for all, those of one laptop: the same that ``_read`` would find."""
        found: list[_Row] = []
        size = 0
        for row in self._shared:
            if row.last_seq > gap.get(row.replica_id, row.last_seq):
                size += len(row.sealed.body) + FRAME_BYTES
                if size > limit and found:
                    break
                found.append(row)
        return found

    def _read(self, gap: Mapping[str, int], limit: int) -> Sequence[_Row]:
        place = (self.laptop.county_code, self.laptop.workspace, self.arrived, MAX_LISTED, limit)
        parameters: Any = (FRAME_BYTES, list(gap), list(gap.values()), *place)
        rows = self.connection.exec_driver_sql(_LACKING, parameters)
        return [_Row(Sealed(*row[:3]), row[3], row[4]) for row in rows]

    def _is_cut(self, gap: Mapping[str, int], rows: Sequence[_Row]) -> bool:
        """Whether these rows leave anything of the gap open."""
        reached = dict(gap)
        for row in rows:
            reached[row.replica_id] = max(reached[row.replica_id], row.last_seq)
        return any(self.known[replica_id] > seq for replica_id, seq in reached.items())
