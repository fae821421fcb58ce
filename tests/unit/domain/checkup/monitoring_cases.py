"""Cases of rules about monitored households and exits; the numbers are those of scenarios S5 and S6."""

from __future__ import annotations

from datetime import date

from tests.unit.domain.checkup.case import Case, identified, member, records
from tests.unit.domain.checkup.homes import (
    ELIMINATED,
    FILED,
    GIRL,
    HEAD,
    MONITORED,
    ORDINARY,
    SON,
    WIFE,
    measure,
    spell,
    with_,
)

MEASURELESS = records(MONITORED, measures=[])
NO_LABOUR = with_(ORDINARY, members={key: {"labour": "5"} for key in (HEAD, WIFE, SON)})
MONITORING = (
    Case("R-MON-5", with_(MONITORED, monitoring_category="2"), MONITORED, "边缘易致贫户"),
    Case("R-MON-5", with_(FILED, case={"category": "2"}), FILED, "脱贫户不能定为边缘易致贫户"),
    Case("D-CASE", with_(FILED, monitoring_category="3"), FILED, "突发严重困难户"),
    Case("D-CASE", with_(FILED, risk_eliminated=True), FILED, "尚未消除"),
    Case(
        "D-CASE",
        records(FILED, cases=[*FILED.cases, {**FILED.cases[0], "id": "second", "state": "CLUE"}]),
        records(FILED, cases=[*FILED.cases, {**FILED.cases[0], "id": "second", "state": "REJECTED"}]),
        "2 份",
    ),
    Case("D-MONITORED", with_(MONITORED, risks=()), MONITORED, "致贫返贫风险"),
    Case("D-NOT-MONITORED", with_(ORDINARY, identified_ym="2023-03"), ORDINARY, "2023-03"),
    Case("R-MON-6", with_(FILED, case={"ident_wage": None}), FILED, "识别时工资性收入"),
    Case(
        "2_11_005",
        with_(FILED, case={"risk_2": "04", "natural_disaster_sub": None}),
        with_(FILED, case={"risk_2": "04", "natural_disaster_sub": "0401"}),
        "灾害子项",
    ),
    Case("1_11_011", with_(FILED, case={"contact_phone": None}), FILED, "联系人电话未填"),
    Case(
        "1_11_011",
        with_(MONITORED, phone=None),
        with_(MONITORED, phone=None, members={SON: {"phone": "13800000002"}}),
        "联系电话",
    ),
    Case(
        "3_11_004",
        with_(MONITORED, risks=("02",)),
        with_(MONITORED, risks=("02",), records={"measures": [measure("M0901", member_id=GIRL)]}),
        "因学",
    ),
    Case(
        "5_18_006",
        with_(MONITORED, risks=("10",)),
        with_(MONITORED, risks=("10",), records={"measures": [measure("M0601")]}),
        "因安全饮水",
    ),
    Case(
        "R-MON-8",
        with_(MONITORED, risks=("09",)),
        with_(MONITORED, risks=("09",), records={"measures": [measure("M0501")]}),
        "住房安全保障、搬迁",
    ),
    Case(
        "4_11_009",
        with_(MONITORED, risks=("08",)),
        with_(NO_LABOUR, risks=("08",), monitoring_category="1", risk_eliminated=False),
        "4 人中 3 人有劳动力",
    ),
    Case(
        "5_15_013",
        with_(NO_LABOUR, risks=("07",), monitoring_category="1", risk_eliminated=False),
        with_(MONITORED, risks=("07",)),
        "全家没有劳动力",
    ),
    Case(
        "5_15_014",
        with_(MONITORED, risks=("07",)),
        with_(MONITORED, risks=("07",), records={"employment": [spell(end_ym="2023-08")]}),
        "没有任何务工登记",
    ),
    Case("1_11_010", MEASURELESS, MONITORED, "2023-04-30"),
    Case(
        "1_11_010",
        records(FILED, measures=[]),
        records(FILED, measures=[measure("M0703", member_id=HEAD, start_on=date(2023, 3, 20))]),
        "2023-04-20",
    ),
    Case("1_11_010", MEASURELESS, identified(MEASURELESS, "2023-10"), "超期"),
    Case("R-MON-7", with_(FILED, case={"plan_on": None}), FILED, "2023-03-30"),
    Case(
        "R-MON-1",
        with_(FILED, case={"county_approved_on": date(2023, 3, 24)}),
        with_(FILED, case={"county_approved_on": date(2023, 3, 21)}),
        "超期 3 天",
    ),
    Case("R-MON-2", with_(FILED, case={"verify_on": date(2023, 3, 5)}), FILED, "2023-03-05"),
    Case("R-MON-2", with_(FILED, case={"votes_for": 8}), FILED, "8/17"),
    Case(
        "R-MON-3",
        with_(FILED, case={"notice_end": date(2023, 3, 14)}),
        FILED,
        "只有 4 天",
    ),
    Case("R-MON-3", with_(FILED, case={"town_review_on": date(2023, 3, 15)}), FILED, "2023-03-16"),
    Case("R-MON-4", records(FILED, consents=[]), FILED, "授权承诺"),
    Case(
        "R-MON-14",
        with_(
            ELIMINATED,
            case={"exit_county_on": date(2023, 9, 20)},
            records={"last_visit_on": date(2023, 10, 1)},
        ),
        with_(ELIMINATED, case={"exit_county_on": date(2023, 9, 20)}),
        "2023-10-31",
    ),
    Case(
        "1111_4",
        records(MONITORED, measures=[measure("M1201")]),
        identified(records(MONITORED, measures=[measure("M1201")]), "2020-12"),
        "2023-03",
    ),
    Case(
        "1111_13",
        with_(
            MONITORED,
            household_type="2",
            monitoring_category="3",
            identified_ym="2023-05",
            records={"measures": [measure("M0701", member_id=SON)]},
        ),
        with_(
            MONITORED,
            household_type="2",
            monitoring_category="3",
            identified_ym="2023-04",
            records={"measures": [measure("M0701", member_id=SON)]},
        ),
        "2023-05",
    ),
)
EXITS = (
    Case("1_11_004", with_(ELIMINATED, case={"exit_claim_income": None}), ELIMINATED, "理赔收入"),
    Case("R-MON-13", with_(ELIMINATED, case={"exit_net": 3_248_501}), ELIMINATED, "32,485.01"),
    Case(
        "D-ELIMINATED",
        with_(MONITORED, risk_eliminated=True),
        with_(MONITORED, risk_eliminated=True, eliminated_ym="2023-10"),
        "未登记",
    ),
    Case("1_11_005", with_(ELIMINATED, case={"exit_edu_dropout": True}), ELIMINATED, "失学"),
    Case("1_11_005", member(ELIMINATED, GIRL, student_status="00"), ELIMINATED, "风险已消除"),
    Case(
        "2_11_002",
        with_(MONITORED, risk_eliminated=True, eliminated_ym="2023-08"),
        with_(MONITORED, risk_eliminated=True, eliminated_ym="2023-09"),
        "2023-09",
    ),
    Case(
        "2_11_002",
        with_(ELIMINATED, case={"exit_verify_on": date(2023, 9, 19)}),
        with_(ELIMINATED, case={"exit_verify_on": date(2023, 9, 19), "exit_mode": "自然消除"}),
        "2023-09-20",
    ),
    Case(
        "2_11_002",
        with_(MONITORED, identified_ym="2022-01", risk_eliminated=True, eliminated_ym="2022-04"),
        with_(MONITORED, identified_ym="2021-11", risk_eliminated=True, eliminated_ym="2022-03"),
        "2022-07",
    ),
    Case(
        "R-MON-9",
        with_(MONITORED, risk_eliminated=True, eliminated_ym="2023-04"),
        with_(MONITORED, risk_eliminated=True, eliminated_ym="2023-05"),
        "次月",
    ),
    Case(
        "4_11_010",
        with_(ELIMINATED, case={"exit_net": 2_799_996}),
        with_(ELIMINATED, case={"exit_net": 2_800_000}),
        "6,999.99",
    ),
    Case(
        "R-MON-12",
        with_(ELIMINATED, members={key: {"labour": "5"} for key in (HEAD, WIFE, SON)}),
        with_(
            ELIMINATED,
            case={"exit_mode": "自然消除"},
            members={key: {"labour": "5"} for key in (HEAD, WIFE, SON)},
        ),
        "整户无劳动能力",
    ),
    Case(
        "D-EXIT-STEPS",
        with_(ELIMINATED, case={"exit_review_on": date(2023, 11, 9)}),
        ELIMINATED,
        "2023-11-09",
    ),
)
