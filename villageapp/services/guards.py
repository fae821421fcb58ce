"""Rules between a record and the others around it, asked before it is saved (domain.md 2, 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from villageapp.domain.fields import Form
from villageapp.domain.forms import FORMS
from villageapp.domain.income_account import SIGNED_STATES
from villageapp.domain.notice import Private, judge_period, judge_text
from villageapp.domain.parameters import UnsetParameter
from villageapp.domain.pv_income import Line, judge_distribution
from villageapp.errors import Problem, Severity
from villageapp.models.records import (
    CLASS_OF_ENTITY,
    Asset,
    Attendance,
    Household,
    IncomeAccount,
    Measure,
    Member,
    MonitoringCase,
)
from villageapp.services import measure_guards
from villageapp.services.measure_guards import problems_of
from villageapp.services.true_time import clock_trouble

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

Guard = Callable[[Session, "Workspace", "str | None", Mapping[str, Any]], Iterable[Problem]]
PHOTOVOLTAIC = "光伏"
_PEOPLE = ("member_id", "person_id")
_PRIVATE_NUMBERS = ("id_no", "disability_card_no", "phone")


def judge(
    session: Session, work: Workspace, entity: str, record_id: str | None, values: Mapping[str, Any]
) -> list[Problem]:
    """Errors and warnings about a record with these clean values; ``record_id`` is None for a new one.

    A rule whose number is not set for that day (a loan of the years before it) is not judged, and says so.
    """
    found = list(_strangers(session, FORMS[entity], values))
    guard = _GUARDS.get(entity)
    if guard is None:
        return found
    try:
        return [*found, *guard(session, work, record_id, values)]
    except UnsetParameter as unset:
        return [*found, Problem("", f"没有按规则核对：{unset.message}", Severity.WARNING)]


def _strangers(session: Session, form: Form, values: Mapping[str, Any]) -> Iterator[Problem]:
    """A person or measure of another household is a slip."""
    household = values.get("household_id")
    wanted: list[tuple[str, type[Member | Measure]]] = [(name, Member) for name in _PEOPLE]
    for name, cls in (*wanted, ("measure_id", Measure)):
        other = session.get(cls, values[name]) if values.get(name) and name in form.by_name else None
        if household and other is not None and other.household_id != household:
            yield Problem(name, f"{form[name].label}：不是这一户的")


def _twin(session: Session, table: Table, record_id: str | None, *same: ColumnElement[bool]) -> bool:
    """Whether another record that is not deleted has the same key."""
    found = select(table.c.id).where(*same, table.c.deleted.is_(False), table.c.id != (record_id or ""))
    return session.scalars(found.limit(1)).first() is not None


def _account(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """One account for a household, year and basis (domain.md 2.3)."""
    table = CLASS_OF_ENTITY["income_account"].__table__
    names = ("household_id", "income_year", "basis")
    if _twin(session, table, record_id, *(table.c[n] == values[n] for n in names)):  # type: ignore[arg-type]
        yield Problem("income_year", "该户这一年度已有收支账，请打开原账修改")


def _income_line(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """A line belongs to a draft account of the same household (R-SYNC)."""
    account = session.get_one(IncomeAccount, values["account_id"])
    if account.household_id != values["household_id"]:
        yield Problem("account_id", "所属收支账不是这一户的")
    if account.status in SIGNED_STATES:
        yield Problem("account_id", f"收支账已是“{account.status}”，明细不能再改")


def _notice(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterable[Problem]:
    """R-NOTICE: no ID, phone, bank account, health or disability on a public notice."""
    text = "\n".join(str(values.get(name) or "") for name in ("title", "content", "place"))
    found = problems_of(judge_text(text, _subjects(session, values)), "content")
    start, end = values["start_on"], values.get("end_on")
    if end is not None and end < start:
        found.append(Problem("end_on", "结束日期早于开始日期"))
    elif end is not None:
        found += problems_of(judge_period(values["kind"], start, end, work.parameters), "end_on")
    return found


def _subjects(session: Session, values: Mapping[str, Any]) -> list[Private]:
    """What is private of the household that the notice is about."""
    household = _household_of(session, values.get("subject_entity"), values.get("subject_id"))
    if household is None:
        return []
    columns = Member.__table__.c
    members = session.scalars(
        select(Member).where(columns.household_id == household.id, columns.deleted.is_(False))
    )
    own = tuple(
        (household.form[name].label, number)
        for name in ("phone", "bank_account", "national_hh_no")
        if (number := getattr(household, name))
    )
    return [Private("该户", own), *map(_private, members)]


def _household_of(session: Session, entity: str | None, record_id: str | None) -> Household | None:
    if record_id is None:
        return None
    if entity == MonitoringCase.form.entity:
        case = session.get(MonitoringCase, record_id)
        record_id = None if case is None else case.household_id
    elif entity != Household.form.entity:
        return None
    return None if record_id is None else session.get(Household, record_id)


def _private(member: Member) -> Private:
    numbers = tuple(
        (member.form[name].label, number) for name in _PRIVATE_NUMBERS if (number := getattr(member, name))
    )
    words = (member.disease_name,) if member.disease_name else ()
    return Private(member.name, numbers, tuple(member.health or ()), words)


def _asset(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """The number on the plate is unique (domain.md 2.8)."""
    table = Asset.__table__
    if _twin(session, table, record_id, table.c.asset_no == values["asset_no"]):  # type: ignore[arg-type]
        yield Problem("asset_no", f"资产编号 {values['asset_no']} 已被另一资产使用")
    start, end = values.get("contract_start"), values.get("contract_end")
    if start and end and end < start:
        yield Problem("contract_end", "合同结束早于合同开始")


def _asset_income(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """R-PV: every line within the net income; of photovoltaic income enough for labour."""
    gross, cost, net = values["gross"], values.get("cost") or 0, values["net"]
    if gross - cost != net:
        yield Problem("net", "净收益与总收入减成本不一致", Severity.WARNING)
    lines = [
        Line(str(row.get("kind") or ""), row.get("amount") or 0) for row in values.get("distribution") or ()
    ]
    day = values.get("received_on") or work.today()
    if lines and _is_photovoltaic(session, values["asset_id"]):
        yield from problems_of(judge_distribution(net, lines, day, work.parameters), "distribution")


def _is_photovoltaic(session: Session, asset_id: str) -> bool:
    asset = session.get_one(Asset, asset_id)
    project = CLASS_OF_ENTITY["project"]
    source = session.get(project, asset.project_id) if asset.project_id else None
    return PHOTOVOLTAIC in asset.name or (source is not None and source.kind == PHOTOVOLTAIC)


def _attendance(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """One attendance for a cadre and day, not ahead of time."""
    table = Attendance.__table__
    same = (table.c.cadre_id == values["cadre_id"], table.c.day == values["day"])
    if _twin(session, table, record_id, *same):  # type: ignore[arg-type]
        yield Problem("day", "这名干部这一天已有考勤，请修改原记录")
    if values["day"] > work.today():
        yield Problem("day", "考勤日期晚于今天")


def _consent(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """A consent is signed by members of the household, on a day that has come."""
    yield from _signature(session, work, record_id, values)
    signed, withdrawn = values["signed_on"], values.get("withdrawn_on")
    if signed > work.today():
        yield Problem("signed_on", "签字日期晚于今天")
    if withdrawn is not None and withdrawn < signed:
        yield Problem("withdrawn_on", "撤回日期早于签字日期")
    people = [session.get(Member, person) for person in values.get("member_ids") or ()]
    if any(p is not None and p.household_id != values["household_id"] for p in people):
        yield Problem("member_ids", "授权人：有人不是这一户的")


def _signature(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """R-TIME-4: nothing is signed by a clock that must be wrong."""
    if record_id is None and (told := clock_trouble(work)):
        yield Problem("", f"{told}，不能签字，请校准后再办理")


def _employment(
    session: Session, work: Workspace, record_id: str | None, values: Mapping[str, Any]
) -> Iterator[Problem]:
    """A student or somebody without labour who works is looked at again (domain.md 2.9)."""
    person = session.get_one(Member, values["member_id"])
    if values.get("working") is not True:
        return
    students = work.parameters.find("STUDENTS_NOT_WORKING", _month_start(values["start_ym"])).value
    if person.student_status in students:
        yield Problem("working", f"{person.name}登记为在校生，不能登记为已务工")
    if person.labour in ("4", "5"):
        yield Problem("working", f"{person.name}登记为无（丧失）劳动力而已务工，请核对", Severity.WARNING)


def _month_start(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


_GUARDS: Mapping[str, Guard] = {
    "loan": measure_guards.loan,
    "public_post": measure_guards.public_post,
    "income_account": _account,
    "income_line": _income_line,
    "notice": _notice,
    "asset": _asset,
    "asset_income": _asset_income,
    "attendance": _attendance,
    "consent": _consent,
    "signature": _signature,
    "employment": _employment,
}
