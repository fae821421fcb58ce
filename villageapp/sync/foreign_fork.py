"""A colleague's log that differs here from the server's: two machines wrote under one number, and a stick brought
the one that did not reach the server first.

The server's log becomes ours. What only the other one said, and nobody replaced since, this laptop says again in
its own log with the author's name and time, for nobody else may have it. Should its author come back under a new
number, equal values fall together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from villageapp.domain.changes import ChangeSet
from villageapp.models.database import Database
from villageapp.sync import fork, log_reading, renumbering, repair, seal, states, store
from villageapp.sync.change import DELETE, DELETED, RESTORE, SET, Change, Clock
from villageapp.sync.clock import HybridClock
from villageapp.sync.fork import Asked, TrueLog
from villageapp.sync.registers import Record

_WITH_DELETIONS = "SELECT entity, record_id FROM record_state WHERE fields LIKE ?"


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of it: changes said again here, changes of the server's log that were new."""

    replica_id: str
    said_again: int
    returned: int
    touched: ChangeSet

    @property
    def sentence(self) -> str:
        """For the person at the laptop."""
        return (
            f"有一名同事的两台电脑用过同一编号，已以服务器的日志为准；本机从 U 盘收到、服务器没有的内容"
            f"共 {self.said_again} 项，已由本机代为上传，作者和时间不变。"
        )


def adopt(database: Database, clock: HybridClock, server: Asked, replica_id: str) -> Adopted:
    """Take the server's log of this replica. Raises SyncError; then nothing has changed here."""
    with database.reading() as connection:
        workspace = store.read_identity(connection).workspace
        ends = fork.boundaries(connection, replica_id)
    log = fork.fetch(server, workspace, replica_id, ends)
    with database.writing() as connection:
        return _adopt(connection, clock, log)


def _adopt(connection: Connection, clock: HybridClock, log: TrueLog) -> Adopted:
    identity = store.read_identity(connection)
    here = fork.sealed_after(connection, log.replica_id, log.after)
    theirs = [change for sealed in log.segments for change in seal.unpack(sealed.body)]
    common = renumbering.common_length(here, theirs)
    orphans, new = here[common:], {change.clock(log.replica_id) for change in theirs[common:]}
    before = _load(connection, orphans)
    gone = {key for key, record in _with_deletions(connection).items() if record.deleted}
    again = renumbering.reissued(
        orphans,
        log.replica_id,
        _common_end(orphans),
        lambda c, name: _stands(before, c, name, log.replica_id),
    )
    fork.replace_log(connection, identity.workspace, identity.province_key, log)
    mine = _add_own(connection, again)
    fork.advance_clock(connection, clock, [*theirs, *again])
    touched = repair.rebuild(connection, fork.records_of(here, theirs))
    firm = _confirmed(connection, before, _load(connection, orphans), new | mine)
    _add_own(connection, firm)
    repair.rebuild(connection, fork.records_of(firm))
    if orphans:
        _correct_deletions(connection, log.replica_id, _common_end(orphans), gone)
    return Adopted(log.replica_id, len(again), len(theirs) - common, touched)


def _common_end(orphans: Sequence[Change]) -> int:
    return orphans[0].seq - 1 if orphans else 0


_Records = dict[tuple[str, str], Record]


def _load(connection: Connection, changes: Sequence[Change]) -> _Records:
    """The records that these changes are about, as they stand."""
    return {
        (entity, record_id): record
        for entity, ids in fork.records_of(changes).items()
        for record_id, record in states.load(connection, entity, ids).items()
    }


def _stands(records: _Records, change: Change, name: str, replica_id: str) -> bool:
    record = records.get((change.entity, change.record_id))
    return record is not None and change.clock(replica_id) in record.heads(name)


def _confirmed(
    connection: Connection, before: _Records, after: _Records, fresh: Collection[Clock]
) -> list[Change]:
    """Values that replaced orphans, said once more: what the orphans had replaced must not come back.

    ``fresh`` are clocks that could not be known before; they stand rightly.
    """
    made: list[Change] = []
    for (entity, record_id), record in after.items():
        known = before.get((entity, record_id), Record())
        for name in sorted({*record.values, *record.fields}):
            heads, held = record.heads(name), known.heads(name)
            back = heads.keys() - held.keys() - set(fresh)
            standing = heads.keys() & held.keys()
            if back and standing:
                best = max(standing)
                kind = SET if name != DELETED else DELETE if isinstance(held[best], dict) else RESTORE
                bases = {name: tuple(sorted({*back, best}))}
                fields = {name: held[best]}
                said = log_reading.written_by(connection, [best]).get(best)
                actor = said.actor if said is not None else record.updated[1]
                made.append(Change(0, best.hlc, actor, entity, record_id, kind, fields, bases))
    return made


def _correct_deletions(
    connection: Connection, replica_id: str, common: int, gone: Collection[tuple[str, str]]
) -> None:
    """Deletions follow the numbers: what this laptop deleted had not seen the true log after number ``common``, and
    what was ``gone`` with all that is said again here stays gone."""
    own, following = _own_numbers(connection)
    made: list[tuple[Clock, dict[str, int], bool]] = []
    for key, record in _with_deletions(connection).items():
        heads = {clock: seen for clock, seen in record.heads(DELETED).items() if isinstance(seen, dict)}
        here = {own: following - 1} if key in gone else {}
        wrong = {c: v for c, v in heads.items() if c.replica_id == own and v.get(replica_id, 0) > common}
        made += [(clock, {**seen, replica_id: common, **here}, True) for clock, seen in wrong.items()]
        if heads and here and not wrong and not record.deleted:
            made.append((max(heads), here, False))
    said = log_reading.written_by(connection, [clock for clock, _, _ in made])
    corrected = [
        replace(said[clock], fields={DELETED: seen}, bases={DELETED: (clock,)} if replaces else {})
        for clock, seen, replaces in made
        if clock in said
    ]
    _add_own(connection, corrected)
    repair.rebuild(connection, fork.records_of(corrected))


def _with_deletions(connection: Connection) -> _Records:
    """Every record that somebody deleted, whether it is gone or not."""
    wanted: dict[str, list[str]] = {}
    rows = connection.exec_driver_sql(_WITH_DELETIONS, (f'%"{DELETED}"%',))
    for entity, record_id in rows:
        wanted.setdefault(entity, []).append(record_id)
    return {
        (entity, record_id): record
        for entity, ids in wanted.items()
        for record_id, record in states.load(connection, entity, ids).items()
    }


def _own_numbers(connection: Connection) -> tuple[str, int]:
    """This laptop's number, and that of its next change."""
    own, first = connection.exec_driver_sql("SELECT replica_id, next_seq FROM replica").one()
    return own, first


def _add_own(connection: Connection, changes: Sequence[Change]) -> set[Clock]:
    """Give these changes this laptop's next numbers; their clocks."""
    own, first = _own_numbers(connection)
    numbered = [replace(change, seq=first + number) for number, change in enumerate(changes)]
    fork.add_unsealed(connection, numbered)
    connection.exec_driver_sql("UPDATE replica SET next_seq = ?", (first + len(numbered),))
    return {change.clock(own) for change in numbered}
