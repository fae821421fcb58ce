"""Projecting a batch of which some change cannot be merged or written: record by record, so that one stops nobody.

A change that fails is left out and becomes a finding; the log keeps it. Slower than the bulk way, and rare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

import psycopg
from sqlalchemy import Connection, exc

from villageapp.server import findings, records
from villageapp.server.findings import Finding
from villageapp.server.records import Key, Place
from villageapp.sync import registers
from villageapp.sync.change import Change, Clock
from villageapp.sync.digest import Buckets, record_hash
from villageapp.sync.registers import Record

UNMERGEABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    exc.DataError,
    exc.ProgrammingError,
    psycopg.DataError,
    psycopg.ProgrammingError,
    psycopg.errors.ProgramLimitExceeded,
)
"""What a foreign value can bring about; a database that is full, busy or gone is not among them."""


@dataclass(frozen=True, slots=True)
class Received:
    """A change, who made it, and when the server received it."""

    replica_id: str
    change: Change
    at: datetime

    @property
    def key(self) -> Key:
        """Of its record."""
        return self.change.entity, self.change.record_id


def one_by_one(
    connection: Connection,
    place: Place,
    changes: Sequence[Received],
    vector: Mapping[str, int],
    buckets: Buckets | None,
) -> tuple[dict[Key, Record], list[Finding]]:
    """Merge and write each record by itself. Returns the records written, and what had to be left out."""
    known = _known_before(changes, vector)
    by_record: dict[Key, list[tuple[int, Received]]] = {}
    for number, one in enumerate(changes):
        by_record.setdefault(one.key, []).append((number, one))
    touched: dict[Key, Record] = {}
    lost: list[Finding] = []
    for key, mine in by_record.items():
        try:
            with connection.begin_nested():
                merged, left = _merge_record(connection, place, key, mine, known, buckets)
        except UNMERGEABLE as error:
            lost += [findings.unreadable(one.replica_id, one.change, one.at, error) for _, one in mine]
            continue
        if merged.created[0]:
            touched[key] = merged
        lost += left
    return touched, lost


Known = Callable[[int, Clock], bool]


def _known_before(changes: Sequence[Received], vector: Mapping[str, int]) -> Known:
    """Whether a clock had been merged before the change with that number of the batch."""
    numbers = {(one.replica_id, one.change.seq): number for number, one in enumerate(changes)}

    def known(number: int, clock: Clock) -> bool:
        if clock.seq <= vector.get(clock.replica_id, 0):
            return True
        return numbers.get((clock.replica_id, clock.seq), number) < number

    return known


def _merge_record(
    connection: Connection,
    place: Place,
    key: Key,
    mine: Sequence[tuple[int, Received]],
    known: Known,
    buckets: Buckets | None,
) -> tuple[Record, list[Finding]]:
    cursor = records.raw_cursor(connection)
    before = records.take_out(cursor, place, [key]).get(key)
    merged, left = _merged(key, deepcopy(before) if before is not None else Record(), mine, known)
    if before is None and len(left) == len(mine):
        return merged, left  # nothing of it could be read: there is no record yet
    records.put_back(cursor, place, {key: merged})
    if buckets is not None:
        if before is not None:
            buckets.take_out(*key, before)
        buckets.add(*key, merged)
    return merged, left


def _merged(
    key: Key, record: Record, mine: Sequence[tuple[int, Received]], known: Known
) -> tuple[Record, list[Finding]]:
    """The record with every change that can be merged and stored."""
    left: list[Finding] = []
    for number, one in mine:
        trial = deepcopy(record)
        try:
            registers.merge(trial, one.change, one.replica_id, lambda clock, n=number: known(n, clock))  # type: ignore[misc]
            records.to_row(*key, trial)
            record_hash(*key, trial)
        except UNMERGEABLE as error:
            left.append(findings.unreadable(one.replica_id, one.change, one.at, error))
            continue
        record = trial
    return record, left
