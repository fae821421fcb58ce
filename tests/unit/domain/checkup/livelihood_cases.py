"""Cases of rules about homes, work, loans (S8), posts (S10), measures and income accounts (S1)."""

from __future__ import annotations

from datetime import date

from tests.unit.domain.checkup.case import Case, member, records
from tests.unit.domain.checkup.homes import (
    ACCOUNTED,
    FILED,
    GIRL,
    HEAD,
    MONITORED,
    ORDINARY,
    S1_LINES,
    SON,
    WIFE,
    account,
    line,
    loan,
    measure,
    post,
    spell,
    with_,
)
from villageapp.domain.checkup import HouseholdFacts

NO_LABOUR = with_(ORDINARY, members={key: {"labour": "5"} for key in (HEAD, WIFE, SON)})
HOMES = (
    Case(
        "R-HOUSE",
        with_(ORDINARY, house_level="D", is_dangerous_house=True),
        with_(ORDINARY, house_level="D", is_dangerous_house=True, house_route="公租房"),
        "D 级",
    ),
    Case("D-HOUSE", with_(ORDINARY, is_dangerous_house=True, house_route="公租房"), ORDINARY, "B 级"),
    Case(
        "D-HOUSE-UNKNOWN",
        with_(ORDINARY, house_level=None, is_dangerous_house=None),
        with_(ORDINARY, house_level=None),
        "未登记",
    ),
    Case("R-WATER", with_(ORDINARY, water_safe=False, water_quality_ok=False), ORDINARY, "水质不达标"),
    Case(
        "D-WATER",
        with_(ORDINARY, water_quality_ok=False),
        with_(ORDINARY, water_safe=False, water_quality_ok=False),
        "水质达标：否",
    ),
    Case("D-WATER-UNKNOWN", with_(ORDINARY, water_safe=None), ORDINARY, "四项都未核实"),
    Case(
        "R-RELOC",
        with_(ORDINARY, relocated=True),
        with_(ORDINARY, relocated=True, records={"employment": [spell()]}),
        "3 名劳动力",
    ),
    Case(
        "D-RELOC",
        member(ORDINARY, WIFE, is_relocated=True),
        with_(ORDINARY, relocated=True, members={WIFE: {"is_relocated": True}}),
        "李样例",
    ),
)
LIVELIHOOD = (
    Case("5_15_009", records(ORDINARY, employment=[spell(employer=None)]), ACCOUNTED, "务工企业名称"),
    Case(
        "1111_16",
        records(ORDINARY, employment=[spell(working=False)]),
        records(ORDINARY, employment=[spell(working=False, end_ym="2023-10")]),
        "结束时间",
    ),
    Case(
        "1111_16", records(ORDINARY, employment=[spell(working=False, end_ym="2023-12")]), ACCOUNTED, "将来"
    ),
    Case(
        "4_01_006",
        records(ORDINARY, employment=[spell(member_id=GIRL)]),
        records(ORDINARY, employment=[spell(member_id=GIRL, end_ym="2023-09")]),
        "八年级",
    ),
    Case(
        "D-UNABLE",
        with_(ORDINARY, members={SON: {"labour": "4"}}, records={"employment": [spell()]}),
        ACCOUNTED,
        "丧失劳动力",
    ),
    Case(
        "D-OVERLAP",
        records(ORDINARY, employment=[spell(), spell(id="second", start_ym="2023-05")]),
        records(ORDINARY, employment=[spell(end_ym="2023-04"), spell(id="second", start_ym="2023-05")]),
        "2023-05",
    ),
    Case(
        "D-OVERLAP",
        records(ORDINARY, employment=[spell(), spell(id="second", channel="务农", start_ym="2023-05")]),
        records(
            ORDINARY,
            employment=[spell(channel="公益岗位"), spell(id="second", channel="务农", start_ym="2023-05")],
        ),
        "重叠",
    ),
    Case(
        "D-SPELL",
        records(ORDINARY, employment=[spell(member_id="left")]),
        records(ORDINARY, employment=[spell(member_id="left", end_ym="2023-06")]),
        "仍在进行",
    ),
    Case(
        "1111_10",
        records(
            ORDINARY, measures=[measure("M0202", member_id=SON)], employment=[spell(transport_subsidy=0)]
        ),
        records(
            ORDINARY, measures=[measure("M0202", member_id=SON)], employment=[spell(transport_subsidy=20000)]
        ),
        "2023 年",
    ),
    Case(
        "R-POST",
        records(ORDINARY, posts=[post("a"), post("b", member_id=WIFE)]),
        records(ORDINARY, posts=[post("a"), post("b", member_id=WIFE, override_reason="重度残疾照料")]),
        "一户一公岗",
    ),
    Case(
        "R-POST",
        records(ORDINARY, measures=[measure("M0401", member_id=SON), measure("M0406", member_id=WIFE)]),
        records(ORDINARY, measures=[measure("M0401", member_id=SON)]),
        "一户一公岗",
    ),
    Case(
        "R-LOAN",
        records(
            ORDINARY, loans=[loan(), loan(id="second", start_on=date(2023, 2, 1), outstanding=2_500_000)]
        ),
        records(
            ORDINARY,
            loans=[
                loan(),
                loan(
                    id="second",
                    start_on=date(2023, 2, 1),
                    outstanding=2_500_000,
                    extra=True,
                    extra_reason="扩大养殖",
                ),
            ],
        ),
        "55,000.00",
    ),
    Case(
        "R-LOAN", records(ORDINARY, loans=[loan(purpose="建房")]), records(ORDINARY, loans=[loan()]), "建房"
    ),
    Case(
        "R-LOAN-DUE",
        records(ORDINARY, loans=[loan(due_on=date(2023, 11, 19))]),
        records(ORDINARY, loans=[loan(due_on=date(2023, 11, 20))]),
        "2023-11-19",
    ),
    Case(
        "R-LOAN-RATE",
        records(ORDINARY, loans=[loan(rate_bp=366)]),
        records(ORDINARY, loans=[loan()]),
        "超过上限",
    ),
    Case(
        "D-MEASURE",
        records(ORDINARY, measures=[measure("M0703")]),
        records(ORDINARY, measures=[measure("M0703", member_id=HEAD)]),
        "享受人",
    ),
    Case(
        "D-MEASURE-STATE",
        records(ORDINARY, measures=[measure("M0102", status="计划", planned_on=date(2023, 11, 19))]),
        records(ORDINARY, measures=[measure("M0102", status="计划", planned_on=date(2023, 11, 20))]),
        "2023-11-19",
    ),
    Case(
        "D-MEASURE-PERSON",
        records(ORDINARY, measures=[measure("M0703", member_id="left")]),
        records(ORDINARY, measures=[measure("M0703", member_id="left", status="终止")]),
        "已减少",
    ),
)


def accounted(*lines: object, **values: object) -> HouseholdFacts:
    """ACCOUNTED with another account."""
    return records(ACCOUNTED, accounts=[account(lines or S1_LINES, **values)])  # type: ignore[arg-type]


WITHOUT_TRANSFER = tuple(entry for entry in S1_LINES if not entry["subject_code"].startswith("D"))
INCOMES = (
    Case("5_15_023", accounted(line("A1", 9_999)), accounted(line("A1", 10_000)), "99.99"),
    Case("5_15_023", with_(FILED, case={"ident_wage": 1}), with_(FILED, case={"ident_wage": 0}), "0.01"),
    Case(
        "1111_18",
        with_(FILED, case={"ident_net": 8_000_004}),
        with_(FILED, case={"ident_net": 8_000_000}),
        "20,000.01",
    ),
    Case(
        "4_11_013",
        with_(accounted(*WITHOUT_TRANSFER), members={HEAD: {"is_dibao": True}}),
        with_(ACCOUNTED, members={HEAD: {"is_dibao": True}}),
        "转移性收入为 0",
    ),
    Case(
        "5_15_020",
        records(MONITORED, accounts=[account()], employment=[spell()]),
        records(MONITORED, accounts=[account(compliant_oop=920_000)], employment=[spell()]),
        "因病",
    ),
    Case("5_15_020", with_(FILED, case={"ident_compliant_oop": 0}), FILED, "识别时"),
    Case(
        "R-INC-7",
        accounted(last_year_per_capita=902_400),
        accounted(last_year_per_capita=902_300),
        "8,121.25 元，上年 9,024.00",
    ),
    Case("R-INC-7", records(ACCOUNTED, employment=[]), ACCOUNTED, "没有务工登记"),
    Case("D-INCOME", accounted(line("A1", 1_800_000, person_id=None)), ACCOUNTED, "家庭成员"),
    Case("D-INCOME", accounted(line("Z9", 100)), ACCOUNTED, "Z9"),
    Case(
        "R-INC-4",
        with_(ACCOUNTED, income_year_population=5),
        with_(ACCOUNTED, income_year_population=4),
        "5 人",
    ),
    Case(
        "D-INCOME-EXPORT",
        with_(ACCOUNTED, per_capita=812_124),
        with_(ACCOUNTED, per_capita=812_125),
        "核算为 8,121.25",
    ),
)
