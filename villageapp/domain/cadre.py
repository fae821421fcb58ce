"""A cadre or helper of the village: domain.md 2.10."""

from __future__ import annotations

from villageapp.domain.fields import Field, Form, Kind

CADRE = Form(
    "cadre",
    "帮扶干部",
    (
        Field("name", "姓名", required=True, max_length=20),
        Field("role", "帮扶角色", Kind.CODE, required=True, choices="CL_CADRE_ROLE"),
        Field("unit", "派出单位", max_length=60),
        Field("duty", "职务", max_length=40),
        Field("phone", "联系电话", max_length=30),
        Field("sex", "性别", Kind.CODE, choices="CL_SEX"),
        Field("political", "政治面貌", Kind.CODE, choices="CL_POLITICAL"),
        Field("term_start", "任期开始", Kind.DATE),
        Field("term_end", "任期结束", Kind.DATE),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
)
