"""A change that is in the log but cannot be merged here must not hold up the others.

It is noted with a reason, its neighbours are applied, and it is tried again by a newer program or on demand.
The log itself keeps it byte for byte, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, exc

from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.sync.change import Change

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    exc.DataError,
    exc.IntegrityError,
    exc.InterfaceError,
    exc.ProgrammingError,
)
"""What a foreign value can bring about in a merge or in writing its row; a full disk or a lock is not among them."""

Batch = tuple[str, Sequence[Change]]
Apply = Callable[[Connection, Sequence[Batch], Mapping[str, int]], ChangeSet]

_NOTE = (
    "INSERT OR REPLACE INTO quarantine (replica_id, seq, entity, record_id, reason, noted_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_MOST_WORDS = 200


def one_by_one(
    connection: Connection, batches: Sequence[Batch], applied: Mapping[str, int], apply: Apply
) -> ChangeSet:
    """Apply each change by itself inside the caller's transaction; those that fail are noted and left out."""
    vector = dict(applied)
    touched: list[tuple[str, str]] = []
    for replica_id, change in _singly(batches):
        try:
            with connection.begin_nested():
                apply(connection, [(replica_id, [change])], vector)
        except UNREADABLE as error:
            note(connection, replica_id, change, error)
        else:
            touched.append((change.entity, change.record_id))
        vector[replica_id] = max(vector.get(replica_id, 0), change.seq)
    return ChangeSet.of(touched)


def _singly(batches: Sequence[Batch]) -> Iterator[tuple[str, Change]]:
    return ((replica_id, change) for replica_id, changes in batches for change in changes)


def note(connection: Connection, replica_id: str, change: Change, error: BaseException) -> None:
    """Remember that this change could not be applied, and why (no values: the log has them)."""
    now = dates.instant_text(datetime.now(UTC))
    row = (replica_id, change.seq, change.entity, change.record_id, _reason(error), now)
    connection.exec_driver_sql(_NOTE, row)


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error
    return f"{type(cause).__name__}: {cause}"[:_MOST_WORDS]
