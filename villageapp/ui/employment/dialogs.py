"""Dialogs of the employment ledger: a spell of a person, every field of one, the end of several."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.employment_spells import month_of
from villageapp.services import employments
from villageapp.services.employment_rows import EmploymentRow
from villageapp.ui.context import Context
from villageapp.ui.employment.people import follow_household
from villageapp.ui.measures.household_input import HouseholdInput
from villageapp.ui.widgets.record_dialog import RecordDialog

_PLACE = "employment"
FIELDS = (
    "channel",
    "industry",
    "employer",
    "job",
    "scope",
    "region",
    "start_ym",
    "end_ym",
    "month_pay",
    "year_pay",
    "transport_subsidy",
    "stable_subsidy",
    "organised",
    "skill_training",
    "source",
    "note",
)


def adding(context: Context, parent: QWidget, row: EmploymentRow | None) -> RecordDialog:
    """A new spell; the person of ``row`` is offered."""
    tr, work = QCoreApplication.translate, context.work
    household = HouseholdInput(context, EMPLOYMENT["household_id"])
    dialog = RecordDialog(
        context,
        parent,
        title=tr(_PLACE, "登记务工"),
        form=EMPLOYMENT,
        names=("household_id", "member_id", *FIELDS),
        inputs={"household_id": household},
        choices={"member_id": ()},
        save=lambda raw, _seen: employments.add(work, raw),
        done=tr(_PLACE, "已登记务工。"),
    )
    known = None if row is None else (row.household_id, row.head_name)
    follow_household(context, dialog, household, known, "" if row is None else row.member_id)
    return dialog


def editing(context: Context, parent: QWidget, row: EmploymentRow) -> RecordDialog:
    """Every field of one spell."""
    work, tr = context.work, QCoreApplication.translate
    return RecordDialog(
        context,
        parent,
        title=tr(_PLACE, "务工情况：{name}").format(name=row.name),
        form=EMPLOYMENT,
        names=FIELDS,
        values=row.values,
        is_new=False,
        save=lambda raw, seen: employments.change(work, row.id, raw, seen=seen),
        done=tr(_PLACE, "已保存，本月算作已核实。"),
    )


def ending(context: Context, parent: QWidget, rows: Sequence[EmploymentRow]) -> RecordDialog:
    """The month in which these spells ended."""
    work, tr = context.work, QCoreApplication.translate
    names = "、".join(row.name for row in rows[:5])
    if len(rows) > 5:
        names = tr(_PLACE, "{names}等 {count} 人").format(names=names, count=len(rows))
    return RecordDialog(
        context,
        parent,
        title=tr(_PLACE, "结束务工"),
        form=EMPLOYMENT,
        names=("end_ym",),
        values={"end_ym": month_of(work.today())},
        lead=tr(_PLACE, "{names}：做到哪个月为止？之前的记录保留。").format(names=names),
        save=lambda raw, _seen: employments.end(work, [row.id for row in rows], raw["end_ym"] or ""),
        done=tr(_PLACE, "已登记结束。"),
    )
