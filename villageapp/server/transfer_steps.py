"""The steps of a transfer, each in transactions of its own and each harmless when repeated (``transfers.py``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, insert, select, update

from villageapp.models.server_tables import projection, segment, transfer
from villageapp.server import project, transfer_changes
from villageapp.server.appending import locked_end
from villageapp.server.opening import Province
from villageapp.server.records import Place
from villageapp.server.server_writer import ServerWriter, server_replicas
from villageapp.server.transfer_changes import HOUSEHOLD, Carried, Key
from villageapp.server.transfer_rows import (
    EVERYBODY,
    IN,
    OUT,
    Move,
    carried_by,
    incoming,
    lies_in,
    row_of,
    side_of,
    snapshot,
    some_of,
)
from villageapp.sync import seal
from villageapp.sync.change import Change
from villageapp.sync.registers import Record

_BATCH = 200
"""Segments that the courier looks through in one step."""


def finish(province: Province, move: Move) -> int:
    """Both steps, and late work as far as it has been projected; how many late changes."""
    if not is_copied(province.engine, move):
        project.project_all(province.engine, move.here.workspace)
        project.project_all(province.engine, move.there.workspace)
        copy_once(province, move)
    late = 0
    while True:
        moved, more = carry_some(province, move)
        late += moved
        if not more:
            break
    if not is_removed(province.engine, move):
        remove(province, move)
        project.project_all(province.engine, move.here.workspace)
    project.project_all(province.engine, move.there.workspace)
    return late


def is_copied(engine: Engine, move: Move) -> bool:
    """Whether the first step is done."""
    with engine.connect() as connection:
        return connection.execute(incoming(move)).one_or_none() is not None


def is_removed(engine: Engine, move: Move) -> bool:
    """Whether the second step is done for all that was carried so far."""
    query = select(transfer.c.done_at).where(*side_of(move, OUT))
    with engine.connect() as connection:
        return connection.execute(query).scalar_one() is not None


def copy_once(province: Province, move: Move) -> None:
    """The first step: the copy there, unless it has been made."""
    here = snapshot(province.engine, move.here)
    there = snapshot(province.engine, move.there).known
    with province.engine.begin() as connection:
        writer = ServerWriter(province, locked_end(connection, *move.there))
        if connection.execute(incoming(move)).one_or_none() is not None:
            return
        keys = transfer_changes.belonging(_roots(move, here.known), here.known)
        carried = Carried(keys, [], here.vector)
        persons = transfer_changes.persons_named(keys, here.known)
        for key in [*(person for person in persons if person not in there), *keys]:
            carried.links.extend(transfer_changes.copy(writer, key, here.known[key], there.get(key)))
        connection.execute(
            insert(transfer).values(row_of(move, IN, move.there, move.here, here.arrived, carried))
        )
        writer.seal()


def _roots(move: Move, known: Mapping[Key, Record]) -> list[str]:
    """The households that move."""
    if move.household_no != EVERYBODY:
        return [move.household_id]
    return [key for (entity, key), found in known.items() if entity == HOUSEHOLD and not found.deleted]


def carry_some(province: Province, move: Move) -> tuple[int, bool]:
    """Carry over some late work; how many changes, and whether there is more to look through."""
    with province.engine.connect() as connection:
        row = connection.execute(incoming(move)).one()
        rows = _arrived_since(connection, move.here, row.looked)
        skipped = server_replicas(connection, province, move.here.county_code, move.here.workspace)
    if not rows:
        return 0, False
    foreign = [found for found in rows if found.replica_id not in skipped]
    changes = [(found.replica_id, change) for found in foreign for change in seal.unpack(found.body)]
    late = _late(move, changes, msgspec.msgpack.decode(row.carried, type=Carried))
    if late:  # first this, so that a crash leaves the transfer marked as one with a step undone
        with province.engine.begin() as connection:
            connection.execute(update(transfer).where(*side_of(move, OUT)).values(done_at=None))
    with province.engine.begin() as connection:
        writer = ServerWriter(province, locked_end(connection, *move.there))
        held = connection.execute(incoming(move).with_for_update()).one()
        if held.looked != row.looked:  # another server process was at it
            return 0, True
        carried = msgspec.msgpack.decode(held.carried, type=Carried)
        _bring_persons(writer, move, [change for _, change in late])
        for replica_id, change in late:
            carried.links.append(transfer_changes.carry(writer, change, replica_id, carried))
        carried.records = list(dict.fromkeys([*carried.records, *((c.entity, c.record_id) for _, c in late)]))
        carried.vector |= {found.replica_id: found.last_seq for found in rows}
        changed: dict[str, Any] = {"looked": rows[-1].arrived, "carried": msgspec.msgpack.encode(carried)}
        if late:
            changed["done_at"] = None
        connection.execute(update(transfer).where(*side_of(move, IN)).values(changed))
        writer.seal()
    return len(late), len(rows) == _BATCH


def _bring_persons(writer: ServerWriter, move: Move, late: Sequence[Change]) -> None:
    """Copy the cadres whom late work names and whom nobody there knows yet."""
    named = transfer_changes.ids_in(change.fields for change in late) | {change.actor for change in late}
    connection = writer.end.connection
    there = {key for key, _ in some_of(connection, move.there, sorted(named))}
    for key, person in some_of(connection, move.here, sorted(named)):
        if key[0] == transfer_changes.PERSONS and key not in there:
            list(transfer_changes.copy(writer, key, person, None))


def _arrived_since(connection: Connection, here: Place, looked: int) -> Sequence[Any]:
    """What was projected where the household left, after the last look."""
    columns = segment.c
    reached = select(projection.c.arrived).where(*lies_in(projection, here)).scalar_subquery()
    return connection.execute(
        select(columns.arrived, columns.replica_id, columns.last_seq, columns.body)
        .where(*lies_in(segment, here), columns.arrived > looked, columns.arrived <= reached)
        .order_by(columns.arrived)
        .limit(_BATCH)
    ).all()


def _late(move: Move, changes: Iterable[tuple[str, Change]], carried: Carried) -> list[tuple[str, Change]]:
    """The changes that concern what has moved: its records, and new ones that refer to them."""
    moved = {key[1] for key in carried.records}
    everybody = move.household_no == EVERYBODY
    found = []
    for replica_id, change in changes:
        new = everybody and change.entity == HOUSEHOLD
        if new or change.record_id in moved or transfer_changes.refers(change.fields, moved):
            moved.add(change.record_id)
            found.append((replica_id, change))
    return found


def remove(province: Province, move: Move) -> None:
    """The second step: delete here what was copied, as known then; late work that was carried over too."""
    with province.engine.begin() as connection:
        writer = ServerWriter(province, locked_end(connection, *move.here))
        if connection.execute(select(transfer.c.done_at).where(*side_of(move, OUT))).scalar_one() is not None:
            return  # another server process was faster
        carried = carried_by(connection, move)
        wanted = [record_id for _, record_id in carried.records]
        for key, found in some_of(connection, move.here, wanted):
            if not found.deleted:
                transfer_changes.remove(writer, key, found, carried.vector)
        writer.seal()
        connection.execute(update(transfer).where(*side_of(move, OUT)).values(done_at=datetime.now(UTC)))
