"""What the store has of the households and persons that a file names, and what earlier imports said of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from villageapp.domain.fields import Form, from_wire
from villageapp.domain.forms import FORMS
from villageapp.models.base import Synced
from villageapp.models.local import ImportBatch, ImportRow
from villageapp.models.log import RecordState
from villageapp.models.records import Employment, Household, Member, Village

Values = dict[str, Any]


@dataclass(slots=True)
class Stored:
    """Households, members and spells of this store by id (removed ones included), with their clean values."""

    village: Values
    households: dict[str, Values]
    members: dict[str, Values]
    spells: dict[str, Values]
    removed: set[str]
    imported: dict[str, Values]
    """By record id: what the imports that still stand said last, field by field."""
    edited: dict[str, frozenset[str]]
    """By record id: fields that were changed by anybody after the record was made."""
    undone: set[str]
    """Records that a batch made which was taken back."""
    by_number: dict[str, str] = field(default_factory=dict)
    by_citizen: dict[str, str] = field(default_factory=dict)
    by_member_no: dict[tuple[str, str], str] = field(default_factory=dict)
    by_birth: dict[tuple[str, Any, Any], str] = field(default_factory=dict)
    by_citizen_left: dict[str, str] = field(default_factory=dict)
    """Members who left, by ID number."""
    by_spell: dict[tuple[str, str], str] = field(default_factory=dict)
    """Spells by member and start month, whoever made them."""
    spells_of: dict[str, list[str]] = field(default_factory=dict)
    """Spells that are not removed, by member."""

    def open_spells(self, member: str) -> list[str]:
        """Spells of a member that have not ended."""
        return [spell for spell in self.spells_of.get(member, ()) if self.spells[spell]["end_ym"] is None]

    def present(self, record_id: str) -> Values:
        """Values of a record of any kind; empty when it is not here."""
        return self.households.get(record_id) or self.members.get(record_id) or self.spells.get(record_id, {})

    def index(self) -> None:
        """Fill the look-ups by natural key; removed records and members who left are not found by them."""
        for record_id, values in self.households.items():
            if record_id not in self.removed and values["national_hh_no"]:
                self.by_number.setdefault(values["national_hh_no"], record_id)
        for record_id, values in self.spells.items():
            if record_id not in self.removed and values["start_ym"]:
                self.by_spell.setdefault((values["member_id"], values["start_ym"]), record_id)
                self.spells_of.setdefault(values["member_id"], []).append(record_id)
        for record_id, values in self.members.items():
            if record_id in self.removed:
                continue
            if values["left_on"] is not None:
                if values["id_no"]:
                    self.by_citizen_left.setdefault(values["id_no"], record_id)
                continue
            if values["id_no"]:
                self.by_citizen.setdefault(values["id_no"], record_id)
                continue
            household = values["household_id"]
            if values["national_member_no"]:
                self.by_member_no.setdefault((household, values["national_member_no"]), record_id)
            if values["birth_date"]:
                self.by_birth.setdefault((household, values["name"], values["birth_date"]), record_id)


def load(connection: Connection) -> Stored:
    """Read everything that an import compares with, at one moment."""
    households, gone_households = _records(connection, Household)
    members, gone_members = _records(connection, Member)
    spells, gone_spells = _records(connection, Employment)
    villages, _ = _records(connection, Village)
    imported, undone = _provenance(connection)
    stored = Stored(
        village=next(iter(villages.values()), {}),
        households=households,
        members=members,
        spells=spells,
        removed=gone_households | gone_members | gone_spells,
        imported=imported,
        edited=_edited(connection),
        undone=undone,
    )
    stored.index()
    return stored


def _records(connection: Connection, cls: type[Synced]) -> tuple[dict[str, Values], set[str]]:
    """Ordered by creation, so that of two records with one number the older is found."""
    table = cls.__table__
    names = [f.name for f in cls.form.fields]
    columns = [table.c[name] for name in ("id", "deleted", *names)]
    found: dict[str, Values] = {}
    removed: set[str] = set()
    for row in connection.execute(select(*columns).order_by(table.c.created_hlc, table.c.id)):
        found[row[0]] = dict(zip(names, row[2:], strict=True))
        if row[1]:
            removed.add(row[0])
    return found, removed


def _provenance(connection: Connection) -> tuple[dict[str, Values], set[str]]:
    rows, batches = ImportRow.__table__.c, ImportBatch.__table__.c
    statement = (
        select(rows.entity, rows.record_id, rows.after, rows.created, batches.undone_at)
        .join_from(ImportRow.__table__, ImportBatch.__table__, rows.batch_id == batches.id)
        .order_by(batches.id)
    )
    said: dict[str, Values] = defaultdict(dict)
    undone: set[str] = set()
    for entity, record_id, after, created, undone_at in connection.execute(statement):
        if not undone_at:
            said[record_id].update(clean(FORMS[entity], json.loads(after)))
            undone.discard(record_id)
        elif created:
            undone.add(record_id)
    return dict(said), undone


def _edited(connection: Connection) -> dict[str, frozenset[str]]:
    state = RecordState.__table__.c
    statement = select(state.record_id, state.fields).where(
        state.entity.in_(("household", "member", "employment")), state.fields != ""
    )
    return {record_id: frozenset(json.loads(fields)) for record_id, fields in connection.execute(statement)}


def clean(form: Form, wire: Mapping[str, Any]) -> Values:
    """Clean values of kept wire values; fields that no longer exist are left out."""
    return {name: from_wire(form[name], value) for name, value in wire.items() if name in form.by_name}


def chunks(ids: Iterable[str], size: int = 500) -> Iterable[list[str]]:
    """Lists of at most ``size`` ids: a statement takes a bounded number of parameters."""
    wanted = list(ids)
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]
