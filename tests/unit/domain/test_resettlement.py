"""零就业搬迁户: what counts as stable work, and which households go on the list."""

from __future__ import annotations

from datetime import date

import pytest

from villageapp.domain.parameters import shipped
from villageapp.domain.resettlement import Spell, is_stable, judge_employment

ON = date(2022, 11, 28)


@pytest.mark.parametrize(
    ("start", "end", "stable"),
    [
        ("2022-08", None, True),
        ("2022-09", None, False),
        ("2022-12", None, False),
        ("2021-05", "2021-11", True),
        ("2021-05", "2021-10", False),
        ("2021-01", "2021-10", False),
        ("2022-01", "2022-07", True),
        ("2022-02", "2022-07", False),
        ("2022-08", "2023-03", True),
    ],
)
def test_stable_work(start: str, end: str | None, stable: bool) -> None:
    assert is_stable(Spell(start, end), ON, shipped()) is stable


def test_a_household_with_labour_and_no_stable_work_is_on_the_list() -> None:
    judged = judge_employment(True, ["2", "3", "5"], [Spell("2022-10")], ON, shipped())
    assert judged.refusal() == "R-RELOC:零就业搬迁户：有 2 名劳动力，无人稳定就业"
    assert len(judged.used) == 3


@pytest.mark.parametrize(
    ("relocated", "labours", "spells", "explanation"),
    [
        (False, ["2"], [], "不是易地搬迁户"),
        (None, ["2"], [], "不是易地搬迁户"),
        (True, ["2"], [Spell("2022-01")], "有稳定就业"),
        (True, ["4", "5"], [], "无劳动力"),
    ],
)
def test_who_is_not_on_the_list(
    relocated: bool | None, labours: list[str], spells: list[Spell], explanation: str
) -> None:
    judged = judge_employment(relocated, labours, spells, ON, shipped())
    assert (judged.allowed, judged.explanation) == (True, explanation)


def test_unknown_labour_warns() -> None:
    judged = judge_employment(True, [None, "5"], [], ON, shipped())
    assert (judged.allowed, judged.warnings[0].missing) == (True, ("labour",))
