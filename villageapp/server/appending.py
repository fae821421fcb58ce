"""Putting sealed segments at the end of a workspace's log, outside an exchange: released from quarantine, or
written by the server itself. They get the next numbers of arrival, so laptops and the projection take them
as if they had just come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.errors import NotFound
from villageapp.models.server_tables import segment, vector, workspace
from villageapp.server.content import open_segment
from villageapp.sync import chain
from villageapp.sync.chain import NO_HASH, Certificate, Refusal, Refused, Sealed, Verdict


@dataclass(slots=True)
class Appending:
    """The end of one workspace's log, locked until the caller's transaction ends."""

    connection: Connection
    county_code: str
    workspace: str
    arrived: int
    heads: dict[str, tuple[int, bytes]]  # replica: last sequence number, last hash
    _rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, sealed: Sealed, certificate: Certificate) -> Verdict:
        """Take a segment whose author, signature, continuity and content are in order; KNOWN ones are skipped.

        Raises Refusal (gap, fork, bad signature …) or SyncError (malformed); nothing is taken then.
        """
        header = sealed.read_header()
        last_seq, last_hash = self.heads.get(header.replica_id, (0, NO_HASH))
        verdict = chain.judge(sealed, header, self.workspace, certificate, last_seq, last_hash)
        if verdict is Verdict.KNOWN:
            self._check_same(sealed, header)
            return verdict
        open_segment(sealed, header)
        self.arrived += 1
        self.heads[header.replica_id] = (header.last_seq, sealed.hash)
        self._rows.append(
            {
                "county_code": self.county_code,
                "workspace": self.workspace,
                "replica_id": header.replica_id,
                "first_seq": header.first_seq,
                "last_seq": header.last_seq,
                "arrived": self.arrived,
                "hash": sealed.hash,
                "prev_hash": header.prev_hash,
                "header": sealed.header,
                "body": sealed.body,
                "signature": sealed.signature,
                "received_at": datetime.now(UTC),
            }
        )
        return verdict

    def _check_same(self, sealed: Sealed, header: chain.Header) -> None:
        columns = segment.c
        query = select(columns.hash).where(
            *_of(segment, self.county_code, self.workspace),
            columns.replica_id == header.replica_id,
            columns.first_seq == header.first_seq,
        )
        stored = {row["hash"] for row in self._rows if _name(row) == (header.replica_id, header.first_seq)}
        stored |= set(self.connection.execute(query).scalars())
        if sealed.hash not in stored:
            raise Refusal(
                Refused.FORK, "同一编号已有不同内容，这一段没有采用。", self.heads[header.replica_id][0] + 1
            )

    def save(self) -> int:
        """Write what was added; how many segments."""
        if not self._rows:
            return 0
        here = {"county_code": self.county_code, "workspace": self.workspace}
        self.connection.execute(insert(segment), self._rows)
        for replica_id in {row["replica_id"] for row in self._rows}:
            last_seq, last_hash = self.heads[replica_id]
            head = {"last_seq": last_seq, "last_hash": last_hash}
            entry = upsert(vector).values(**here, replica_id=replica_id, **head)
            keys = [*here, "replica_id"]
            self.connection.execute(entry.on_conflict_do_update(index_elements=keys, set_=head))
        place = _of(workspace, self.county_code, self.workspace)
        self.connection.execute(update(workspace).where(*place).values(last_arrived=self.arrived))
        count, self._rows = len(self._rows), []
        return count


def locked_end(connection: Connection, county_code: str, home: str) -> Appending:
    """The end of a workspace's log, under the lock that exchanges take too. Raises NotFound."""
    place = _of(workspace, county_code, home)
    arrived = connection.execute(
        select(workspace.c.last_arrived).where(*place).with_for_update()
    ).scalar_one_or_none()
    if arrived is None:
        raise NotFound(f"服务器上没有工作区 {home}。", remedy="请核对编号。")
    rows = connection.execute(
        select(vector.c.replica_id, vector.c.last_seq, vector.c.last_hash).where(
            *_of(vector, county_code, home)
        )
    )
    heads = {row.replica_id: (row.last_seq, row.last_hash) for row in rows}
    return Appending(connection, county_code, home, arrived, heads)


def _of(table: Any, county_code: str, home: str) -> Iterable[Any]:
    return table.c.county_code == county_code, table.c.workspace == home


def _name(row: dict[str, Any]) -> tuple[str, int]:
    return row["replica_id"], row["first_seq"]
