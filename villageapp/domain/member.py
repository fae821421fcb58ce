"""A member of a household: fields of domain.md 2.2 and the rules between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain import id_card
from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.telephone import NO_PHONE, phone_rule
from villageapp.errors import Problem, Severity

HEAD = "户主"
AWAY = frozenset({"乡外县内务工", "县外省内务工", "省外务工", "境外务工"})
"""Codes of CL_WORKING that mean 外出务工: outside of the township."""
MALE, FEMALE = "1", "2"

_MALE_RELATIONS = frozenset(
    "之子 之曾孙子 之父 之公公 之女婿 之叔伯 之孙子 之外孙子 之岳父 之侄儿 之祖父 之外祖父".split()
)
_FEMALE_RELATIONS = frozenset(
    "之女 之曾孙女 之儿媳 之母 之婆婆 之孙女 之外孙女 之兄弟媳妇 之岳母 之侄女 之祖母 之外祖母".split()
)


def _id_agrees(values: Mapping[str, Any]) -> Iterable[Problem]:
    """R-ID: sex and birth date are those of the ID number."""
    number = values.get("id_no")
    if not number or values.get("id_type", "01") != "01":
        return
    found = id_card.read(number)
    if found.problem:
        yield Problem("id_no", f"证件号码：{found.problem}")
        return
    if values.get("sex") and values["sex"] != found.sex:
        yield Problem("sex", "性别与证件号码第 17 位不符")
    if values.get("birth_date") and values["birth_date"] != found.birth_date:
        yield Problem("birth_date", "出生日期与证件号码不符")


def _relation_fits_sex(values: Mapping[str, Any]) -> Iterable[Problem]:
    """Rule 2_01_004: some relations belong to one sex."""
    sex, relation = values.get("sex"), values.get("relation")
    if (sex == FEMALE and relation in _MALE_RELATIONS) or (sex == MALE and relation in _FEMALE_RELATIONS):
        yield Problem("relation", f"与户主关系“{relation}”与性别不符", Severity.WARNING)


def _healthy_alone(values: Mapping[str, Any]) -> Iterable[Problem]:
    health = values.get("health") or ()
    if "1" in health and len(health) > 1:
        yield Problem("health", "“健康”不能与其他健康状况同时选择")


def _dibao_or_tekun(values: Mapping[str, Any]) -> Iterable[Problem]:
    if values.get("is_dibao") and values.get("is_tekun"):
        yield Problem("is_tekun", "不能同时享受低保和特困供养")


MEMBER = Form(
    "member",
    "家庭成员",
    (
        Field("household_id", "所在户", Kind.REF, required=True),
        Field(
            "national_member_no",
            "人口编号",
            max_length=32,
            import_headers=("人编号", "人口编号", "人员编号", "AAB001"),
        ),
        Field(
            "name",
            "姓名",
            required=True,
            max_length=20,
            import_headers=("姓名", "成员姓名", "家庭成员姓名", "AAB002"),
        ),
        Field(
            "id_type",
            "证件类型",
            Kind.CODE,
            required=True,
            choices="CL_ID_TYPE",
            import_headers=("证件类型",),
        ),
        Field(
            "id_no",
            "证件号码",
            max_length=18,
            sensitive=True,
            import_headers=("证件号码", "身份证号", "身份证号码", "公民身份号码", "证件号", "AAB004"),
        ),
        Field(
            "disability_card_no",
            "残疾人证号",
            max_length=22,
            sensitive=True,
            import_headers=("残疾人证号", "残疾证号", "残疾证号码"),
        ),
        Field("disability_category", "残疾类别", Kind.CODE, choices="CL_DISAB_CAT", sensitive=True),
        Field("disability_level", "残疾等级", Kind.CODE, choices="CL_DISAB_LVL", sensitive=True),
        Field("sex", "性别", Kind.CODE, choices="CL_SEX", import_headers=("性别",)),
        Field("birth_date", "出生日期", Kind.DATE, import_headers=("出生日期",)),
        Field(
            "relation",
            "与户主关系",
            Kind.CODE,
            choices="CL_RELATION",
            import_headers=("与户主关系", "户主关系", "家庭关系", "AAB006"),
        ),
        Field("nation", "民族", Kind.CODE, choices="CL_NATION", import_headers=("民族",)),
        Field("political", "政治面貌", Kind.CODE, choices="CL_POLITICAL", import_headers=("政治面貌",)),
        Field("education", "文化程度", Kind.CODE, choices="CL_EDU", import_headers=("文化程度",)),
        Field(
            "student_status",
            "在校生状况",
            Kind.CODE,
            choices="CL_STUDENT",
            import_headers=("在校生状况", "在校生情况", "在校情况"),
        ),
        Field("grade", "年级", max_length=20),
        Field("school", "学校", max_length=60, import_headers=("学校", "学校名称", "就读学校")),
        Field("school_region", "就学地", max_length=60),
        Field(
            "dropout_reason",
            "义务教育阶段未上学原因",
            Kind.CODE,
            choices="CL_DROPOUT",
            import_headers=("义务教育阶段未上学原因",),
        ),
        Field("speaks_mandarin", "是否会讲普通话", Kind.YES_NO, import_headers=("是否会讲普通话",)),
        Field(
            "health",
            "健康状况",
            Kind.CODES,
            choices="CL_HEALTH",
            sensitive=True,
            import_headers=("健康状况",),
        ),
        Field("disease_name", "病种", max_length=100, sensitive=True),
        Field("has_chronic_card", "慢病证", Kind.YES_NO, sensitive=True),
        Field("family_doctor", "家庭医生签约", Kind.YES_NO),
        Field(
            "labour",
            "劳动技能",
            Kind.CODE,
            choices="CL_LABOUR",
            import_headers=("劳动技能", "劳动能力", "劳动力状况"),
        ),
        Field(
            "working", "务工状况", Kind.CODE, choices="CL_WORKING", import_headers=("务工状况", "务工情况")
        ),
        Field(
            "work_months",
            "务工时间",
            Kind.INTEGER,
            minimum=0,
            maximum=12,
            unit="月",
            import_headers=("务工时间", "务工月数", "务工时间(月)"),
        ),
        Field("work_place", "务工所在地", max_length=60, import_headers=("务工所在地",)),
        Field("employer", "务工企业名称", max_length=60, import_headers=("务工企业名称",)),
        Field(
            "work_planned",
            "是否计划务工",
            Kind.YES_NO,
            help="还没有外出的人的打算；已外出的登记在务工台账",
            import_headers=("是否计划务工",),
        ),
        Field("work_demand", "务工需求", max_length=100, import_headers=("务工需求",)),
        Field(
            "med_insurance_resident",
            "城乡居民基本医保",
            Kind.YES_NO,
            import_headers=("是否参加城乡居民基本医疗保险",),
        ),
        Field(
            "med_insurance_employee",
            "城镇职工基本医保",
            Kind.YES_NO,
            import_headers=("是否参加城镇职工基本医疗保险",),
        ),
        Field(
            "critical_illness_ins",
            "大病保险",
            Kind.YES_NO,
            import_headers=("参加大病医疗", "是否参加大病保险", "是否参加大病医疗", "参加大病保险"),
        ),
        Field(
            "commercial_med", "商业补充医疗保险", Kind.YES_NO, import_headers=("是否参加商业补充医疗保险",)
        ),
        Field("med_aid", "医疗救助", Kind.YES_NO, import_headers=("是否接受医疗救助",)),
        Field("other_health_aid", "其他健康帮扶", Kind.YES_NO, import_headers=("是否接受其他健康扶贫",)),
        Field(
            "pension_resident",
            "城乡居民养老保险",
            Kind.YES_NO,
            import_headers=("是否参加城乡居民基本养老保险",),
        ),
        Field(
            "pension_employee",
            "城镇职工养老保险",
            Kind.YES_NO,
            import_headers=("是否参加城镇职工基本养老保险",),
        ),
        Field("pension_supplement", "补充养老保险", Kind.YES_NO),
        Field(
            "accident_insurance_subsidy",
            "人身意外保险补贴",
            Kind.YES_NO,
            import_headers=("是否享受人身意外保险补贴",),
        ),
        Field(
            "is_dibao",
            "享受低保",
            Kind.YES_NO,
            import_headers=("是否享受农村居民最低生活保障", "享受低保政策情况"),
        ),
        Field(
            "is_tekun",
            "享受特困供养",
            Kind.YES_NO,
            import_headers=("是否特困供养人员", "享受特困供养政策情况"),
        ),
        Field(
            "is_relocated",
            "易地搬迁人口",
            Kind.YES_NO,
            import_headers=("是否易地搬迁人口", "是否易地扶贫搬迁人口"),
        ),
        Field("is_orphan", "孤儿", Kind.YES_NO),
        Field(
            "is_unattended_child", "事实无人抚养儿童", Kind.YES_NO, import_headers=("是否事实无人抚养儿童",)
        ),
        Field(
            "graduate_unemployed_reason",
            "毕业生未就业原因",
            max_length=100,
            import_headers=("大专或本科毕业生未就业原因",),
        ),
        Field(
            "phone",
            "联系电话",
            max_length=30,
            absent=NO_PHONE,
            sensitive=True,
            import_headers=("人联系电话", "家庭成员联系电话", "本人联系电话"),
        ),
        Field("identified_ym", "人员识别时间", Kind.MONTH, import_headers=("人员识别时间",)),
        Field("joined_on", "新增时间", Kind.DATE),
        Field("join_reason", "新增原因", Kind.CODE, choices="CL_JOIN_REASON"),
        Field("left_on", "减少时间", Kind.DATE),
        Field("left_reason", "减少原因", Kind.CODE, choices="CL_LEFT_REASON"),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_id_agrees, _relation_fits_sex, _healthy_alone, _dibao_or_tekun, phone_rule("phone")),
)
