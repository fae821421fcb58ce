"""The facts of household cards, read from the store in batches (a few statements for every 200 households)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, func, select

from villageapp.domain import codes, dates
from villageapp.domain.fields import show
from villageapp.domain.household import HOUSEHOLD, NOT_MONITORED
from villageapp.domain.measure import MEASURE
from villageapp.domain.member import HEAD, MEMBER
from villageapp.domain.problem import UNSOLVED_STATES
from villageapp.domain.visit import VISIT
from villageapp.models.records import Cadre, Household, Measure, Member, ProblemItem, Village, Visit
from villageapp.reports.card_facts import (
    CardContact,
    CardFacts,
    CardMeasure,
    CardMember,
    CardPlan,
    CardVisit,
)
from villageapp.services.card_guarantees import either, guarantees
from villageapp.services.card_incomes import CardIncomes, card_incomes
from villageapp.services.household_pages import visit_text
from villageapp.sync.clock import instant

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

BATCH = 200
_VISITS_SHOWN = 6
_PLANS_SHOWN = 2
_HAS_LABOUR = frozenset({"1", "2", "3"})
_ROLE_OF_CADRE: Mapping[str, str] = {
    "第一书记": "first_secretary",
    "工作队长(第一书记兼)": "first_secretary",
    "工作队员": "team_member",
    "村防返贫网格员(信息员)": "grid",
    "签约医生": "doctor",
}

Row = Mapping[Any, Any]


def _of_households(cls: type[Member] | type[Measure] | type[ProblemItem], *order: str) -> Any:
    table = cls.__table__
    mine = table.c.household_id.in_(bindparam("ids", expanding=True))
    sort = [table.c[name] for name in order]
    return select(table).where(mine, table.c.deleted.is_(False)).order_by(*sort)


def _newest_visits() -> Any:
    visit = Visit.__table__.c
    place = func.row_number().over(partition_by=visit.household_id, order_by=visit.started_at.desc())
    mine = visit.household_id.in_(bindparam("ids", expanding=True))
    ranked = select(Visit.__table__, place.label("place")).where(mine, visit.deleted.is_(False)).subquery()
    return select(ranked).where(ranked.c.place <= _VISITS_SHOWN).order_by(ranked.c.started_at.desc())


_household = Household.__table__.c
_HOUSEHOLDS = select(Household.__table__).where(
    _household.id.in_(bindparam("ids", expanding=True)), _household.deleted.is_(False)
)
_MEMBERS = _of_households(Member, "birth_date", "id").where(Member.__table__.c.left_on.is_(None))
_MEASURES = _of_households(Measure, "year", "start_on", "id")
_PROBLEMS = _of_households(ProblemItem, "due_solve", "id").where(
    ProblemItem.__table__.c.state.in_(UNSOLVED_STATES)
)
_VISITS = _newest_visits()
_CADRES = select(Cadre.__table__).order_by(Cadre.__table__.c.created_hlc)


@dataclass(frozen=True)
class _Setting:
    """What is the same on every card of a print."""

    today: date
    cadres: Mapping[str, Row]
    contacts: Mapping[str, CardContact]
    town_phone: str
    state: str

    def name(self, cadre_id: str | None) -> str:
        found = self.cadres.get(cadre_id or "")
        return str(found["name"] or "") if found else ""


def card_facts(work: Workspace, household_ids: Sequence[str], state: str = "") -> Iterator[CardFacts]:
    """Facts of these households in their order; those deleted meanwhile are left out.

    ``state`` says how these facts stand, e.g. 已同步.
    """
    with work.reading() as connection:
        setting = _setting(connection, work.today(), state)
    for start in range(0, len(household_ids), BATCH):
        yield from _batch(work, household_ids[start : start + BATCH], setting)


def _setting(connection: Connection, today: date, state: str) -> _Setting:
    cadres = {row["id"]: row for row in connection.execute(_CADRES).mappings()}
    contacts: dict[str, CardContact] = {}
    for cadre in cadres.values():
        role = _ROLE_OF_CADRE.get(cadre["role"] or "")
        if role and not cadre["deleted"]:
            contacts.setdefault(role, _contact(role, cadre))
    town_phone = connection.execute(select(Village.__table__.c.town_phone)).scalars().first()
    return _Setting(today, cadres, contacts, town_phone or "", state)


def _contact(role: str, cadre: Row) -> CardContact:
    return CardContact(role, cadre["name"] or "", cadre["unit"] or "", cadre["phone"] or "")


def _batch(work: Workspace, ids: Sequence[str], setting: _Setting) -> Iterator[CardFacts]:
    with work.reading() as connection:
        values = {"ids": list(ids)}
        households = {row["id"]: row for row in connection.execute(_HOUSEHOLDS, values).mappings()}
        members, measures, visits, problems = (
            _grouped(connection, statement, values) for statement in (_MEMBERS, _MEASURES, _VISITS, _PROBLEMS)
        )
        incomes = card_incomes(connection, ids, setting.today)
    for key in ids:
        if key in households:
            yield _facts(
                households[key],
                members=_head_first(members[key], households[key]["head_member_id"]),
                measures=measures[key],
                visits=visits[key],
                problems=problems[key],
                incomes=incomes.get(key, CardIncomes()),
                setting=setting,
            )


def _grouped(connection: Connection, statement: Any, values: Mapping[str, Any]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(statement, values).mappings():
        found[row["household_id"]].append(row)
    return found


def _head_first(members: list[Row], head_id: str | None) -> list[Row]:
    return sorted(members, key=lambda m: (m["id"] != head_id, m["relation"] != HEAD))


def _facts(
    home: Row,
    *,
    members: list[Row],
    measures: list[Row],
    visits: list[Row],
    problems: list[Row],
    incomes: CardIncomes,
    setting: _Setting,
) -> CardFacts:
    monitored = home["monitoring_category"] not in (None, NOT_MONITORED)
    shown = (home, *members, *measures, *visits, *problems, *incomes.rows)
    newest = max(row["updated_hlc"] for row in shown)
    names = {member["id"]: member["name"] for member in members}
    labours = [member["labour"] for member in members]
    return CardFacts(
        household_uid=home["id"],
        revision=int(instant(home["updated_hlc"]).timestamp()),
        year=setting.today.year,
        county=home["county"] or "",
        town=home["town"] or "",
        village=home["village"] or "",
        head_name=members[0]["name"] if members else "",
        group_name=home["group_name"] or "",
        card_no=home["national_hh_no"] or "",
        household_type=_label(HOUSEHOLD, home, "household_type"),
        monitoring=_label(HOUSEHOLD, home, "monitoring_category") or None,
        identified_ym=(home["identified_ym"] or "") if monitored else "",
        risks=_labels("CL_RISK", home["risks"]),
        is_dibao=_anyone(members, "is_dibao", certain=home["dibao_category"] is not None),
        dibao_text=_dibao(home),
        dibao_month_fen=home["dibao_month_amount"],
        is_tekun=_anyone(members, "is_tekun"),
        is_relocated=home["relocated"],
        settlement=home["settlement_name"] or "",
        phone=home["phone"] or "",
        address=home["address"] or "",
        population=home["registered_population"] if not members else len(members),
        labour_count=None if not any(labours) else sum(code in _HAS_LABOUR for code in labours),
        members=tuple(map(_member, members)),
        guarantees=guarantees(home, members, visits, setting.today),
        contacts=_contacts(home, setting),
        town_phone=setting.town_phone,
        measures=tuple(_measure(row, names, setting) for row in measures),
        income_last=incomes.last,
        income_this=incomes.this,
        visits=tuple(_visit(row, setting) for row in visits),
        plans=tuple(_plans(visits, problems)),
        note=_income_note(home),
        facts_as_of=dates.local_day(instant(newest)),
        facts_state=setting.state,
    )


def _label(form: Any, row: Row, name: str) -> str:
    return show(form[name], row[name]) if row[name] is not None else ""


def _labels(list_name: str, found: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(codes.code_list(list_name).label(code) for code in found or ())


def _anyone(members: list[Row], name: str, *, certain: bool = False) -> bool | None:
    """Whether any member has it; None when nobody has and somebody is unknown."""
    answers = [member[name] for member in members]
    if certain or any(answers):
        return True
    return None if not answers or None in answers else False


def _dibao(home: Row) -> str:
    persons = home["dibao_persons"]
    return _label(HOUSEHOLD, home, "dibao_category") + (f"{persons}人" if persons else "")


def _member(row: Row) -> CardMember:
    study = row["school"] or ""
    if row["student_status"] not in (None, "00"):
        study = f"{study} {_label(MEMBER, row, 'student_status')}".strip()
    place = row["employer"] or row["work_place"] or ""
    working = " ".join(part for part in (_label(MEMBER, row, "working"), place) if part)
    return CardMember(
        name=row["name"] or "",
        relation=_label(MEMBER, row, "relation"),
        sex=_label(MEMBER, row, "sex"),
        birth_date=row["birth_date"],
        id_no=row["id_no"] or "",
        health=_labels("CL_HEALTH", row["health"]),
        labour=_label(MEMBER, row, "labour"),
        study_work=study or working,
        medical=either(row["med_insurance_resident"], row["med_insurance_employee"]),
        pension=either(row["pension_resident"], row["pension_employee"]),
    )


def _contacts(home: Row, setting: _Setting) -> tuple[CardContact, ...]:
    partner = setting.cadres.get(home["duty_person_id"] or "")
    own = (_contact("partner", partner),) if partner else ()
    return (*setting.contacts.values(), *own)


def _measure(row: Row, names: Mapping[str, str], setting: _Setting) -> CardMeasure:
    start, end = row["start_on"] or row["planned_on"], row["end_on"]
    span = " 至 ".join(f"{day:%Y-%m}" for day in (start, end) if day) or f"{row['year'] or ''}"
    quantity = "" if row["qty"] is None else f"{row['qty'].normalize():f}{row['qty_unit'] or ''}"
    return CardMeasure(
        group=row["group"] or "",
        group_label=_label(MEASURE, row, "group"),
        items=(_label(MEASURE, row, "item"),) if row["item"] else (),
        content=row["title"] or "",
        person=names.get(row["member_id"] or "", ""),
        date_text=span,
        amount_fen=row["amount"],
        quantity=quantity,
        department=row["department"] or "",
        responsible=setting.name(row["responsible_id"]),
        status=_label(MEASURE, row, "status"),
    )


def _visit(row: Row, setting: _Setting) -> CardVisit:
    visitors = "、".join(name for v in row["visitors"] or () if (name := setting.name(v)))
    text = visit_text(row) or _label(VISIT, row, "result")
    return CardVisit(dates.local_day(row["started_at"]), visitors, text)


def _plans(visits: list[Row], problems: list[Row]) -> Iterator[CardPlan]:
    """Open problems first, then what the family asked for at the newest visit."""
    for item in problems[:_PLANS_SHOWN]:
        due = item["due_solve"].isoformat() if item["due_solve"] else ""
        yield CardPlan(item["title"] or "", item["plan"] or item["opinion"] or "", due)
    demand = visits[0]["demand"] if visits else None
    if demand and len(problems) < _PLANS_SHOWN:
        yield CardPlan(" ".join(demand.split()))


def _income_note(home: Row) -> str:
    """The national system's figure is shown as such: it is not our account."""
    return f"国家系统人均纯收入 {_label(HOUSEHOLD, home, 'per_capita')} 元" if home["per_capita"] else ""
