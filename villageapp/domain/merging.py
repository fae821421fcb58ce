"""Deciding that two records mean the same person or household, or that they do not (pains of double registration)."""

from __future__ import annotations

from villageapp.domain.fields import Field, Form, Kind

SAME, DIFFERENT = "same", "different"

MERGE = Form(
    "merge",
    "重复登记的处理",
    (
        Field("entity", "记录种类", required=True, max_length=40),
        Field("kept_id", "保留的记录", Kind.REF, required=True),
        Field("merged_id", "并入的记录", Kind.REF, required=True),
        Field("decision", "结论", Kind.CODE, required=True, choices="CL_MERGE_DECISION"),
        Field("moved", "改动明细", Kind.NOTE, max_length=500_000, help="撤销合并时照此还原"),
        Field("decided_on", "处理日期", Kind.DATE, required=True),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
)
