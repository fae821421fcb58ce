"""What a person writes behind ``--value`` is judged as in the window."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.test_commands import ZHANG


def written(run: Run, field: str, value: str) -> tuple[int, str]:
    done = run("household", "set", ZHANG, "--field", field, "--value", value)
    return done.code, done.out + done.err


def phone(run: Run) -> str | None:
    found = run("household", "show", ZHANG, "--json").json["phone"]
    assert found is None or isinstance(found, str)
    return found


def test_no_phone_is_stored_as_nothing(run: Run) -> None:
    assert written(run, "phone", "13800000001")[0] == 0
    assert phone(run) == "13800000001"
    assert written(run, "phone", "无")[0] == 0
    assert phone(run) is None


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("phone", "abc", "不是电话号码"),
        ("dibao_month_amount", "1e5", "科学记数"),
        ("national_hh_no", "1.499E+15", "丢失"),
    ],
)
def test_what_is_no_such_thing_is_refused(run: Run, field: str, value: str, told: str) -> None:
    code, said = written(run, field, value)
    assert code == 1
    assert told in said


def test_an_unusual_household_number_is_kept_with_a_warning(run: Run) -> None:
    code, said = written(run, "national_hh_no", "12")
    assert code == 0
    assert "16 位" in said
