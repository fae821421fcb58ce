"""Measures entered at a desk: one with its loan, post, training …, and what becomes of many at once (domain.md 2.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain.codes import code_list
from villageapp.domain.fields import Form
from villageapp.domain.forms import FORMS
from villageapp.domain.measure import GROUPS_FOR_A_PERSON, MEASURE
from villageapp.errors import NotFound, Problem, Severity, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import CLASS_OF_ENTITY, Household, Measure, Member
from villageapp.services import guards, records
from villageapp.services.cadres import list_cadres
from villageapp.services.measure_guards import subsidised
from villageapp.services.reading import reading_session
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

PLANNED, RUNNING, DONE, PAUSED, ENDED = "计划", "实施中", "已完成", "暂停", "终止"
"""CL_MEASURE_STATUS."""
DETAIL_OF_ITEM: Mapping[str, str] = {
    "M0205": "training",
    "M0301": "loan",
    "M0302": "loan",
    "M0303": "insurance",
    "M0304": "insurance",
    "M0305": "insurance",
    "M04": "public_post",
    "M0704": "insurance",
    "M0901": "rain_dew",
    "M1010": "coupon",
    "M1011": "emergency_grant",
    "M1104": "sale",
}
"""Item (or whole group) of a measure to the entity of the record that says more about it (domain.md 2.4)."""
DETAIL = "detail."
"""Stands before a field name when a problem is about that record instead of the measure."""
_OF_MEASURE = frozenset({"measure_id", "household_id", "member_id"})
_NOT_ASKED = frozenset({"attended"})
"""Kept month by month on the screen 务工就业."""
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a form for a new measure offers of a household: its people and its risks."""

    household_id: str
    head_name: str
    members: tuple[tuple[str, str], ...]
    """(member id, name with relation) of those who have not left."""
    risks: tuple[str, ...]
    """Codes of CL_RISK."""


def detail_form(item: str) -> Form | None:
    """The form of the record that belongs to measures of this item, None when there is none."""
    entity = DETAIL_OF_ITEM.get(item) or DETAIL_OF_ITEM.get(item[:3])
    return FORMS[entity] if entity else None


def detail_fields(form: Form) -> tuple[str, ...]:
    """The fields of such a record that the measure does not fill."""
    return tuple(f.name for f in form.fields if f.name not in _OF_MEASURE | _NOT_ASKED)


def beginning(work: Workspace, household_id: str) -> Beginning:
    """What a form for a new measure of this household offers. Raises NotFound."""
    members = Member.__table__.c
    with reading_session(work) as session:
        household = get(session, Household, household_id)
        people = session.execute(
            select(members.id, members.name, members.relation)
            .where(
                members.household_id == household_id, members.deleted.is_(False), members.left_on.is_(None)
            )
            .order_by(members.id != household.head_member_id, members.birth_date)
        ).all()
        risks = tuple(household.risks or ())
        head = next((name for member, name, _ in people if member == household.head_member_id), "")
    offered = tuple((member, f"{name} {_relation(relation)}".strip()) for member, name, relation in people)
    return Beginning(household_id, head, offered, risks)


def _relation(code: str | None) -> str:
    return code_list("CL_RELATION").label(code) if code else ""


def record(
    work: Workspace, household_id: str, values: Mapping[str, Any], detail: Mapping[str, Any] | None = None
) -> Saved:
    """Record a measure, with ``detail`` also the record that belongs to its item; both or neither.

    ``ids`` is the measure, then its detail. The group follows from the item, the year from its dates or
    today. Raises ValidationFailed (fields of the detail after ``DETAIL``), NotFound.
    """
    clean, problems = _measure_values(work, household_id, values)
    form = detail_form(clean.get("item") or "") if detail is not None else None
    more, worse = _detail_values(form, household_id, clean, detail or {})
    if problems or worse:
        raise ValidationFailed([*problems, *worse])
    with work.transaction() as session:
        get(session, Household, household_id)
        refuse_missing(session, MEASURE, clean)
        measure = Measure(id=new_id())
        measure.assign(clean)
        session.add(measure)
        session.flush()
        kept: tuple[str, ...] = (measure.id,)
        warnings = list(MEASURE.warnings(clean))
        if form is not None:
            made, odd = _add_detail(work, session, form, {**more, "measure_id": measure.id})
            kept, warnings = (*kept, made), [*warnings, *odd]
        _refuse_stranger(session, household_id, clean.get("member_id"))
        changes = capture.touched(session)
    return Saved(kept, changes, tuple(warnings))


def _measure_values(
    work: Workspace, household_id: str, values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    given = {"member_id": None, **values, "household_id": household_id}
    item = ""
    try:
        known = MEASURE.check({n: given.get(n) for n in ("item", "start_on", "planned_on")}, complete=False)
        item = known["item"] or ""
        given["group"] = item[:3] or None
        if given.get("year") in (None, ""):
            given["year"] = (known["start_on"] or known["planned_on"] or work.today()).year
        return MEASURE.check(given), []
    except ValidationFailed as error:
        return {"item": item}, [p for p in error.problems if p.field != "group"]


def _detail_values(
    form: Form | None, household_id: str, measure: Mapping[str, Any], detail: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    if form is None:
        return {}, []
    given = {**detail, "household_id": household_id, "member_id": measure.get("member_id")}
    try:
        return form.check(given), []
    except ValidationFailed as error:
        return {}, [Problem(DETAIL + p.field, p.message, p.severity) for p in error.problems]


def _add_detail(
    work: Workspace, session: Any, form: Form, clean: dict[str, Any]
) -> tuple[str, list[Problem]]:
    """Add the record under the rules that hold for it alone. Raises ValidationFailed."""
    refuse_missing(session, form, clean)
    found = guards.judge(session, work, form.entity, None, clean)
    errors = [p for p in found if p.severity is Severity.ERROR]
    if errors:
        raise ValidationFailed(Problem(_place_of(form, p.field), p.message) for p in errors)
    if form.entity == "loan" and clean.get("subsidised_principal") is None:
        clean = {**clean, "subsidised_principal": subsidised(session, work, clean, None)}
    made = CLASS_OF_ENTITY[form.entity](id=new_id())
    made.assign(clean)
    session.add(made)
    return made.id, [p for p in found if p.severity is Severity.WARNING]


def _place_of(form: Form, name: str) -> str:
    """A person is chosen on the measure; everything else on the record itself."""
    return name if name in _OF_MEASURE or name not in form.by_name else DETAIL + name


def _refuse_stranger(session: Any, household_id: str, member_id: str | None) -> None:
    if member_id is not None and get(session, Member, member_id).household_id != household_id:
        raise ValidationFailed([Problem("member_id", f"{MEASURE['member_id'].label}：不是这一户的成员")])


def needs_person(item: str) -> bool:
    """Whether measures of this item go to one person (domain.md 2.4)."""
    return item[:3] in GROUPS_FOR_A_PERSON


def set_status(work: Workspace, measure_ids: Sequence[str], status: str, on: date | None = None) -> Saved:
    """Give many measures one status, all or none; ``detail`` is how many changed.

    With ``on`` a measure that starts (实施中, 已完成) or ends (已完成, 终止) without a date gets that day.
    Raises ValidationFailed naming the household, NotFound.
    """

    def altered(values: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"status": status}
        if on is not None and status in (RUNNING, DONE) and values["start_on"] is None:
            found["start_on"] = on
        if on is not None and status in (DONE, ENDED) and values["end_on"] is None:
            found["end_on"] = on
        return found

    return _change_many(work, measure_ids, altered)


def confirm(work: Workspace, measure_ids: Sequence[str], on: date) -> Saved:
    """落实: the families confirmed on that day; a planned or paused measure runs from then on.

    Raises ValidationFailed (a day to come), NotFound. ``detail`` is how many changed.
    """
    _refuse_future(work, on)

    def altered(values: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"household_signed_on": on}
        if values["status"] in (PLANNED, PAUSED):
            found["status"] = RUNNING
            found["start_on"] = values["start_on"] or on
        return found

    return _change_many(work, measure_ids, altered)


def not_delivered(work: Workspace, measure_ids: Sequence[str], on: date, reason: str) -> Saved:
    """未落实: why goes into the note; what ran or was done counts as paused, so that it answers no risk.

    Raises ValidationFailed (no reason, a day to come), NotFound. ``detail`` is how many changed.
    """
    _refuse_future(work, on)
    told = " ".join(reason.split())
    if not told:
        raise ValidationFailed([Problem("note", "未落实须写明原因")])

    def altered(values: Mapping[str, Any]) -> dict[str, Any]:
        note = "\n".join(part for part in (values["note"], f"{on} 核实未落实：{told}") if part)
        paused = values["status"] in (RUNNING, DONE)
        return {"note": note, "status": PAUSED if paused else values["status"], "household_signed_on": None}

    return _change_many(work, measure_ids, altered)


def answer_risk(
    work: Workspace, household_id: str, risk: str, measure_ids: Iterable[str], offered: Iterable[str]
) -> Saved:
    """Tick measures of a household to one of its risks: of the ``offered`` ones exactly ``measure_ids`` name it.

    A measure names one risk: ticked here it no longer answers another. Raises NotFound, ValidationFailed.
    """
    ticked = set(measure_ids)

    def altered(values: Mapping[str, Any]) -> dict[str, Any]:
        if values["household_id"] != household_id:
            raise NotFound("没有找到这一户的这项措施，没有保存。", remedy="请刷新后再试。")
        if values["id"] in ticked:
            return {"risk_code": risk}
        return {"risk_code": None} if values["risk_code"] == risk else {}

    return _change_many(work, sorted({*offered, *ticked}), altered)


def _change_many(
    work: Workspace, measure_ids: Sequence[str], altered: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> Saved:
    if len(measure_ids) > MOST_AT_ONCE:
        raise ValidationFailed([], f"一次最多处理 {MOST_AT_ONCE} 条，没有保存。")
    changed: list[str] = []
    warnings: list[Problem] = []
    with work.transaction() as session:
        for measure_id in measure_ids:
            measure = get(session, Measure, measure_id)
            before = measure.values()
            try:
                revision = revise(MEASURE, before, altered({**before, "id": measure_id}))
            except ValidationFailed as error:
                raise _named(before, error) from error
            if revision.values:
                measure.assign(revision.values)
                changed.append(measure_id)
            warnings += revision.warnings
        changes = capture.touched(session)
    return Saved(tuple(changed), changes, tuple(warnings), len(changed))


def _named(values: Mapping[str, Any], error: ValidationFailed) -> ValidationFailed:
    """The same problems, saying of which measure, so that one of many can be found."""
    what = f"{values['year']} 年“{values['title']}”"
    return ValidationFailed(Problem(p.field, f"{what}：{p.message}。一条也没有保存") for p in error.problems)


def _refuse_future(work: Workspace, on: date) -> None:
    if on > work.today():
        raise ValidationFailed([Problem("household_signed_on", "日期晚于今天")])


@dataclass(frozen=True, slots=True)
class Editing:
    """What a form over one measure needs; choices as (id, name)."""

    values: dict[str, Any]
    members: tuple[tuple[str, str], ...]
    cadres: tuple[tuple[str, str], ...]


def editing(work: Workspace, measure_id: str) -> Editing:
    """The values of a measure with whom it may name. Raises NotFound."""
    with reading_session(work) as session:
        values = get(session, Measure, measure_id).values()
    people = tuple((person["id"], person["name"]) for person in list_cadres(work))
    return Editing(values, beginning(work, values["household_id"]).members, people)


@dataclass(frozen=True, slots=True)
class Detail:
    """The record that belongs to a measure: its form and clean values; no id while there is none."""

    form: Form
    id: str
    values: dict[str, Any]


def detail_of(work: Workspace, measure_id: str) -> Detail | None:
    """The loan, post, training … of a measure; None when its item has none. Raises NotFound."""
    with reading_session(work) as session:
        values = get(session, Measure, measure_id).values()
    form = detail_form(values["item"])
    if form is None:
        return None
    rows = records.list_records(work, form.entity, {"measure_id": measure_id}, 1)
    own = {"measure_id": measure_id, "household_id": values["household_id"], "member_id": values["member_id"]}
    return Detail(form, rows[0]["id"] if rows else "", rows[0] if rows else own)


def save_detail(
    work: Workspace, detail: Detail, values: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> Saved:
    """Record or change what belongs to a measure. Raises ValidationFailed, NotFound."""
    if detail.id:
        return records.change(work, detail.form.entity, detail.id, values, seen=seen)
    return records.record(work, detail.form.entity, {**detail.values, **values})


def with_group(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the group that a new item brings with it (domain.md 2.4)."""
    item = values.get("item")
    return {**values, "group": item[:3]} if item else dict(values)
