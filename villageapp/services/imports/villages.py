"""A store serves one village; an export may name several (domain.md 5.4 no. 15)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from villageapp.errors import Problem, ValidationFailed
from villageapp.services.imports.plan import ImportPlan, PlannedHousehold, Rejected, Remark

_SUFFIX = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|社区|村)$")
_SHOWN = 5


def of_this_village(plan: ImportPlan, village: Mapping[str, Any]) -> ImportPlan:
    """The plan without households of other villages, which are rejected by row.

    One foreign name for all households is taken as another spelling of this village, with a warning.
    Raises ValidationFailed when several villages are named and none is this one.
    """
    own = str(village.get("name") or "")
    named = {str(h.values["village"]) for h in plan.households if h.values.get("village")}
    foreign = {name for name in named if not _same(name, own)}
    if not foreign or not own:
        return plan
    if len(named) == 1:
        message = f"表里的行政村是“{foreign.pop()}”，本机登记的是“{own}”；按本村导入，请核对"
        return replace(plan, warnings=(Remark(plan.households[0].row, message), *plan.warnings))
    if foreign == named:
        shown = "、".join(sorted(foreign)[:_SHOWN])
        message = (
            f"文件“{plan.file}”里有 {len(foreign)} 个行政村（{shown}），没有本村“{own}”，没有导入任何内容。"
        )
        raise ValidationFailed([Problem("village", message)], message)
    return _without(
        plan, {h.national_hh_no: h for h in plan.households if h.values.get("village") in foreign}, own
    )


def _without(plan: ImportPlan, others: Mapping[str, PlannedHousehold], own: str) -> ImportPlan:
    rejected = tuple(
        Rejected(m.row, "", f"行政村“{others[m.national_hh_no].values['village']}”不是本村“{own}”")
        for m in plan.members
        if m.national_hh_no in others
    )
    return replace(
        plan,
        households=tuple(h for h in plan.households if h.national_hh_no not in others),
        members=tuple(m for m in plan.members if m.national_hh_no not in others),
        rejected=(*plan.rejected, *rejected),
    )


def _same(first: str, second: str) -> bool:
    return _SUFFIX.sub("", first) == _SUFFIX.sub("", second)
