"""What a damaged store still says, taken into a restored older one of the same laptop.

The log is the truth: segments that follow what is here are taken as they are, own changes behind a lost page get the
next numbers, and the records are made again from it. A value whose change lay on a lost page still stands in its
record: it is said again with the time at which it was written. What only a colleague had said comes with the next
sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from villageapp.errors import SyncError
from villageapp.models.base import LaptopBase
from villageapp.models.database import Database
from villageapp.models.records import CLASS_OF_ENTITY
from villageapp.models.wreck import Wreck
from villageapp.progress import Progress
from villageapp.sync import fork, log_reading, renumbering, repair, rows, seal, states, store
from villageapp.sync.chain import Sealed
from villageapp.sync.change import DELETE, DELETED, RESTORE, SET, Change, Clock
from villageapp.sync.clock import HybridClock
from villageapp.sync.registers import Record

LOCAL = ("certificate", "channel_item", "blob", "draft", "import_batch", "import_row")
"""Tables beside log and records that are taken as they are."""
_SEGMENT = ("replica_id", "header", "body", "signature")
_CHUNK = 200
_BETWEEN = "-"
"""The number of no laptop: own changes have it on their way from one own number to another."""


@dataclass(slots=True)
class Salvaged:
    """What came of it. ``changes`` are later than the backup; ``said_again`` of them were read from records, because
    their page of the log is lost; ``moved`` of them got another number. ``holes`` are places that could not be read,
    ``waiting`` colleagues' changes that the next sync brings."""

    changes: int = 0
    said_again: int = 0
    moved: int = 0
    waiting: int = 0
    holes: int = 0
    is_readable: bool = False  # whether anything at all could be read


@dataclass(slots=True)
class _Remains:
    """What could be read beside the records."""

    replica: Mapping[str, Any] | None
    segments: list[tuple[str, Sealed]]
    outbox: list[Change]
    local: dict[str, list[tuple[Any, ...]]]


@dataclass(slots=True)
class _Log:
    """The log as it is here now, beside that of the damaged store: own numbers up to ``common`` are the same, ``moved``
    says where others went; ``vector`` is what is here of everybody else."""

    own: str
    common: int
    vector: Mapping[str, int]
    moved: Mapping[Clock, Clock] = field(default_factory=dict)

    def knows(self, clock: Clock) -> bool:
        """Whether the change with that clock of the damaged store is here."""
        known = self.common if clock.replica_id == self.own else self.vector.get(clock.replica_id, 0)
        return clock.seq <= known or clock in self.moved


def take_in(database: Database, clock: HybridClock, wreck: Wreck, progress: Progress) -> Salvaged:
    """Take everything in that is not here, in one transaction. Raises Cancelled; then nothing has changed here."""
    progress.step(0, 0, "正在读取损坏的数据库")
    remains = _read(wreck)
    done = Salvaged(is_readable=bool(remains.replica or remains.segments or remains.outbox))
    with database.writing() as connection:
        before = store.applied_vector(connection)
        log = _take_log(connection, remains)
        fork.advance_clock(connection, clock, store.unsealed(connection))
        progress.check_cancelled()
        progress.step(0, 0, "正在由日志重做记录")
        repair.rebuild(connection)
        after = store.applied_vector(connection)
        again = _unsaid(connection, wreck, log, done, progress)
        _add_own(connection, again)
        repair.rebuild(connection, fork.records_of(again))
        done.said_again = len(again)
    done.changes = sum(last - before.get(number, 0) for number, last in after.items()) + done.said_again
    done.moved, done.holes = len(log.moved), wreck.holes
    return done


def adopt_identity(database: Database, wreck: Wreck) -> bool:
    """Give a new, empty store the identity of the damaged one; False when that cannot be read."""
    names = _columns("replica")
    row = next(wreck.rows("replica", names), None)
    if row is None:
        return False
    with database.writing() as connection:
        _put(
            connection,
            "replica",
            [tuple(1 if n == "next_seq" else v for n, v in zip(names, row, strict=True))],
        )
    return True


def _read(wreck: Wreck) -> _Remains:
    names = _columns("replica")
    replica = next((dict(zip(names, row, strict=True)) for row in wreck.rows("replica", names)), None)
    segments = [(row[0], Sealed(*row[1:])) for row in wreck.rows("segment", _SEGMENT)]
    outbox = [log_reading.change_of(row) for row in wreck.rows("outbox", log_reading.OUTBOX)]
    local = {name: list(wreck.rows(name, _columns(name))) for name in LOCAL}
    return _Remains(replica, segments, outbox, local)


def _columns(table: str) -> list[str]:
    return [column.name for column in LaptopBase.metadata.tables[table].columns]


def _take_log(connection: Connection, remains: _Remains) -> _Log:
    former, waiting = store.read_identity(connection).replica_id, store.unsealed(connection)
    if remains.replica is not None:
        names = ", ".join(f'"{name}" = ?' for name in remains.replica)
        connection.exec_driver_sql(f"UPDATE replica SET {names}", tuple(remains.replica.values()))
    for table, found in remains.local.items():
        _put(connection, table, found)
    own = store.read_identity(connection).replica_id
    said = {change.seq: change for change in _take_segments(connection, own, remains.segments)}
    said |= {change.seq: change for change in remains.outbox}
    sealed = fork.sealed_after(connection, own, 0)
    known = renumbering.copies(waiting, former, ((own, change) for change in [*sealed, *said.values()]))
    alone = [change for change in waiting if change.clock(former) not in known]
    if former == own:
        fitting = {c.seq: c for c in alone if c.seq > len(sealed) and c.seq not in said}
        said |= fitting
        alone = [change for change in alone if fitting.get(change.seq) is not change]
    return _number(connection, own, said, (former, alone))


def _take_segments(
    connection: Connection, own: str, segments: Iterable[tuple[str, Sealed]]
) -> Iterator[Change]:
    """Keep what follows; gives the own changes of segments that come after a lost one."""
    identity = store.read_identity(connection)
    known = store.certificates(connection, identity.province_key) if identity.province_key else {}
    for replica_id, sealed in segments:
        try:
            store.keep_verified(connection, sealed, identity.workspace, known.get(replica_id))
        except SyncError:  # one before it is lost; a colleague's come again with the next sync
            if replica_id == own:
                yield from seal.unpack(sealed.body)


def _number(
    connection: Connection, own: str, said: Mapping[int, Change], older: tuple[str, Sequence[Change]]
) -> _Log:
    """Own changes that are not sealed here: under their numbers up to the first that is lost, the others after it."""
    vector = store.vector_of(connection)
    sealed = following = vector.get(own, 0) + 1
    while following in said:
        following += 1
    kept = [said[seq] for seq in range(sealed, following)]
    rest = [said[seq] for seq in sorted(said) if seq > following]
    later = _moved(rest, own, own, following)
    last = _moved(older[1], older[0], own, following + len(later))
    connection.exec_driver_sql("DELETE FROM outbox")
    fork.add_unsealed(connection, [*kept, *later, *last])
    connection.exec_driver_sql("UPDATE replica SET next_seq = ?", (following + len(later) + len(last),))
    moved = {old.clock(own): new.clock(own) for old, new in zip(rest, later, strict=True)}
    moved |= {old.clock(older[0]): new.clock(own) for old, new in zip(older[1], last, strict=True)}
    return _Log(own, following - 1, {n: seq for n, seq in vector.items() if n != own}, moved)


def _moved(changes: Sequence[Change], old: str, own: str, first: int) -> list[Change]:
    """These changes as own ones from number ``first`` on, and what they say of each other with them."""

    def named(clock: Clock) -> Clock:
        return clock._replace(replica_id=own) if clock.replica_id == _BETWEEN else clock

    moved = []
    for change in renumbering.renumber(changes, old, _BETWEEN, first):
        bases = {name: tuple(sorted(map(named, clocks))) for name, clocks in change.bases.items()}
        fields = dict(change.fields)
        if isinstance(fields.get(DELETED), dict):
            seen = dict(fields[DELETED])
            reached = seen.pop(_BETWEEN, 0) or min(seen.get(own, 0), first - 1)
            fields[DELETED] = seen | ({own: reached} if reached else {})
        moved.append(replace(change, bases=bases, fields=fields))
    return moved


def _unsaid(
    connection: Connection, wreck: Wreck, log: _Log, done: Salvaged, progress: Progress
) -> list[Change]:
    """What records of the damaged store say and no change here does."""
    user = store.read_identity(connection).user_id
    made: list[Change] = []
    for number, entity in enumerate(CLASS_OF_ENTITY):
        progress.check_cancelled()
        progress.step(number, len(CLASS_OF_ENTITY), "正在逐条核对记录")
        if not wreck.has(entity, (*rows.TECHNICAL, *rows.field_kinds(entity))):
            continue  # of an earlier release: what the log says must do
        ids = {str(row[0]) for row in wreck.rows(entity, ["id"])}
        here = connection.exec_driver_sql("SELECT record_id FROM record_state WHERE entity = ?", (entity,))
        wanted = sorted(ids.union(here.scalars()))
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            ours = states.load(connection, entity, chunk)
            for record_id, theirs in _load(wreck, entity, chunk):
                lost = _lost(theirs, log, done)
                place = (entity, record_id, user)
                made += _again(place, lost, theirs, ours.get(record_id, Record()), log)
    return sorted(made, key=lambda change: (change.hlc, change.kind != SET))


def _load(wreck: Wreck, entity: str, record_ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
    """Those that can be read: where a page is damaged, ever fewer at once."""
    found = wreck.read(lambda connection: states.load(connection, entity, record_ids))
    if found is not None:
        yield from found.items()
    elif len(record_ids) == 1:
        wreck.holes += 1
    else:
        middle = len(record_ids) // 2
        yield from _load(wreck, entity, record_ids[:middle])
        yield from _load(wreck, entity, record_ids[middle:])


def _lost(theirs: Record, log: _Log, done: Salvaged) -> dict[Clock, dict[str, Any]]:
    """Values of own changes that are not in the log here, by their clock."""
    lost: dict[Clock, dict[str, Any]] = {}
    waiting: set[Clock] = set()
    for name in sorted({*theirs.values, *theirs.fields}):
        for clock, value in theirs.heads(name).items():
            if log.knows(clock):
                continue
            if clock.replica_id == log.own:
                lost.setdefault(clock, {})[name] = value
            else:
                waiting.add(clock)
    done.waiting += len(waiting)
    if lost and theirs.deleted:  # what is said again of it had been seen by whoever deleted it
        last = max(theirs.heads(DELETED))
        lost.setdefault(last, {})[DELETED] = theirs.heads(DELETED)[last]
    return lost


def _again(
    place: tuple[str, str, str],
    lost: Mapping[Clock, Mapping[str, Any]],
    theirs: Record,
    ours: Record,
    log: _Log,
) -> Iterator[Change]:
    """Changes that say these values, replacing what they had replaced."""
    entity, record_id, user = place
    for clock, values in lost.items():
        written = {name: value for name, value in values.items() if name != DELETED}
        deletes = isinstance(values.get(DELETED), dict)
        steps = [(SET, written)] if written else []
        if DELETED in values:
            steps.append((DELETE if deletes else RESTORE, {DELETED: values[DELETED]}))
        for kind, fields in steps:
            bases = {name: gone for name in fields if (gone := _replaced(theirs, ours, name, log))}
            author = _author(theirs, clock, user)
            yield Change(0, clock.hlc, author, entity, record_id, kind, fields, bases)


def _replaced(theirs: Record, ours: Record, name: str, log: _Log) -> tuple[Clock, ...]:
    """What stands here and no longer stood in the damaged store, which had seen all that is here. A deletion that is
    said again takes the place of the same one."""
    if name == DELETED and theirs.deleted:
        return tuple(sorted(ours.heads(name)))
    standing = {log.moved.get(clock, clock) for clock in theirs.heads(name)}
    return tuple(sorted(ours.heads(name).keys() - standing))


def _author(theirs: Record, clock: Clock, user: str) -> str:
    """Who wrote it, as far as the record tells; else who works here."""
    return next((who for hlc, who in (theirs.created, theirs.updated) if hlc == clock.hlc), user)


def _add_own(connection: Connection, changes: list[Change]) -> None:
    """Give these the next numbers; a deletion had seen everything that was written here before it."""
    own, first = connection.exec_driver_sql("SELECT replica_id, next_seq FROM replica").one()
    for place, change in enumerate(changes):
        fields = dict(change.fields)
        if isinstance(fields.get(DELETED), dict):
            fields[DELETED] = {**fields[DELETED], own: first + place - 1}
        changes[place] = replace(change, seq=first + place, fields=fields)
    fork.add_unsealed(connection, changes)
    connection.exec_driver_sql("UPDATE replica SET next_seq = ?", (first + len(changes),))


def _put(connection: Connection, table: str, found: Sequence[tuple[Any, ...]]) -> None:
    if found:
        names = _columns(table)
        quoted = ", ".join(f'"{name}"' for name in names)
        statement = f'INSERT OR REPLACE INTO "{table}" ({quoted}) VALUES ({", ".join("?" * len(names))})'
        connection.exec_driver_sql(statement, list(found))
