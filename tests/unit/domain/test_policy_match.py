"""Policies fit, do not fit, or wait for evidence; expired ones never match."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from villageapp.domain.policy_match import conditions, match
from villageapp.errors import ValidationFailed

DAY = date(2022, 10, 1)


def policy(*target: tuple[str, str, str, Any], **changed: Any) -> dict[str, Any]:
    lines = [dict(zip(("subject", "field", "op", "value"), line, strict=True)) for line in target]
    return {
        "policy_no": "P1",
        "title": "雨露计划",
        "effective_from": date(2022, 1, 1),
        "target": lines,
        **changed,
    }


STUDENT = policy(
    ("household", "household_type", "in", ["1"]),
    ("member", "student_status", "in", ["09", "10", "11"]),
    ("member", "age", "at_least", 14),
    measure_item="M0901",
)
FAMILY = {"household_type": "1", "monitoring_category": "0"}
CHILD = {"id": "m1", "student_status": "10", "birth_date": date(2006, 5, 1), "labour": "5"}


def test_a_fitting_policy_names_why() -> None:
    [found] = match([STUDENT], FAMILY, [CHILD], [], DAY)
    assert (found.policy_no, found.member_id, found.missing) == ("P1", "m1", ())
    assert found.because == ("户类型：脱贫户", "在校生状况：中职二年级", "年龄：16")


def test_used_expired_superseded_and_future_ones_never_match() -> None:
    assert match([STUDENT], FAMILY, [CHILD], [("M0901", "m1")], DAY) == []
    for changed in (
        {"effective_to": date(2022, 9, 30)},
        {"effective_from": date(2022, 10, 2)},
        {"superseded_by": "P2"},
    ):
        assert match([{**STUDENT, **changed}], FAMILY, [CHILD], [], DAY) == []
    assert match([{**STUDENT, "effective_to": DAY}], FAMILY, [CHILD], [], DAY)


def test_an_unknown_fact_is_missing_evidence_and_a_wrong_one_rules_out() -> None:
    [found] = match([STUDENT], FAMILY, [{**CHILD, "birth_date": None}], [], DAY)
    assert found.missing == ("年龄",)
    assert match([STUDENT], {**FAMILY, "household_type": "2"}, [{**CHILD, "birth_date": None}], [], DAY) == []


def test_certain_matches_come_first() -> None:
    unsure = {**STUDENT, "policy_no": "A0"}
    found = match([unsure, STUDENT], FAMILY, [CHILD, {**CHILD, "id": "m2", "birth_date": None}], [], DAY)
    assert [(m.policy_no, m.member_id) for m in found] == [
        ("A0", "m1"),
        ("P1", "m1"),
        ("A0", "m2"),
        ("P1", "m2"),
    ]


def test_computed_facts_of_the_household() -> None:
    whole = policy(("household", "no_labour_whole", "is", True), ("household", "monitored", "is", False))
    assert match([whole], FAMILY, [CHILD], [], DAY)
    assert match([whole], FAMILY, [{**CHILD, "labour": "2"}], [], DAY) == []


@pytest.mark.parametrize(
    "line", [("household", "nonsense", "is", 1), ("cow", "age", "is", 1), ("member", "age", "like", 1)]
)
def test_a_wrong_condition_is_named(line: tuple[str, str, str, Any]) -> None:
    with pytest.raises(ValidationFailed, match="第 1 行"):
        conditions(policy(line)["target"])
