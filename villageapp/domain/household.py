"""A household: fields of domain.md 2.1 and what can be judged on them alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.telephone import NO_PHONE, phone_rule
from villageapp.errors import Problem, Severity

NOT_MONITORED = "0"
POOR_BEFORE = "1"
"""Code of 脱贫户 in CL_HH_TYPE."""
ORDINARY = "2"

_HOUSEHOLD_TYPE_OF_CATEGORY = {"1": POOR_BEFORE, "2": ORDINARY}


_LOST_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+|[0-9]+\.[0-9]+")
"""What a spreadsheet makes of a long number: scientific notation, a fractional part."""


def _number_is_text(values: Mapping[str, Any]) -> Iterable[Problem]:
    """16 digits are usual, another number is kept; one that a spreadsheet has spoilt is refused (domain.md 2.1)."""
    number = values.get("national_hh_no")
    if number and _LOST_NUMBER.fullmatch(number):
        yield Problem("national_hh_no", f"户编号“{number}”被存成了数值，末几位已丢失，请按文字重新填写")
    elif number and not (number.isascii() and number.isdigit() and len(number) == 16):
        yield Problem("national_hh_no", f"户编号“{number}”不是 16 位数字", Severity.WARNING)


def _category_fits_type(values: Mapping[str, Any]) -> Iterable[Problem]:
    """R-MON-5 / CL_MON_CAT guard: 脱贫不稳定户 only for 脱贫户, 边缘易致贫户 only for 一般农户."""
    wanted = _HOUSEHOLD_TYPE_OF_CATEGORY.get(values.get("monitoring_category") or "")
    kind = values.get("household_type")
    if wanted and kind and kind != wanted:
        yield Problem(
            "monitoring_category",
            "监测对象类别与户类型不符：脱贫不稳定户须为脱贫户，边缘易致贫户须为一般农户",
        )


def _house_safe(values: Mapping[str, Any]) -> Iterable[Problem]:
    if values.get("house_level") in ("C", "D") and values.get("house_route") == "自有安全房":
        yield Problem("house_route", "房屋等级为 C/D 级，保障方式不能是“自有安全房”")


HOUSEHOLD = Form(
    "household",
    "农户",
    (
        Field(
            "national_hh_no",
            "户编号",
            max_length=32,
            help="16 位，按文字保存",
            import_headers=("户编号", "户号", "贫困户编号", "家庭编号", "AAC001"),
        ),
        Field("region_code", "区划代码", required=True, max_length=12),
        Field(
            "county",
            "县(市、区)",
            required=True,
            max_length=40,
            import_headers=("县(市、区、旗)", "县(市、区)", "县", "县(区)", "县区", "区县"),
        ),
        Field(
            "town",
            "乡(镇)",
            required=True,
            max_length=40,
            import_headers=("乡(镇)", "乡镇", "镇", "乡", "乡(镇、街道)", "乡镇(街道)"),
        ),
        Field(
            "village",
            "行政村",
            required=True,
            max_length=40,
            import_headers=("行政村", "村", "村(社区)", "行政村(社区)"),
        ),
        Field(
            "natural_village", "自然村", max_length=40, import_headers=("自然村", "自然村(组)", "自然村(屯)")
        ),
        Field("group_name", "村民小组", max_length=40, import_headers=("村民小组", "小组", "村组")),
        Field("address", "家庭住址", max_length=100, import_headers=("家庭住址", "住址", "家庭地址")),
        Field("head_member_id", "户主", Kind.REF),
        Field(
            "phone",
            "户联系电话",
            max_length=30,
            absent=NO_PHONE,
            sensitive=True,
            import_headers=("联系电话", "户联系电话", "户主联系电话"),
        ),
        Field(
            "household_type",
            "户类型",
            Kind.CODE,
            required=True,
            choices="CL_HH_TYPE",
            import_headers=("户类型", "脱贫属性"),
        ),
        Field("policy_entitled", "是否享受政策", Kind.YES_NO),
        Field(
            "monitoring_category",
            "监测对象类别",
            Kind.CODE,
            required=True,
            choices="CL_MON_CAT",
            import_headers=("监测对象类别", "监测对象类型", "易返贫致贫户(监测对象)类型", "检测对象类别"),
        ),
        Field(
            "risk_eliminated",
            "风险是否已消除",
            Kind.YES_NO,
            import_headers=("风险是否已消除", "风险是否消除", "是否消除风险"),
        ),
        Field(
            "identified_ym",
            "识别监测时间",
            Kind.MONTH,
            import_headers=("识别监测时间", "风险识别时间", "纳入时间", "监测识别时间"),
        ),
        Field("eliminated_ym", "消除监测时间", Kind.MONTH, import_headers=("消除监测时间", "风险消除时间")),
        Field(
            "risks",
            "致贫返贫风险",
            Kind.CODES,
            choices="CL_RISK",
            import_headers=("致贫/返贫风险", "致贫返贫风险", "返贫致贫风险"),
        ),
        Field(
            "first_identified_ym", "首次识别时间", Kind.MONTH, import_headers=("首次识别时间", "建档立卡时间")
        ),
        Field(
            "out_of_poverty_year",
            "脱贫年度",
            Kind.INTEGER,
            minimum=2014,
            maximum=2020,
            import_headers=("脱贫年度", "脱贫年份"),
        ),
        Field(
            "poverty_causes",
            "致贫原因",
            Kind.CODES,
            choices="CL_POV_CAUSE",
            import_headers=("主要致贫原因", "致贫原因", "其他致贫原因"),
        ),
        Field(
            "development_measures",
            "实施开发式帮扶措施情况",
            Kind.CODE,
            choices="CL_DEV_STATUS",
            import_headers=("实施开发式帮扶措施情况", "开发式帮扶措施情况"),
        ),
        Field(
            "old_attribute",
            "贫困户属性",
            Kind.CODE,
            choices="CL_OLD_ATTR",
            help="脱贫前的属性，只作历史，不参与判断",
            import_headers=("贫困户属性", "原贫困户属性"),
        ),
        Field(
            "registered_population",
            "当前家庭人口数",
            Kind.INTEGER,
            minimum=0,
            maximum=30,
            unit="人",
            import_headers=("人数", "家庭人口", "家庭人口数", "当前家庭人口数", "户人口数"),
        ),
        Field(
            "income_year_population",
            "年度家庭人口数",
            Kind.INTEGER,
            minimum=1,
            maximum=30,
            unit="人",
            import_headers=("年度家庭人口数", "年底家庭人口数", "年末家庭人口数"),
        ),
        Field(
            "per_capita",
            "人均纯收入",
            Kind.MONEY,
            unit="元",
            help="国家系统导出的数，尚未由收支账核算",
            import_headers=("人均纯收入", "家庭人均纯收入", "人均收入"),
        ),
        Field("is_martyr_family", "是否军烈属", Kind.YES_NO, import_headers=("是否军烈属",)),
        Field("double_daughter", "双女户", Kind.YES_NO),
        Field("one_child", "独生子女户", Kind.YES_NO),
        Field(
            "no_labour_flag",
            "整户无劳动能力（系统标识）",
            Kind.YES_NO,
            import_headers=("整户无劳动能力兜底保障户", "整户无劳动能力(兜底保障户)"),
        ),
        Field("dibao_category", "低保类别", Kind.CODE, choices="CL_DIBAO"),
        Field("dibao_persons", "低保人数", Kind.INTEGER, minimum=0, maximum=30, unit="人"),
        Field("dibao_month_amount", "低保月保障金", Kind.MONEY, minimum=0, maximum=10_000_000, unit="元"),
        Field("bank_name", "开户银行", max_length=60, sensitive=True),
        Field("bank_account", "银行账号", max_length=40, sensitive=True),
        Field("house_structure", "房屋结构", Kind.CODE, choices="CL_HOUSE_STRUCT"),
        Field(
            "house_area_m2",
            "住房面积",
            Kind.DECIMAL,
            minimum=1,
            maximum=999,
            unit="平方米",
            import_headers=("住房面积",),
        ),
        Field("house_level", "房屋安全等级", Kind.CODE, choices="CL_HOUSE_LVL"),
        Field("house_route", "住房保障方式", Kind.CODE, choices="CL_HOUSE_ROUTE"),
        Field("house_built_year", "房屋建成年", Kind.INTEGER, minimum=1900, maximum=2100),
        Field("is_dangerous_house", "是否危房户", Kind.YES_NO, import_headers=("危房户", "是否危房户")),
        Field("renovation_year", "危改年度", Kind.INTEGER, minimum=2009, maximum=2100),
        Field("water_source", "饮水来源", Kind.CODE, choices="CL_WATER"),
        Field("water_quantity_ok", "水量达标", Kind.YES_NO),
        Field("water_quality_ok", "水质达标", Kind.YES_NO),
        Field("water_convenience_ok", "用水方便达标", Kind.YES_NO),
        Field("water_reliability_ok", "供水保证率达标", Kind.YES_NO),
        Field(
            "water_safe",
            "是否解决安全饮用水",
            Kind.YES_NO,
            import_headers=("饮水安全", "是否解决安全饮用水", "饮水是否安全"),
        ),
        Field(
            "water_difficulty",
            "饮水困难",
            Kind.YES_NO,
            help="国家系统导出的旧指标，是否安全看“是否解决安全饮用水”",
            import_headers=("饮水困难", "是否饮水困难"),
        ),
        Field("electricity_living", "通生活用电", Kind.YES_NO, import_headers=("是否通生活用电",)),
        Field("electricity_production", "通生产用电", Kind.YES_NO, import_headers=("是否通生产用电",)),
        Field("tv", "通广播电视", Kind.YES_NO, import_headers=("是否通广播电视",)),
        Field("toilet_present", "卫生厕所", Kind.YES_NO, import_headers=("是否有卫生厕所",)),
        Field("toilet_type", "厕所类型", Kind.CODE, choices="CL_TOILET"),
        Field("toilet_usable", "厕所能否使用", Kind.YES_NO),
        Field("toilet_problem", "厕所问题", max_length=200),
        Field("road_type", "入户路类型", Kind.CODE, choices="CL_ROAD", import_headers=("入户路类型",)),
        Field(
            "distance_km",
            "与村主干路距离",
            Kind.DECIMAL,
            minimum=0,
            maximum=50,
            unit="公里",
            import_headers=("与村主干路距离",),
        ),
        Field("fuel", "主要燃料类型", Kind.CODE, choices="CL_FUEL", import_headers=("主要燃料类型",)),
        Field(
            "land_farm",
            "耕地面积",
            Kind.DECIMAL,
            minimum=0,
            maximum=9999,
            unit="亩",
            import_headers=("耕地面积",),
        ),
        Field(
            "land_forest",
            "林地面积",
            Kind.DECIMAL,
            minimum=0,
            maximum=9999,
            unit="亩",
            import_headers=("林地面积",),
        ),
        Field(
            "land_grass",
            "牧草地面积",
            Kind.DECIMAL,
            minimum=0,
            maximum=9999,
            unit="亩",
            import_headers=("牧草地面积",),
        ),
        Field(
            "land_water",
            "水面面积",
            Kind.DECIMAL,
            minimum=0,
            maximum=9999,
            unit="亩",
            import_headers=("水面面积",),
        ),
        Field(
            "land_orchard",
            "林果面积",
            Kind.DECIMAL,
            minimum=0,
            maximum=9999,
            unit="亩",
            import_headers=("林果面积",),
        ),
        Field(
            "land_returned",
            "退耕还林面积",
            Kind.DECIMAL,
            minimum=0,
            maximum=9999,
            unit="亩",
            import_headers=("退耕还林面积",),
        ),
        Field("in_cooperative", "加入合作社", Kind.YES_NO, import_headers=("是否加入农民专业合作组织",)),
        Field(
            "leader_driven", "创业致富带头人带动", Kind.YES_NO, import_headers=("是否有创业致富带头人带动",)
        ),
        Field("enterprise_driven", "龙头企业带动", Kind.YES_NO, import_headers=("是否有龙头企业带动",)),
        Field("industry_kind", "到户产业帮扶类型", max_length=60, import_headers=("到户产业帮扶类型",)),
        Field(
            "relocated",
            "易地搬迁户",
            Kind.YES_NO,
            import_headers=("是否易地搬迁户", "易地搬迁户", "是否易地扶贫搬迁户"),
        ),
        Field("reloc_mode", "搬迁方式", Kind.CODE, choices="CL_RELOC_MODE"),
        Field("reloc_settle", "安置方式", Kind.CODE, choices="CL_RELOC_SETTLE"),
        Field("reloc_place", "安置地", Kind.CODE, choices="CL_RELOC_PLACE"),
        Field("settlement_name", "安置区", max_length=60),
        Field("move_in_date", "入住时间", Kind.DATE),
        Field("old_house_removed", "拆旧", Kind.YES_NO),
        Field("star_household", "星级文明户", Kind.YES_NO),
        Field("civil_points", "积分", Kind.INTEGER, minimum=-100_000, maximum=100_000, unit="分"),
        Field("duty_person_id", "结对帮扶责任人", Kind.REF),
        Field("next_visit_on", "下次走访", Kind.DATE),
        Field("status", "户状态", Kind.CODE, required=True, choices="CL_HH_STATUS"),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_number_is_text, _category_fits_type, _house_safe, phone_rule("phone", warns=True)),
)


def no_labour_whole(labours: Iterable[str | None]) -> bool | None:
    """Whether every active member is 丧失/无劳动力 (domain.md 2.1); None when a labour value is unknown.

    A household without members is not one without labour.
    """
    known = list(labours)
    if any(code in ("1", "2", "3") for code in known):
        return False
    if not known or any(code is None for code in known):
        return None
    return True


def is_monitored(monitoring_category: str | None, risk_eliminated: bool | None) -> bool:
    """Whether the household is a monitored object whose risk still stands."""
    return monitoring_category not in (None, NOT_MONITORED) and risk_eliminated is not True
