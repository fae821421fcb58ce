"""The income account of a household for one year and its lines: fields of domain.md 2.3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from villageapp.domain import income_subjects, money
from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.income import Income, Line, add_up
from villageapp.errors import Problem, Severity

MOST_FEN = 10_000_000_000_00
"""No household amount is larger; a bound against slips of the keyboard."""
SIGNED_STATES = frozenset({"农户已签字", "已上报", "已锁定"})
WAGE_SUBJECTS = frozenset({"A1", "A2", "A3"})


def _period_in_order(values: Mapping[str, Any]) -> Iterable[Problem]:
    start, end = values.get("period_start"), values.get("period_end")
    if start and end and end <= start:
        yield Problem("period_end", "核算截止日应晚于起始日")


def _wage_names_a_person(values: Mapping[str, Any]) -> Iterable[Problem]:
    if values.get("subject_code") in WAGE_SUBJECTS and "person_id" in values and not values["person_id"]:
        yield Problem("person_id", "工资性收入须选择家庭成员")


def _amount_is_the_product(values: Mapping[str, Any]) -> Iterable[Problem]:
    """Where quantity and price are given the amount is their product, half up to the fen."""
    qty, price, amount = values.get("qty"), values.get("unit_price"), values.get("amount")
    if qty is None or price is None or amount is None:
        return
    product = money.per_head(int(qty * 100) * price, 100)
    if product != amount:
        yield Problem(
            "amount", f"金额与数量×单价（{money.yuan(product)} 元）不一致，请核对", Severity.WARNING
        )


INCOME_ACCOUNT = Form(
    "income_account",
    "家庭收支账",
    (
        Field("household_id", "所在户", Kind.REF, required=True),
        Field("income_year", "收入年度", Kind.INTEGER, required=True, minimum=2014, maximum=2100),
        Field("basis", "核算周期", Kind.CODE, required=True, choices="CL_INC_BASIS"),
        Field("period_start", "核算起始日", Kind.DATE, required=True),
        Field("period_end", "核算截止日", Kind.DATE, required=True),
        Field("population", "年度家庭人口数", Kind.INTEGER, required=True, minimum=1, maximum=30, unit="人"),
        Field("claim_income", "理赔收入", Kind.MONEY, required=True, minimum=0, maximum=MOST_FEN, unit="元"),
        Field(
            "compliant_oop", "合规自付支出", Kind.MONEY, required=True, minimum=0, maximum=MOST_FEN, unit="元"
        ),
        Field(
            "last_year_per_capita",
            "上年人均纯收入",
            Kind.MONEY,
            minimum=-MOST_FEN,
            maximum=MOST_FEN,
            unit="元",
        ),
        Field("collected_by", "采集人", Kind.REF),
        Field("collected_on", "采集日期", Kind.DATE),
        Field("signed_id", "农户签字", Kind.REF),
        Field("status", "状态", Kind.CODE, required=True, choices="CL_INC_STATUS"),
        Field("payments_recorded", "当年政策补贴已全部登记", Kind.YES_NO),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_period_in_order,),
)

INCOME_LINE = Form(
    "income_line",
    "收支明细",
    (
        Field("account_id", "所属收支账", Kind.REF, required=True),
        Field("household_id", "所在户", Kind.REF, required=True),
        Field("subject_code", "收支科目", Kind.CODE, required=True, choices=income_subjects.LIST),
        Field("person_id", "家庭成员", Kind.REF),
        Field("month", "月份", Kind.INTEGER, minimum=1, maximum=12),
        Field("qty", "数量", Kind.DECIMAL, minimum=0, maximum=1_000_000),
        Field("unit", "单位", max_length=10),
        Field("unit_price", "单价", Kind.MONEY, minimum=0, maximum=MOST_FEN, unit="元"),
        Field("amount", "金额", Kind.MONEY, required=True, minimum=0, maximum=MOST_FEN, unit="元"),
        Field("evidence", "依据", Kind.CODE, required=True, choices="CL_INC_EVIDENCE"),
        Field("counts", "计入纯收入", Kind.YES_NO, help="留空按科目表；科目表随年度调整"),
        Field("note", "备注", Kind.NOTE, max_length=500),
    ),
    rules=(_wage_names_a_person, _amount_is_the_product),
)


def income_of(
    account: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], subjects: income_subjects.SubjectTable
) -> Income:
    """The account added up; both arguments hold clean values under the names of the forms.

    Raises ValueError (Chinese) as ``add_up`` does.
    """
    end = account["period_end"]
    assert isinstance(end, date)
    return add_up(
        (Line(line["subject_code"], line["amount"], line.get("counts")) for line in lines),
        account["population"],
        subjects.on(end),
        account.get("claim_income") or 0,
        account.get("compliant_oop") or 0,
    )
