"""Seasonal surveys and checklists of a household: resettlement rights, toilet, facilities, courtyard (domain.md 1, 2.1)."""

from __future__ import annotations

from villageapp.domain.fields import Field, Form, Kind


def _survey(entity: str, title: str, *fields: Field) -> Form:
    return Form(
        entity,
        title,
        (
            Field("household_id", "所在户", Kind.REF, required=True),
            Field("surveyed_on", "排查日期", Kind.DATE, required=True),
            Field("surveyor_id", "排查人", Kind.REF),
            *fields,
            Field("note", "备注", Kind.NOTE, max_length=2000),
        ),
    )


RELOCATION_CHECK = _survey(
    "relocation_check",
    "搬迁权益清单",
    Field("land_contract", "土地承包", Kind.YES_NO),
    Field("collective_income", "集体收益", Kind.YES_NO),
    Field("farmland_to_forest", "退耕还林", Kind.YES_NO),
    Field("ecological_compensation", "生态补偿", Kind.YES_NO),
    Field("pv_income", "光伏收益", Kind.YES_NO),
    Field("election", "选举被选举", Kind.YES_NO),
    Field("participation", "知情参与", Kind.YES_NO),
    Field("registration_moved", "户籍转移", Kind.YES_NO),
    Field("dibao_pension", "低保养老", Kind.YES_NO),
    Field("medical_school", "就医就学", Kind.YES_NO),
)

TOILET_SURVEY = _survey(
    "toilet_survey",
    "户厕排查",
    Field("toilet_present", "有卫生厕所", Kind.YES_NO),
    Field("toilet_type", "厕所类型", Kind.CODE, choices="CL_TOILET"),
    Field("built_year", "改厕年度", Kind.INTEGER, minimum=2000, maximum=2100),
    Field("usable", "能正常使用", Kind.YES_NO),
    Field("in_use", "正在使用", Kind.YES_NO),
    Field("problem_text", "存在问题", max_length=200),
)

FACILITIES_SURVEY = _survey(
    "facilities_survey",
    "乡村建设信息采集",
    Field("tap_water", "自来水入户", Kind.YES_NO),
    Field("hard_road", "硬化路到户", Kind.YES_NO),
    Field("clean_energy", "使用清洁能源", Kind.YES_NO),
    Field("internet", "通宽带", Kind.YES_NO),
    Field("express_point", "村内有快递点", Kind.YES_NO),
    Field("waste_collected", "垃圾集中收运", Kind.YES_NO),
    Field("sewage_treated", "污水得到治理", Kind.YES_NO),
    Field("house_checked", "房屋安全已排查", Kind.YES_NO),
)

COURTYARD = _survey(
    "courtyard",
    "庭院经济",
    Field("content", "经营内容", required=True, max_length=60),
    Field("scale", "规模", max_length=40),
    Field("year_income", "年收入", Kind.MONEY, minimum=0, maximum=10_000_000_00, unit="元"),
    Field("reward", "奖补金额", Kind.MONEY, minimum=0, maximum=10_000_000_00, unit="元"),
    Field("rewarded_on", "奖补日期", Kind.DATE),
)
