"""Public notices of monitoring cases, with nothing on them that must not be public (domain.md 3.6 R-NOTICE, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain import notice
from villageapp.domain.fields import show
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_facts import EXIT_STATES, State
from villageapp.domain.parameters import UnsetParameter
from villageapp.errors import NotFound, Problem, ValidationFailed
from villageapp.models.records import MonitoringCase
from villageapp.reports.notice_sheet import NoticeFacts, notice_sheet, notice_texts
from villageapp.services.household_pages import HouseholdPage, page
from villageapp.services.imprints import data_version
from villageapp.services.paper_files import Papers
from villageapp.services.private_facts import private_facts
from villageapp.services.villages import this_village

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

TITLE = "监测对象公示"
LEAVING_STATES = EXIT_STATES | {State.ELIMINATED}
_KIND = {False: "监测识别公示", True: "监测消除公示"}
_case = MonitoringCase.__table__.c


def notice_papers(work: Workspace, case_ids: Sequence[str]) -> Papers:
    """The notices of these cases, one page each.

    A case on its way out gets the notice of the elimination, any other that of the identification. While they
    are made they raise what ``notice_facts`` raises.
    """
    return Papers(
        TITLE,
        len(case_ids),
        lambda _measure: (notice_sheet(notice_facts(work, case_id)) for case_id in case_ids),
        len(case_ids),
    )


def notice_facts(work: Workspace, case_id: str, *, leaving: bool | None = None) -> NoticeFacts:
    """What the notice of a case says: of the elimination when ``leaving``, by default as the case stands.

    Raises NotFound (case) and ValidationFailed (not reviewed yet; something private would become public).
    """
    with work.reading() as connection:
        statement = select(MonitoringCase.__table__).where(_case.id == case_id, _case.deleted.is_(False))
        case = connection.execute(statement).mappings().first()
    if case is None:
        raise NotFound("没有找到这个监测案卷。", remedy="请用 villageapp case list 查看案卷的编号。")
    home = page(work, case["household_id"])
    if leaving is None:
        leaving = State(case["state"]) in LEAVING_STATES
    facts = _of_case(work, case, home, leaving=leaving)
    _refuse_leaks(work, facts, home)
    return facts


def _of_case(work: Workspace, case: Mapping[Any, Any], home: HouseholdPage, *, leaving: bool) -> NoticeFacts:
    village = this_village(work)
    prefix = "exit_" if leaving else ""
    reviewed = case["exit_review_on"] if leaving else case["village_review_on"]
    if reviewed is None:
        label = MONITORING_CASE["exit_review_on" if leaving else "village_review_on"].label
        raise ValidationFailed(
            [Problem("village_review_on", f"{home.head_name}户的案卷还没有{label}，不能公示")]
        )
    start = case[f"{prefix}notice_start"]
    least, end = _period(work, _KIND[leaving], start)
    values = home.values
    return NoticeFacts(
        uid=case["id"],
        version=data_version(work),
        leaving=leaving,
        county=village.get("county") or "",
        town=village.get("town") or values["town"] or "",
        village=village.get("name") or values["village"] or "",
        natural_village=values["natural_village"] or "",
        group_name=values["group_name"] or "",
        head_name=home.head_name,
        category=show(MONITORING_CASE["category"], case["category"]),
        reviewed_on=reviewed,
        start_on=start,
        end_on=case[f"{prefix}notice_end"] or end,
        least_days=least,
        hotline=work.parameters.text("HOTLINE", work.today()),
        town_phone=village.get("town_phone") or "",
    )


def _period(work: Workspace, kind: str, start: date | None) -> tuple[int | None, date | None]:
    """How many days the notice hangs at least, and its earliest last day; None while that is not decided."""
    day = start or work.today()
    try:
        last = notice.last_day(kind, day, work.parameters)
    except UnsetParameter:
        return None, None
    return (last - day).days, last if start else None


def _refuse_leaks(work: Workspace, facts: NoticeFacts, home: HouseholdPage) -> None:
    allowed = [number for number in (facts.hotline, facts.town_phone) if number]
    judged = notice.judge_text(notice_texts(facts), private_facts(work, home.id), allowed)
    if not judged.allowed:
        raise ValidationFailed([Problem("", reason.message) for reason in judged.reasons])
