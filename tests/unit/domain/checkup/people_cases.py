"""Cases of rules about persons and families."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.unit.domain.checkup.case import Case, member, records
from tests.unit.domain.checkup.homes import (
    GIRL,
    HEAD,
    ORDINARY,
    SON,
    WIFE,
    person,
    with_,
    without,
)

DISABLED = member(
    ORDINARY,
    WIFE,
    health=("4",),
    disability_card_no="14990119650708002243",
    disability_category="4",
    disability_level="3",
    labour="3",
)
OLDER = person("father", "张演示", "149901194806120021", "之父", sex="1", labour="5")
NO_LABOUR = with_(ORDINARY, members={key: {"labour": "5"} for key in (HEAD, WIFE, SON)})
PEOPLE = (
    Case("1_12_002", member(ORDINARY, HEAD, id_no="1499011962031500"), ORDINARY, "16 位"),
    Case(
        "R-ID",
        member(ORDINARY, WIFE, sex="1", relation="配偶"),
        member(ORDINARY, WIFE, id_no=None, id_type="10"),
        "现登记为 男",
    ),
    Case("R-ID", member(ORDINARY, HEAD, id_no="149901196203150011"), ORDINARY, "校验码"),
    Case(
        "R-ID", member(ORDINARY, GIRL, id_no=None), member(ORDINARY, GIRL, id_no=None, id_type="10"), "未填"
    ),
    Case("R-ID-UNIQUE", records(ORDINARY, twins={SON: ["王测试"]}), ORDINARY, "王测试"),
    Case("1_12_004", member(DISABLED, WIFE, disability_card_no="14990119650708002283"), DISABLED, "类别 8"),
    Case("1_12_004", member(DISABLED, WIFE, disability_level="2"), DISABLED, "残疾人证为 三级"),
    Case(
        "1_12_004",
        member(DISABLED, WIFE, disability_card_no="14990119531001004243"),
        DISABLED,
        "前 18 位",
    ),
    Case("D-DISABILITY", member(DISABLED, WIFE, disability_level=None), DISABLED, "残疾等级未登记"),
    Case(
        "2_01_004",
        member(ORDINARY, SON, relation="之女"),
        member(ORDINARY, SON, relation="其他"),
        "性别登记为 男",
    ),
    Case(
        "D-HEALTH", member(ORDINARY, WIFE, health=("1", "2")), member(ORDINARY, WIFE, health=("2",)), "健康"
    ),
    Case(
        "D-SUPPORT",
        member(ORDINARY, HEAD, is_dibao=True, is_tekun=True),
        member(ORDINARY, HEAD, is_tekun=True),
        "低保",
    ),
    Case("D-MEMBER", member(ORDINARY, SON, nation=None, labour=None), ORDINARY, "民族、劳动技能"),
    Case("D-PHONE", member(ORDINARY, SON, phone="138"), member(ORDINARY, SON, phone="0351-1234567"), "138"),
    Case("D-LABOUR", member(ORDINARY, GIRL, labour="2"), ORDINARY, "13 周岁"),
    Case("D-LABOUR", member(ORDINARY, HEAD, labour="2"), ORDINARY, "61 周岁"),
    Case("D-EDU-LEVEL", member(ORDINARY, GIRL, education="07"), ORDINARY, "学龄前"),
    Case(
        "D-ORPHAN", member(ORDINARY, SON, is_orphan=True), member(ORDINARY, GIRL, is_orphan=True), "35 周岁"
    ),
    Case(
        "D-DATE",
        member(ORDINARY, SON, joined_on=date(2023, 11, 21)),
        member(ORDINARY, SON, joined_on=date(2023, 11, 20)),
        "2023-11-21",
    ),
    Case("R-EDU", member(ORDINARY, GIRL, student_status="00"), ORDINARY, "原因未登记"),
    Case(
        "D-DROPOUT",
        member(ORDINARY, GIRL, dropout_reason="休学"),
        member(ORDINARY, GIRL, dropout_reason="休学", student_status="00"),
        "八年级",
    ),
    Case(
        "R-MED",
        member(ORDINARY, SON, med_insurance_resident=False),
        member(ORDINARY, SON, med_insurance_resident=False, med_insurance_employee=True),
        "未参加基本医疗保险",
    ),
    Case("D-MED", member(ORDINARY, SON, med_insurance_resident=None), ORDINARY, "未登记"),
    Case(
        "1_02_003",
        member(ORDINARY, SON, critical_illness_ins=False),
        member(ORDINARY, SON, critical_illness_ins=False, med_insurance_employee=True),
        "大病保险",
    ),
)
FAMILIES = (
    Case("D-HEAD", member(ORDINARY, WIFE, relation="户主"), ORDINARY, "2 名户主"),
    Case("D-HEAD", without(ORDINARY, HEAD), ORDINARY, "没有成员"),
    Case("D-HEAD", with_(ORDINARY, head_member_id=SON), ORDINARY, "张小样"),
    Case("D-SPOUSE", member(ORDINARY, GIRL, relation="配偶"), ORDINARY, "2 名户主配偶"),
    Case(
        "D-AGES",
        member(ORDINARY, SON, relation="之父"),
        records(ORDINARY, members=(*ORDINARY.members, OLDER)),
        "1988 年生",
    ),
    Case("D-POPULATION", with_(ORDINARY, registered_population=5), ORDINARY, "5 人，在册成员 4 人"),
    Case(
        "1111_07", with_(ORDINARY, no_labour_flag=True), with_(NO_LABOUR, no_labour_flag=True), "3 人有劳动力"
    ),
    Case(
        "D-DIBAO",
        with_(ORDINARY, dibao_persons=2, members={HEAD: {"is_dibao": True}}),
        with_(ORDINARY, dibao_persons=1, members={HEAD: {"is_dibao": True}}),
        "低保 2 人",
    ),
    Case("D-HH-NO", with_(ORDINARY, national_hh_no="149900000000001"), ORDINARY, "149900000000001"),
    Case("D-HH-NO-UNIQUE", records(ORDINARY, same_number=1), ORDINARY, "另有 1 户"),
    Case("D-HH-PHONE", with_(ORDINARY, phone="无人"), with_(ORDINARY, phone=None), "无人"),
    Case("D-HOUSEHOLD", with_(ORDINARY, relocated=True), ORDINARY, "搬迁方式"),
    Case(
        "D-HOUSEHOLD",
        with_(ORDINARY, out_of_poverty_year=None),
        with_(ORDINARY, household_type="2", out_of_poverty_year=None),
        "脱贫年度",
    ),
    Case(
        "D-RECORD",
        records(ORDINARY, incomplete=[("loan", "bank", "小额信贷缺少：贷款银行")]),
        ORDINARY,
        "贷款银行",
    ),
    Case("D-TYPE", with_(ORDINARY, household_type="2"), ORDINARY, "2017"),
    Case(
        "D-LAND",
        with_(ORDINARY, land_farm=Decimal("12.5"), land_forest=Decimal(490)),
        with_(ORDINARY, land_farm=Decimal(10), land_forest=Decimal(490)),
        "502.5 亩",
    ),
    Case(
        "D-DUTY",
        with_(ORDINARY, duty_person_id=None),
        with_(ORDINARY, duty_person_id=None, household_type="2"),
        "没有",
    ),
    Case("D-DUTY", with_(ORDINARY, duty_person_id="gone"), ORDINARY, "不在干部名册"),
    Case(
        "R-VIS-1",
        records(ORDINARY, last_visit_on=date(2023, 8, 21)),
        records(ORDINARY, last_visit_on=date(2023, 8, 22)),
        "已超 1 天",
    ),
)
