"""A cadre or helper of the village: domain.md 2.10."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain import id_card
from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.telephone import NO_PHONE, phone_rule
from villageapp.errors import Problem


def _id_agrees(values: Mapping[str, Any]) -> Iterable[Problem]:
    """R-ID: a valid number, and the birth date that it says."""
    number = values.get("id_no")
    if not number:
        return
    found = id_card.read(number)
    if found.problem:
        yield Problem("id_no", f"身份证号：{found.problem}")
    elif values.get("birth_date") and values["birth_date"] != found.birth_date:
        yield Problem("birth_date", "出生日期与身份证号不符")


CADRE = Form(
    "cadre",
    "帮扶干部",
    (
        Field("name", "姓名", required=True, max_length=20),
        Field("role", "帮扶角色", Kind.CODE, required=True, choices="CL_CADRE_ROLE"),
        Field("unit", "派出单位", max_length=60),
        Field("duty", "职务", max_length=40),
        Field("phone", "联系电话", max_length=30, absent=NO_PHONE),
        Field("sex", "性别", Kind.CODE, choices="CL_SEX"),
        Field("political", "政治面貌", Kind.CODE, choices="CL_POLITICAL"),
        Field("id_no", "身份证号", max_length=30, sensitive=True),
        Field("birth_date", "出生日期", Kind.DATE),
        Field("party_relation_transferred", "党组织关系转接", Kind.YES_NO),
        Field("term_start", "任期开始", Kind.DATE),
        Field("term_end", "任期结束", Kind.DATE),
        Field("replaced_by", "接替人", Kind.REF),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_id_agrees, phone_rule("phone")),
)
