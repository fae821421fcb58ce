"""A visit: what belongs together, what counts for 遍访率, when to come again (R-VIS-1)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import codes
from villageapp.domain.parameters import shipped
from villageapp.domain.visit import CHANGES, VISIT, counts_as_coverage, next_visit
from villageapp.errors import ValidationFailed

ON = date(2022, 11, 28)
MET: dict[str, Any] = {
    "household_id": "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001",
    "kind": "日常走访",
    "started_at": "2022-11-28 09:00",
    "ended_at": "2022-11-28 09:40",
    "result": "见到户主",
}


def test_a_visit_as_it_is_written() -> None:
    values = VISIT.check(MET)
    assert (values["kind"], values["result"]) == ("01", "见到户主")
    assert (values["ended_at"] - values["started_at"]).total_seconds() == 2400
    assert VISIT.warnings(values) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ended_at": "2022-11-28 08:59"}, "ended_at"),
        ({"big_expense": True}, "expense_kind"),
        ({"result": None}, "result"),
        ({"started_at": None}, "started_at"),
        ({"expense_amount": "-1"}, "expense_amount"),
    ],
)
def test_what_stops_saving(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        VISIT.check({**MET, **changes})
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_described(name: str) -> None:
    values = VISIT.check({**MET, name: True})
    assert [warning.field for warning in VISIT.warnings(values)] == [f"{name}_note"]
    assert VISIT.warnings(VISIT.check({**MET, name: None})) == []


def test_a_no_is_explained_and_unknown_is_not_a_no() -> None:
    no = VISIT.check({**MET, "water_ok": False, "water_ok_note": ""})
    assert [warning.field for warning in VISIT.warnings(no)] == ["water_ok_note"]
    unknown = VISIT.check({**MET, "water_ok": None, "water_ok_note": ""})
    assert VISIT.warnings(unknown) == []


def test_who_was_met() -> None:
    counted = {result: counts_as_coverage(result) for result in codes.code_list("CL_VISIT_RESULT").labels}
    assert counted == {
        "见到户主": True,
        "见到其他成员": True,
        "外出户电话访": True,
        "无人在家": False,
        "拒访": False,
    }
    assert counts_as_coverage(None) is False


@pytest.mark.parametrize(
    ("household_type", "category", "eliminated", "days"),
    [
        ("1", "1", False, 30),
        ("1", "1", None, 30),
        ("2", "2", False, 30),
        ("2", "3", False, 30),
        ("1", "1", True, 90),
        ("1", "0", None, 90),
        ("1", None, None, 90),
        ("2", "0", None, 365),
        ("2", "3", True, 365),
        (None, None, None, 365),
    ],
)
@given(on=st.dates(ON, date(2099, 1, 1)))
def test_when_to_come_again(
    household_type: str | None, category: str | None, eliminated: bool | None, days: int, on: date
) -> None:
    assert (next_visit(household_type, category, eliminated, on, shipped()) - on).days == days
