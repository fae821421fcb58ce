"""Dialogs of public posts: a new one with its measure, attendance of a month, the agreement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from villageapp.domain import dates
from villageapp.domain.codes import code_list
from villageapp.domain.employment_spells import month_of
from villageapp.domain.measure_details import PUBLIC_POST
from villageapp.errors import Problem, ValidationFailed
from villageapp.services import post_pages, records
from villageapp.services.measure_entries import DETAIL
from villageapp.services.post_pages import ATTENDANCE, PostRow
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.employment.people import follow_household
from villageapp.ui.measures.household_input import HouseholdInput
from villageapp.ui.widgets.field_inputs import Choice
from villageapp.ui.widgets.record_dialog import RecordDialog

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_PLACE = "employment"
_POSTS = "M04"
_AGREEMENT = (
    "post_kind",
    "fund_source",
    "agreement_start",
    "agreement_end",
    "month_pay",
    "duty",
    "override_reason",
)
_POST_FIELD = {"item": "post_kind", "start_on": "agreement_start", "end_on": "agreement_end"}
"""Fields of the measure to those of the post that fill them."""


def recording(context: Context, parent: QWidget, known: tuple[str, str] | None = None) -> RecordDialog:
    """A new post with its measure; ``known`` is (id, name) of a household."""
    work, tr, today = context.work, QCoreApplication.translate, context.work.today()
    household = HouseholdInput(context, PUBLIC_POST["household_id"])
    dialog = RecordDialog(
        context,
        parent,
        title=tr(_PLACE, "登记公益岗"),
        form=PUBLIC_POST,
        names=("household_id", "member_id", *_AGREEMENT),
        inputs={"household_id": household},
        choices={"member_id": (), "post_kind": _post_kinds()},
        values={"agreement_start": today, "agreement_end": _year_on(today)},
        lead=tr(_PLACE, "同时登记一项公益岗位帮扶措施。一户一公岗：再设一个须写明理由。"),
        save=lambda raw, _seen: _recorded(work, raw),
        done=tr(_PLACE, "公益岗已登记。"),
    )
    follow_household(context, dialog, household, known)
    return dialog


def attending(context: Context, parent: QWidget, row: PostRow) -> RecordDialog:
    """Days and pay of one month; this month is offered."""
    work, tr = context.work, QCoreApplication.translate
    return RecordDialog(
        context,
        parent,
        title=tr(_PLACE, "出勤与发放：{name}").format(name=row.member_name),
        form=ATTENDANCE,
        names=("month", "days", "paid"),
        values={"month": month_of(work.today()), "paid": row.month_pay},
        columns=1,
        lead=tr(_PLACE, "出勤才发放；同一个月再登记会替换原来的。"),
        save=lambda raw, _seen: post_pages.attend(work, row.id, raw),
        done=tr(_PLACE, "已登记出勤。"),
    )


def changing(context: Context, parent: QWidget, row: PostRow) -> RecordDialog:
    """The agreement of a post."""
    work, tr = context.work, QCoreApplication.translate
    return RecordDialog(
        context,
        parent,
        title=tr(_PLACE, "公益岗协议：{name}").format(name=row.member_name),
        form=PUBLIC_POST,
        names=(*_AGREEMENT, "note"),
        choices={"post_kind": _post_kinds()},
        values=row.values,
        is_new=False,
        save=lambda raw, seen: records.change(work, "public_post", row.id, raw, seen=seen),
        done=tr(_PLACE, "协议已修改。"),
    )


def _recorded(work: Workspace, raw: Mapping[str, Any]) -> Saved:
    """Saved on the writer thread; problems of the measure come back as problems of the post."""
    household = raw.get("household_id")
    if not household:
        raise ValidationFailed([Problem("household_id", "请先输入并选定一户")])
    try:
        return post_pages.record(work, household, raw)
    except ValidationFailed as error:
        raise ValidationFailed(_placed(problem) for problem in error.problems) from error


def _placed(problem: Problem) -> Problem:
    name = problem.field.removeprefix(DETAIL)
    return Problem(_POST_FIELD.get(name, name), problem.message, problem.severity)


def _post_kinds() -> list[Choice]:
    labels = code_list("CL_MEASURE_ITEM").labels
    return [(code, text) for code, text in labels.items() if code.startswith(_POSTS)]


def _year_on(day: date) -> date:
    """The last day of a year that begins on that day."""
    return dates.add_months(day, 12) - timedelta(days=1)
