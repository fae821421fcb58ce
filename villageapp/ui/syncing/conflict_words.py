"""A conflict in words: what each value is, who wrote it, when, on which laptop. Plain functions, no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from villageapp.domain import dates
from villageapp.domain.fields import Field, Kind, from_wire, show
from villageapp.domain.forms import FORMS

if TYPE_CHECKING:
    from villageapp.services.syncing import Conflict, ConflictValue

DELETED = "deleted"
"""The field of a record that one person removed while another changed it."""
REFERENCES = (Kind.REF, Kind.REFS)
_MARK_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Option:
    """One way to settle a conflict; ``wire`` is what ``settle`` takes."""

    caption: str
    text: str
    source: str
    wire: Any


def options(conflict: Conflict, titles: Mapping[str, str], own_replica: str) -> list[Option]:
    """What can be chosen: every value, newest first; for a deletion, to keep the record or to delete it."""
    tr = QCoreApplication.translate
    if conflict.field != DELETED:
        take = tr("sync", "用这个值")
        return [
            Option(
                take, value_text(conflict, value.value, titles), author_text(value, own_replica), value.value
            )
            for value in conflict.values
        ]
    removers = "、".join(author_text(value, own_replica) for value in conflict.values if value.value)
    kept = tr("sync", "删除时还没有看到的修改都留着")
    removed = tr("sync", "删除的人：{who}").format(who=removers)
    return [
        Option(tr("sync", "保留这条记录"), kept, "", False),
        Option(tr("sync", "确认删除"), tr("sync", "这条记录不再显示"), removed, True),
    ]


def kind_of(conflict: Conflict) -> str:
    """The kind of record: 农户, 家庭成员."""
    return FORMS[conflict.entity].title if conflict.entity in FORMS else conflict.entity


def field_of(conflict: Conflict) -> Field | None:
    """The field, unless it is the deletion or one that a newer version brought."""
    form = FORMS.get(conflict.entity)
    return form.by_name.get(conflict.field) if form is not None else None


def value_text(conflict: Conflict, wire: Any, titles: Mapping[str, str]) -> str:
    """One of the values as people read it; ``titles`` names the records that a reference points to."""
    tr = QCoreApplication.translate
    if conflict.field == DELETED:
        return tr("sync", "删除") if wire else tr("sync", "保留")
    field = field_of(conflict)
    if field is None:
        return str(wire)
    if wire in (None, [], ""):
        return tr("sync", "（空）")
    if field.kind in REFERENCES:
        ids = wire if isinstance(wire, list) else [wire]
        return "、".join(titles.get(one) or tr("sync", "不在本机的记录") for one in ids)
    if field.kind is Kind.ROWS:
        return "；".join(_row_text(row) for row in wire)
    return show(field, from_wire(field, wire))


def author_text(value: ConflictValue, own_replica: str) -> str:
    """``吴队员 2026-11-23 14:20 · 电脑 3f2a``; what was written here says 本机."""
    tr = QCoreApplication.translate
    at = dates.local_text(value.at)
    if value.replica_id == own_replica:
        who = value.by or tr("sync", "我")
        return tr("sync", "{who} {at} · 本机").format(who=who, at=at)
    who = value.by or tr("sync", "同事")
    mark = value.replica_id[-_MARK_LENGTH:]
    return tr("sync", "{who} {at} · 电脑 {mark}").format(who=who, at=at, mark=mark)


def _row_text(row: Mapping[str, Any]) -> str:
    return " ".join(str(cell) for cell in row.values() if cell is not None)
