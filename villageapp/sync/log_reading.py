"""Reading the log: the changes behind clocks, and every change of some records.

The log is the audit trail: a value that was replaced is still in the change that wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection

from villageapp.progress import SILENT, Progress
from villageapp.sync import seal
from villageapp.sync.change import Change, Clock

OUTBOX = ("seq", "hlc", "actor", "entity", "record_id", "kind", "fields", "bases")
"""Columns of a change that waits to be sealed, as ``change_of`` wants them."""
_OUTBOX = f"SELECT {', '.join(OUTBOX)} FROM outbox"
_LAST = 2**63 - 1
_SEGMENT_OF = (
    "SELECT body FROM segment WHERE replica_id = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1"
)


def own_changes(connection: Connection, first: int, last: int) -> list[Change]:
    """This laptop's changes with these sequence numbers (both ends included), in order."""
    own = _own_replica(connection)
    found = {change.seq: change for change in _outbox(connection, first, last)}
    wanted = [seq for seq in range(first, last + 1) if seq not in found]
    while wanted:
        inside = {c.seq: c for c in _segment_with(connection, own, wanted[-1])}
        found.update((seq, inside[seq]) for seq in wanted if seq in inside)
        left = [seq for seq in wanted if seq not in inside]
        if len(left) == len(wanted):
            break  # numbers that belong to no change here
        wanted = left
    return [found[seq] for seq in sorted(found)]


def written_by(connection: Connection, clocks: Collection[Clock]) -> dict[Clock, Change]:
    """The changes with these clocks, as far as they are in the log here."""
    own = _own_replica(connection)
    wanted = set(clocks)
    numbers = [clock.seq for clock in wanted if clock.replica_id == own]
    waiting = _outbox(connection, min(numbers), max(numbers)) if numbers else ()
    found = {c: change for change in waiting if (c := change.clock(own)) in wanted}
    for clock in sorted(wanted - found.keys()):
        if clock in found:
            continue
        for change in _segment_with(connection, clock.replica_id, clock.seq):
            if (name := change.clock(clock.replica_id)) in wanted:
                found[name] = change
    return found


def changes_of(
    connection: Connection, record_ids: Collection[str], progress: Progress = SILENT
) -> Iterator[tuple[str, Change]]:
    """Every known change of these records with the replica that made it, in order of arrival."""
    wanted = set(record_ids)
    numbers = connection.exec_driver_sql("SELECT arrived, replica_id FROM segment ORDER BY arrived").all()
    for done, (arrived, replica_id) in enumerate(numbers):
        progress.check_cancelled()
        progress.step(done, len(numbers), "正在查找变更记录")
        body = connection.exec_driver_sql("SELECT body FROM segment WHERE arrived = ?", (arrived,))
        for change in seal.unpack(body.scalar_one()):
            if change.record_id in wanted:
                yield replica_id, change
    own = _own_replica(connection)
    yield from ((own, change) for change in _outbox(connection) if change.record_id in wanted)


def _own_replica(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SELECT replica_id FROM replica").scalar_one())


def _outbox(connection: Connection, first: int = 0, last: int = _LAST) -> Iterator[Change]:
    """Changes that wait to be sealed; all of them may be an import of a whole village, so ask for few."""
    rows = connection.exec_driver_sql(f"{_OUTBOX} WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last))
    return map(change_of, rows)


def change_of(row: Any) -> Change:
    """The change in a row of the outbox."""
    seq, hlc, actor, entity, record_id, kind, fields, bases = row
    named = {name: tuple(Clock(*clock) for clock in clocks) for name, clocks in json.loads(bases).items()}
    return Change(seq, hlc, actor, entity, record_id, kind, json.loads(fields), named)


def _segment_with(connection: Connection, replica_id: str, seq: int) -> list[Change]:
    body = connection.exec_driver_sql(_SEGMENT_OF, (replica_id, seq)).scalar_one_or_none()
    return seal.unpack(body) if body is not None else []
