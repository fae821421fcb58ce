"""What is wrong with single changes that are stored all the same: the log must not break over them.

Every finding follows from the log alone, so that making the records again makes the same findings. One row for
each change and kind; messages name fields, never values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from psycopg.types.numeric import Int8
from sqlalchemy import Connection, and_, delete, func, or_, select

from villageapp.domain.forms import FORMS
from villageapp.models.server_tables import finding, workspace
from villageapp.server.records import Key, Place
from villageapp.server.value_checks import label, unfit
from villageapp.sync.change import Change
from villageapp.sync.clock import COUNTER_BITS, MAX_LEAD_MS
from villageapp.sync.registers import Record

UNREADABLE, VALUE, CLOCK = "unreadable", "value", "clock"
NO_PARENT = "missing_parent:"
"""Beginning of the kind; the name of the field that points nowhere follows."""
WORDS = {
    UNREADABLE: "这一项无法并入记录",
    VALUE: "填的值不合字段要求",
    CLOCK: "电脑时钟快了一天以上",
    NO_PARENT: "所属的记录不在",
}
_OF_PROJECTION = (UNREADABLE, VALUE, CLOCK)
_MOST_FIELDS = 12
_LAST_MS = 4_102_444_799_000  # the end of 2099
_PRESENT = """
    SELECT k.entity, k.record_id::text FROM unnest(%s::text[], %s::uuid[]) AS k (entity, record_id)
    JOIN record r ON r.county_code = %s AND r.workspace = %s AND r.entity = k.entity AND r.record_id = k.record_id
"""


_NOTE = """
    INSERT INTO finding (county_code, workspace, replica_id, seq, kind, entity, record_id, message, noted_at)
    SELECT %s, %s::uuid, r::uuid, s, k, e, i, m, n
    FROM unnest(%s::text[], %s::int8[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
        AS f (r, s, k, e, i, m, n)
    ON CONFLICT DO NOTHING
"""
_FORGET = """
    DELETE FROM finding f USING unnest(%s::text[], %s::int8[], %s::text[]) AS k (replica_id, seq, kind)
    WHERE f.county_code = %s AND f.workspace = %s::uuid
        AND f.replica_id = k.replica_id::uuid AND f.seq = k.seq AND f.kind = k.kind
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of ``finding`` after its place."""

    replica_id: str
    seq: int
    kind: str
    entity: str
    record_id: str
    message: str
    noted_at: datetime  # when the server received the change


def of_change(replica_id: str, change: Change, received_at: datetime) -> Iterable[Finding]:
    """What is wrong with a change by itself."""
    wrong = unfit(change.entity, change.fields)
    if wrong:
        yield _finding(replica_id, change, VALUE, received_at, _labels(change.entity, wrong))
    if (change.hlc >> COUNTER_BITS) - received_at.timestamp() * 1000 > MAX_LEAD_MS:
        yield _finding(replica_id, change, CLOCK, received_at, "")


def unreadable(replica_id: str, change: Change, received_at: datetime, error: BaseException) -> Finding:
    """A change that could not be merged."""
    return _finding(replica_id, change, UNREADABLE, received_at, type(error).__name__)


def _finding(replica_id: str, change: Change, kind: str, at: datetime, what: str) -> Finding:
    message = f"{WORDS[kind]}：{what}" if what else WORDS[kind]
    return Finding(replica_id, change.seq, kind, change.entity, change.record_id, message, at)


def _labels(entity: str, names: Sequence[str]) -> str:
    shown = "、".join(label(entity, name) for name in names[:_MOST_FIELDS])
    return shown if len(names) <= _MOST_FIELDS else f"{shown}等 {len(names)} 项"


def note(connection: Connection, place: Place, found: Iterable[Finding]) -> None:
    """Write these rows; one that is there already stays."""
    rows = list(found)
    if rows:
        columns = [list(column) for column in zip(*map(_facts, rows), strict=True)]
        connection.exec_driver_sql(_NOTE, (*place, *columns))


def _facts(one: Finding) -> tuple[str, Int8, str, str, str, str, datetime]:
    return one.replica_id, Int8(one.seq), one.kind, one.entity, one.record_id, one.message, one.noted_at


def forget(connection: Connection, place: Place) -> None:
    """All that projecting found in a workspace, before it is projected again."""
    kinds = or_(finding.c.kind.in_(_OF_PROJECTION), finding.c.kind.startswith(NO_PARENT))
    connection.execute(delete(finding).where(*_of(place), kinds))


def parents_of(entity: str, record: Record) -> dict[str, Key]:
    """The records that a living record belongs to, by field name: ``household_id`` names a household."""
    if record.deleted:
        return {}
    found: dict[str, Key] = {}
    for name, parent in _parent_fields(entity).items():
        value = record.values.get(name)
        if isinstance(value, str) and not unfit(entity, {name: value}):
            found[name] = (parent, value)
    return found


@cache
def _parent_fields(entity: str) -> Mapping[str, str]:
    form = FORMS.get(entity)
    names = () if form is None else form.by_name
    return {name: name[:-3] for name in names if name.endswith("_id") and name[:-3] in FORMS}


def follow_parents(connection: Connection, cursor: Any, place: Place, touched: Mapping[Key, Record]) -> None:
    """Note records whose parents are not here, and forget those whose parents have come."""
    waiting = _waiting(connection, place)
    wanted = {key: parents for key, record in touched.items() if (parents := parents_of(key[0], record))}
    asked = {parent for parents in wanted.values() for parent in parents.values()}
    here = _present(cursor, place, {*asked, *(one.parent for one in waiting)} - touched.keys())
    here |= touched.keys()
    gone = [one for one in waiting if one.parent in here or one.child in touched]
    _forget_some(connection, place, gone)
    note(connection, place, _orphans(wanted, here, touched))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A missing parent that is noted."""

    replica_id: str
    seq: int
    kind: str
    child: Key
    parent: Key


def _orphans(
    wanted: Mapping[Key, Mapping[str, Key]], here: Collection[Key], touched: Mapping[Key, Record]
) -> Iterable[Finding]:
    for key, parents in wanted.items():
        for name, parent in parents.items():
            heads = touched[key].heads(name)
            if parent not in here and heads:
                clock = max(heads)
                message = f"{WORDS[NO_PARENT]}：{label(key[0], name)} {parent[0]} {parent[1]}"
                at = _bounded_instant(clock.hlc)
                yield Finding(clock.replica_id, clock.seq, f"{NO_PARENT}{name}", *key, message, at)


def _bounded_instant(hlc: int) -> datetime:
    """The time in a clock; a clock gone mad counts as the end of the calendar."""
    return datetime.fromtimestamp(min(hlc >> COUNTER_BITS, _LAST_MS) / 1000, UTC)


def _waiting(connection: Connection, place: Place) -> list[_Waiting]:
    columns = finding.c
    rows = connection.execute(
        select(
            columns.replica_id, columns.seq, columns.kind, columns.entity, columns.record_id, columns.message
        ).where(*_of(place), columns.kind.startswith(NO_PARENT))
    )
    return [
        _Waiting(row.replica_id, row.seq, row.kind, (row.entity, row.record_id), _named(row.message))
        for row in rows
    ]


def _named(message: str) -> Key:
    entity, record_id = message.split(" ")[-2:]
    return entity, record_id


def _present(cursor: Any, place: Place, keys: Collection[Key]) -> set[Key]:
    if not keys:
        return set()
    names, ids = [entity for entity, _ in keys], [record_id for _, record_id in keys]
    cursor.execute(_PRESENT, (names, ids, *place))
    return {(entity, record_id) for entity, record_id in cursor}


def _forget_some(connection: Connection, place: Place, gone: Iterable[_Waiting]) -> None:
    facts = [(one.replica_id, Int8(one.seq), one.kind) for one in gone]
    if facts:
        columns = [list(column) for column in zip(*facts, strict=True)]
        connection.exec_driver_sql(_FORGET, (*columns, *place))


def listing(
    connection: Connection, prefix: str = "", home: str | None = None, limit: int = 1000
) -> list[dict[str, Any]]:
    """Findings, newest first, with their village; of one workspace, or of villages whose code begins with ``prefix``."""
    columns = finding.c
    where = [workspace.c.village_code.startswith(prefix, autoescape=True)]
    if home is not None:
        where.append(columns.workspace == home)
    same = and_(workspace.c.county_code == columns.county_code, workspace.c.workspace == columns.workspace)
    rows = connection.execute(
        select(finding, workspace.c.village_code)
        .join(workspace, same)
        .where(*where)
        .order_by(columns.noted_at.desc(), columns.replica_id, columns.seq)
        .limit(limit)
    ).mappings()
    return [{**row, "noted_at": row["noted_at"].isoformat()} for row in rows]


def counts(connection: Connection, place: Place) -> dict[str, int]:
    """Number of findings by kind."""
    columns = finding.c
    query = select(columns.kind, func.count()).where(*_of(place)).group_by(columns.kind)
    return {row[0]: row[1] for row in connection.execute(query)}


def _of(place: Place) -> tuple[Any, Any]:
    return finding.c.county_code == place.county_code, finding.c.workspace == place.workspace
