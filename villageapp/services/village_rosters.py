"""Registers that are filled in from house to house: things received, the three guarantees, toilets (domain.md 4.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain.codes import code_list
from villageapp.domain.fields import show
from villageapp.domain.surveys import TOILET_SURVEY
from villageapp.reports.paper_form import Block, Column, PaperForm, Prose, Signatures
from villageapp.services import household_lists, records
from villageapp.services.coupon_lines import handed_out
from villageapp.services.household_lists import HouseholdRow
from villageapp.services.paper_files import Papers, of_forms
from villageapp.services.registers import numbered, register

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

RECEIPT_TITLE = "爱心消费券、物资签收表"
GUARANTEE_TITLE = "“三保障”和饮水安全排查花名册"
TOILET_TITLE = "户厕排查表"
_HOME = (
    Column("序号", 0.6, "center"),
    Column("村民小组", 1.6),
    Column("户主", 1.4),
)
_YES_NO = "□是 □否"
_RECEIPT = (
    *_HOME,
    Column("人口", 0.7, "center"),
    Column("名称", 2.1),
    Column("数量（面额）", 1.6),
    Column("签字（手印）", 2.0),
    Column("代领人和关系", 1.6),
    Column("日期", 1.3),
)
_NOTHING_YET = ("",) * 5
_GUARANTEE = (
    *_HOME,
    Column("户类型", 1.4),
    Column("人口", 0.6, "center"),
    Column("义务教育\n有保障", 1.3, "center"),
    Column("基本医疗\n全部参保", 1.3, "center"),
    Column("住房安全\n有保障", 1.3, "center"),
    Column("饮水安全\n达标", 1.3, "center"),
    Column("问题（写明人和事）", 2.6),
    Column("农户签字", 1.2),
    Column("排查人、日期", 1.4),
)
_TOILET = (
    *_HOME,
    Column("有卫生\n厕所", 1.2, "center"),
    Column("厕所类型", 1.5),
    Column("改厕\n年度", 0.8, "center"),
    Column("能正常\n使用", 1.2, "center"),
    Column("正在使用", 1.2, "center"),
    Column("存在问题", 2.2),
    Column("排查日期", 1.2),
    Column("农户签字", 1.3),
)


def receipt_papers(work: Workspace, ids: Sequence[str], month: date, *, blank: bool = False) -> Papers:
    """Who signs for a coupon or for things; what it is is written once above, or in the row.

    Coupons recorded in the month are filled in, a line for each round; other households have an empty line.
    """
    coupons = {} if blank else handed_out(work, month)
    rows = [
        (row.group_name, row.head_name, str(row.members), *line)
        for row in _households(work, ids, blank=blank)
        for line in coupons.get(row.id, [_NOTHING_YET])
    ]
    lead = (Prose("发放内容＿＿＿＿＿＿＿＿＿＿　发放轮次＿＿＿＿　发放单位＿＿＿＿＿＿＿＿＿＿", 11, 0),)
    foot = _foot("发放人签字", "村委会负责人签字", "监督人签字", "日期")
    form = register(
        work, "receipt", RECEIPT_TITLE, _RECEIPT, numbered(rows), lead=lead, after=foot, height=26
    )
    return _one(RECEIPT_TITLE, form)


def guarantee_papers(work: Workspace, ids: Sequence[str], *, blank: bool = False) -> Papers:
    """The questions of a sweep, a line for each household; answers are ticked by hand and recorded as visits."""
    kinds = code_list("CL_HH_TYPE").labels
    rows = [
        (
            row.group_name,
            row.head_name,
            kinds.get(row.household_type, ""),
            str(row.members),
            *[_YES_NO] * 4,
            "",
            "",
            "",
        )
        for row in _households(work, ids, blank=blank)
    ]
    note = Prose("选“否”的当天登记为走访，系统自动列入问题台账。", 9.5, 0)
    foot: tuple[Block, ...] = (note, *_foot("排查人签字", "工作队长签字", "日期"))
    form = register(
        work, "guarantees", GUARANTEE_TITLE, _GUARANTEE, numbered(rows), after=foot, height=26, size=9.5
    )
    return _one(GUARANTEE_TITLE, form)


def toilet_papers(work: Workspace, ids: Sequence[str], *, blank: bool = False) -> Papers:
    """What the latest survey of each household says; boxes to tick where there is none."""
    latest: dict[str, Mapping[str, Any]] = {}
    for survey in sorted(records.list_records(work, "toilet_survey"), key=lambda row: row["surveyed_on"]):
        latest[survey["household_id"]] = survey
    rows = [
        (row.group_name, row.head_name, *_surveyed(latest.get(row.id)))
        for row in _households(work, ids, blank=blank)
    ]
    foot = _foot("排查人签字", "工作队长签字", "日期")
    form = register(work, "toilets", TOILET_TITLE, _TOILET, numbered(rows), after=foot, height=26, size=9.5)
    return _one(TOILET_TITLE, form)


def _surveyed(survey: Mapping[str, Any] | None) -> tuple[str, ...]:
    if survey is None:
        return (_YES_NO, "", "", _YES_NO, _YES_NO, "", "", "")
    names = ("toilet_present", "toilet_type", "built_year", "usable", "in_use", "problem_text", "surveyed_on")
    return (*(show(TOILET_SURVEY[name], survey[name]) for name in names), "")


def _households(work: Workspace, ids: Sequence[str], *, blank: bool) -> list[HouseholdRow]:
    size = household_lists.PAGE
    parts = range(0, 0 if blank else len(ids), size)
    return [row for start in parts for row in household_lists.rows(work, ids[start : start + size])]


def _foot(*labels: str) -> tuple[Signatures, ...]:
    return (Signatures(labels, across=len(labels), label_width=84),)


def _one(title: str, form: PaperForm) -> Papers:
    return of_forms(title, [form], 1)
