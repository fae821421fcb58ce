"""Where a change is born: a flush of the session writes the outbox in the same transaction as the data.

No service writes to the outbox by hand, so none can forget. Bulk SQL on synced classes would bypass this
and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.orm import ORMExecuteState, Session, attributes

from villageapp.domain.changes import ChangeSet
from villageapp.domain.fields import from_wire, to_wire
from villageapp.models import summaries
from villageapp.models.base import Synced
from villageapp.models.types import json_text
from villageapp.sync import states
from villageapp.sync.change import DELETE, DELETED, RESTORE, SET, Change, Clock
from villageapp.sync.clock import HybridClock
from villageapp.sync.registers import Record, merge, same
from villageapp.sync.store import vector_of

_TOUCHED, _UNSEEN, _SETTLED, _HOUSEHOLDS, _CLOCK = "touched", "unseen", "settled", "households", "clock"
_INSERT_OUTBOX = "INSERT INTO outbox (seq, hlc, actor, entity, record_id, kind, fields, bases) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def install(session_class: type[Session], clock: HybridClock) -> None:
    """Capture every flush of sessions of this class."""

    def before_flush(session: Session, *_: Any) -> None:
        _capture(session, clock)

    def after_begin(session: Session, *_: Any) -> None:
        session.info[_CLOCK] = clock

    event.listen(session_class, "after_begin", after_begin)
    event.listen(session_class, "before_flush", before_flush)
    event.listen(session_class, "before_commit", _refresh_summaries)
    event.listen(session_class, "do_orm_execute", _refuse_bulk)


def delete(session: Session, record: Synced) -> None:
    """Delete a synced record; an edit that the deleter has not seen brings it back as a conflict."""
    record.deleted = True


def restore(session: Session, record: Synced) -> None:
    """Undo a deletion."""
    record.deleted = False


def create_many(session: Session, cls: type[Synced], new: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Create many records (id, clean values) as a flush would, without an object for each.

    Rows go the way that a colleague's changes go; outbox and registers are the same. Raises ValueError for
    an id that is here already: that would be an edit.
    """
    session.flush()
    connection = session.connection()
    numbers = _Numbers(connection, session.info[_CLOCK])
    changes = [_creation_of(cls.form.entity, record_id, values, numbers) for record_id, values in new]
    if states.load(connection, cls.form.entity, (c.record_id for c in changes)):
        raise ValueError("a record that is to be created exists")
    records: dict[str, Record] = {}
    for change in changes:
        merge(records.setdefault(change.record_id, Record()), change, numbers.replica_id, _all_known)
    numbers.put_back()
    states.save(connection, cls.form.entity, records)
    connection.exec_driver_sql(_INSERT_OUTBOX, [_outbox_row(change) for change in changes])
    session.info.setdefault(_TOUCHED, []).extend((c.entity, c.record_id) for c in changes)
    about = (c.record_id if c.entity == "household" else c.fields.get("household_id") for c in changes)
    session.info.setdefault(_HOUSEHOLDS, set()).update(household for household in about if household)


def _creation_of(entity: str, record_id: str, values: Mapping[str, Any], numbers: _Numbers) -> Change:
    seq, hlc = numbers.take()
    fields = {name: to_wire(value) for name, value in values.items() if value is not None}
    return Change(seq, hlc, numbers.actor, entity, record_id, SET, fields)


def mark_unseen(session: Session, record: Synced, names: Iterable[str]) -> None:
    """The person edited these fields without having seen their present values: both must be kept."""
    session.info.setdefault(_UNSEEN, set()).update((record.form.entity, record.id, name) for name in names)


def mark_settled(session: Session, record: Synced, names: Iterable[str]) -> None:
    """The person chose among all values of these fields: the change replaces every one."""
    session.info.setdefault(_SETTLED, set()).update((record.form.entity, record.id, name) for name in names)


def write_again(record: Synced, name: str, value: Any) -> None:
    """Set a field (or ``deleted``) so that it counts as written even when it already shows that value."""
    setattr(record, name, value)
    attributes.flag_modified(record, name)


def touched(session: Session) -> ChangeSet:
    """What this session has changed so far; flushes first."""
    session.flush()
    return ChangeSet.of(session.info.get(_TOUCHED, ()))


class _Numbers:
    """Sequence numbers and clocks for one flush, taken from the replica row and put back at its end."""

    def __init__(self, connection: Connection, clock: HybridClock) -> None:
        row = connection.exec_driver_sql("SELECT replica_id, user_id, next_seq, last_hlc FROM replica").one()
        self.replica_id, self.actor, self.seq, self.hlc = row
        self._connection, self._clock = connection, clock

    def take(self) -> tuple[int, int]:
        """The next (sequence number, clock)."""
        self.hlc = self._clock.next(self.hlc)
        self.seq += 1
        return self.seq - 1, self.hlc

    def put_back(self) -> None:
        """Remember where to go on."""
        self._connection.exec_driver_sql(
            "UPDATE replica SET next_seq = ?, last_hlc = ?", (self.seq, self.hlc)
        )

    def vector(self) -> dict[str, int]:
        """Everything this laptop has seen, its own changes included."""
        return {**vector_of(self._connection), self.replica_id: self.seq - 1}


def _capture(session: Session, clock: HybridClock) -> None:
    if any(isinstance(record, Synced) for record in session.deleted):
        raise TypeError("synced records are deleted by capture.delete, never by session.delete")
    new = [record for record in session.new if isinstance(record, Synced)]
    dirty = [r for r in session.dirty if isinstance(r, Synced) and session.is_modified(r)]
    if not new and not dirty:
        return
    connection = session.connection()
    numbers = _Numbers(connection, clock)
    changes = [_creation(record, numbers) for record in new]
    states_of_new = [
        states.state_row(c.entity, c.record_id, _created(c, numbers.replica_id)) for c in changes
    ]
    changed = _edits(session, connection, dirty, numbers)
    changes += changed
    if not changes:
        return
    numbers.put_back()
    if states_of_new:
        connection.exec_driver_sql(states.SAVE_STATE, states_of_new)
    connection.exec_driver_sql(_INSERT_OUTBOX, [_outbox_row(change) for change in changes])
    session.info.setdefault(_TOUCHED, []).extend((c.entity, c.record_id) for c in changes)
    session.info.setdefault(_HOUSEHOLDS, set()).update(h for r in (*new, *dirty) for h in _households_of(r))


def _creation(record: Synced, numbers: _Numbers) -> Change:
    change = _creation_of(record.form.entity, record.id, record.values(), numbers)
    record.created_hlc = record.updated_hlc = change.hlc
    record.created_by = record.updated_by = numbers.actor
    return change


def _created(change: Change, replica_id: str) -> Record:
    return Record(base=[change.clock(replica_id)])


def _edits(session: Session, connection: Connection, dirty: list[Synced], numbers: _Numbers) -> list[Change]:
    by_entity: dict[str, list[Synced]] = {}
    for record in dirty:
        by_entity.setdefault(record.form.entity, []).append(record)
    changes: list[Change] = []
    for entity, records in by_entity.items():
        known = states.load(connection, entity, (r.id for r in records))
        for record in records:
            state = known[record.id]
            made = [
                c for c in (_edit(session, record, state, numbers), _deletion(record, state, numbers)) if c
            ]
            for change in made:
                merge(state, change, numbers.replica_id, _all_known)
            if made:
                _follow(record, made, state)
            changes += made
            if record.deleted != state.deleted:  # an edit after a colleague's deletion: the record lives on
                record.deleted = state.deleted
        states.save_states(connection, entity, known)
    return changes


def _follow(record: Synced, made: Iterable[Change], state: Record) -> None:
    """The row as everybody has it: a clock may have been ahead of ours, then its time and its value are shown."""
    record.created_hlc, record.created_by = state.created
    record.updated_hlc, record.updated_by = state.updated
    for change in made:
        for name in change.fields.keys() - {DELETED}:
            shown = state.values.get(name)
            if not same(shown, change.fields[name]):
                with suppress(
                    ValueError, TypeError, ArithmeticError
                ):  # a newer version's: only its register has it
                    setattr(record, name, from_wire(record.form.by_name[name], shown))


def _edit(session: Session, record: Synced, state: Record, numbers: _Numbers) -> Change | None:
    fields = {
        f.name: to_wire(getattr(record, f.name)) for f in record.form.fields if _altered(record, f.name)
    }
    if not fields:
        return None
    seq, hlc = numbers.take()
    bases = {name: bases for name in fields if (bases := _bases(session, record, state, name))}
    return Change(seq, hlc, numbers.actor, record.form.entity, record.id, SET, fields, bases)


def _bases(session: Session, record: Synced, state: Record, name: str) -> tuple[Clock, ...]:
    key = (record.form.entity, record.id, name)
    if key in session.info.get(_UNSEEN, ()):
        return ()
    if key in session.info.get(_SETTLED, ()):
        return tuple(sorted(state.heads(name)))
    return state.shown_clocks(name)


def _deletion(record: Synced, state: Record, numbers: _Numbers) -> Change | None:
    if not _altered(record, "deleted"):
        return None
    vector = numbers.vector()
    seq, hlc = numbers.take()
    bases = tuple(sorted(state.heads(DELETED)))
    kind, value = (DELETE, vector) if record.deleted else (RESTORE, None)
    entity, record_id = record.form.entity, record.id
    return Change(
        seq, hlc, numbers.actor, entity, record_id, kind, {DELETED: value}, {DELETED: bases} if bases else {}
    )


def _altered(record: Synced, name: str) -> bool:
    return bool(attributes.get_history(record, name).has_changes())


def _all_known(_: Clock) -> bool:
    return True


def _outbox_row(change: Change) -> tuple[Any, ...]:
    bases = json_text(change.bases) if change.bases else "{}"
    fields = json_text(change.fields)
    return change.seq, change.hlc, change.actor, change.entity, change.record_id, change.kind, fields, bases


def _households_of(record: Synced) -> Iterable[str]:
    if record.form.entity == "household":
        return (record.id,)
    if "household_id" not in record.form.by_name:
        return ()
    history = attributes.get_history(record, "household_id")
    return [h for h in (record.household_id, *(history.deleted or ())) if h]


def _refresh_summaries(session: Session) -> None:
    session.flush()
    households = session.info.pop(_HOUSEHOLDS, None)
    if households:
        summaries.refresh(session.connection(), households)


def _refuse_bulk(state: ORMExecuteState) -> None:
    if state.is_select or not (state.is_update or state.is_delete or state.is_insert):
        return
    mapper = state.bind_mapper
    if mapper is not None and issubclass(mapper.class_, Synced):
        raise TypeError(
            f"bulk SQL on {mapper.class_.__name__} would not be synced; change the objects instead"
        )
