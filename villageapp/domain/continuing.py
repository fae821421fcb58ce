"""Measures that go on after the risk is gone: ``continue_after_exit`` of domain.md 2.4.

Which measures, and what ends them, is data (parameter CONTINUES_AFTER_EXIT).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from villageapp.domain.parameters import Parameters

AT_WORK = frozenset({"计划", "实施中", "暂停"})
"""States of a measure that can go on; what is done or ended does not."""
NOT_AT_SCHOOL = "00"
"""Code of CL_STUDENT."""
_BY_LOAN, _BY_AGREEMENT, _BY_SCHOOL = "loan", "agreement", "school"


@dataclass(frozen=True, slots=True)
class Ends:
    """What may end a measure: its contract (loan) or agreement (post), and whether its person is at school.

    None is unknown.
    """

    contract_on: date | None = None
    student_status: str | None = None
    """CL_STUDENT."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """Whether the family keeps a measure; None means that a fact is missing. ``until`` is the last day, if known."""

    goes_on: bool | None
    until: date | None = None
    reason: str = ""


def continuation(item: str, status: str, ends: Ends, on: date, parameters: Parameters) -> Continuation:
    """Whether a measure of that item goes on after the risk is gone, as of a day. Raises UnsetParameter."""
    rule = _rule(item, on, parameters)
    if rule is None:
        return Continuation(False, reason="风险消除后不再延续")
    if status not in AT_WORK:
        return Continuation(False, reason=f"措施已是“{status}”")
    if rule == _BY_SCHOOL:
        return _of_pupil(ends.student_status)
    name = "合同" if rule == _BY_LOAN else "协议"
    if ends.contract_on is None:
        return Continuation(None, reason=f"没有登记{name}到期日期")
    if ends.contract_on < on:
        return Continuation(False, ends.contract_on, f"{name}已于 {ends.contract_on} 到期")
    return Continuation(True, ends.contract_on, f"到{name}期满，{ends.contract_on}")


def _of_pupil(student_status: str | None) -> Continuation:
    if student_status is None:
        return Continuation(None, reason="没有登记在校生状况")
    if student_status == NOT_AT_SCHOOL:
        return Continuation(False, reason="已不在校")
    return Continuation(True, reason="到所在学段结束")


def _rule(item: str, on: date, parameters: Parameters) -> str | None:
    """What ends measures of that item; the longest entry that begins it wins. None: it does not go on."""
    table = parameters.find("CONTINUES_AFTER_EXIT", on).value
    fitting = [
        (kind, entry["until"]) for entry in table for kind in entry["measures"] if item.startswith(kind)
    ]
    return max(fitting)[1] if fitting else None
