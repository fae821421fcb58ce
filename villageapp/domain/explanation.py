"""Why a finding of the data check-up is right as it is: said once by a cadre, seen by every colleague."""

from __future__ import annotations

from villageapp.domain.fields import Field, Form, Kind

EXPLANATION = Form(
    "explanation",
    "体检说明",
    (
        Field("household_id", "所在户", Kind.REF, required=True),
        Field("rule", "体检规则", required=True, max_length=40),
        Field("record_id", "所涉记录", Kind.REF, required=True),
        Field("field", "字段", max_length=60),
        Field("facts", "所说明的情况", required=True, max_length=64, help="情况变了，说明不再适用"),
        Field("reason", "说明", required=True, max_length=500),
        Field("explained_on", "说明日期", Kind.DATE, required=True),
    ),
)
