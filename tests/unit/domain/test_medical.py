"""Basic medical insurance: one of two, unknown kept apart; premium aid until the cut-off month."""

from __future__ import annotations

from datetime import date

import pytest

from villageapp.domain.medical import all_insured, is_insured, judge_insurance, judge_premium_aid
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped


@pytest.mark.parametrize(
    ("resident", "employee", "insured"),
    [
        (True, None, True),
        (None, True, True),
        (True, False, True),
        (False, False, False),
        (False, None, None),
        (None, None, None),
    ],
)
def test_one_insurance_is_enough(resident: bool | None, employee: bool | None, insured: bool | None) -> None:
    assert is_insured(resident, employee) is insured
    judged = judge_insurance(resident, employee)
    assert judged.allowed is (insured is not False)
    assert bool(judged.warnings) is (insured is None)


def test_everybody_must_be_insured() -> None:
    assert all_insured([(True, None), (False, True)]) is True
    assert all_insured([(True, None), (None, None), (False, False)]) is False
    assert all_insured([(True, None), (None, None)]) is None
    assert all_insured([]) is None


def test_premium_aid_needs_the_cut_off_of_the_year() -> None:
    year = Parameter("MED_AID_CUTOFF", "2023-04", date(2023, 1, 1), date(2023, 12, 31))
    known = shipped().with_changes([year])
    assert judge_premium_aid("2023-04", 2023, known).allowed
    assert judge_premium_aid("2022-12", 2023, known).allowed
    refused = judge_premium_aid("2023-05", 2023, known)
    assert refused.refusal() == "R-MED:2023 年参保资助截止 2023-04，识别于 2023-05"
    assert refused.used == (year,)
    for parameters in (known, shipped()):
        with pytest.raises(UnsetParameter, match="参保资助的识别截止月份未核定"):
            judge_premium_aid("2024-01", 2024, parameters)
