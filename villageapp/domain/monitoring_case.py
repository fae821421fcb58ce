"""The file of a monitored household (监测对象案卷): fields of domain.md 2.6. Its states are in ``monitoring``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.income_account import MOST_FEN
from villageapp.domain.monitoring_exit import EXIT_FIELDS
from villageapp.domain.telephone import NO_PHONE, phone_rule
from villageapp.errors import Problem

RISKS = ("risk_1", "risk_2", "risk_3", "risk_4", "risk_5")
BY_DISASTER, OTHER_RISK = "04", "99"
"""因自然灾害 and 其他 in CL_RISK."""
IDENT_TOTALS = ("ident_wage", "ident_production", "ident_property", "ident_transfer")
IDENT_ANSWERS = ("ident_edu_problem", "ident_house_problem", "ident_water_problem", "ident_med_uninsured")
IDENT_MONEY: Mapping[str, str] = {
    "ident_wage": "工资性收入",
    "ident_production": "生产经营性收入",
    "ident_property": "财产性收入",
    "ident_transfer": "转移性收入",
    "ident_production_cost": "生产经营性支出",
    "ident_net": "家庭纯收入",
    "ident_per_capita": "人均纯收入",
    "ident_claim_income": "理赔收入",
    "ident_compliant_oop": "合规自付支出",
    "ident_ref_income": "参考收入",
    "ident_ref_per_capita": "人均参考收入",
}
_MAY_BE_NEGATIVE = ("net", "per_capita", "ref_income", "ref_per_capita")
_EXIT_ANSWERS = ("exit_edu_dropout", "exit_house_damaged", "exit_med_uninsured", "exit_water_damaged")


def _disaster_is_named(values: Mapping[str, Any]) -> Iterable[Problem]:
    """Risk 04 needs its sub-kind (2_11_005), 99 a text."""
    named = {values.get(name) for name in RISKS}
    sub = values.get("natural_disaster_sub")
    if BY_DISASTER in named and "natural_disaster_sub" in values and not sub:
        yield Problem("natural_disaster_sub", "风险为因自然灾害，须选择灾害子项")
    if sub and BY_DISASTER not in named and "risk_1" in values:
        yield Problem("natural_disaster_sub", "没有选择因自然灾害，不应填写灾害子项")
    if OTHER_RISK in named and "risk_note" in values and not values["risk_note"]:
        yield Problem("risk_note", "风险为其他，须写明内容")


def _risks_are_different(values: Mapping[str, Any]) -> Iterable[Problem]:
    named = [values[name] for name in RISKS if values.get(name)]
    if len(named) != len(set(named)):
        yield Problem("risk_2", "同一风险不能重复填写")


def _votes_fit(values: Mapping[str, Any]) -> Iterable[Problem]:
    agree, total = values.get("votes_for"), values.get("votes_total")
    if agree is not None and total is not None and agree > total:
        yield Problem("votes_for", f"同意 {agree} 票多于总票数 {total}")


def risks_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of CL_RISK of a case, first one first."""
    return tuple(values[name] for name in RISKS if values.get(name))


def _fen(name: str, label: str, prefix: str) -> Field:
    least = -MOST_FEN if name.removeprefix(prefix) in _MAY_BE_NEGATIVE else 0
    return Field(name, label, Kind.MONEY, minimum=least, maximum=MOST_FEN, unit="元")


def _risk_fields() -> Iterable[Field]:
    for place, name in enumerate(RISKS, start=1):
        yield Field(name, f"致贫返贫风险{place}", Kind.CODE, choices="CL_RISK")
    yield Field("natural_disaster_sub", "自然灾害子项", Kind.CODE, choices="CL_DISASTER")
    yield Field("risk_note", "风险说明", Kind.NOTE, max_length=500)


def _snapshot_fields() -> Iterable[Field]:
    yield Field("ident_population", "识别时年度家庭人口数", Kind.INTEGER, minimum=1, maximum=30, unit="人")
    for name, label in IDENT_MONEY.items():
        yield _fen(name, f"识别时{label}", "ident_")
    labels = ("义务教育有问题", "住房有问题", "饮水有问题", "有人未参保")
    for name, label in zip(IDENT_ANSWERS, labels, strict=True):
        yield Field(name, f"识别时{label}", Kind.YES_NO)


def _exit_fields() -> Iterable[Field]:
    yield Field("exit_population", "风险消除后年度家庭人口数", Kind.INTEGER, minimum=1, maximum=30, unit="人")
    for name, label in EXIT_FIELDS.items():
        if name in _EXIT_ANSWERS:
            yield Field(name, f"风险消除后{label}", Kind.YES_NO)
        else:
            yield _fen(name, f"风险消除后{label}", "exit_")


MONITORING_CASE = Form(
    "monitoring_case",
    "监测对象案卷",
    (
        Field("household_id", "所在户", Kind.REF, required=True),
        Field("clue_id", "线索", Kind.REF),
        Field("reopened_from", "原案卷", Kind.REF),
        Field("state", "状态", Kind.CODE, required=True, choices="CL_CASE_STATE"),
        Field("reported_on", "申报（发现）日期", Kind.DATE, required=True),
        Field("verify_on", "入户核实日期", Kind.DATE),
        Field("verifiers", "核实人", Kind.REFS),
        Field("verify_result", "核实结果", Kind.CODE, choices="CL_CLUE_RESULT"),
        Field("decision_reason", "不纳入（退回）原因", Kind.NOTE, max_length=500),
        Field("decision_told_on", "告知农户日期", Kind.DATE),
        Field("category", "监测对象类别", Kind.CODE, choices="CL_MON_CAT"),
        Field("category_proposed", "测算建议类别", Kind.CODE, choices="CL_MON_CAT"),
        *_risk_fields(),
        Field("relocated_settlement", "居住在集中安置区", Kind.YES_NO),
        Field("consent_id", "授权承诺书", Kind.REF),
        *_snapshot_fields(),
        Field("village_review_on", "民主评议日期", Kind.DATE),
        Field("attendees", "评议参加人数", Kind.INTEGER, minimum=1, maximum=1000, unit="人"),
        Field("votes_for", "同意票数", Kind.INTEGER, minimum=0, maximum=1000, unit="票"),
        Field("votes_total", "总票数", Kind.INTEGER, minimum=1, maximum=1000, unit="票"),
        Field("minutes_id", "评议记录", Kind.REF),
        Field("notice_start", "公示开始日期", Kind.DATE),
        Field("notice_end", "公示结束日期", Kind.DATE),
        Field("notice_place", "公示地点", max_length=60),
        Field("notice_photos", "公示照片", Kind.REFS),
        Field("objections", "公示异议", Kind.NOTE, max_length=1000),
        Field("objection_upheld", "异议成立", Kind.YES_NO),
        Field("town_review_on", "乡镇初审日期", Kind.DATE),
        Field("town_opinion", "乡镇初审意见", Kind.NOTE, max_length=500),
        Field("town_doc_no", "乡镇文号", max_length=60),
        Field("town_photo_id", "乡镇文件照片", Kind.REF),
        Field("county_approved_on", "县级审定日期", Kind.DATE),
        Field("county_doc_no", "县级文号", max_length=60),
        Field("county_photo_id", "县级文件照片", Kind.REF),
        Field("identified_on", "识别监测日期", Kind.DATE),
        Field("identified_ym", "识别监测时间", Kind.MONTH),
        Field("city_county_duty", "市县主体责任人", max_length=20),
        Field("leader_duty", "包联领导责任人", max_length=20),
        Field("department_duty", "部门监管责任人", max_length=20),
        Field("pairing_duty", "结对帮联责任人", max_length=20),
        Field("rescue_duty", "属地救助责任人", max_length=20),
        Field("contact_name", "监测联系人", max_length=20),
        Field("contact_phone", "监测联系人电话", max_length=40, absent=NO_PHONE, sensitive=True),
        Field("plan_on", "帮扶计划日期", Kind.DATE),
        Field("plan", "一户一策帮扶计划", Kind.NOTE, max_length=5000),
        Field("plan_income_target", "计划增收目标", Kind.MONEY, minimum=0, maximum=MOST_FEN, unit="元"),
        Field("stable_since", "风险稳定起始日", Kind.DATE),
        Field("exit_mode", "风险消除方式", Kind.CODE, choices="CL_EXIT_MODE"),
        Field("natural_reason", "自然消除原因", max_length=200),
        Field("natural_proof", "自然消除佐证", Kind.REF),
        *_exit_fields(),
        Field("exit_verify_on", "消除核实日期", Kind.DATE),
        Field("exit_review_on", "消除评议日期", Kind.DATE),
        Field("exit_notice_start", "消除公示开始日期", Kind.DATE),
        Field("exit_notice_end", "消除公示结束日期", Kind.DATE),
        Field("exit_town_on", "消除乡镇审核日期", Kind.DATE),
        Field("exit_town_doc_no", "消除乡镇文号", max_length=60),
        Field("exit_town_photo_id", "消除乡镇文件照片", Kind.REF),
        Field("exit_county_on", "消除县级审定日期", Kind.DATE),
        Field("exit_county_doc_no", "消除县级文号", max_length=60),
        Field("exit_county_photo_id", "消除县级文件照片", Kind.REF),
        Field("exit_announce_on", "消除公告日期", Kind.DATE),
        Field("exit_failed_reason", "消除未通过原因", Kind.NOTE, max_length=500),
        Field("eliminated_ym", "消除监测时间", Kind.MONTH),
        Field("closed_note", "结案说明", Kind.NOTE, max_length=1000),
    ),
    rules=(_disaster_is_named, _risks_are_different, _votes_fit, phone_rule("contact_phone")),
)
