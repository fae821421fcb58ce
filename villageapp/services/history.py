"""变更记录: who changed what, when, on which laptop – read from the log, where every value ever typed still is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from villageapp.domain.fields import Field, Kind, from_wire, show
from villageapp.domain.forms import FORMS
from villageapp.progress import SILENT, Progress
from villageapp.sync import log_reading, store
from villageapp.sync.chain import SERVER_ACTOR, SERVER_NAME
from villageapp.sync.change import DELETE, DELETED, RESTORE, Change, Clock
from villageapp.sync.clock import instant

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

CREATED, CHANGED, REMOVED, RESTORED = "created", "changed", "removed", "restored"
_PLACE = "household_id"
"""Said by the page itself."""
LONGEST = 2000
"""Entries returned at most, newest first."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: its label, what it showed before (empty when nothing) and after."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one record. ``laptop`` is the name on the laptop's certificate, ``by`` the cadre's."""

    at: datetime
    by: str
    laptop: str
    replica_id: str
    entity: str
    title: str  # 农户, 家庭成员 …
    record_id: str
    kind: str  # CREATED …
    fields: tuple[FieldChange, ...]


def of_household(work: Workspace, household_id: str, progress: Progress = SILENT) -> list[HistoryEntry]:
    """Everything that was ever changed on this household and its records, newest first."""
    with work.reading() as connection:
        ids = {household_id, *_belonging(connection, household_id)}
        return _entries(connection, log_reading.changes_of(connection, ids, progress))


def of_record(work: Workspace, record_id: str, progress: Progress = SILENT) -> list[HistoryEntry]:
    """Everything that was ever changed on one record, newest first."""
    with work.reading() as connection:
        return _entries(connection, log_reading.changes_of(connection, {record_id}, progress))


def _belonging(connection: Connection, household_id: str) -> Iterable[str]:
    for entity, form in FORMS.items():
        if "household_id" in form.by_name:
            rows = connection.exec_driver_sql(
                f'SELECT id FROM "{entity}" WHERE household_id = ?', (household_id,)
            )
            yield from rows.scalars()


def _entries(connection: Connection, changes: Iterable[tuple[str, Change]]) -> list[HistoryEntry]:
    names = _Names(connection)
    written: dict[tuple[str, str, Clock], Any] = {}
    created: set[str] = set()
    found: list[HistoryEntry] = []
    ordered = sorted(changes, key=lambda pair: pair[1].clock(pair[0]))
    for replica_id, change in ordered:
        clock = change.clock(replica_id)
        kind = _kind(change, created)
        fields = tuple(_fields(change, written, names)) if kind in (CREATED, CHANGED) else ()
        for name, value in change.fields.items():
            written[change.record_id, name, clock] = value
        title = FORMS[change.entity].title if change.entity in FORMS else change.entity
        who = names.of(change.actor), names.laptops.get(replica_id, "")
        when = instant(change.hlc)
        entry = HistoryEntry(when, *who, replica_id, change.entity, title, change.record_id, kind, fields)
        found.append(entry)
    return found[::-1][:LONGEST]


def _kind(change: Change, created: set[str]) -> str:
    if change.kind == DELETE:
        return REMOVED
    if change.kind == RESTORE:
        return RESTORED
    if change.record_id in created:
        return CHANGED
    created.add(change.record_id)
    return CREATED


def _fields(
    change: Change, written: Mapping[tuple[str, str, Clock], Any], names: _Names
) -> Iterable[FieldChange]:
    form = FORMS.get(change.entity)
    for name, value in change.fields.items():
        if name in (DELETED, _PLACE):
            continue
        described = form.by_name.get(name) if form is not None else None
        bases = sorted(change.bases.get(name, ()))
        before = (written.get((change.record_id, name, base)) for base in bases)
        texts = dict.fromkeys(text for old in before if (text := names.shown(described, old)))
        label = described.label if described is not None else name
        yield FieldChange(name, label, " / ".join(texts), names.shown(described, value))


class _Names:
    """What ids stand for in a sentence: people by name, laptops by whom they were given to."""

    def __init__(self, connection: Connection) -> None:
        people = "SELECT id, name FROM cadre UNION ALL SELECT id, name FROM member"
        self._people: dict[str, str] = {row.id: row.name or "" for row in connection.exec_driver_sql(people)}
        province_key = store.read_identity(connection).province_key
        known = store.certificates(connection, province_key) if province_key else {}
        self.laptops = {replica_id: certificate.shown_name for replica_id, certificate in known.items()}

    def of(self, record_id: str) -> str:
        """A person's name, empty for somebody who is not here."""
        return SERVER_NAME if record_id == SERVER_ACTOR else self._people.get(record_id, "")

    def shown(self, described: Field | None, wire: Any) -> str:
        """A value as a person reads it; a value of a newer version as it is."""
        if wire is None:
            return ""
        if described is None:
            return str(wire)
        if described.kind in (Kind.REF, Kind.REFS):
            ids = wire if isinstance(wire, list) else [wire]
            return "、".join(self.of(str(one)) or "（另一条记录）" for one in ids)
        return show(described, from_wire(described, wire))
