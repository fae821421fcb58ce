"""What must hold before a visit is saved, beyond the form's own rules (domain.md 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.parameters import Parameters, UnsetParameter
from villageapp.domain.problem import CATEGORY_OF_ANSWER
from villageapp.domain.visit import NOBODY_HOME, VISIT
from villageapp.errors import Problem, Severity, ValidationFailed
from villageapp.models.records import Measure

HEADER = frozenset(
    {
        "household_id",
        "kind",
        "sweep_type",
        "started_at",
        "ended_at",
        "visitors",
        "result",
        "place_note",
        "next_visit_on",
        "note",
    }
)
"""All that may be said of a visit that met nobody."""
_measure = Measure.__table__.c
CHECK_STATES = ("落实", "未落实", "变化")
TITLE_OF_ANSWER: Mapping[str, str] = {
    "edu_ok": "义务教育没有保障",
    "med_ok": "基本医疗没有保障",
    "house_ok": "住房安全没有保障",
    "water_ok": "饮水安全没有保障",
    "eat_ok": "吃不愁没有做到",
    "cloth_ok": "穿不愁没有做到",
}
_SOURCE_OF_SWEEP: Mapping[str, str] = {"重点": "21", "集中": "22"}
_SOURCE_OF_KIND: Mapping[str, str] = {"02": "21", "03": "22"}
FOUND_ON_VISIT = "20"


def checked_visit(values: Mapping[str, Any]) -> dict[str, Any]:
    """Clean values of a visit. Raises ValidationFailed, also for answers of a house where nobody was."""
    clean = VISIT.check(values)
    if clean["result"] == NOBODY_HOME:
        said = [n for n, v in clean.items() if v is not None and n not in HEADER]
        if said:
            raise ValidationFailed(
                Problem(name, f"{VISIT[name].label}：无人在家时只填走访时间、走访人和下次走访")
                for name in said
            )
    return clean


def refuse_unruled_day(values: Mapping[str, Any], parameters: Parameters) -> None:
    """A clock with an empty battery says 1980, for which no rule has a number: the person types the true time.

    Raises ValidationFailed on ``started_at``.
    """
    day = dates.local_day(values["started_at"])
    try:
        parameters.integer("VISIT_SHORT_MINUTES", day)
    except UnsetParameter as unset:
        told = f"到户时间 {day} 还没有规定可依，多半是电脑时间不对：请改成实际到户时间，并校正电脑时间"
        raise ValidationFailed([Problem("started_at", told)]) from unset


def visit_warnings(values: Mapping[str, Any], now: datetime, parameters: Parameters) -> tuple[Problem, ...]:
    """What is odd about clean values: rules of the form, very short visits, times that have not come yet."""
    found = list(VISIT.warnings(values))
    start, end = values["started_at"], values.get("ended_at")
    short = parameters.integer("VISIT_SHORT_MINUTES", dates.local_day(start))
    if end is not None and end - start < timedelta(minutes=short):
        found.append(Problem("ended_at", f"走访不足 {short} 分钟", Severity.WARNING))
    if start > now + timedelta(minutes=5):
        found.append(Problem("started_at", "到户时间还没有到，请核对电脑时间", Severity.WARNING))
    return tuple(found)


def refuse_wrong_ticks(
    session: Session, household_id: str, rows: tuple[Mapping[str, Any], ...] | None
) -> None:
    """Every tick of ``measures_checked`` names a measure of this household and one of three states."""
    if not rows:
        return
    known = set(
        session.scalars(
            select(_measure.id).where(_measure.household_id == household_id, _measure.deleted.is_(False))
        )
    )
    label = VISIT["measures_checked"].label
    problems = [
        Problem("measures_checked", f"{label}第 {place} 行：{reason}")
        for place, row in enumerate(rows, start=1)
        if (reason := _wrong_tick(row, known))
    ]
    if problems:
        raise ValidationFailed(problems)


def _wrong_tick(row: Mapping[str, Any], known: set[str]) -> str:
    if row.get("measure_id") not in known:
        return "这户没有这条措施"
    return "" if row.get("status") in CHECK_STATES else "应为落实、未落实或变化"


def problems_of_answers(values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Category to (title, description) for every 否 of a visit, one per category (R-PRB-8)."""
    found: dict[str, tuple[str, str]] = {}
    for answer, category in CATEGORY_OF_ANSWER.items():
        if values.get(answer) is not False:
            continue
        title = TITLE_OF_ANSWER[answer]
        text = values.get(f"{answer}_note") or title
        if category in found:
            first_title, first_text = found[category]
            title, text = f"{first_title}；{title}", f"{first_text}\n{text}"
        found[category] = (title, text)
    return found


def source_of(values: Mapping[str, Any]) -> str:
    """CL_SOURCE of problems found on this visit: daily, key or full sweep."""
    sweep = _SOURCE_OF_SWEEP.get(values.get("sweep_type") or "")
    return sweep or _SOURCE_OF_KIND.get(values["kind"], FOUND_ON_VISIT)
