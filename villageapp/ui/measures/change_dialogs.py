"""Dialogs over one measure that exists: its own fields, and the loan, post or training that belongs to it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from villageapp.domain.measure import MEASURE
from villageapp.services import measure_entries, measures
from villageapp.services.measure_entries import Detail, Editing, detail_fields
from villageapp.services.measure_lists import MeasureRow
from villageapp.ui.context import Context
from villageapp.ui.measures import words
from villageapp.ui.measures.measure_dialog import NAMES
from villageapp.ui.widgets.record_dialog import RecordDialog


def ask_change(context: Context, parent: QWidget, row: MeasureRow, found: Editing) -> None:
    """Every field of a measure but its household; a new item brings its group with it."""
    work = context.work
    names = [name for name in NAMES if name != "household_id"]
    RecordDialog(
        context,
        parent,
        title=parent.tr("修改措施：{name}").format(name=row.head_name),
        form=MEASURE,
        names=[*names, "actual_income", "household_signed_on"],
        save=lambda raw, seen: measures.change_measure(
            work, row.id, measure_entries.with_group(raw), seen=seen
        ),
        values=found.values,
        is_new=False,
        choices={"item": words.item_choices(), "member_id": found.members, "responsible_id": found.cadres},
        done=parent.tr("措施已修改。"),
    ).open()


def ask_detail(context: Context, parent: QWidget, row: MeasureRow, found: Detail | None) -> None:
    """The record that belongs to a measure, new or changed; nothing where its item has none."""
    if found is None:
        context.tell.note(parent.tr("这类措施没有另外的明细。"))
        return
    work = context.work
    RecordDialog(
        context,
        parent,
        title=parent.tr("{what}：{name}").format(what=found.form.title, name=row.head_name),
        form=found.form,
        names=detail_fields(found.form),
        save=lambda raw, seen: measure_entries.save_detail(work, found, raw, seen),
        values=found.values,
        is_new=not found.id,
        lead=f"{row.year} {words.item_text(row)} {row.title}",
        done=parent.tr("明细已保存。"),
    ).open()
