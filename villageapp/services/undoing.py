"""Undo and redo: the last things this person did in this session, taken back by changes that sync like any other.

Nothing is erased: an undo writes the values that the log still holds. What somebody has changed since is left
alone and named.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from villageapp.domain.fields import from_wire
from villageapp.domain.forms import FORMS
from villageapp.errors import NotAllowed, NotFound, Problem, Severity
from villageapp.models.base import Synced
from villageapp.models.records import CLASS_OF_ENTITY
from villageapp.services.journal import Action
from villageapp.services.results import Saved
from villageapp.sync import capture, log_reading, states
from villageapp.sync.change import DELETE, DELETED, RESTORE, Change, Clock
from villageapp.sync.registers import same

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

LARGEST = 300
"""Changes of one action; more than that is an import, which has its own way back."""


@dataclass(frozen=True, slots=True)
class UndoState:
    """What the two commands would do now; empty texts where there is nothing."""

    undo: str = ""
    redo: str = ""


def state(work: Workspace) -> UndoState:
    """What would be undone and redone next, in words."""
    with work.reading() as connection:
        return UndoState(_words(connection, work.journal.done), _words(connection, work.journal.undone))


def undo(work: Workspace) -> Saved:
    """Take back the last action. ``detail`` says what, ``warnings`` what was left because it changed since.

    Raises NotFound (nothing to undo), NotAllowed (an action too large, or nothing of it can be taken back).
    """
    return _take_back(work, work.journal.done, "undo")


def redo(work: Workspace) -> Saved:
    """Do again what was undone last. Raises NotFound, NotAllowed."""
    return _take_back(work, work.journal.undone, "redo")


def _take_back(work: Workspace, stack: deque[Action], way: str) -> Saved:
    if not stack:
        raise NotFound(
            "没有可以撤销的改动。" if way == "undo" else "没有可以重做的改动。", code="nothing_to_undo"
        )
    action = stack[-1]
    changes = _changes(work, action)
    left: list[Problem] = []
    with work.journal.going(way), work.transaction() as session:
        for change in reversed(changes):
            left += _reverse(session, change, action.replica_id)
        touched = capture.touched(session)
        if not touched:
            stack.pop()
            raise NotAllowed(
                "这一步之后内容又有改动，不能撤销；现在的内容没有变。",
                remedy="请直接修改。",
                code="changed_since",
            )
        stack.pop()
    ids = tuple(dict.fromkeys(change.record_id for change in changes))
    return Saved(ids, touched, tuple(left), _describe(changes))


def _changes(work: Workspace, action: Action) -> list[Change]:
    if action.last - action.first >= LARGEST:
        raise NotAllowed(
            "这一步改动的记录很多，不能这样撤销。",
            remedy="整批导入请在“导入”里撤销该批次。",
            code="too_large",
        )
    with work.reading() as connection:
        return log_reading.own_changes(connection, action.first, action.last)


def _reverse(session: Session, change: Change, replica_id: str) -> list[Problem]:
    """Take one change back; what cannot be is returned as warnings."""
    record = session.get(CLASS_OF_ENTITY[change.entity], change.record_id)
    if record is None:
        return [_left(change.entity, "")]
    if change.kind == DELETE:
        capture.restore(session, record)
    elif change.kind == RESTORE:
        capture.delete(session, record)
    elif creators := _creators(session, record, change.clock(replica_id)):
        if len(creators) > 1:  # a colleague entered the same record: it is theirs as well
            return [_left(change.entity, "")]
        capture.delete(session, record)
    else:
        return _fields_back(session, record, change)
    return []


def _creators(session: Session, record: Synced, clock: Clock) -> list[Clock]:
    """Every creation of the record when the change with that clock is one of them, else nothing.

    The earliest time says nothing: a record of a laptop whose clock is ahead is edited "before" its creation.
    """
    session.flush()
    base = states.load(session.connection(), record.form.entity, [record.id])[record.id].base
    return base if clock in base else []


def _fields_back(session: Session, record: Synced, change: Change) -> list[Problem]:
    """Old values, for fields that still hold what this change wrote."""
    session.flush()
    connection = session.connection()
    known = states.load(connection, change.entity, [change.record_id])[change.record_id]
    left: list[Problem] = []
    for name in change.fields:
        if name == DELETED:
            continue
        standing = known.heads(name).values() or [None]
        if not all(same(value, change.fields[name]) for value in standing):
            left.append(_left(change.entity, name))
            continue
        write_old(session, record, name, old_values(connection, change, name))
    return left


def old_values(connection: Connection, change: Change, name: str) -> list[object]:
    """The different values that a change replaced, the one shown last; one None when the field was empty."""
    bases = change.bases.get(name, ())
    found = log_reading.written_by(connection, bases)
    values: list[object] = []
    for clock in sorted(bases):
        value = found[clock].fields.get(name) if clock in found else None
        values = [v for v in values if not same(v, value)] + [value]
    return values or [None]


def write_old(session: Session, record: Synced, name: str, values: Sequence[object]) -> None:
    """The first value replaces the present one; a further one makes the conflict that stood there again."""
    field_ = record.form[name]
    for number, value in enumerate(values):
        if number:
            capture.mark_unseen(session, record, [name])
        capture.write_again(record, name, from_wire(field_, value))
        session.flush()


def _left(entity: str, name: str) -> Problem:
    form = FORMS[entity]
    label = form[name].label if name else form.title
    return Problem(name, f"{label}：之后又有改动，保持现在的内容", Severity.WARNING)


def _words(connection: Connection, stack: Sequence[Action]) -> str:
    if not stack:
        return ""
    action = stack[-1]
    last = min(action.last, action.first + LARGEST - 1)
    return _describe(log_reading.own_changes(connection, action.first, last))


def _describe(changes: Sequence[Change]) -> str:
    """``走访、问题`` or ``农户：联系电话、备注``."""
    titles = dict.fromkeys(FORMS[c.entity].title for c in changes if c.entity in FORMS)
    text = "、".join(titles)
    if len(changes) == 1 and changes[0].entity in FORMS and len(changes[0].fields) <= 3:
        form = FORMS[changes[0].entity]
        labels = [form.by_name[name].label for name in changes[0].fields if name in form.by_name]
        if labels:
            text += "（" + "、".join(labels) + "）"
    return text
