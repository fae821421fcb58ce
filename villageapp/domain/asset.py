"""Village projects, the assets they left, and the income that assets bring (domain.md 2.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.pv_income import judge_total
from villageapp.domain.telephone import NO_PHONE, phone_rule
from villageapp.errors import Problem

COMMERCIAL = "2"
_MOST = 10_000_000_000_00


def _net_within_original(values: Mapping[str, Any]) -> Iterable[Problem]:
    original, net = values.get("original_value"), values.get("net_value")
    if original is not None and net is not None and net > original:
        yield Problem("net_value", "净值不能大于原值")


def _commercial_has_operator(values: Mapping[str, Any]) -> Iterable[Problem]:
    if values.get("asset_class") == COMMERCIAL and "operator" in values and not values["operator"]:
        yield Problem("operator", "经营性资产须填写经营权人")


def _paid_within_income(values: Mapping[str, Any]) -> Iterable[Problem]:
    """R-PV: what is distributed never exceeds the net income."""
    net, lines = values.get("net"), values.get("distribution") or ()
    if net is not None:
        amounts = [line["amount"] for line in lines if isinstance(line.get("amount"), int)]
        yield from (Problem("distribution", reason.message) for reason in judge_total(net, amounts))


PROJECT = Form(
    "project",
    "项目",
    (
        Field("name", "项目名称", required=True, max_length=100),
        Field("project_lib_no", "项目库编号", max_length=40),
        Field("kind", "项目类别", Kind.CODE, required=True, choices="CL_PROJECT_KIND"),
        Field("eight_works", "八大工程", Kind.CODE, choices="CL_EIGHT_WORKS"),
        Field("funds", "资金明细", Kind.ROWS, help="每行：level、doc_no、amount（分）、paid（分）"),
        Field("planned_on", "计划日期", Kind.DATE),
        Field("started_on", "开工日期", Kind.DATE),
        Field("finished_on", "完工日期", Kind.DATE),
        Field("accepted_on", "验收日期", Kind.DATE),
        Field("implementer", "实施单位", max_length=60),
        Field("legal_person_system", "项目法人制", Kind.YES_NO),
        Field("bidding_system", "招标投标制", Kind.YES_NO),
        Field("supervision_system", "建设监理制", Kind.YES_NO),
        Field("contract_system", "合同管理制", Kind.YES_NO),
        Field("beneficiary_households", "受益户数", Kind.INTEGER, minimum=0, maximum=100_000, unit="户"),
        Field("beneficiary_persons", "受益人数", Kind.INTEGER, minimum=0, maximum=1_000_000, unit="人"),
        Field("link_mechanism", "联农带农机制", max_length=200),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
)

ASSET = Form(
    "asset",
    "资产",
    (
        Field("asset_no", "资产编号", required=True, max_length=40),
        Field("name", "资产名称", required=True, max_length=100),
        Field("asset_class", "资产类别", Kind.CODE, required=True, choices="CL_ASSET_CLASS"),
        Field("asset_form", "资产形态", Kind.CODE, required=True, choices="CL_ASSET_FORM"),
        Field("project_id", "来源项目", Kind.REF),
        Field("fund_level", "资金来源", Kind.CODE, required=True, choices="CL_FUND_LEVEL"),
        Field("built_year", "形成年度", Kind.INTEGER, required=True, minimum=2012, maximum=2100),
        Field("place", "位置", required=True, max_length=100),
        Field("spec", "规格", max_length=100),
        Field("qty", "数量", Kind.DECIMAL, minimum=0, maximum=1_000_000),
        Field("qty_unit", "单位", max_length=10),
        Field("original_value", "原值", Kind.MONEY, required=True, minimum=0, maximum=_MOST, unit="元"),
        Field("net_value", "净值", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
        Field("owner_level", "所有权人类别", Kind.CODE, required=True, choices="CL_ASSET_OWNER"),
        Field("owner", "所有权人", max_length=60),
        Field("title_doc", "确权文件", max_length=60),
        Field("titled_on", "确权日期", Kind.DATE),
        Field("operator", "经营权人", max_length=60),
        Field("contract_start", "合同开始", Kind.DATE),
        Field("contract_end", "合同结束", Kind.DATE),
        Field("rent_year", "年租金", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
        Field("custodian", "管护人", required=True, max_length=20),
        Field("custody_phone", "管护电话", max_length=30, absent=NO_PHONE),
        Field("supervisor", "监督人", max_length=20),
        Field("status", "资产状态", Kind.CODE, required=True, choices="CL_ASSET_STATUS"),
        Field("last_check_on", "回头看检查日期", Kind.DATE),
        Field("disposal_reason", "处置原因", max_length=200),
        Field("disposal_approver", "处置审批人", max_length=20),
        Field("disposal_value", "处置金额", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
        Field("disposed_on", "处置日期", Kind.DATE),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_net_within_original, _commercial_has_operator, phone_rule("custody_phone")),
)

ASSET_INCOME = Form(
    "asset_income",
    "资产收益",
    (
        Field("asset_id", "资产", Kind.REF, required=True),
        Field("period", "期间", required=True, max_length=20),
        Field("gross", "总收入", Kind.MONEY, required=True, minimum=0, maximum=_MOST, unit="元"),
        Field("cost", "成本", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
        Field("net", "净收益", Kind.MONEY, required=True, minimum=0, maximum=_MOST, unit="元"),
        Field("received_on", "到账日期", Kind.DATE),
        Field(
            "distribution", "分配明细", Kind.ROWS, help="每行：kind、household_id、member_id、amount（分）"
        ),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_paid_within_income,),
)
