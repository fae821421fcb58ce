"""Households without any finding, to be spoilt in one place by a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from villageapp.domain.checkup import HouseholdFacts, Setting
from villageapp.domain.parameters import Parameter, shipped

ON = date(2023, 11, 20)
HOME, HEAD, WIFE, SON, GIRL = "home", "head", "wife", "son", "girl"
CADRE = "cadre"

PARAMETERS = shipped().with_changes(
    [
        *(Parameter("MON_LINE", 700000, date(year, 1, 1), date(year, 12, 31)) for year in (2022, 2023)),
        Parameter("LPR_1Y", 365, date(2022, 1, 1)),
        Parameter("LPR_5Y", 430, date(2022, 1, 1)),
        Parameter("MED_AID_CUTOFF", "2023-04", date(2023, 1, 1), date(2023, 12, 31)),
    ]
)
SETTING = Setting(ON, PARAMETERS, cadres={CADRE: {"name": "陈建华", "term_end": None}})

_PERSON = {
    "id_type": "01",
    "nation": "汉族",
    "education": "03",
    "student_status": "00",
    "health": ("1",),
    "labour": "2",
    "working": "其他",
    "med_insurance_resident": True,
    "med_insurance_employee": False,
    "critical_illness_ins": True,
    "is_dibao": False,
    "is_tekun": False,
}


def person(key: str, name: str, id_no: str, relation: str, **values: Any) -> dict[str, Any]:
    """A member whose sex and birth date are those of the number."""
    born = date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    sex = "1" if int(id_no[16]) % 2 else "2"
    known = {"id": key, "name": name, "id_no": id_no, "relation": relation, "sex": sex, "birth_date": born}
    return {**_PERSON, **known, "household_id": HOME, **values}


MEMBERS = (
    person(HEAD, "张示范", "14990119620315001X", "户主", labour="3"),
    person(WIFE, "李样例", "149901196507080022", "配偶"),
    person(SON, "张小样", "149901198801010016", "之子", labour="1"),
    person(GIRL, "张小例", "149901201009160023", "之孙女", labour="5", student_status="04", education="02"),
)
ORDINARY = HouseholdFacts(
    {
        "id": HOME,
        "national_hh_no": "1499000000000001",
        "region_code": "149901001001",
        "county": "示范县",
        "town": "示例镇",
        "village": "示例村",
        "head_member_id": HEAD,
        "phone": "13800000001",
        "household_type": "1",
        "out_of_poverty_year": 2017,
        "monitoring_category": "0",
        "registered_population": 4,
        "house_level": "B",
        "house_route": "自有安全房",
        "is_dangerous_house": False,
        "water_safe": True,
        "relocated": False,
        "duty_person_id": CADRE,
        "status": "在册",
    },
    MEMBERS,
    last_visit_on=date(2023, 11, 1),
)
"""A 脱贫户 of four that nobody monitors."""


def measure(item: str, **values: Any) -> dict[str, Any]:
    """A running measure of this year."""
    known = {"id": item, "group": item[:3], "item": item, "year": 2023, "title": item, "status": "实施中"}
    return {**known, "member_id": None, "start_on": date(2023, 4, 1), "amount": 10000, **values}


def with_(
    facts: HouseholdFacts,
    *,
    members: Mapping[str, Mapping[str, Any]] | None = None,
    case: Mapping[str, Any] | None = None,
    records: Mapping[str, Any] | None = None,
    **household: Any,
) -> HouseholdFacts:
    """The same household with other fields; ``members`` by id, ``case`` of its first file, whole ``records``."""
    changed = tuple({**m, **(members or {}).get(m["id"], {})} for m in facts.members)
    cases = [{**facts.cases[0], **case}] if case else facts.cases
    home = {**facts.household, **household}
    return replace(facts, **{"household": home, "members": changed, "cases": cases, **(records or {})})


def without(facts: HouseholdFacts, *members: str) -> HouseholdFacts:
    """The household when these members have left; the head count follows."""
    left = tuple(m for m in facts.members if m["id"] not in members)
    return with_(facts, records={"members": left}, registered_population=len(left))


MONITORED = with_(
    ORDINARY,
    monitoring_category="1",
    risk_eliminated=False,
    identified_ym="2023-03",
    risks=("01",),
    records={"measures": [measure("M0703", member_id=HEAD)]},
)
"""The same family as the national export shows a monitored one."""

_FILE = {
    "id": "case",
    "household_id": HOME,
    "state": "HELPING",
    "reported_on": date(2023, 3, 6),
    "verify_on": date(2023, 3, 7),
    "verify_result": "属实",
    "verifiers": (CADRE, "other"),
    "village_review_on": date(2023, 3, 9),
    "votes_for": 11,
    "votes_total": 17,
    "notice_start": date(2023, 3, 10),
    "notice_end": date(2023, 3, 15),
    "town_review_on": date(2023, 3, 16),
    "county_approved_on": date(2023, 3, 20),
    "identified_on": date(2023, 3, 20),
    "identified_ym": "2023-03",
    "category": "1",
    "risk_1": "01",
    "ident_population": 4,
    "ident_wage": 1_000_000,
    "ident_production": 500_000,
    "ident_property": 0,
    "ident_transfer": 100_000,
    "ident_net": 1_600_000,
    "ident_compliant_oop": 920_000,
    "ident_edu_problem": False,
    "ident_house_problem": False,
    "ident_water_problem": False,
    "ident_med_uninsured": False,
    "contact_name": "张示范",
    "contact_phone": "13800000001",
    "plan_on": date(2023, 3, 25),
}
FILED = with_(
    MONITORED, records={"cases": [_FILE], "consents": [{"id": "consent", "signed_on": date(2023, 3, 7)}]}
)
"""The same family with a file of its own: the dates of scenario S5, in time."""

ELIMINATED = with_(
    FILED,
    risk_eliminated=True,
    eliminated_ym="2023-11",
    case={
        "state": "ELIMINATED",
        "exit_mode": "帮扶消除",
        "exit_edu_dropout": False,
        "exit_house_damaged": False,
        "exit_med_uninsured": False,
        "exit_water_damaged": False,
        "exit_wage": 2_160_000,
        "exit_property": 140_000,
        "exit_transfer": 213_500,
        "exit_production": 1_160_000,
        "exit_production_cost": 425_000,
        "exit_net": 3_248_500,
        "exit_per_capita": 812_125,
        "exit_claim_income": 0,
        "exit_compliant_oop": 0,
        "exit_population": 4,
        "exit_verify_on": date(2023, 11, 10),
        "exit_review_on": date(2023, 11, 11),
        "exit_notice_start": date(2023, 11, 11),
        "exit_notice_end": date(2023, 11, 16),
        "eliminated_ym": "2023-11",
    },
)
"""The same family after 帮扶消除, with the income of scenario S1."""


def line(subject: str, fen: int, **values: Any) -> dict[str, Any]:
    """A line of an income account."""
    known = {"id": f"line-{subject}", "household_id": HOME, "account_id": "account", "subject_code": subject}
    return {**known, "amount": fen, "person_id": SON if subject.startswith("A") else None, **values}


S1_LINES = (
    line("A1", 1_800_000),
    line("A2", 360_000),
    line("B1", 620_000),
    line("B2", 540_000),
    line("E1", 235_000),
    line("E2", 190_000),
    line("C1", 60_000),
    line("C2", 80_000),
    line("D04", 144_000),
    line("D05", 36_000),
    line("D06", 33_500),
    line("X01", 300_000),
)
"""Scenario S1: net 32,485.00, per head 8,121.25."""


def account(lines: Sequence[Mapping[str, Any]] = S1_LINES, **values: Any) -> dict[str, Any]:
    """The income account of 2023."""
    known = {
        "id": "account",
        "household_id": HOME,
        "income_year": 2023,
        "basis": "survey",
        "period_start": date(2022, 10, 1),
        "period_end": date(2023, 9, 30),
        "population": 4,
        "claim_income": 0,
        "compliant_oop": 0,
    }
    return {**known, "lines": list(lines), **values}


def spell(**values: Any) -> dict[str, Any]:
    """The son's work away from home."""
    known = {
        "id": "spell",
        "household_id": HOME,
        "member_id": SON,
        "working": True,
        "channel": "外出务工",
        "industry": "建筑业",
        "employer": "演示建筑公司",
        "start_ym": "2023-02",
        "end_ym": None,
        "transport_subsidy": None,
    }
    return {**known, **values}


ACCOUNTED = with_(ORDINARY, records={"accounts": [account()], "employment": [spell()]})
"""The same family with its account and the work that pays the wages."""


def loan(**values: Any) -> dict[str, Any]:
    """A loan of the son, as the rules want it."""
    known = {
        "id": "loan",
        "household_id": HOME,
        "member_id": SON,
        "principal": 3_000_000,
        "outstanding": 3_000_000,
        "rate_bp": 365,
        "start_on": date(2023, 1, 10),
        "due_on": date(2024, 1, 10),
        "purpose": "养羊",
        "status": "正常",
    }
    return {**known, **values}


def post(key: str, **values: Any) -> dict[str, Any]:
    """A public post that runs."""
    known = {"id": key, "household_id": HOME, "member_id": SON, "override_reason": None}
    return {**known, "agreement_start": date(2023, 1, 1), "agreement_end": date(2023, 12, 31), **values}
