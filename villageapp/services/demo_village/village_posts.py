"""The demo village's public posts: what the measures of group M04 say, with attendance (domain.md 2.4, R-POST)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from villageapp.domain import dates
from villageapp.services import asset_incomes, measure_entries, post_pages, records

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_FOREST = "M0401"
_ENDING = 20
"""Days that the first agreement still runs, so that the reminder has something to say."""
_DAYS = (22, 20, 21)
"""Attendance of the months before this one, the latest first."""
_USUAL_PAY = 400_00
"""Fen a month."""


def record_posts(work: Workspace, today: date) -> None:
    """Agreement and attendance of every post that a measure speaks of."""
    for number, measure in enumerate(records.list_records(work, "measure", {"group": "M04"})):
        detail = measure_entries.detail_of(work, measure["id"])
        if detail is not None and not detail.id:
            values = _post(measure, today, ends_soon=number == 0)
            post = measure_entries.save_detail(work, detail, values)
            _record_attendance(work, post.id, values, today)


def _post(measure: Mapping[str, Any], today: date, *, ends_soon: bool) -> dict[str, Any]:
    in_forest = measure["item"] == _FOREST
    start, end = measure["start_on"] or today, measure["end_on"] or today
    return {
        "post_kind": measure["item"],
        "fund_source": "生态护林员" if in_forest else asset_incomes.SUNLIGHT,
        "agreement_start": start,
        "agreement_end": max(today + timedelta(days=_ENDING) if ends_soon else end, start),
        "month_pay": measure["amount"] // 12 if measure["amount"] else _USUAL_PAY,
        "duty": "巡山护林，劝阻野外用火" if in_forest else "清扫主街，清运垃圾",
    }


def _record_attendance(work: Workspace, post_id: str, post: Mapping[str, Any], today: date) -> None:
    """The months before this one; this month's is what a person at the screen does."""
    for back, days in enumerate(_DAYS, start=1):
        month = dates.add_months(today.replace(day=1), -back)
        if month >= post["agreement_start"].replace(day=1):
            line = {"month": f"{month:%Y-%m}", "days": days, "paid": post["month_pay"]}
            post_pages.attend(work, post_id, line)
