"""The case file of a monitored household ①–⑩ as papers: what is recorded, and lines for a pen (domain.md 4.4).

Public notices are grade P0 and looked through before printing, the notification is P1, all else is P2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain import dates
from villageapp.domain.clue import CLUE
from villageapp.domain.fields import Field, Kind, show
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import MEMBER
from villageapp.domain.monitoring_case import MONITORING_CASE, risks_of
from villageapp.domain.papers import CONSENT
from villageapp.domain.visit import VISIT, counts_as_coverage
from villageapp.models.records import Clue, Consent, MonitoringCase
from villageapp.reports import case_file, case_follow
from villageapp.reports.case_file import CaseFile, FollowUp, PlanRow
from villageapp.reports.notice_sheet import notice_sheet
from villageapp.reports.paper_form import PaperForm, form_sheet
from villageapp.reports.sheet_rows import Measure, Sheet
from villageapp.services.card_guarantees import either
from villageapp.services.case_facts import identified_since
from villageapp.services.household_pages import HouseholdPage, page, visit_text
from villageapp.services.imprints import data_version, village_line
from villageapp.services.income_sheets import line_text
from villageapp.services.notices import LEAVING_STATES, notice_facts
from villageapp.services.paper_files import Papers
from villageapp.services.reading import reading_session
from villageapp.services.references import get
from villageapp.services.risk_plans import RiskPlan, plan_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from villageapp.services.workspace import Workspace

TITLE = "监测对象案卷"
ASSET_CHECK = "2"
"""CL_CONSENT 家庭经济状况核查授权承诺."""
ADULT_AGE = 18
"""Years at which a person signs for himself (Civil Code, article 17)."""
_NOTICE, _EXIT_NOTICE = 4, 9
_MAKERS: Mapping[int, Callable[[CaseFile], PaperForm]] = {
    1: case_file.application,
    2: case_file.verification,
    3: case_file.review,
    _NOTICE: lambda file: case_file.posted_later(file, "④", "监测对象公示"),
    5: case_file.approval,
    6: case_follow.plan,
    7: case_follow.follow_ups,
    8: case_follow.elimination,
    _EXIT_NOTICE: lambda file: case_file.posted_later(file, "⑨", "风险消除公示"),
    10: case_follow.notification,
}
NUMBERS = tuple(_MAKERS)
"""The papers of a case file in their order."""


def case_papers(work: Workspace, case_id: str, numbers: Sequence[int] = NUMBERS) -> Papers:
    """The papers of a case. Raises NotFound, ValidationFailed (something private would become public)."""

    def sheets(measure: Measure) -> Iterator[Sheet]:
        file = _file(work, case_id)
        for number in numbers:
            yield _sheet(work, case_id, file, number, measure)

    return Papers(TITLE, len(numbers), sheets, len(numbers))


def blank_case_papers(work: Workspace, numbers: Sequence[int] = NUMBERS) -> Papers:
    """The same papers, empty."""
    today = work.today()
    file = CaseFile("", 0, village_line(work), line_text=line_text(work, today.year), hotline=_hotline(work))
    return Papers(
        TITLE,
        len(numbers),
        lambda measure: (form_sheet(_MAKERS[number](file), measure) for number in numbers),
        len(numbers),
    )


def _hotline(work: Workspace) -> str:
    return work.parameters.text("HOTLINE", work.today())


def _sheet(work: Workspace, case_id: str, file: CaseFile, number: int, measure: Measure) -> Sheet:
    if number in (_NOTICE, _EXIT_NOTICE):
        leaving = number == _EXIT_NOTICE
        if file.text("exit_review_on" if leaving else "village_review_on"):
            return notice_sheet(notice_facts(work, case_id, leaving=leaving))
    return form_sheet(_MAKERS[number](file), measure)


def _file(work: Workspace, case_id: str) -> CaseFile:
    with reading_session(work) as session:
        values = {"id": case_id, **get(session, MonitoringCase, case_id).values()}
        clue = _clue(session, values["clue_id"])
        consent = _consent(session, values)
        plan = plan_of(work, session, values, work.today())
    home = page(work, values["household_id"])
    texts = _texts(home, values)
    leaving = values["state"] in LEAVING_STATES
    day = values["exit_verify_on"] if leaving else values["verify_on"]
    return CaseFile(
        case_id,
        data_version(work),
        village_line(work),
        texts=texts,
        members=tuple(_member(row) for row in home.members if row["active"]),
        adults=tuple(row["name"] or "" for row in home.members if row["active"] and _is_adult(row)),
        clue=clue,
        consent=consent,
        risks=tuple(row.label for row in plan) or tuple(risks_of(values)),
        plan=tuple(map(_planned, plan)),
        follow_ups=tuple(_follow_ups(home, values)),
        line_text=line_text(work, (day or work.today()).year, home.values["region_code"]),
        hotline=_hotline(work),
        leaving=leaving,
    )


def _texts(home: HouseholdPage, values: Mapping[str, Any]) -> dict[str, str]:
    """Every field of the case as text, and those of the household that the papers name."""
    found = {field.name: _shown(field, values[field.name], home.cadres) for field in MONITORING_CASE.fields}
    wanted = ("group_name", "national_hh_no", "household_type", "address", "phone")
    found |= {name: show(HOUSEHOLD[name], home.values[name]) for name in wanted}
    return found | {"head_name": home.head_name}


def _shown(field: Field, value: Any, cadres: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if field.kind in (Kind.REF, Kind.REFS):
        ids = value if isinstance(value, tuple | list) else (value,)
        return "、".join(name for one in ids if (name := cadres.get(one, "")))
    return show(field, value)


def _clue(session: Session, clue_id: str | None) -> dict[str, str]:
    row = session.get(Clue, clue_id) if clue_id else None
    if row is None or row.deleted:
        return {}
    values = row.values()
    return {name: show(CLUE[name], values[name]) for name in ("source", "reported_on", "description")}


def _consent(session: Session, case: Mapping[str, Any]) -> dict[str, str]:
    """The consent of the case, else the household's newest one of that kind that stands."""
    columns = Consent.__table__.c
    statement = select(Consent).where(columns.deleted.is_(False), columns.kind == ASSET_CHECK)
    if case["consent_id"]:
        statement = statement.where(columns.id == case["consent_id"])
    else:
        mine = (columns.household_id == case["household_id"], columns.withdrawn_on.is_(None))
        statement = statement.where(*mine).order_by(columns.signed_on.desc())
    found = session.scalars(statement).first()
    if found is None:
        return {}
    values = found.values()
    return {
        name: show(CONSENT[name], values[name]) for name in ("signed_on", "method", "witness", "text_version")
    }


def _member(row: Mapping[str, Any]) -> tuple[str, ...]:
    insured = either(row["med_insurance_resident"], row["med_insurance_employee"])
    busy = row["student_status"] not in (None, "00")
    return (
        row["name"] or "",
        show(MEMBER["relation"], row["relation"]),
        show(MEMBER["sex"], row["sex"]),
        "" if row["age"] is None else str(row["age"]),
        row["id_no"] or "",
        show(MEMBER["health"], row["health"]),
        show(MEMBER["labour"], row["labour"]),
        show(MEMBER["student_status" if busy else "working"], row["student_status" if busy else "working"]),
        "" if insured is None else "是" if insured else "否",
    )


def _is_adult(row: Mapping[str, Any]) -> bool:
    return row["age"] is None or row["age"] >= ADULT_AGE


def _planned(row: RiskPlan) -> PlanRow:
    measures = "\n".join(f"{one.text}（{one.status}）" for one in row.measures if one.fits or one.names_risk)
    return PlanRow(row.label, "已有对应措施" if row.answered else row.reason, measures)


def _follow_ups(home: HouseholdPage, case: Mapping[str, Any]) -> Iterator[FollowUp]:
    """Visits since the identification at which somebody was met, the oldest first."""
    since = identified_since(case)
    if since is None:
        return
    for visit in reversed(home.visits):
        day = dates.local_day(visit["started_at"])
        if day >= since and counts_as_coverage(visit["result"]):
            trend = show(VISIT["income_trend"], visit["income_trend"])
            yield FollowUp(str(day), "、".join(visit["visitor_names"]), trend, visit_text(visit))
